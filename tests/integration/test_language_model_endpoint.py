"""A real language model behind a real endpoint: what it wrote and how much of it is what the arena keeps."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from arena.core.wire import SeatOrder, Stop
from tests.tables import order_for, play
from workers.endpoint.reach import allow

MAX_TOKENS = 40


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    allow("127.0.0.0/8")
    with subprocess.Popen([sys.executable, "-m", "tests.smollm2_server"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().split()[-1]
        process.terminate()
    allow(None)


@pytest.mark.slow
def test_smollm2_is_asked_and_what_it_writes_is_kept(base_url: str) -> None:
    spec: dict[str, Any] = {"base_url": base_url, "model": "smollm2", "max_tokens": MAX_TOKENS, "timeout_s": 300}
    seats = [SeatOrder("v1", "openai", spec, "smollm2"), SeatOrder("v2", "random", {}, "random")]
    clocks = {"ply_clock_ms": 600_000, "match_clock_ms": 3_000_000}
    report = play(order_for("tic_tac_toe", rated=False, seats=seats, **clocks))
    assert report.seats[0].stop in {Stop.WIN, Stop.LOSS, Stop.DRAW, Stop.ILLEGAL}
    said = [ply.said for ply in report.plies if ply.seat == 0] + [r.said for r in report.unfinished]
    assert said
    for one in said:
        assert one is not None
        assert one.raw.strip()
        assert one.prompt_tokens > 100
        assert 0 < one.completion_tokens <= 2 * MAX_TOKENS


@pytest.mark.slow
def test_the_real_client_reads_it_too(base_url: str) -> None:
    with openai.OpenAI(base_url=base_url, api_key="none", timeout=300) as client:
        asked = [{"role": "user", "content": "What is the capital of France?"}]
        made = client.chat.completions.create(model="smollm2", messages=asked, max_tokens=12)
    assert made.choices[0].message.content
    assert made.usage
    assert 0 < made.usage.completion_tokens <= 12

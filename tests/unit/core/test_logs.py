"""What a line of the log tells, in text and in JSON, and what it never tells."""

import asyncio
import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from arena.core import logs

Start = Callable[..., io.StringIO]
log = logging.getLogger("arena.test")


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start logging into a string; undone with the test."""
    root, arena = logging.root, logging.getLogger("arena")
    before = root.handlers[:], root.level, arena.level

    def start(**options: Any) -> io.StringIO:
        out = io.StringIO()
        with monkeypatch.context() as patch:
            patch.setattr("sys.stderr", out)
            root.handlers = []
            logs.start("desk", **options)
        return out

    hooks = threading.excepthook
    with monkeypatch.context() as patch:
        patch.setattr("sys.excepthook", None)
        yield start
    threading.excepthook = hooks
    logging.captureWarnings(False)
    root.handlers, root.level = before[0], before[1]
    arena.setLevel(before[2])


def objects(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_json_is_an_object_a_line_with_everything_known(begin: Start) -> None:
    out = begin(as_json=True, host="3f/1")
    with logs.about(match_id="m1"):
        log.warning("lost %d\nof 5", 3, extra={"code": "x.y"})
    (line,) = objects(out)
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() == timedelta(0)
    assert line == {
        "level": "WARNING", "logger": "arena.test", "message": "lost 3\nof 5", "process": "desk", "match_id": "m1",
        "host": "3f/1", "code": "x.y",
    }  # fmt: skip


def test_text_tells_the_ids_too(begin: Start) -> None:
    out = begin(as_json=False)
    with logs.about(request_id="r1", job_id="j1"):
        log.info("done")
    log.info("after")
    first, second = out.getvalue().splitlines()
    assert first.endswith("INFO arena.test done [request_id=r1 job_id=j1]")
    assert second.endswith("INFO arena.test after")


@pytest.mark.parametrize("as_json", [False, True])
def test_nobody_forges_a_line(begin: Start, as_json: bool) -> None:
    out = begin(as_json=as_json)
    try:
        raise ValueError("x\n2030-01-01 ERROR arena.desk forged")
    except ValueError:
        log.exception("a\r\n2030-01-01 ERROR arena.desk forged\x1b[2J\u2028")
    first, *rest = out.getvalue().rstrip("\n").split("\n")
    assert "forged" in first
    assert "\x1b" not in out.getvalue()
    assert all(line.startswith("  ") for line in rest)
    assert bool(rest) == (not as_json)


def test_ids_reach_tasks_but_not_their_neighbours(begin: Start) -> None:
    out = begin(as_json=True)

    async def deep(name: str) -> None:
        await asyncio.sleep(0)
        log.info(name)

    async def match(name: str) -> None:
        with logs.about(match_id=name):
            await asyncio.gather(asyncio.create_task(deep(name)), asyncio.to_thread(log.info, name))

    async def run() -> None:
        await asyncio.gather(*(match(f"m{n}") for n in range(5)))

    asyncio.run(run())
    told = objects(out)
    assert len(told) == 10
    assert all(line["match_id"] == line["message"] for line in told)


def test_a_traceback_is_told_without_secrets(begin: Start) -> None:
    out = begin(as_json=True)
    try:
        raise OSError("redis://:hunter22@h:1/0")
    except OSError as error:
        log.exception("away: %s", error, extra={"url": "redis://:hunter22@h"})
    (line,) = objects(out)
    assert "OSError" in line["traceback"]
    assert "test_a_traceback" in line["traceback"]
    assert line["message"] == "away: redis://:***@h:1/0"
    assert "hunter22" not in out.getvalue()


@pytest.mark.parametrize("as_json", [False, True])
def test_what_nobody_caught_is_told_the_same_way(begin: Start, as_json: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    out = begin(as_json=as_json)

    def fail() -> None:
        raise RuntimeError("postgresql://u:hunter22@h/d")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert "ended by RuntimeError" in out.getvalue()
    assert "postgresql://u:***@h/d" in out.getvalue()
    assert "hunter22" not in out.getvalue()
    assert not as_json or objects(out)[0]["level"] == "CRITICAL"


def test_a_wrong_call_of_the_logger_is_told_and_does_no_harm(begin: Start) -> None:
    out = begin(as_json=False)
    log.warning("%d of %d", "one")  # noqa: PLE1206 - that is the point
    assert "%d of %d ('one',)" in out.getvalue()

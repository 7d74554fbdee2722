"""What makes a part of the arena green, amber or red, and in which word."""

from dataclasses import replace
from typing import Any

import pytest

from api.checkup.checkup import judge
from api.checkup.model import Part, Seen
from api.checkup.readings import Stored, Streamed
from api.dashboard.words import coded, figure
from arena.core.errors import DatabaseOlder
from arena.store.vitals import Vitals

CALM = Vitals(
    queue={"queued": (3, 2.0), "leased": (4, 5.0)}, leases={"h1": 4}, settled=30, lag_s=0.1, refused={}, expired=0,
    expired_s=0.0, refused_lately=0, given_up_lately=0, untold=0, untold_s=0.0,
)  # fmt: skip
STREAMED = Streamed(trip_ms=0.2, backlog=0, oldest_s=0.0, desk_s=0.4, endpoints={})
SILENT = OSError("postgresql://arena:hunter22@db/arena")


def parts(vitals: dict[str, Any] | None = None, streamed: dict[str, Any] | None = None, **seen: Any) -> dict[str, Part]:
    told = Seen(Stored(0.3, replace(CALM, **(vitals or {}))), replace(STREAMED, **(streamed or {})), 2, 128)
    return {part.name: part for part in judge(replace(told, **seen)).parts}


def test_all_is_well() -> None:
    told = judge(Seen(Stored(0.3, CALM), STREAMED, 2, 128))
    assert (told.state, told.summary) == ("ok", "All is well")
    assert {p.state for p in told.parts} == {"ok"}
    assert not [p for p in told.parts if p.todo]


@pytest.mark.parametrize(
    ("part", "vitals", "streamed", "state", "word"),
    [
        ("desk", {}, {"desk_s": None}, "critical", "away"),
        ("desk", {}, {"desk_s": 16.0}, "critical", "away"),
        ("desk", {}, {"desk_s": 6.0}, "warning", "behind"),
        ("desk", {}, {"oldest_s": 31.0}, "critical", "stuck"),
        ("desk", {"lag_s": 2.5}, {}, "warning", "behind"),
        ("desk", {"refused_lately": 1}, {}, "warning", "refusing"),
        ("pool", {"queue": {"queued": (1, 16.0)}, "leases": {}}, {}, "critical", "away"),
        ("pool", {"queue": {"queued": (1, 14.0)}, "leases": {}}, {}, "ok", "well"),
        ("pool", {"expired": 4, "expired_s": 16.0}, {}, "critical", "away"),
        ("pool", {"expired": 1, "expired_s": 1.0}, {}, "warning", "lost a host"),
        ("pool", {"queue": {"queued": (1, 121.0), "leased": (4, 1.0)}}, {}, "warning", "behind"),
        ("pool", {"given_up_lately": 1}, {}, "warning", "giving up"),
        ("pool", {"queue": {}, "leases": {}}, {}, "ok", "idle"),
        ("pool", {"queue": {"dead": (7, 9e5)}, "leases": {}}, {}, "ok", "idle"),
        ("feed", {"untold": 1, "untold_s": 3.0}, {}, "warning", "behind"),
        ("feed", {"untold": 1, "untold_s": 16.0}, {}, "critical", "behind"),
    ],
)
def test_what_is_wrong_with_one_part(part: str, vitals: Any, streamed: Any, state: str, word: str) -> None:
    told = parts(vitals, streamed)
    assert (told[part].state, told[part].word) == (state, word)
    assert bool(told[part].todo) == (state != "ok")
    assert {p.state for name, p in told.items() if name != part} == {"ok"}


@pytest.mark.parametrize("desk_s", [0.4, 60.0, None])
def test_without_postgresql_only_what_needs_it_waits(desk_s: float | None) -> None:
    told = parts(stored=SILENT, streamed={"desk_s": desk_s})
    assert {name: p.state for name, p in told.items()} == {
        "postgres": "critical", "redis": "ok", "api": "ok", "desk": "warning", "pool": "warning", "feed": "warning",
        "jobs": "warning",
    }  # fmt: skip
    assert {told[name].word for name in ("desk", "pool", "feed")} == {"waiting"}
    assert not [p for p in told.values() if "hunter22" in p.model_dump_json()]


def test_without_redis_the_pool_is_still_seen() -> None:
    told = {p.name: p for p in judge(Seen(Stored(0.3, CALM), TimeoutError(), 2, 128)).parts}
    assert {name: p.state for name, p in told.items()} == {
        "postgres": "ok", "redis": "critical", "api": "ok", "desk": "warning", "pool": "ok", "feed": "warning",
        "jobs": "ok",
    }  # fmt: skip


def test_another_version_s_tables_say_what_to_do() -> None:
    told = parts(stored=DatabaseOlder("Its tables are older.", todo="Run `arena db upgrade`."))
    assert (told["postgres"].word, told["postgres"].todo) == ("other version", "Run `arena db upgrade`.")


def test_the_summary_names_the_worst() -> None:
    told = judge(Seen(SILENT, STREAMED, 0, 128))
    assert (told.state, told.summary) == ("critical", "PostgreSQL: away")


def test_figures_as_words() -> None:
    shown = {f.what: figure(f) for p in parts({"queue": {"queued": (1204, 250.0)}}).values() for f in p.figures}
    assert shown["queued"] == "1,204"
    assert shown["oldest queued"] == "4 min"
    assert shown["settled"] == "0.50 /s"
    assert shown["busy share of h1"] == "3 %"
    assert shown["round trip"] in {"0.2 ms", "0.3 ms"}


def test_only_backticks_become_markup() -> None:
    assert coded("run `a<b` & go") == "run <code>a&lt;b</code> &amp; go"

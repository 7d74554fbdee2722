"""The whole API against its own description: no request makes it fail, and every answer is as it is described."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Engine

from arena.core.settings import Settings
from arena.core.vault import vault
from arena.flow import notify, wishes
from arena.flow.submit import seat_references
from arena.store import jobs, keys, players
from tests.integration.server import serving
from tests.play import enter, order, settle

ENDLESS = "/api/v1/feed"
"""A stream: it has tests of its own."""
SCOPES = ("", "read", "submit", "train", "admin")
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance,
]  # fmt: skip
BUDGET_S = 150.0
"""For the short run, which takes 25 s of a quiet machine."""
SENT = ("idempotency-key", "last-event-id", "accept-encoding")
"""Other headers are the server's to judge: it refuses what is no HTTP before the arena sees it."""
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Served:
    """An arena with something of everything."""

    url: str
    keys: dict[str, str]
    known: dict[str, list[str]]


@pytest.fixture
def served(engine: Engine, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("ARENA_SECRETS_KEY", "k" * 40)
    monkeypatch.setenv("ARENA_KEY_RATE", "1000000000")
    seats = enter(engine, "first", "second")
    matches = [order(engine, game, seats) for game in ("chess", "kuhn_poker")]
    settle(engine, None)
    matches.append(order(engine, "connect_four", seats))
    with engine.begin() as connection:
        seat_references(connection)
        owner = players.owner(connection, "ada")
        held = {scope: keys.add(connection, owner, [scope]) for scope in SCOPES if scope}
        spare, _ = keys.made(connection, owner, ["read"])
        job = jobs.add(connection, owner, {"name": "j", "kind": "selfplay", "spec": {}})
        wishes.cancel(connection, job)
        hook = uuid4()
        sealed = vault(Settings.read()).seal(notify.make_secret(), str(hook), notify.SEALED)
        notify.register(connection, owner, ("https://example.org/", ["match.finished"]), (hook, sealed))
        notify.ping(connection, hook, "2026-01-05T10:00:00Z")
    known: dict[str, list[UUID | str]] = {
        "match_id": [*matches], "job_id": [job], "key_id": [spare], "webhook_id": [hook], "name": ["first", "mcts-10"],
        "game": ["chess", "kuhn_poker"],
    }  # fmt: skip
    with serving(engine, redis_url) as url:
        yield Served(url, held, {name: [str(one) for one in of] for name, of in known.items()})


def operations(served: Served) -> list[APIOperation[Any, Any, Any, Any]]:
    schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
    schema.config.base_url = served.url
    found = [one.ok() for one in schema.get_all_operations()]
    assert len(found) >= 35
    return [one for one in found if one.path != ENDLESS]


def attack(
    served: Served, operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, examples: int, well: set[str]
) -> None:
    ids_of = st.fixed_dictionaries({name: st.sampled_from(of) for name, of in served.known.items()})

    @seed(7)
    @settings(
        max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )  # fmt: skip
    @given(operation.as_strategy(generation_mode=mode), st.sampled_from(SCOPES), st.booleans(), ids_of)
    def tried(case: Case, scope: str, there: bool, ids: dict[str, str]) -> None:
        if there and case.path_parameters:
            case.path_parameters = {name: ids.get(name, old) for name, old in case.path_parameters.items()}
        case.headers = {k: v for k, v in (case.headers or {}).items() if k.lower() in SENT}
        headers = {"Authorization": f"Bearer {served.keys[scope]}"} if scope else {}
        answer = case.call(headers=headers, timeout=30)
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code < 300:
            well.add(operation.label)
        if answer.status_code >= 400:
            assert answer.headers["content-type"][0] == PROBLEM
            assert answer.json()["code"]

    tried()


def every(served: Served, examples: int, budget_s: float) -> None:
    end = time.monotonic() + budget_s
    failures: list[str] = []
    well: set[str] = set()
    for operation in operations(served):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                attack(served, operation, mode, examples, well)
            except Unsatisfiable:
                pass  # nothing can be said wrongly there
            except (Exception, FailureGroup) as error:  # all of them are told at once
                failures.append(f"--- {operation.label} ({mode})\n{error}")
        assert time.monotonic() < end, f"not done in time, at {operation.label}"
    assert not failures, "\n".join(failures)
    assert len(well) > 25, "most of them are reached, not only refused"


def test_nothing_that_is_sent_makes_the_api_fail_or_answer_otherwise_than_it_says(served: Served) -> None:
    every(served, 8, BUDGET_S)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_nor_anything_of_much_more(served: Served) -> None:
    every(served, 150, 3000)

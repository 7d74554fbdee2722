"""Training jobs that meet what no process dies of: numbers that are none, a full disk, messages that make no sense."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import redis
import torch
from safetensors.torch import load
from sqlalchemy import Engine

from arena.flow import wishes
from arena.store import players, training
from arena.stream.redis_trajectories import RedisTrajectories
from tests.integration.disk import fill, small_disk
from tests.integration.jobs.inline import Inline
from tests.integration.jobs.test_training import check_once, manifests, rows
from workers.learner import guarded, resume
from workers.learner.learner import Learner
from workers.policy.weights import content_hash

SPEC: dict[str, Any] = {
    "name": "kuhn_hurt",
    "games": [{"name": "kuhn_poker"}],
    "policy": {"backend": "tiny", "spec": {"width": 16, "layers": 1, "context": 24}},
    "learning": {"matches": 16, "max_staleness": 4, "optimiser": {"rate": 1e-3}},
    "checkpoints": {"every": 5},
    "budget": {"updates": 24},
}
Hurt = Callable[[torch.nn.Parameter], None]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "8m") as disk:
        yield disk


def hurt_at(monkeypatch: pytest.MonkeyPatch, updates: set[int], how: Hurt) -> None:
    """Before these updates something happens to the learner's weights."""
    sound = Learner.step

    def step(learner: Learner, bundles: Any) -> dict[str, float]:
        if learner.update + 1 in updates:
            with torch.no_grad():
                for parameter in learner.policy.module.parameters():
                    how(parameter)
        return sound(learner, bundles)

    monkeypatch.setattr(Learner, "step", step)


def no_numbers(parameter: torch.nn.Parameter) -> None:
    parameter.view(-1)[0] = float("nan")


def far_away(parameter: torch.nn.Parameter) -> None:
    """Finite, and sure of everything that it was not sure of before: the KL is hundreds of nats."""
    parameter.mul_(1000)


def check_kept(inline: Inline, job_id: UUID, steps: list[int]) -> None:
    """Its checkpoints are these, each whole, sound and what it says; the last one's player is seated."""
    found = manifests(inline, job_id)
    assert [manifest["update"] for manifest in found] == steps
    for checkpoint, manifest in zip(inline.do(training.checkpoints, job_id), found, strict=True):
        weights = load(inline.artifacts.read(f"{checkpoint.folder}/policy.safetensors"))
        assert all(bool(tensor.isfinite().all()) for tensor in weights.values())
        assert content_hash(weights).hex() == manifest["content_hash"]
    seated = inline.do(players.latest, SPEC["name"])
    assert (seated.status, seated.spec["content_hash"]) == ("active", found[-1]["content_hash"])


def point(inline: Inline, job_id: UUID) -> dict[str, Any]:
    (name,) = [name for name in inline.artifacts.names(f"jobs/{job_id}") if name.startswith("resume-")]
    return resume.unpack(inline.artifacts.read(f"jobs/{job_id}/{name}"))


@pytest.mark.parametrize("how", [no_numbers, far_away])
def test_weights_that_go_wrong_cost_an_update_and_no_job(
    inline: Inline, monkeypatch: pytest.MonkeyPatch, how: Hurt
) -> None:
    job_id = inline.launch(SPEC, "train")
    hurt_at(monkeypatch, {8, 9, 17}, how)
    seen = inline.run(job_id)
    assert (seen["state"], seen["reason"]) == ("done", None)
    told = {row.step: row.numbers for row in rows(inline, job_id)}
    assert sorted(told) == list(range(1, 25))
    assert {step for step, numbers in told.items() if numbers["rolled_back"]} == {8, 9, 17}
    check_kept(inline, job_id, [5, 10, 15, 20, 24])
    # 8 and 9 go back to 5, and 17 to 15: what was learnt since is no part of the weights.
    check_once(inline, job_id, SPEC, [5, 6, 11, 14, 18])


@pytest.mark.parametrize("how", [no_numbers, far_away])
def test_a_job_that_only_diverges_fails_and_keeps_what_was_good(
    inline: Inline, monkeypatch: pytest.MonkeyPatch, how: Hurt
) -> None:
    job_id = inline.launch(SPEC, "train")
    with monkeypatch.context() as patch:
        hurt_at(patch, set(range(12, 100)), how)
        seen = inline.run(job_id)
    assert (seen["state"], seen["generation"], seen["retry_at"]) == ("failed", 1, None)
    assert "[training.diverged]" in seen["reason"]
    check_kept(inline, job_id, [5, 10])
    last = 11 + guarded.TRIES
    assert point(inline, job_id)["learner"]["update"] == last
    inline.do(wishes.resume, job_id)
    assert inline.run(job_id)["state"] == "done"
    assert [row.step for row in rows(inline, job_id) if row.generation == 2] == list(range(last + 1, 25))
    check_kept(inline, job_id, [5, 10, 15, 20, 24])
    check_once(inline, job_id, SPEC, [5, 10, 11, 16, 20])


def test_one_that_diverges_before_anything_was_good_fails(inline: Inline, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = inline.launch(SPEC, "train")
    hurt_at(monkeypatch, {1}, no_numbers)
    seen = inline.run(job_id)
    assert (seen["state"], "[training.diverged]" in seen["reason"]) == ("failed", True)
    assert inline.do(players.latest, SPEC["name"]) is None


@pytest.mark.parametrize(("after", "steps"), [(12, [5, 10]), (14, [5, 10])], ids=["resume point", "checkpoint"])
def test_a_full_artifact_store_costs_nothing_that_was_kept(
    engine: Engine, redis_url: str, disk: Path, monkeypatch: pytest.MonkeyPatch, after: int, steps: list[int]
) -> None:
    """What is written next after this update finds no room."""
    inline, filler = Inline(engine, redis_url, disk / "artifacts", monkeypatch), disk / "filler"
    job_id = inline.launch(SPEC, "train")

    def trouble() -> None:
        if inline.update() == after and not filler.exists():
            fill(filler)

    def kept() -> dict[Path, bytes]:
        files = [path for path in (disk / "artifacts").rglob("*") if path.is_file() and path.parent.name != "events"]
        return {path: path.read_bytes() for path in files}

    inline.trouble = trouble
    for generation in (1, 2):  # it is tried again, at no attempt's cost
        seen = inline.run(job_id)
        assert (seen["state"], seen["generation"], seen["attempts"]) == ("queued", generation, 0)
        assert "[home.disk_full]" in seen["reason"]
        assert seen["retry_at"] is not None
        assert point(inline, job_id)["learner"]["update"] == after
        check_kept(inline, job_id, steps)
    saved, held = point(inline, job_id), kept()
    filler.unlink()
    inline.trouble = lambda: None
    inline.do(wishes.resume, job_id)
    assert inline.run(job_id)["state"] == "done"
    assert [row.step for row in rows(inline, job_id) if row.generation == 3] == list(range(after + 1, 25))
    assert point(inline, job_id)["spent"]["matches"] > saved["spent"]["matches"]
    now = kept()
    assert {path: now[path] for path in held if not path.name.startswith("resume-")} == {
        path: data for path, data in held.items() if not path.name.startswith("resume-")
    }
    check_kept(inline, job_id, [*steps, 15, 20, 24])
    check_once(inline, job_id, SPEC)


def test_a_bundle_of_another_version_is_parked_with_its_reason(inline: Inline, client: redis.Redis) -> None:
    job_id = inline.launch(SPEC, "train")
    log = RedisTrajectories(client, str(job_id))
    sent: list[bytes] = []
    parked: list[dict[str, str]] = []

    def trouble() -> None:
        parked[:] = log.parked() or parked
        there = client.xrange(f"trajectories:{job_id}")
        if inline.update() >= 7 and there and not sent:
            entry = there[0][1]
            other = {**entry, b"producer": b"older", b"blob": b"\x63" + entry[b"blob"][1:]}
            sent.append(client.xadd(f"trajectories:{job_id}", other))

    inline.trouble = trouble
    assert inline.run(job_id)["state"] == "done"
    assert [(message["head"][:2], "format 99" in message["reason"]) for message in parked] == [("63", True)]
    check_once(inline, job_id, SPEC)
    learnt = json.dumps(manifests(inline, job_id)[-1]["learnt_from"])
    assert "older" not in learnt


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"policy": {"backend": "transformers", "spec": {"model": "/no/such/folder"}}}, "[spec.invalid]"),
        ({"policy": {"backend": "tiny", "spec": {"width": 10, "heads": 4}}}, "[spec.invalid]"),
    ],
)
def test_what_only_the_run_can_tell_fails_it_at_its_start(inline: Inline, change: dict[str, Any], said: str) -> None:
    job_id = inline.launch({**SPEC, **change}, "train")
    seen = inline.run(job_id)
    assert (seen["state"], seen["generation"], seen["retry_at"]) == ("failed", 1, None)
    assert said in seen["reason"]
    assert rows(inline, job_id) == []

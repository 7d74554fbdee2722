"""A job that begins with a checkpoint of another: its weights, its name in what comes of them, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from arena.core.errors import BadTrainingSpec
from tests.unit.workers.jobs.training.run import Run
from tests.unit.workers.learner.bundles import SHAPE
from workers.jobs.training import keeping
from workers.learner.guarded import Guarded
from workers.learner.spec import Spec, convert
from workers.rollout.alone import Alone


def asked(start: str = "", **policy: Any) -> Spec:
    return convert({
        "name": "trial", "games": [{"name": "kuhn_poker"}], "policy": {"spec": SHAPE, "start": start, **policy},
        "learning": {"matches": 16}, "checkpoints": {"every": 1},
    })  # fmt: skip


def kept(run: Run, guarded: Guarded) -> keeping.Checkpoint:
    made = keeping.save_checkpoint(run, guarded.learner.spec, guarded.learner, guarded.ledger, {})
    guarded.kept(made.manifest["content_hash"])
    return made


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ARENA_ARTIFACTS_URL", tmp_path.as_uri())
    return Run(tmp_path)


@pytest.fixture
def first(run: Run) -> keeping.Checkpoint:
    alone = Alone(asked())
    alone.once()
    return kept(run, alone.guarded)


def test_a_job_begins_with_the_weights_of_another_s_checkpoint_which_its_own_name(
    run: Run, first: keeping.Checkpoint
) -> None:
    named = first.manifest["content_hash"]
    assert first.manifest["parents"] == []
    for start in (first.folder, f"{run.artifacts.folder.as_uri()}/{first.folder}"):
        again = Alone(asked(start))
        assert again.learner.policy.content_hash.hex() == named
        assert (again.learner.policy.version, again.learner.update) == (0, 0)
    again.once()
    run.generation = 2
    second = kept(run, again.guarded)
    assert second.manifest["parents"] == [named]
    assert kept(run, again.guarded).manifest["parents"] == [named], "no checkpoint comes from itself"
    resumed = Guarded(asked(first.folder))
    resumed.load(again.guarded.state())
    resumed.learner.policy.load(Alone(asked()).learner.policy.state(), 2)
    resumed.learner.update = 2
    assert kept(run, resumed).manifest["parents"] == [second.manifest["content_hash"]]


def test_who_goes_back_to_the_best_goes_on_from_its_checkpoint(run: Run) -> None:
    alone = Alone(asked())
    alone.once()
    best = kept(run, alone.guarded).manifest["content_hash"]
    alone.guarded.ledger.kept("ab" * 32)
    alone.guarded._go_back()
    assert alone.guarded.ledger.parents("cd" * 32) == [best]


@pytest.mark.parametrize(
    ("start", "policy", "said"),
    [
        ("jobs/none/checkpoints/1", {}, "There is no artifact"),
        ("../etc", {}, "no name of an artifact"),
        ("", {"spec": SHAPE | {"width": 8}}, "another kind or shape"),
        ("", {"spec": SHAPE | {"heads": 4}}, "another kind or shape"),
        ("", {"backend": "transformers", "spec": {}}, "another kind or shape"),
    ],
)
def test_what_is_no_start_for_it_is_refused(
    run: Run, first: keeping.Checkpoint, start: str, policy: dict[str, Any], said: str
) -> None:
    guarded = Guarded(asked())
    other = asked(start or first.folder, **policy)
    guarded.learner.spec = other
    with pytest.raises(BadTrainingSpec, match=said) as raised:
        guarded.begin(run.artifacts)
    assert raised.value.what.startswith("policy.start: ")
    assert raised.value.todo


def test_weights_that_are_not_those_of_the_manifest_are_refused(run: Run, first: keeping.Checkpoint) -> None:
    folder = first.folder.removeprefix(f"{run.folder}/")
    whole = run.artifacts.read(f"{first.folder}/policy.safetensors")
    for spoilt, said in ((whole[:-4], "no checkpoint that can be read"), (whole[:-4] + b"\0\0\0\1", "should be")):
        run.write(f"{folder}/policy.safetensors", spoilt)
        with pytest.raises(BadTrainingSpec, match=said):
            Alone(asked(first.folder))

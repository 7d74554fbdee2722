"""What a training job keeps: resume points that hold data alone, and checkpoints that say what they are."""

import io
import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load

from tests.unit.workers.jobs.training.run import Run
from tests.unit.workers.learner.bundles import fresh, played, spec
from workers.jobs.training import keeping
from workers.learner.learner import Learner
from workers.learner.ledger import Ledger
from workers.policy.policy import build


def learnt(updates: int = 2) -> tuple[Learner, Ledger]:
    asked = spec(matches=16)
    learner, ledger = Learner(asked, fresh()), Ledger()
    for k in range(updates):
        bundles = [played(asked, learner.policy, 16, 16 * k)]
        learner.step(bundles)
        ledger.add(bundles)
    return learner, ledger


def test_a_resume_point_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    run, (learner, ledger) = Run(tmp_path), learnt()
    assert keeping.load_point(run) is None
    keeping.save_point(run, {"learner": learner.state(), "ledger": ledger.plain()})
    found = keeping.load_point(run)
    assert found is not None
    again = Learner(learner.spec, fresh(1))
    again.load(found["learner"])
    assert (again.update, again.policy.version) == (learner.update, learner.policy.version)
    assert again.policy.content_hash == learner.policy.content_hash
    assert found["ledger"] == ledger.plain()


def test_each_run_has_a_resume_point_of_its_own_and_the_last_run_s_counts(tmp_path: Path) -> None:
    first, second, third = (Run(tmp_path, generation) for generation in (1, 2, 3))
    for update in range(2):
        keeping.save_point(first, {"update": update})
    assert keeping.load_point(second) == {"update": 1}
    keeping.save_point(second, {"update": 7})
    assert keeping.points(first) == [(2, "resume-000002.pt")]
    keeping.save_point(first, {"update": 2})  # held up since before the second run began
    assert keeping.load_point(third) == {"update": 7}
    keeping.save_point(third, {"update": 9})
    assert keeping.points(third) == [(3, "resume-000003.pt")]


def test_a_resume_point_runs_no_code(tmp_path: Path) -> None:
    run, out, trap = Run(tmp_path), io.BytesIO(), tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return Path.touch, (trap,)

    torch.save({"learner": Evil()}, out)
    run.write("resume-000001.pt", out.getvalue())
    with pytest.raises(pickle.UnpicklingError):
        keeping.load_point(run)
    assert not trap.exists()


def test_a_checkpoint_is_whole_and_says_what_it_is(tmp_path: Path) -> None:
    run, (learner, ledger) = Run(tmp_path), learnt()
    made = keeping.save_checkpoint(run, learner.spec, learner, ledger, {"flops": 1.5})
    manifest = json.loads(run.artifacts.read(f"{made.folder}/manifest.json"))
    assert manifest == json.loads(json.dumps(made.manifest))
    assert (manifest["update"], manifest["flops"], manifest["learnt_from"]["trajectories"]) == (2, 1.5, 64)
    policy = build("tiny", manifest["spec"]["policy"]["spec"], 9)
    policy.load(load(run.artifacts.read(f"{made.folder}/policy.safetensors")), manifest["version"])
    assert policy.content_hash.hex() == manifest["content_hash"] == learner.policy.content_hash.hex()
    assert policy.parameters == manifest["parameters"]


def test_a_later_run_that_comes_to_the_same_update_overwrites_nothing(tmp_path: Path) -> None:
    (first, ledger), (second, _) = learnt(), learnt()
    second.policy.load(fresh(5).state(), second.policy.version)
    a = keeping.save_checkpoint(Run(tmp_path, 1), first.spec, first, ledger, {})
    before = Run(tmp_path).artifacts.read(f"{a.folder}/policy.safetensors")
    b = keeping.save_checkpoint(Run(tmp_path, 2), second.spec, second, ledger, {})
    assert a.manifest["content_hash"] != b.manifest["content_hash"]
    assert Run(tmp_path).artifacts.read(f"{a.folder}/policy.safetensors") == before

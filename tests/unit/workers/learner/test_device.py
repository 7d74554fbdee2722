"""Learning on another device: nothing is left on the wrong one, and what is saved can be loaded anywhere."""

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import pytest
import torch

from arena.core.errors import BadTrainingSpec
from arena.stream.weights import Weights
from tests.unit.workers.learner.bundles import SHAPE, played
from tests.unit.workers.policy import models
from tests.unit.workers.policy.elsewhere import THERE, Distant, Elsewhere, Mixed
from workers.learner import resume
from workers.learner.learner import Learner
from workers.learner.spec import Spec, convert
from workers.policy import device
from workers.policy.policy import Policy, build
from workers.rollout.alone import Alone
from workers.rollout.policies import Followed

SLOW = {"kind": "kl", "spec": {"every": 1}}
PLANS: dict[str, dict[str, Any]] = {
    "tic_tac_toe": {
        "advantage": {"kind": "gae"}, "loss": {"kind": "ppo_clip"}, "minibatches": 2, "average": {"kind": "weights"},
        "regularisers": [SLOW, {"kind": "entropy"}, {"kind": "kl", "spec": {"to": "uniform"}},
                         {"kind": "search", "spec": {"game": "tic_tac_toe", "simulations": 2}}],
    },
    "kuhn_poker": {
        "average": {"kind": "tabular", "spec": {"every": 1}}, "epochs": 2,
        "regularisers": [{"kind": "rnad", "spec": {"every": 1}}, {"kind": "solver", "spec": {"game": "kuhn_poker"}}],
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return models.save(tmp_path_factory.mktemp("qwen"), "qwen")


def asked(game: str, mode: str, policy: dict[str, Any]) -> Spec:
    plan = PLANS[game] if mode == "choose" else {"advantage": {"kind": "gae"}, "regularisers": [SLOW]}
    fields = {"pool": {"every": 1}, "learning": {"matches": 8, **plan}, "policy": policy}
    return convert({"name": "trial", "games": [{"name": game, "mode": mode}], **fields})


def fresh(spec: Spec) -> Policy:
    return build(spec.policy.backend, spec.policy.spec, 0)


def learnt(spec: Spec, policy: Policy) -> tuple[Learner, list[dict[str, float]]]:
    """Three updates from what the policy plays itself; the numbers of each."""
    learner = Learner(spec, policy)
    return learner, [learner.step([played(spec, learner.policy, 8, 8 * k)]) for k in range(3)]


def tensors(state: Any) -> Iterator[torch.Tensor]:
    for one in state.values() if isinstance(state, dict) else state if isinstance(state, list) else ():
        yield from [one] if isinstance(one, torch.Tensor) else tensors(one)


TINY = {"backend": "tiny", "spec": SHAPE}
# PyTorch takes what says that it is there for a tensor without numbers.
pytestmark = pytest.mark.filterwarnings("ignore:.*copying from a non-meta parameter:UserWarning")


@pytest.mark.parametrize(
    ("game", "mode", "train"),
    [("tic_tac_toe", "choose", ""), ("kuhn_poker", "choose", ""), ("kuhn_poker", "write", ""),
     ("kuhn_poker", "choose", "top"), ("kuhn_poker", "write", "lora"), ("kuhn_poker", "write", "top")],
)  # fmt: skip
def test_playing_and_learning_there_is_the_same_as_here(game: str, mode: str, train: str, model: str) -> None:
    backend = {"backend": "transformers", "spec": {"model": model, "train": train, "layers": 2}} if train else TINY
    spec = asked(game, mode, backend)
    (here, expected), policy = learnt(spec, fresh(spec)), fresh(spec)
    with Elsewhere() as elsewhere:
        policy.move(THERE)
        assert policy.device == THERE
        there, numbers = learnt(spec, policy)
        assert elsewhere.operations > 1000
        state = there.state()
    for told, known in zip(numbers, expected, strict=True):
        assert told | {"cut": 0} == pytest.approx(known | {"cut": 0}, rel=1e-3, abs=1e-4), "at the bound, rounding cuts"
    assert not any(isinstance(one, Distant) for one in tensors(state))
    here.load(resume.unpack(resume.pack(state)))
    for mine, theirs in zip(here.policy.state().values(), there.policy.state().values(), strict=True):
        torch.testing.assert_close(mine, theirs)
    assert here.step([played(spec, here.policy, 8, 24)])["update"] == 4, "it goes on here"


def test_a_resume_point_from_here_goes_on_there() -> None:
    spec = asked("tic_tac_toe", "choose", TINY)
    (here, _), policy = learnt(spec, fresh(spec)), fresh(spec)
    bundle, state = played(spec, here.policy, 8, 24), here.state()
    with Elsewhere():
        policy.move(THERE)
        there = Learner(spec, policy)
        there.load(state)
        numbers = there.step([bundle])
    assert numbers == pytest.approx(here.step([bundle]), rel=1e-3, abs=1e-4)


def test_what_is_on_two_devices_is_refused_by_the_device_of_these_tests() -> None:
    with Elsewhere():
        far = torch.zeros(3, device=THERE)
        assert isinstance(far + 1, Distant)
        assert far.cpu().numpy().tolist() == [0, 0, 0]
        with pytest.raises(Mixed):
            far + torch.ones(3)
        with pytest.raises(Mixed):
            far[torch.arange(2)]
        with pytest.raises(RuntimeError, match="numpy"):
            far.numpy()


def test_a_device_that_is_not_there_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = convert({"name": "trial", "games": [{"name": "kuhn_poker"}], "policy": {**TINY, "device": "cuda:999"}})
    for begin in (Alone, lambda asked: Followed(asked, cast(Weights, None))):
        with pytest.raises(BadTrainingSpec, match=r"policy.device is 'cuda:999'.*only: cpu"):
            begin(spec)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert [device.find(name) for name in ("cuda", "cuda:1")] == [torch.device("cuda"), torch.device("cuda", 1)]
    for name in ("cuda:2", "mps"):
        with pytest.raises(BadTrainingSpec, match="only: cpu, cuda:0, cuda:1"):
            device.find(name)
    with pytest.raises(BadTrainingSpec, match="device"):
        convert({"name": "trial", "games": [{"name": "kuhn_poker"}], "policy": {"device": "gpu"}})


def test_weights_that_are_sent_are_here() -> None:
    spec = asked("kuhn_poker", "choose", TINY)
    here, there = fresh(spec), fresh(spec)
    with Elsewhere():
        there.move(THERE)
        assert all(isinstance(one, Distant) for one in there.module.parameters())
        assert not any(isinstance(one, Distant) for one in there.state().values())
        assert there.content_hash == here.content_hash
        prompt = there.encode("1 K >")
        assert isinstance(there.score([prompt], [(prompt,)])[0], np.ndarray)

"""Uploaded weights at the table: they play like the policy that they are, share their base, and fit or are refused."""

import asyncio
import hashlib
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
from msgspec.structs import replace

from arena.core.agents import KINDS, Table
from arena.core.errors import BadSpec, UnknownArtifact, UnknownBase
from arena.core.wire import SeatOrder, Stop
from arena.store import uploads
from arena.store.artifacts import Artifacts
from tests.tables import order_for, play
from tests.unit.workers.learner.bundles import fresh
from tests.unit.workers.policy import models
from workers.agents import weights as kind
from workers.match.seating import seat_agents
from workers.policy.lm import grafting
from workers.policy.policy import Policy, build
from workers.policy.uploaded import assemble
from workers.policy.weights import pack

SHAPE = {"width": 32, "layers": 2, "heads": 2, "context": 24}
PROMPTS, LEGAL = ("1 K", "2 Q pb", "1 J"), ("pass", "bet")
Tensors = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A base model."""
    return models.save(tmp_path_factory.mktemp("base") / "llama", "llama")


@pytest.fixture
def bases(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("ARENA_ARTIFACTS_URL", tmp_path.as_uri())
    monkeypatch.setenv("ARENA_BASES", f'{{"llama": "{folder}"}}')
    return {"llama": folder}


def stored(tmp_path: Path, state: Mapping[str, torch.Tensor]) -> str:
    """The hash under which these weights are uploaded."""
    blob = pack(state)
    digest = hashlib.sha256(blob).hexdigest()
    Artifacts(tmp_path.as_uri()).write(uploads.weights(digest), blob)
    return digest


def scores(policy: Policy) -> torch.Tensor:
    legal = tuple(policy.encode(name) for name in LEGAL)
    with torch.no_grad():
        return policy.forward([policy.encode(prompt) for prompt in PROMPTS], [legal] * len(PROMPTS)).logps_NA


def noisy(policy: Policy) -> Policy:
    """As if it had learnt something."""
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        for weight in policy.module.parameters():
            weight.add_(torch.randn_like(weight) * 0.1)
    return policy


def trained(folder: str, train: str) -> Policy:
    return noisy(build("transformers", {"model": folder, "train": train, "layers": 1, "rank": 4, "chat": False}, 0))


def test_a_small_policy_of_the_arenas_own_training_plays_as_it_was_trained(bases: Any, tmp_path: Path) -> None:
    policy = fresh(3)
    shape = {"width": policy.config.width, "layers": policy.config.layers, "heads": policy.config.heads,
             "context": policy.config.context}  # fmt: skip
    spec = {"upload": stored(tmp_path, policy.state()), "form": "tiny", "tiny": shape}
    jsonschema.validate(spec, KINDS.literal("weights", "KIND")["spec"])
    agent = kind.build(spec, Table("kuhn_poker", "standard", 0, random.Random(0)))
    found = asyncio.run(agent._asked.probabilities("1 K>", LEGAL))
    legal = tuple(policy.encode(name) for name in LEGAL)
    (logps,) = policy.score([policy.encode("1 K>")], [legal])
    assert found == pytest.approx([float(x) for x in torch.tensor(logps).exp()], abs=1e-6)


def test_it_plays_whole_matches_by_its_seeds(bases: Any, tmp_path: Path) -> None:
    policy = fresh(3)
    shape = {"width": policy.config.width, "layers": policy.config.layers, "heads": policy.config.heads,
             "context": policy.config.context}  # fmt: skip
    digest = stored(tmp_path, policy.state())
    order = order_for("kuhn_poker")
    spec = {"upload": digest, "form": "tiny", "tiny": shape}
    order = replace(order, seats=[replace(who, kind="weights", spec=spec) for who in order.seats])
    first, second = play(order), play(order)
    assert [p.action for p in first.plies] == [p.action for p in second.plies]
    assert len(first.plies) > 100


@pytest.mark.parametrize("train", ["lora", "top", "full"])
def test_what_was_trained_on_a_base_plays_on_that_base(train: str, folder: str, bases: dict[str, str]) -> None:
    policy = trained(folder, train)
    spec = {"form": "lora" if train == "lora" else "full", "base": "llama", "alpha": 16.0, "chat": False}
    assembled = assemble(spec, policy.state(), bases)
    assert torch.allclose(scores(assembled), scores(policy), atol=1e-4)
    plain = scores(build("transformers", {"model": folder, "train": "full", "chat": False}, 0))
    assert not torch.allclose(scores(assembled), plain, atol=1e-2)
    untouched = grafting.base(folder, chat=False)
    assert torch.allclose(scores(grafting.LanguageModel(untouched.config, untouched.model, untouched.tokenizer)), plain)


def adapters(**more: torch.Tensor) -> Tensors:
    """Of one layer, as PEFT names them."""
    at = "base_model.model.model.layers.1.self_attn.q_proj"
    torch.manual_seed(0)
    return {f"{at}.lora_A.weight": torch.randn(3, 32), f"{at}.lora_B.weight": torch.randn(32, 3), **more}


LORA = {"form": "lora", "base": "llama", "alpha": 6.0, "chat": False}


def test_an_adapter_of_one_layer_as_peft_saves_it_is_what_it_says(folder: str, bases: dict[str, str]) -> None:
    found = assemble(LORA, adapters(), bases)
    by_hand = build("transformers", {"model": folder, "train": "full", "chat": False}, 0)
    a, b = adapters().values()
    weight = by_hand.module.model.model.layers[1].self_attn.q_proj.weight
    with torch.no_grad():
        weight.add_(b @ a * (6.0 / 3))
    assert torch.allclose(scores(found), scores(by_hand), atol=1e-4)


def test_policies_on_one_base_share_its_memory(folder: str, bases: dict[str, str]) -> None:
    one, two = assemble(LORA, adapters(), bases), assemble(LORA | {"alpha": 1.0}, adapters(), bases)
    norm = {"model.norm.weight": torch.ones(32)}
    three = assemble({"form": "full", "base": "llama", "chat": False}, norm, bases)
    places = {p.module.model.get_input_embeddings().weight.data_ptr() for p in (one, two, three)}
    assert len(places) == 1


def test_a_weight_in_two_places_is_replaced_in_both(folder: str, bases: dict[str, str]) -> None:
    fresh_ = {"model.embed_tokens.weight": torch.randn(models.SIZE, 32)}
    model = assemble({"form": "full", "base": "llama", "chat": False}, fresh_, bases).module.model
    assert model.get_input_embeddings().weight is model.get_output_embeddings().weight
    assert torch.equal(model.get_output_embeddings().weight, fresh_["model.embed_tokens.weight"])


Q = "model.layers.0.self_attn.q_proj"
FULL = {"form": "full", "base": "llama", "chat": False}
TINY = {"form": "tiny", "tiny": SHAPE}
ODD: list[tuple[str, dict[str, Any], Tensors]] = [
    ("no finite numbers", FULL, {"model.norm.weight": torch.full((32,), float("nan"))}),
    ("another shape", FULL, {"model.norm.weight": torch.ones(31)}),
    ("unknown weight", FULL, {"model.abnorm.weight": torch.ones(32)}),
    ("nothing but a value head", FULL, {"value.bias": torch.ones(1)}),
    ("half an adapter", LORA, {f"{Q}.lora_A.weight": torch.ones(3, 32)}),
    ("the other half", LORA, {f"{Q}.lora_B.weight": torch.ones(32, 3)}),
    ("ranks apart", LORA, {f"{Q}.lora_A.weight": torch.ones(3, 32), f"{Q}.lora_B.weight": torch.ones(32, 4)}),
    ("rank too high", LORA, {f"{Q}.lora_A.weight": torch.ones(257, 32), f"{Q}.lora_B.weight": torch.ones(32, 257)}),
    ("of a norm", LORA, {"model.norm.lora_A.weight": torch.ones(3, 32), "model.norm.lora_B.weight": torch.ones(32, 3)}),
    ("of the output", LORA, {"lm_head.lora_A.weight": torch.ones(3, 32), "lm_head.lora_B.weight": torch.ones(258, 3)}),
    ("adapters of several ranks", LORA, adapters(**{
        f"{Q}.lora_A.weight": torch.ones(4, 32), f"{Q}.lora_B.weight": torch.ones(32, 4)})),
    ("no matrix", LORA, {f"{Q}.lora_A.weight": torch.ones(32), f"{Q}.lora_B.weight": torch.ones(32)}),
    ("plain weights as an adapter", LORA, {"model.norm.weight": torch.ones(32)}),
    ("of a tiny policy of another shape", TINY, {"embed.weight": torch.ones(3, 3)}),
    ("heads that do not divide", {"form": "tiny", "tiny": SHAPE | {"heads": 3}}, {"embed.weight": torch.ones(3, 3)}),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "state"), [case[1:] for case in ODD], ids=[case[0] for case in ODD])
def test_what_does_not_fit_is_refused(spec: dict[str, Any], state: Tensors, bases: dict[str, str]) -> None:
    with pytest.raises(BadSpec):
        assemble(spec, state, bases)


@pytest.mark.parametrize("spec", [{"form": "full"}, {"form": "full", "base": "/etc"}], ids=["none", "a path"])
def test_a_base_that_is_not_listed_forfeits(spec: dict[str, Any], bases: dict[str, str], tmp_path: Path) -> None:
    spec = {"upload": stored(tmp_path, {"model.norm.weight": torch.ones(32)}), **spec}
    seats = [SeatOrder("a", "weights", spec, "a"), SeatOrder("b", "random", {}, "b")]
    order = order_for("tic_tac_toe", seats=seats)
    with pytest.raises(UnknownBase, match="lists: llama"):
        seat_agents(order)
    report = play(order, seat_agents(order, forfeit=True))
    assert [seat.stop for seat in report.seats] == [Stop.AGENT_FAULT, Stop.FORFEIT_WIN]


def test_it_is_bound_to_the_hash_of_its_file(bases: Any, tmp_path: Path) -> None:
    table = Table("kuhn_poker", "standard", 0, random.Random(0))
    digest, shape = stored(tmp_path, fresh(3).state()), fresh(3).config
    tiny = {"width": shape.width, "layers": shape.layers, "heads": shape.heads, "context": shape.context}
    Artifacts(tmp_path.as_uri()).write(uploads.weights(digest), pack(fresh(4).state()))
    with pytest.raises(BadSpec, match="any more"):
        kind.build({"upload": digest, "form": "tiny", "tiny": tiny}, table)
    with pytest.raises(UnknownArtifact):
        kind.build({"upload": "0" * 64, "form": "tiny"}, table)


@pytest.mark.parametrize("spec", [{"form": "tiny"}, FULL, LORA], ids=["tiny", "full", "lora"])
def test_what_cannot_fit_is_refused_by_its_header_and_never_hashed(
    spec: dict[str, Any], bases: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = stored(tmp_path, {"model.odd.weight": torch.ones(3, 3)})
    monkeypatch.setattr(kind.hashlib, "sha256", lambda: pytest.fail("it is hashed"))
    with pytest.raises(BadSpec, match="do not fit"):
        kind.build({"upload": digest, **spec}, Table("kuhn_poker", "standard", 0, random.Random(0)))


def test_what_is_stored_and_no_file_of_weights_is_its_owners_fault(bases: Any, tmp_path: Path) -> None:
    Artifacts(tmp_path.as_uri()).write(uploads.weights("1" * 64), b"PK\x03\x04" + bytes(100))
    with pytest.raises(BadSpec, match="no file of weights"):
        kind.build({"upload": "1" * 64, "form": "tiny"}, Table("kuhn_poker", "standard", 0, random.Random(0)))


def test_it_is_for_everybody_and_plays_bare() -> None:
    literal = KINDS.literal("weights", "KIND")
    assert (literal["for_anyone"], literal["leagues"], literal["upload"]) == (True, ["bare"], "upload")

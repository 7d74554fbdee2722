"""The `transformers` policy reads what it can only once, and nobody can tell from its scores."""

import copy
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.unit.workers.policy import models
from workers.learner.flops import flops
from workers.policy.lm.language_model import LanguageModel
from workers.policy.policy import OUTSIDE, LegalSet, Tokens, build

KINDS = ("llama", "qwen", "gemma", "gpt2")
ACTIONS = [("pass", "bet"), ("a1", "a2", "b1", "c3"), ("1", "10", "12", "2", "223"), ("only",)]
PROMPTS = ["The rules are these.\n1 K", "The rules are these.\n2 Q pb and more", "The rules are those", "The rules"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    base: Path = tmp_path_factory.mktemp("models")
    return {kind: models.save(base / kind, kind) for kind in KINDS}


def made(folder: str, seed: int = 0, **spec: object) -> LanguageModel:
    policy = build("transformers", {"model": folder, "train": "full", "chat": False, **spec}, seed)
    assert isinstance(policy, LanguageModel)
    torch.nn.init.normal_(policy.learnt.value.weight)
    return policy


def contexts(policy: LanguageModel) -> tuple[list[Tokens], list[LegalSet]]:
    legal = [tuple(policy.encode(name) for name in names) for names in ACTIONS]
    return [policy.encode(text) for text in PROMPTS], legal


@torch.no_grad()
def by_hand(policy: LanguageModel, prompt: Tokens, actions: LegalSet) -> list[float]:
    """One softmax at each fork, each from a call of its own of the whole model."""
    found: list[float] = []
    for action in actions:
        total, whole = 0.0, (*action, policy.end)
        for at, way in enumerate(whole):
            ways = list(dict.fromkeys((*a, policy.end)[at] for a in actions if (*a,)[:at] == action[:at]))
            line = torch.tensor([[*policy.frame.around(prompt), *action[:at]]])
            total += float(policy.stack.model(line).logits[0, -1, ways].log_softmax(-1)[ways.index(way)])
        found.append(total)
    return found


def weigh(policy: LanguageModel, prompts: list[Tokens], legal: list[LegalSet]) -> torch.Tensor:
    """A number that depends on every score."""
    scores = policy.forward(prompts, legal)
    kept = scores.logps_NA.masked_fill(scores.logps_NA <= OUTSIDE / 2, 0)
    return (kept * torch.arange(1, kept.shape[1] + 1)).sum() + (scores.values_N**2).sum()


def gradients(policy: LanguageModel) -> dict[str, torch.Tensor]:
    found = {name: p.grad for name, p in policy.learnt.named_parameters() if p.grad is not None}
    policy.learnt.zero_grad()
    return found  # pyright: ignore[reportReturnType]


@pytest.mark.parametrize(
    "spec", [{"train": "full"}, {"train": "top", "layers": 2}, {"train": "lora", "chat": True}], ids=str
)
@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_those_of_the_model_read_in_the_plainest_way(folders, kind: str, spec: dict[str, object]) -> None:
    policy = made(folders[kind], **spec)
    prompts, legal = contexts(policy)
    for prompt, actions, found in zip(prompts, legal, policy.score(prompts, legal), strict=True):
        assert found == pytest.approx(by_hand(policy, prompt, actions), abs=1e-4)
        assert policy.score([prompt], [actions])[0] == pytest.approx(found, abs=1e-4)
        assert math.fsum(np.exp(found.astype(float))) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("train", ["full", "top", "lora"])
def test_gradients_of_a_batch_are_the_sum_of_those_of_its_contexts(folders, train: str) -> None:
    policy = made(folders["llama"], train=train, layers=1)
    prompts, legal = contexts(policy)
    weigh(policy, prompts, legal).backward()
    together = gradients(policy)
    for prompt, actions in zip(prompts, legal, strict=True):
        weigh(policy, [prompt], [actions]).backward()
    alone = gradients(policy)
    assert together.keys() == alone.keys()
    assert any(float(g.abs().max()) > 1e-3 for g in together.values())
    for name, gradient in together.items():
        torch.testing.assert_close(gradient, alone[name], atol=2e-4, rtol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_trunk_that_is_remembered_gives_the_gradients_of_the_whole_model(folders, kind: str) -> None:
    top, full = made(folders[kind], train="top", layers=2), made(folders[kind], train="full")
    full.learnt.value.load_state_dict(top.learnt.value.state_dict())
    prompts, legal = contexts(top)
    for _ in range(2):  # the second time from memory
        before = top.trunk.read if top.trunk else 0
        weigh(top, prompts, legal).backward()
        found = gradients(top)
    assert top.trunk is not None
    assert top.trunk.read == before > 0
    weigh(full, prompts, legal).backward()
    expected = gradients(full)
    assert {name.split(".")[3] for name in found if ".layers." in name or ".h." in name} == {"1", "2"}
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], atol=2e-4, rtol=1e-3)


@pytest.mark.parametrize("train", ["full", "top", "lora"])
def test_work_counts_what_really_passes_frozen_layers(folders, train: str) -> None:
    policy = made(folders["llama"], train=train, layers=1)
    prompts, legal = contexts(policy)
    # A layer of width 32: four heads of 8 asking, two answering, a perceptron of 48, two normalisations.
    layer = 2 * 32 * 32 + 2 * 32 * 16 + 3 * 32 * 48 + 2 * 32
    frozen = {"full": 0, "top": 2 * layer, "lora": 3 * layer}[train]
    assert policy.frozen == frozen
    policy.tokens_seen = policy.frozen_passes = 0  # since it was made, which compares it with the plain way
    policy.score(prompts, legal)
    once = policy.tokens_seen
    assert flops(policy) == 2 * (policy.parameters + frozen) * once
    policy.forward(prompts, legal)
    passes = {"full": 0, "top": 1, "lora": 3}[train]  # forward once more, and back to the adapters
    learnt = 2 * policy.parameters * once + 6 * policy.parameters * once
    assert flops(policy) == learnt + 2 * frozen * once * passes
    played = policy.parameters + (0 if train == "top" else frozen)
    assert flops(policy, 7) == flops(policy) + 2 * 7 * played


def test_a_trunk_keeps_no_more_than_it_may(folders) -> None:
    policy = made(folders["llama"], train="top", layers=1, cache_mb=0)
    prompts, legal = contexts(policy)
    first, again = policy.score(prompts, legal), policy.score(prompts, legal)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert policy.trunk is not None
    assert not policy.trunk._kept


@pytest.mark.parametrize("train", ["full", "top", "lora"])
def test_training_changes_what_is_trained_and_nothing_else(folders, train: str) -> None:
    policy = made(folders["llama"], train=train, layers=1)
    whole = {name: weight.clone() for name, weight in policy.stack.model.state_dict().items()}
    prompts, legal = contexts(policy)
    optimiser = torch.optim.Adam(policy.module.parameters(), 1e-2)
    for _ in range(2):  # an adapter's first step moves one of its halves only
        optimiser.zero_grad()
        weigh(policy, prompts, legal).backward()
        optimiser.step()
    changed = {name for name, weight in policy.stack.model.state_dict().items() if not torch.equal(weight, whole[name])}
    mark = {"full": "", "top": ("model.layers.2.", "model.norm."), "lora": "lora_"}[train]
    assert changed
    if train == "lora":
        assert all("lora_" in name for name in changed)
        assert {name.rpartition("lora_")[2][0] for name in changed} == {"A", "B"}
    else:
        assert changed == {name for name in whole if name.startswith(mark)}
    assert policy.parameters == sum(p.numel() for p in policy.module.parameters())


@pytest.mark.parametrize("spec", [{"train": "full"}, {"train": "top", "layers": 1, "chat": True}], ids=str)
@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_what_is_written_has_the_log_probabilities_that_training_finds(folders, kind: str, spec) -> None:
    policy = made(folders[kind], **spec)
    prompts = [policy.encode(text) for text in (*PROMPTS, PROMPTS[1], PROMPTS[1])]
    texts = policy.generate(prompts, "\n", 9, np.random.default_rng(4))
    assert len({text.tokens for text in texts[-2:]}) == 2  # equal prompts, each with a draw of its own
    with torch.no_grad():
        scores = policy.forward_texts(prompts, [text.tokens for text in texts])
    for row, mask, text in zip(scores.logps_NTV, scores.mask_NT, texts, strict=True):
        assert int(mask.sum()) == len(text.tokens)
        found = [float(row[at, token]) for at, token in enumerate(text.tokens)]
        assert found == pytest.approx(text.logps, abs=1e-4)
    again = policy.generate(prompts, "\n", 9, np.random.default_rng(4))
    assert [text.tokens for text in again] == [text.tokens for text in texts]


def test_writing_ends_at_the_stop_at_the_end_token_or_with_the_budget(folders) -> None:
    policy = made(folders["llama"], max_tokens=30)
    prompts = [policy.encode(text) for text in PROMPTS] * 60
    texts = policy.generate(prompts, "e", 1000, np.random.default_rng(1))
    ends = {"stop": 0, "end": 0, "budget": 0}
    for text in texts:
        said = policy.decode(text.tokens)
        assert "e" not in said[:-1]
        assert policy.end not in text.tokens[:-1]
        ends["stop" if said.endswith("e") else "end" if text.tokens[-1] == policy.end else "budget"] += 1
        assert len(text.tokens) == 30 or text.tokens[-1] == policy.end or said.endswith("e")
    assert all(ends.values())


def test_the_hash_names_the_weights_the_frozen_ones_too(folders, tmp_path: Path) -> None:
    policy = made(folders["llama"], train="top", layers=1)
    first = policy.content_hash
    assert made(folders["llama"], train="top", layers=1).learnt.frozen().keys() == policy.learnt.frozen().keys()
    twin = copy.deepcopy(policy)
    assert twin.content_hash == first
    prompts, legal = contexts(policy)
    weigh(policy, prompts, legal).backward()
    torch.optim.Adam(policy.module.parameters(), 1e-3).step()
    assert policy.content_hash != first
    assert twin.content_hash == first
    twin.load(policy.state(), 7)
    assert (twin.content_hash, twin.version) == (policy.content_hash, 7)
    with torch.no_grad():
        next(iter(policy.learnt.frozen().values())).add_(1)
    other = made(folders["llama"], train="top", layers=1)
    other.load(twin.state(), 7)
    assert other.content_hash == twin.content_hash
    with torch.no_grad():
        next(iter(other.learnt.frozen().values())).add_(1)
    changed = copy.deepcopy(other)
    changed._base = type(other._base)(changed.learnt)
    changed._named = (None, b"")
    assert changed.content_hash != twin.content_hash


@pytest.mark.parametrize("train", ["top", "lora"])
def test_copies_share_what_never_changes_and_learn_apart(folders, train: str) -> None:
    policy = made(folders["llama"], train=train, layers=1)
    prompts, legal = contexts(policy)
    before = policy.score(prompts, legal)
    twin = copy.deepcopy(policy)
    mine, its = policy.learnt.frozen(), twin.learnt.frozen()
    assert mine.keys() == its.keys()
    assert all(mine[name] is its[name] for name in mine)
    for _ in range(2):
        weigh(twin, prompts, legal).backward()
        torch.optim.SGD(twin.module.parameters(), 0.1).step()
    assert all(np.array_equal(a, b) for a, b in zip(before, policy.score(prompts, legal), strict=True))
    assert not np.allclose(before[0], twin.score(prompts, legal)[0])
    policy.load(twin.module.state_dict(), 1)
    for a, b in zip(policy.score(prompts, legal), twin.score(prompts, legal), strict=True):
        assert a == pytest.approx(b, abs=1e-5)


def test_a_chat_template_stands_around_the_prompt(folders) -> None:
    policy = made(folders["llama"], chat=True)
    asked = policy.tokenizer.apply_chat_template(
        [{"role": "user", "content": PROMPTS[0]}], add_generation_prompt=True, tokenize=True, return_dict=False
    )
    assert policy.frame.around(policy.encode(PROMPTS[0])) == tuple(asked)
    assert policy.decode(policy.encode(PROMPTS[0])) == PROMPTS[0]

"""Decisions a second of a language model that chooses among legal actions, by what it need not read twice.

Kuhn poker with its rules in prose, on one thread: one position at a time, all in a batch that shares what is common,
and with the trunk's activations remembered. Seconds are of processor time.
"""

import argparse
import time
from collections.abc import Callable, Iterable

import torch

from bench.figures import Figure, report
from workers.learner.infosets import infosets
from workers.learner.spec import Game
from workers.policy.policy import LegalSet, Policy, Tokens, build

GAME = Game("kuhn_poker", prompt="told")
LEAST_S = 5.0


def rate(once: Callable[[], int]) -> float:
    """Things done a CPU second."""
    once()
    done, begun = 0, time.process_time()
    while time.process_time() - begun < LEAST_S:
        done += once()
    return done / (time.process_time() - begun)


def contexts(policy: Policy) -> tuple[list[Tokens], list[LegalSet]]:
    """All of the game's positions."""
    asked = infosets(GAME).prompts
    return [policy.encode(t) for t, _ in asked], [tuple(policy.encode(name) for name in names) for _, names in asked]


def plain(policy: Policy) -> Callable[[], int]:
    """Each position by itself, with a full call of the model: what scoring is without any of this."""
    prompts, legal = contexts(policy)

    def once() -> int:
        for prompt, actions in zip(prompts, legal, strict=True):
            policy.score([prompt], [actions])
        return len(prompts)

    return once


def batched(policy: Policy) -> Callable[[], int]:
    prompts, legal = contexts(policy)
    return lambda: len(policy.score(prompts, legal))


def learning(policy: Policy) -> Callable[[], int]:
    """Scores with gradients of every position."""
    prompts, legal = contexts(policy)

    def once() -> int:
        policy.forward(prompts, legal).logps_NA[:, 0].sum().backward()
        return len(prompts)

    return once


def figures(model: str) -> Iterable[Figure]:
    spec = {"model": model, "chat": False}
    for dtype in ("float32", "bfloat16"):
        whole = build("transformers", {**spec, "train": "full", "dtype": dtype}, 0)
        single, name = rate(plain(whole)), f"language_model.{dtype}"
        yield Figure(f"{name}.unbatched", single, "decisions/cpu_s")
        yield Figure(f"{name}.batched", rate(batched(whole)), "decisions/cpu_s", "unbatched", single)
        if dtype == "float32":
            learnt = rate(learning(whole))
            yield Figure(f"{name}.learning_full", learnt, "decisions/cpu_s")
        del whole
        for layers in (1, 2, 4):
            top = build("transformers", {**spec, "train": "top", "layers": layers, "dtype": dtype}, 0)
            yield Figure(f"{name}.top_{layers}", rate(batched(top)), "decisions/cpu_s", "unbatched", single)
            if dtype == "float32":
                yield Figure(f"{name}.learning_top_{layers}", rate(learning(top)), "decisions/cpu_s", "full", learnt)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    report(figures(options.model), json=options.json)


if __name__ == "__main__":
    main()

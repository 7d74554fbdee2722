"""Laws on repetition: a match is a function of variant, format, seed and actions, here and in any other process."""

import json
import random
from collections.abc import Callable

import numpy as np

from games import catalog
from games.conformance.broken import NotChecked, require
from games.conformance.elsewhere import digests, digests_elsewhere
from games.conformance.subject import Subject
from games.conformance.transcript import cases, transcript


def transcripts_repeat(subject: Subject) -> None:
    """The same seed and actions give the same transcript again."""
    for case in cases(subject):
        lines = transcript(subject, case)
        actions = [line[2:] for line in lines if line.startswith("> ")]
        require(transcript(subject, case, actions) == lines, f"seed {case.seed} played twice gives two transcripts")


def transcripts_repeat_elsewhere(subject: Subject) -> None:
    """Another process, which hashes strings differently, gives the same transcripts byte for byte."""
    name = subject.rules.facts.name
    known = catalog.names()
    if name not in known and not name.startswith(catalog.PREFIX):
        raise NotChecked("the game is not in the catalogue, so another process cannot load it")
    there = digests_elsewhere(tuple(known) if name in known else (name,))
    for heading, digest in digests(subject).items():
        require(there.get(heading) == digest, f"another process gives another transcript of {heading}")


def global_randomness_is_left_alone(subject: Subject) -> None:
    """A match neither reads nor moves the random state of Python or of NumPy, which all code in a process shares."""
    kept = random.getstate(), np.random.get_state()
    try:
        first = _with_global_seed(1, lambda: digests(subject))
        second = _with_global_seed(2, lambda: digests(subject))
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])
    require(first == second, "the match reads global random state")


def _with_global_seed(seed: int, play: Callable[[], dict[str, str]]) -> dict[str, str]:
    random.seed(seed)
    np.random.seed(seed)
    before = random.getstate(), _numpy_state()
    played = play()
    require((random.getstate(), _numpy_state()) == before, "the match moves global random state")
    return played


def _numpy_state() -> str:
    kind, keys, *rest = np.random.get_state(legacy=True)
    return json.dumps([kind, np.asarray(keys).tolist(), *rest])

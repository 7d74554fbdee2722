"""The laws by name, and how a subject is held to them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import pyspiel

from arena.core.errors import ArenaError, NoWorlds
from games.conformance import actions, environment, formats, golden, replay, scores, truth, views, worlds
from games.conformance.broken import LawBroken, NotChecked
from games.conformance.subject import Subject

S = TypeVar("S")

LAWS: dict[str, Callable[[Subject], None]] = {
    law.__name__: law
    for law in (
        environment.pettingzoo_accepts_it,
        environment.illegal_actions_change_nothing,
        environment.parameters_are_kept,
        environment.matches_are_played_out,
        environment.masks_are_the_legal_actions,
        environment.rewards_are_the_returns,
        environment.parallel_steps_are_rounds,
        replay.transcripts_repeat,
        replay.transcripts_repeat_elsewhere,
        replay.global_randomness_is_left_alone,
        views.views_do_not_leak,
        views.determinised_states_look_the_same,
        views.perfect_recall_tells_apart,
        views.perfect_recall_remembers,
        worlds.determinize_stays_in_the_information_set,
        worlds.determinize_reaches_every_state,
        worlds.determinize_hides_the_future,
        worlds.clones_are_independent,
        actions.names_are_unique,
        actions.names_read_back,
        actions.near_misses_are_refused,
        scores.scores_are_in_bounds,
        scores.scores_add_up,
        scores.matches_end,
        formats.openings_are_seeded,
        formats.seats_turn,
        formats.rounds_are_dealt_afresh,
        golden.golden_transcripts_replay,
    )
}
"""What every game of the suite obeys."""

ENV_LAWS: dict[str, Callable[[truth.EnvSubject], None]] = {
    "pettingzoo_accepts_it": lambda subject: environment.accept(subject.make),
    "parameters_are_kept": truth.parameters_are_kept,
    "matches_are_played_out": truth.matches_are_played_out,
    "masks_are_the_legal_actions": truth.masks_are_the_legal_actions,
    "rewards_are_the_returns": truth.rewards_are_the_returns,
}
"""What any PettingZoo environment of an OpenSpiel game obeys, whoever wrote it."""

CRASHES = (
    ArenaError, pyspiel.SpielError, AssertionError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError,
)  # fmt: skip
"""What a bug in a game looks like. Anything else is a fault of this machine or of the suite, and is raised."""


@dataclass(frozen=True)
class Verdict:
    """What came of holding a subject to a law."""

    law: str
    outcome: Literal["pass", "fail", "not checked"]
    reason: str = ""


def judge(name: str, law: Callable[[S], None], subject: S) -> Verdict:
    """Hold `subject` to one law. A game that crashes has broken it."""
    try:
        law(subject)
    except (NotChecked, NoWorlds) as why:
        return Verdict(name, "not checked", str(why))
    except LawBroken as reason:
        return Verdict(name, "fail", str(reason))
    except CRASHES as error:
        return Verdict(name, "fail", f"{type(error).__name__}: {error}")
    return Verdict(name, "pass")


def check(subject: Subject) -> list[Verdict]:
    """Hold a game's variant to every law."""
    return [judge(name, law, subject) for name, law in LAWS.items()]


def check_env(subject: truth.EnvSubject) -> list[Verdict]:
    """Hold any environment to the laws on environments."""
    return [judge(name, law, subject) for name, law in ENV_LAWS.items()]

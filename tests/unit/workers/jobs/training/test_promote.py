"""What a checkpoint is submitted for: games that were trained as they are rated, and no others."""

from typing import Any

import pytest

from workers.jobs.training.keeping import Checkpoint
from workers.jobs.training.promote import promote
from workers.learner.spec import convert

STANDARD = {"name": "kuhn_poker"}
WRITTEN = {"name": "leduc_poker", "mode": "write"}
MISERE = {"name": "tic_tac_toe", "variant": "misere"}


class Noted:
    """Stands in for `workers.jobs.work.Work`."""

    def checkpointed(self, step: int, folder: str, manifest: dict[str, Any], new: Any) -> None:
        self.games, self.league = (new.games, new.league) if new else (None, None)


@pytest.mark.parametrize(
    ("games", "rated"), [([STANDARD, WRITTEN, MISERE], ("kuhn_poker",)), ([WRITTEN, MISERE], None)]
)
def test_a_checkpoint_is_a_player_for_what_it_was_trained_on_as_it_is_rated(games: list[Any], rated: Any) -> None:
    work: Any = Noted()
    promote(work, convert({"name": "trial", "games": games}), Checkpoint("x", {"content_hash": "ab" * 32}), 1)
    assert work.games == rated


@pytest.mark.parametrize(("asked", "league"), [({}, "open"), ({"league": "bare"}, "bare")])
def test_it_is_rated_in_the_league_that_the_job_asks_for(asked: Any, league: str) -> None:
    work: Any = Noted()
    spec = convert({"name": "trial", "games": [STANDARD], "checkpoints": asked})
    promote(work, spec, Checkpoint("x", {"content_hash": "ab" * 32}), 1)
    assert work.league == league

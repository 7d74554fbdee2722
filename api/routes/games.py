"""The games that can be played, with all that is known of them before anyone plays."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from api.tags import Fresh
from games import catalog
from games.rules import Facts, Variant

router = APIRouter(prefix="/api/v1/games", tags=["games"])


class VariantInfo(BaseModel):
    """One setting of a game. `utility` bounds the score of one round."""

    name: str
    seats: int
    max_plies: int
    utility: tuple[float, float]
    split: str
    parameters: dict[str, Any]


class GameInfo(BaseModel):
    """The facts of a game. `rounds` and `opening_plies` make up its rated match."""

    name: str
    title: str
    family: str
    chance: bool
    hidden: bool
    payoff: str
    pairing: str
    oracle: str | None
    rounds: int
    opening_plies: int
    views: list[str]
    perfect_recall: list[str]
    how_to_play: str
    variants: list[VariantInfo]


@router.get("", summary="List the games")
def list_games(fresh: Fresh) -> list[GameInfo]:
    """Every curated game, by name."""
    fresh.check("games")  # what they are is settled when the process starts
    return [_info(catalog.load(name).facts) for name in catalog.names()]


def _info(facts: Facts) -> GameInfo:
    plain = ("name", "title", "family", "chance", "hidden", "payoff", "pairing", "oracle", "how_to_play")
    return GameInfo(
        **{name: getattr(facts, name) for name in plain},
        rounds=facts.rated.rounds,
        opening_plies=facts.rated.opening_plies,
        views=list(facts.views),
        perfect_recall=sorted(facts.perfect_recall),
        variants=[_variant(name, v) for name, v in facts.variants.items()],
    )


def _variant(name: str, v: Variant) -> VariantInfo:
    return VariantInfo(
        name=name, seats=v.seats, max_plies=v.max_plies, utility=v.utility, split=v.split, parameters=dict(v.parameters)
    )

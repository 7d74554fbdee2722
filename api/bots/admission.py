"""Who may connect as a bot: the owner of a player whose kind connects, with a key that has the scope `submit`."""

import asyncio
from uuid import UUID

from sqlalchemy import Engine

from api.bots.line import Who
from api.callers import identify
from api.signer import signer
from arena.core.agents import KINDS
from arena.core.errors import NoBot, NotAllowed, UnknownPlayer
from arena.core.receipts import Signer
from arena.core.settings import Settings
from arena.core.vault import vault
from arena.store import keys, players
from arena.store.players import Version

AT_ONCE = 6
"""Bots that are let in at once: each needs the database for a moment, and others need it, too."""
VERSIONS = 20
"""The newest versions of a player that are listened for."""


class Door:
    """Lets bots in."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings
        self._room = asyncio.Semaphore(AT_ONCE)
        self._signer: Signer | None = None

    @property
    def signer(self) -> Signer:
        """What signs the receipts; there is one once somebody was let in."""
        assert self._signer is not None
        return self._signer

    async def admit(self, player: str, key: str | None) -> Who:
        """Who it is.

        Raises:
            NotAuthenticated, NotAllowed: the key is nobody's, lacks the scope, or is not its owner's.
            UnknownPlayer, NoBot: there is no such player, or it is not of a kind that connects.
            BadConfiguration: what receipts are signed with cannot be opened.
        """
        async with self._room:
            return await asyncio.to_thread(self._look, player, key)

    def usable(self, key_ids: list[UUID]) -> set[UUID]:
        """Those of these keys that still open something."""
        with self._engine.connect() as connection:
            return keys.usable(connection, key_ids)

    def versions(self, names: list[str]) -> dict[str, list[str]]:
        """The versions of these players that are listened for."""
        with self._engine.connect() as connection:
            found = players.versions(connection, names=names)
        return {name: _able([v for v in found if v.player == name]) for name in names}

    def _look(self, player: str, key: str | None) -> Who:
        with self._engine.begin() as connection:
            caller = identify(connection, key, "submit")
            versions = players.versions(connection, player=player)
            if not versions:
                raise UnknownPlayer(f"There is no player named {player!r}.", todo="Submit it: POST /api/v1/players.")
            if versions[0].owner_id != caller.owner_id:
                raise NotAllowed(f"The player {player!r} is another owner's.", todo="Connect as one of yours.")
            able = _able(versions)
            if not able:
                what = f"The player {player!r} is of kind {versions[-1].kind!r}, which does not connect."
                raise NoBot(what, todo="Submit a player of kind 'bot'.")
            if self._signer is None:
                self._signer = signer(connection, vault(self._settings))
            return Who(player, tuple(able), caller.key_id)


def _able(versions: list[Version]) -> list[str]:
    return [str(v.id) for v in versions if _connects(v.kind)][-VERSIONS:]


def _connects(kind: str) -> bool:
    return kind in KINDS.names() and bool(KINDS.literal(kind, "KIND").get("connects", False))

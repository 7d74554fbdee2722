"""reseal: put all that is sealed under the key that seals now, so that an elder one can go.

Everything happens in one transaction, or nothing. What no key opens stays as it is, and is counted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from arena.core.errors import BadConfiguration
from arena.core.vault import Vault
from arena.flow.notify import SEALED
from arena.store import secrets, signing, webhooks


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many secrets are under the first key now, and how many no key opens."""

    done: int
    closed: int


def reseal(connection: Connection, safe: Vault) -> Resealed:
    """Seal every secret of players, webhooks and receipts anew."""
    done = closed = 0
    for whose, name, sealed, put in _all(connection):
        try:
            fresh = safe.seal(safe.open(sealed, whose, name), whose, name)
        except BadConfiguration:
            closed += 1
        else:
            put(fresh)
            done += 1
    return Resealed(done, closed)


def _all(connection: Connection) -> Iterator[tuple[str, str, bytes, Callable[[bytes], None]]]:
    """(whose, name, sealed, how it is put back) of everything that is sealed; nobody else changes it meanwhile."""
    for version_id, name, sealed in secrets.held(connection):
        yield str(version_id), name, sealed, partial(secrets.reseal, connection, version_id, name)
    for hook_id, sealed in webhooks.held(connection):
        yield str(hook_id), SEALED, sealed, partial(webhooks.reseal, connection, hook_id)
    for key_id, sealed in signing.held(connection):
        yield str(key_id), signing.SEALED, sealed, partial(signing.reseal, connection, key_id)

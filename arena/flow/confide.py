"""confide: keep with a player version, sealed, what its owner tells in confidence. It is never told again.

A secret goes where the spec's URLs lead. So it follows a player to its next version only while they stay the same:
whoever may submit for an owner must not be able to have the owner's secrets sent to an address of their own.
"""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from arena.core.agents import KINDS
from arena.core.egress import check_url
from arena.core.errors import BadConfiguration, BadSpec, UrlRefused
from arena.core.nearest import did_you_mean
from arena.core.settings import Settings
from arena.core.vault import Vault, vault
from arena.store import players, secrets

VALUE = re.compile(r"[!-~]{1,4000}")
"""Visible ASCII: a secret may have to stand in a header."""

Told = Mapping[str, str | None]
"""Secrets by name. None takes one back."""


def check(kind: str, spec: Mapping[str, Any], told: Told, settings: Settings | None) -> None:
    """See that a spec's URLs lead where the arena goes, and that secrets are those that the kind keeps.

    Raises:
        UrlRefused, BadSpec: they do not; what was told is not repeated.
    """
    literal = KINDS.literal(kind, "KIND")
    for field in literal.get("urls", ()):
        try:
            check_url(str(spec.get(field, "")), settings.endpoint_networks if settings else ())
        except UrlRefused as error:
            raise UrlRefused(f"spec.{field}: {error.what}", todo=error.todo) from None
    known = literal.get("secrets", {})
    for name, value in told.items():
        if name not in known:
            what = f"secrets: a player of kind {kind!r} keeps no secret of the name {name!r}."
            raise BadSpec(what, todo=f"{did_you_mean(name, known)}It keeps: {', '.join(known) or 'none'}.")
        if value is not None and not VALUE.fullmatch(value):
            what = f"secrets.{name}: it is empty, too long, or holds what is no visible ASCII."
            raise BadSpec(what, todo="Give 1 to 4000 characters, without blanks; null takes it back.")


def keep(connection: Connection, version_id: UUID, told: Told, settings: Settings | None) -> None:
    """Seal what was told with a version, in place of what was told before under the same names.

    Raises:
        BadConfiguration: the arena has no key to seal with.
    """
    if back := [name for name, value in told.items() if value is None]:
        secrets.remove(connection, version_id, back)
    given = {name: value for name, value in told.items() if value is not None}
    if given:
        safe = _vault(settings)
        secrets.put(connection, version_id, {n: safe.seal(v, str(version_id), n) for n, v in given.items()})


def account(told: Told) -> str:
    """What was told, for the version's history: names, never values."""
    back = {name for name, value in told.items() if value is None}
    changes = ("Told anew", sorted(told.keys() - back)), ("Taken back", sorted(back))
    return " ".join(f"{what}: {', '.join(names)}." for what, names in changes if names)


def carry_over(connection: Connection, version_id: UUID, told: Told, settings: Settings | None) -> None:
    """Give a new version those secrets of the one before it that were not told anew.

    Raises:
        BadSpec: its URLs are others, so that the secrets must be told again, or taken back.
        BadConfiguration: the arena has no key, or another.
    """
    former = players.before(connection, version_id)
    if former is None:
        return
    (new,) = players.versions(connection, ids=[version_id])
    held = secrets.sealed(connection, [former.id]).get(former.id, {})
    left = {name: blob for name, blob in held.items() if name not in told}
    if not left or new.kind != former.kind:
        return
    for field in KINDS.literal(new.kind, "KIND").get("urls", ()):
        if new.spec.get(field) != former.spec.get(field):
            what = f"spec.{field} is another than that of {former.label}, whose secrets it would be told."
            todo = f"Send these again in `secrets`, or null for one that is not needed: {', '.join(sorted(left))}."
            raise BadSpec(what, todo=todo)
    safe, mine, theirs = _vault(settings), str(version_id), str(former.id)
    secrets.put(connection, version_id, {n: safe.seal(safe.open(b, theirs, n), mine, n) for n, b in left.items()})


def _vault(settings: Settings | None) -> Vault:
    if settings is None:
        raise BadConfiguration("No key to seal secrets with is known here.", todo="Submit the player over the API.")
    return vault(settings)

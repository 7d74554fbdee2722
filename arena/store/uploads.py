"""Uploads of weights: their rows, and the names that their bytes have in the artifact store."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Integer, cast, func, insert, select, text, update
from sqlalchemy import delete as delete_

from arena.core.ids import new_id
from arena.store.tables import Owner, Player, PlayerVersion, Upload

PART_BYTES = 8 << 20
"""Of every part but the last."""
PARTS = "upload-parts"
WHOLE = "uploads"
OVER = ("retired", "rejected")
"""States of a version that plays no more."""
STALE = text("interval '10 minutes'")
"""After so long, who began to check an upload is not there any more."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An upload, as the database has it."""

    id: UUID
    owner_id: UUID
    name: str
    size: int
    sha256: str
    state: str
    parts: list[int]
    reason: str | None
    created_at: datetime

    @property
    def count(self) -> int:
        """How many parts it has."""
        return -(-self.size // PART_BYTES)

    @property
    def missing(self) -> list[int]:
        """The numbers of the parts that are not there yet."""
        return sorted({*range(1, self.count + 1)} - {*self.parts})

    def part_bytes(self, number: int) -> int:
        """The size of a part, counted from 1; 0 where there is none."""
        return max(0, min(PART_BYTES, self.size - (number - 1) * PART_BYTES)) if number > 0 else 0

    def part(self, number: int) -> str:
        """The name of a part in the artifact store."""
        return f"{PARTS}/{self.id}/{number:06}"


def folder(sha256: str) -> str:
    """The folder that whole weights have in the artifact store."""
    return f"{WHOLE}/{sha256}"


def weights(sha256: str) -> str:
    """Their name there."""
    return f"{folder(sha256)}/weights.safetensors"


COLUMNS = (
    Upload.id, Upload.owner_id, Upload.name, Upload.size, Upload.sha256, Upload.state, Upload.parts, Upload.reason,
    Upload.created_at,
)  # fmt: skip


def add(connection: Connection, owner_id: UUID, name: str, size: int, sha256: str) -> UUID:
    """Note what somebody will send."""
    upload_id = new_id()
    values = {"id": upload_id, "owner_id": owner_id, "name": name, "size": size, "sha256": sha256}
    connection.execute(insert(Upload).values(values))
    return upload_id


def one(connection: Connection, upload_id: UUID, owner_id: UUID | None = None) -> Kept | None:
    """An upload; with an owner's id, if it is theirs."""
    query = select(*COLUMNS).where(Upload.id == upload_id)
    if owner_id is not None:
        query = query.where(Upload.owner_id == owner_id)
    row = connection.execute(query).mappings().one_or_none()
    return Kept(**row) if row else None


def page(connection: Connection, owner_id: UUID | None, before: UUID | None, limit: int) -> list[Kept]:
    """Uploads, newest first, before an id: an owner's, or everybody's."""
    query = select(*COLUMNS).order_by(Upload.id.desc()).limit(limit)
    if owner_id is not None:
        query = query.where(Upload.owner_id == owner_id)
    if before is not None:
        query = query.where(Upload.id < before)
    return [Kept(**row) for row in connection.execute(query).mappings()]


def of(connection: Connection, owner_id: UUID | None, sha256: str) -> Kept | None:
    """The upload with this hash that an owner has, or anybody, and that was not refused; a ready one first."""
    query = select(*COLUMNS).where(Upload.sha256 == sha256, Upload.state != "refused")
    if owner_id is not None:
        query = query.where(Upload.owner_id == owner_id)
    ready_first = query.order_by((Upload.state == "ready").desc(), Upload.id).limit(1).with_for_update(read=True)
    row = connection.execute(ready_first).mappings().one_or_none()
    return Kept(**row) if row else None


def used(connection: Connection, owner_id: UUID) -> tuple[int, int]:
    """How many uploads of an owner are under way, and the bytes of all. Who asks holds the owner until they commit."""
    connection.execute(select(Owner.id).where(Owner.id == owner_id).with_for_update(key_share=True))
    query = select(func.count().filter(Upload.state != "ready"), func.coalesce(func.sum(Upload.size), 0))
    row = connection.execute(query.where(Upload.owner_id == owner_id, Upload.state != "refused")).one()
    return row[0], int(row[1])


def received(connection: Connection, upload_id: UUID, number: int) -> bool:
    """Note that a part is there; gives whether it still counts."""
    both = func.array_append(func.array_remove(Upload.parts, cast(number, Integer)), cast(number, Integer))
    change = update(Upload).where(Upload.id == upload_id, Upload.state == "open")
    return bool(connection.execute(change.values(parts=both, touched_at=func.now())).rowcount)


def lock(connection: Connection, sha256: str) -> None:
    """Until the transaction ends nobody else stores or removes these weights."""
    connection.execute(select(func.pg_advisory_xact_lock(int(sha256[:15], 16))))


def claim(connection: Connection, upload_id: UUID) -> bool:
    """Begin to check an upload, unless somebody else does so or has done it."""
    idle = (Upload.state == "open") | ((Upload.state == "checking") & (Upload.touched_at < func.now() - STALE))
    change = update(Upload).where(Upload.id == upload_id, idle)
    return bool(connection.execute(change.values(state="checking", touched_at=func.now())).rowcount)


def end(connection: Connection, upload_id: UUID, state: str, **more: Any) -> bool:
    """What the check came to; gives whether the upload is still there."""
    change = update(Upload).where(Upload.id == upload_id, Upload.state == "checking")
    return bool(connection.execute(change.values(state=state, touched_at=func.now(), **more)).rowcount)


def reopen(connection: Connection, upload_id: UUID) -> None:
    """An upload that was ready, and of which nothing is there any more, takes its parts again."""
    change = update(Upload).where(Upload.id == upload_id, Upload.state == "ready")
    connection.execute(change.values(state="open", parts=[], touched_at=func.now()))


def forget(connection: Connection, upload_id: UUID) -> None:
    """Delete the row."""
    connection.execute(delete_(Upload).where(Upload.id == upload_id))


def shared(connection: Connection, sha256: str) -> bool:
    """Whether anybody has, or is about to have, these weights."""
    query = select(Upload.id).where(Upload.sha256 == sha256, Upload.state.in_(("checking", "ready"))).limit(1)
    return connection.execute(query).first() is not None


def played_by(connection: Connection, sha256: str, owner_id: UUID | None) -> str | None:
    """The name of a player, of an owner's or of anybody's, that plays with these weights."""
    query = select(Player.name).join(PlayerVersion, PlayerVersion.player_id == Player.id)
    if owner_id is not None:
        query = query.where(Player.owner_id == owner_id)
    same = PlayerVersion.spec["upload"].as_string() == sha256
    return connection.scalars(query.where(same, PlayerVersion.status.not_in(OVER)).limit(1)).one_or_none()


def abandoned(connection: Connection, hours: float) -> list[Kept]:
    """Uploads that are not ready and to which nothing was done for so long."""
    cut = func.now() - timedelta(hours=hours)
    query = select(*COLUMNS).where(Upload.state != "ready", Upload.touched_at < cut).with_for_update(skip_locked=True)
    return [Kept(**row) for row in connection.execute(query).mappings()]


def known(connection: Connection) -> set[str]:
    """The ids of all uploads that may need their parts."""
    query = select(Upload.id).where(Upload.state.in_(("open", "checking")))
    return {str(upload_id) for upload_id in connection.scalars(query)}


def held(connection: Connection) -> set[str]:
    """The hashes of all weights that somebody has, or is about to have."""
    return set(connection.scalars(select(Upload.sha256).where(Upload.state.in_(("checking", "ready")))))

"""Weights that people upload: declared, sent in parts, checked as a whole, and kept under the name that is their hash.

What is sent is read once, piece by piece; nothing of it is ever run, unpacked or unpickled.
"""

import hashlib
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import Connection, Engine

from arena.core.errors import (
    ArenaError,
    BadSpec,
    BadUpload,
    QuotaFull,
    UnknownArtifact,
    UnknownUpload,
    UploadBusy,
    UploadIncomplete,
    UploadInUse,
)
from arena.core.settings import Settings
from arena.core.tensors import PREFIX, header_bytes, read_header
from arena.store import training, uploads
from arena.store.artifacts import Artifacts
from arena.store.uploads import Kept

log = logging.getLogger("arena.uploads")

MOST_OPEN = 8
"""Uploads of one owner that are under way at once."""
MOST_BYTES = 2 << 30
"""Of one file: a match host holds it in memory."""
CHUNK = 1 << 20
SHA256 = re.compile(r"[0-9a-f]{64}")
KEEP_HOURS = 24.0
"""How long an upload that nobody goes on with is kept."""


def begin(
    connection: Connection, owner_id: UUID, name: str, size: int, sha256: str, *, quota: int
) -> tuple[Kept, bool]:
    """The upload of these bytes, and whether it is a new one: what an owner has sent before is not sent again.

    Raises:
        QuotaFull: it would be more, or more of them at once, than one owner may have.
        BadUpload: the bytes were declared with another size.
    """
    if size > MOST_BYTES:
        raise QuotaFull(f"One file has at most {MOST_BYTES} bytes, and not {size}.", todo="Send an adapter, or F16.")
    count, total = uploads.used(connection, owner_id)
    found = uploads.of(connection, owner_id, sha256)
    if found is not None:
        if found.size != size:
            what = f"You declared {found.size} bytes with this hash before, and {size} now."
            raise BadUpload(what, todo="See which is right; delete the upload that is not.")
        return found, False
    if count >= MOST_OPEN:
        what = f"You have {count} uploads under way, as many as may be."
        raise QuotaFull(what, todo="Complete or delete one; GET /api/v1/uploads lists them.")
    if total + size > quota:
        what = f"You keep {total} bytes of weights, and may keep {quota}: {size} more do not fit."
        raise QuotaFull(what, todo="Delete uploads that no player needs any more.")
    made = uploads.one(connection, uploads.add(connection, owner_id, name, size, sha256))
    assert made is not None
    return made, True


def expect(found: Kept, number: int) -> int:
    """The bytes of a part that may be sent now.

    Raises:
        BadUpload: there is no such part.
        UploadBusy: the upload takes no parts any more.
    """
    size = found.part_bytes(number)
    if not size:
        what = f"Part {number} is none of this upload's: they go from 1 to {found.count}."
        raise BadUpload(what, todo="Send the file in parts of `part_bytes` each, the last with what is left.")
    if found.state != "open":
        raise UploadBusy(f"The upload is {found.state}.", todo="Begin another one for other bytes.")
    return size


def complete(engine: Engine, artifacts: Artifacts, found: Kept) -> None:
    """Check an upload as a whole, and keep it by its hash. Doing it again, once it is ready, changes nothing.

    Raises:
        UploadIncomplete: parts are missing.
        UploadBusy: it is being checked.
        BadUpload: it is not what was declared, or no safetensors file. Nothing of it is kept.
    """
    if found.state == "refused":
        raise BadUpload(found.reason or "It was refused.", todo="Begin another upload.")
    if found.missing and found.state == "open":
        shown = ", ".join(map(str, found.missing[:20]))
        raise UploadIncomplete(f"{len(found.missing)} parts are missing: {shown}.", todo="Send them, then try again.")
    with engine.begin() as connection:
        uploads.lock(connection, found.sha256)
        if not uploads.claim(connection, found.id):
            now = uploads.one(connection, found.id)
            if now is not None and now.state == "ready":
                return
            raise UploadBusy("The upload is being checked.", todo="Ask for its state in a moment.")
    try:
        _keep(artifacts, found)
    except BadUpload as error:
        _end(engine, found, "refused", reason=error.what)
        remove_parts(artifacts, found)
        raise
    except UnknownArtifact:
        _end(engine, found, "open", parts=[])
        raise UploadIncomplete("Parts of it are gone.", todo="Send them all again.") from None
    except BaseException:
        _end(engine, found, "open")  # the arena's own trouble: what was sent stays, and it may be tried again
        raise
    _end(engine, found, "ready")
    remove_parts(artifacts, found)


def _end(engine: Engine, found: Kept, state: str, **more: object) -> None:
    with engine.begin() as connection:
        uploads.end(connection, found.id, state, **more)


def _keep(artifacts: Artifacts, found: Kept) -> None:
    with artifacts.reading(found.part(1)) as first:
        check_head(first, found.size)
    digest, size = hashlib.sha256(), 0
    with artifacts.writing(uploads.weights(found.sha256)) as out:
        for piece in _pieces(artifacts, found):
            digest.update(piece)
            size += len(piece)
            out.write(piece)
        if size != found.size:
            raise BadUpload(f"It has {size} bytes, and {found.size} were declared.", todo="Begin another upload.")
        if digest.hexdigest() != found.sha256:
            what = f"Its SHA-256 is {digest.hexdigest()}, and not the one declared."
            raise BadUpload(what, todo="See what the file's is; it may have changed meanwhile. Begin another upload.")


def check_head(file: BinaryIO, size: int) -> None:
    """See by what a file begins with that it is one of weights. Raises `BadUpload`."""
    start = file.read(PREFIX)
    rest = header_bytes(start, size) - PREFIX
    read_header(start + file.read(rest), size)


def _pieces(artifacts: Artifacts, found: Kept) -> Iterator[bytes]:
    for number in range(1, found.count + 1):
        with artifacts.reading(found.part(number)) as part:
            while piece := part.read(CHUNK):
                yield piece


def refuse(engine: Engine, artifacts: Artifacts, found: Kept, why: str) -> None:
    """End an upload of which one part shows that the whole can be no weights."""
    with engine.begin() as connection:
        if not uploads.claim(connection, found.id):
            return
        uploads.end(connection, found.id, "refused", reason=why)
    remove_parts(artifacts, found)


def mended(connection: Connection, artifacts: Artifacts, found: Kept) -> Kept:
    """The upload; one that is ready, and whose weights were lost, is open again, so that they can be sent."""
    if found.state != "ready" or artifacts.has(uploads.weights(found.sha256)):
        return found
    uploads.reopen(connection, found.id)
    return uploads.one(connection, found.id) or found


def discard(connection: Connection, found: Kept) -> None:
    """Delete an upload. Once that is committed, `clear` deletes its bytes: they are lost for nothing that is left.

    Raises:
        UploadInUse: a player plays with it.
        UploadBusy: it is being checked.
    """
    uploads.lock(connection, found.sha256)
    now = uploads.one(connection, found.id)
    if now is None:
        return
    if now.state == "checking":
        raise UploadBusy("The upload is being checked.", todo="Try again in a moment.")
    uploads.forget(connection, now.id)
    if now.state == "ready":
        others = uploads.shared(connection, now.sha256)
        player = uploads.played_by(connection, now.sha256, now.owner_id if others else None)
        if player is not None:
            raise UploadInUse(f"The player {player!r} plays with these weights.", todo="Retire the player first.")


def clear(engine: Engine, artifacts: Artifacts, found: Kept) -> None:
    """Delete what is left of an upload that is discarded. What cannot be deleted now is swept later."""
    try:
        remove_parts(artifacts, found)
        _remove_weights(engine, artifacts, found.sha256)
    except ArenaError as error:
        log.warning("a deleted upload's bytes stay for now: %s", error)


def _remove_weights(engine: Engine, artifacts: Artifacts, sha256: str) -> bool:
    """Delete whole weights, unless somebody has or is about to have them; gives whether they were."""
    with engine.begin() as connection:
        uploads.lock(connection, sha256)
        if uploads.shared(connection, sha256):
            return False
        artifacts.remove_all(uploads.folder(sha256))
        return True


def remove_parts(artifacts: Artifacts, found: Kept) -> None:
    """Delete what was sent in parts."""
    artifacts.remove_all(f"{uploads.PARTS}/{found.id}")


def usable(connection: Connection, sha256: str, owner_id: UUID | None, artifacts: Artifacts | None = None) -> Kept:
    """The weights that an owner uploaded, or anybody did; they are there until the transaction ends.

    Raises:
        UnknownUpload: nobody, or another owner, has uploaded them.
    """
    found = uploads.of(connection, owner_id, sha256)
    if found is None or found.state != "ready":
        todo = "Upload the file with `arena upload FILE`, or POST /api/v1/uploads, and complete it."
        raise UnknownUpload(f"You have no complete upload with the SHA-256 {sha256}.", todo=todo)
    if artifacts is not None and not artifacts.has(uploads.weights(sha256)):
        raise UnknownUpload(f"The weights with the SHA-256 {sha256} were lost.", todo="Upload the file again.")
    return found


def check_weights(
    connection: Connection, kind: Mapping[str, Any], spec: Mapping[str, Any], owner_id: UUID | None,
    settings: Settings | None = None,
) -> None:  # fmt: skip
    """See that weights which a spec names, as its kind says where, are an owner's; or are there, whosever.

    Raises:
        UnknownUpload: nobody, or another owner, has uploaded them.
        UnknownArtifact: no job of the owner's has trained them.
        BadSpec: those that the job has trained have another content hash.
    """
    if "upload" in kind:
        usable(connection, spec[kind["upload"]], owner_id, Artifacts(settings.artifacts) if settings else None)
    folder = spec.get(kind.get("checkpoint", ""))
    if folder is not None and owner_id is not None:
        _check_trained(training.trained(connection, owner_id, folder), folder, spec["content_hash"])


def _check_trained(hashes: list[str], folder: str, content_hash: str) -> None:
    if not hashes:
        todo = "GET /api/v1/jobs/ID/checkpoints lists those of a job."
        raise UnknownArtifact(f"None of your jobs has left a checkpoint {folder!r}.", todo=todo)
    if content_hash not in hashes:  # it would be active at once, and lose every match when its weights are loaded
        what = f"The weights of the checkpoint {folder!r} have another content hash than {content_hash}."
        raise BadSpec(what, todo=f"Submit it with {hashes[-1] or 'the one in its manifest.json'}.")


def sweep(engine: Engine, artifacts: Artifacts, hours: float = KEEP_HOURS) -> int:
    """Delete uploads that nobody goes on with, and bytes that belong to none; gives how many uploads that were."""
    with engine.begin() as connection:
        left = uploads.abandoned(connection, hours)
        for found in left:
            uploads.forget(connection, found.id)
    there = artifacts.names(uploads.PARTS)
    with engine.connect() as connection:  # asked after them: a folder is made for an upload that is noted already
        known = uploads.known(connection)
    for folder in set(there) - known:
        artifacts.remove_all(f"{uploads.PARTS}/{folder}")
    with engine.connect() as connection:
        held = uploads.held(connection)
    for sha256 in filter(SHA256.fullmatch, artifacts.names(uploads.WHOLE)):
        if sha256 in held or not _remove_weights(engine, artifacts, sha256):
            artifacts.tidy(uploads.folder(sha256), hours * 3600)
    return len(left)


class Tidying:
    """What the desk does of this by itself. Trouble of the artifact store's is told, and is tried again."""

    def __init__(self, engine: Engine, store: str) -> None:
        self._engine, self._store = engine, store

    def once(self) -> None:
        """Sweep."""
        try:
            gone = sweep(self._engine, Artifacts(self._store))
        except ArenaError as error:
            log.warning("abandoned uploads stay: %s", error)
            return
        if gone:
            log.info("deleted %d abandoned uploads", gone)

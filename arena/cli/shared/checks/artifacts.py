"""The artifact store, where jobs keep data sets and checkpoints: can it be used from here?"""

import os
from collections.abc import Iterator

from arena.cli.shared.diagnosis import Finding, Subject
from arena.core.errors import BadConfiguration


def check(subject: Subject) -> Iterator[Finding]:
    """Its protocol is known, and its folder, where it is one, lets this user write. No network is spoken to."""
    from arena.store.artifacts import Artifacts

    try:
        folder = Artifacts(subject.settings.artifacts).folder
    except BadConfiguration as error:
        yield Finding("fail", error.what, error.todo)
        return
    if folder is None:
        yield Finding("ok", "its protocol is known; jobs will show whether it lets them write")
        return
    place = next(p for p in (folder, *folder.parents) if p.exists())
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        yield Finding("ok", f"{folder} can be written to")
    else:
        todo = "Let this user write there, or set ARENA_ARTIFACTS_URL to another place."
        yield Finding("fail", f"Jobs cannot store anything in {folder}.", todo)

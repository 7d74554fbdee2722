"""Variables that look like settings and are none: a slip of the pen would go unnoticed."""

import os
from collections.abc import Iterator

from arena.cli.shared.diagnosis import Finding, Subject
from arena.core.nearest import did_you_mean
from arena.core.settings import Settings

PREFIX = "ARENA_"


def check(subject: Subject) -> Iterator[Finding]:
    """Every variable that begins with `ARENA_` is a setting."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    for name in unknown:
        todo = f"{did_you_mean(name, known)}docs/settings.md lists them all."
        yield Finding("warn", f"{name} is no setting.", todo)
    if not unknown:
        yield Finding("ok", "every ARENA_ variable is a setting")

import threading
from typing import Any, cast

import pytest

from arena.core.errors import ServerFailed
from arena.core.settings import Settings
from arena.flow.desk import Desk


def test_a_duty_that_fails_ends_the_desk_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(Settings(), cast(Any, None), cast(Any, None))
    waits = threading.Event()

    def broken() -> None:
        raise KeyError("nobody foresaw this")

    for duty in ("_settle", "_forward", "_qualify", "_bury", "_keep"):
        monkeypatch.setattr(desk, duty, lambda: waits.wait(0.01))
    monkeypatch.setattr(desk._notifier, "run", lambda: waits.wait(0.01))
    monkeypatch.setattr(desk, "_schedule", broken)
    with pytest.raises(ServerFailed, match="schedule failed"):
        desk.run()

"""calm: after the database was silent, nobody loses a lease before its holder could have prolonged it.

A database that was stopped, restarted or moved has heard no heartbeat meanwhile, and its clock has gone on: every lease
looks run out, though most are of matches that are still being played. The same after a laptop has slept.
"""

import threading
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select


class Calm:
    """Watches the database's own clock, at every look of one process."""

    def __init__(self, lease_s: float, silence_s: float) -> None:
        self._lease, self._silence = timedelta(seconds=lease_s), timedelta(seconds=silence_s)
        self._lock = threading.Lock()
        self._last: datetime | None = None
        self._until: datetime | None = None

    def look(self, connection: Connection) -> bool:
        """Whether leases that look run out are. Ask it first in a transaction: the answer holds for its `now()`."""
        now = connection.execute(select(func.now())).scalar_one()
        with self._lock:
            if self._last is not None and now - self._last > self._silence:
                self._until = now + self._lease
            self._last = now if self._last is None else max(now, self._last)
            return self._until is None or now >= self._until

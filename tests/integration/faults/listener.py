"""Somebody who follows the feed as a browser does: the same address again and again, with the last id seen."""

import threading

import httpx

from arena.client.feed import parse

RETRY_S = 0.2
QUIET_S = 20.0


class Listener:
    """Notes the number of every event it hears, from the first one on."""

    def __init__(self, url: str) -> None:
        self.heard: list[int] = []
        self.connections = 0
        self._url = f"{url}/api/v1/feed"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def halt(self) -> None:
        """Connect no more."""
        self._stop.set()

    def stop(self) -> None:
        self.halt()
        self._thread.join(2 * QUIET_S)
        assert not self._thread.is_alive()

    def _listen(self) -> None:
        while not self._stop.wait(RETRY_S):
            try:
                self._connection()
            except httpx.TransportError:
                continue

    def _connection(self) -> None:
        last = {"Last-Event-ID": str(self.heard[-1] if self.heard else 0)}
        with httpx.stream("GET", self._url, headers=last, timeout=httpx.Timeout(5.0, read=QUIET_S)) as answer:
            if answer.is_error:
                return
            self.connections += 1
            for event in parse(answer.iter_lines()):
                if event.id:
                    self.heard.append(int(event.id))
                if self._stop.is_set():
                    return

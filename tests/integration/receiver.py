"""A receiver of webhooks on a port of this machine, that answers as it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """`answers` are taken one after the other, the last one for ever: a status, or an event to wait for first."""

    url: str = ""
    answers: list[int | threading.Event] = field(default_factory=lambda: [204])
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    location: str = ""

    def answer(self) -> int | threading.Event:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def receiving(*answers: int | threading.Event) -> Iterator[Receiver]:
    """A receiver while it listens."""
    known = Receiver()
    known.answers = [*answers] or [204]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            known.came.append(({k.lower(): v for k, v in self.headers.items()}, body))
            answer = known.answer()
            if isinstance(answer, threading.Event):
                answer.wait(60)
                answer = 204
            self.send_response(answer)
            if known.location:
                self.send_header("Location", known.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    known.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield known
    finally:
        for answer in known.answers:
            if isinstance(answer, threading.Event):
                answer.set()
        server.shutdown()
        thread.join()
        server.server_close()

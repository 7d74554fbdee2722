"""An OpenAI-compatible server for tests. What a player calls its model says what goes wrong."""

import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from arena.core.wire import SeatOrder
from examples.openai_server import Handler, Server, choose, completion

KEY = "sk-test-0123456789abcdef"
HELD_S = 60.0
"""A hanging answer ends by itself after so long, at the latest."""


class Faulty(Handler):
    """The example's server with faults: a model is named after what it does, for the first `@N` requests of it."""

    server: "FaultyServer"

    def reply(self, asked: dict[str, Any]) -> None:
        self.server.asked.append(asked)
        self.server.headers.append(dict(self.headers))
        fault, _, times = asked["model"].partition("@")
        self.server.counts[asked["model"]] += 1
        if times and self.server.counts[asked["model"]] > int(times):
            super().reply(asked)
        else:
            getattr(self, f"do_{fault}", super().reply)(asked)

    def say(self, text: Any, **more: Any) -> None:
        asked = self.server.asked[-1]
        self.send(200, {**completion(asked["model"], asked["messages"], str(text)), **more})

    def do_together(self, asked: dict[str, Any]) -> None:
        """Answers when as many are waiting as must be, and not before."""
        self.server.crowd.wait(HELD_S)
        super().reply(asked)

    def do_slow(self, asked: dict[str, Any]) -> None:
        self.server.released.wait(1.0)
        super().reply(asked)

    def do_hanging(self, asked: dict[str, Any]) -> None:
        self.server.released.wait(HELD_S)
        self.close_connection = True

    def do_dripping(self, asked: dict[str, Any]) -> None:
        """A byte every now and then: no pause is long, yet it never ends."""
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while not self.server.released.wait(0.05):
            try:
                self.wfile.write(b" ")
            except OSError:
                return

    def do_truncated(self, asked: dict[str, Any]) -> None:
        """Half an answer, and an orderly end."""
        blob = json.dumps(completion("m", asked["messages"], choose(asked["messages"]))).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(blob)))
        self.end_headers()
        self.wfile.write(blob[: len(blob) // 2])
        self.close_connection = True

    def do_reset(self, asked: dict[str, Any]) -> None:
        """Half an answer, and the connection is torn down."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"choices"')
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def do_limited(self, asked: dict[str, Any]) -> None:
        self.send(429, {"error": {"message": "slow down"}}, Retry_After="0")

    def do_limited_long(self, asked: dict[str, Any]) -> None:
        self.send(429, {"error": {"message": "slow down"}}, Retry_After="3600")

    def do_failing(self, asked: dict[str, Any]) -> None:
        self.send(500, {"error": {"message": f"failed with key {KEY}"}})

    def do_unknown(self, asked: dict[str, Any]) -> None:
        self.send(404, {"error": {"message": "no such model"}})

    def do_no_json(self, asked: dict[str, Any]) -> None:
        self.raw(b"<html>it works</html>")

    def do_other_json(self, asked: dict[str, Any]) -> None:
        self.raw(b'{"choices": [{"message": {"content": ["a1"]}}], "usage": "none"}')

    def do_deep(self, asked: dict[str, Any]) -> None:
        self.raw(b"[" * 400_000)

    def do_huge(self, asked: dict[str, Any]) -> None:
        """Chunks without end."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        try:
            while not self.server.released.is_set():
                self.wfile.write(chunk)
                self.server.counts["chunks"] += 1
        except OSError:
            self.close_connection = True

    def do_wordy(self, asked: dict[str, Any]) -> None:
        """A header that is longer than any body may be."""
        self.send(200, {}, X_Long="x" * 2_000_000)

    def do_packed(self, asked: dict[str, Any]) -> None:
        self.raw(b"\x1f\x8b", Content_Encoding="gzip")

    def do_redirect(self, asked: dict[str, Any]) -> None:
        self.send(307, {}, Location=f"{self.server.base_url}/private")

    def do_echo(self, asked: dict[str, Any]) -> None:
        self.say(f"My key is {KEY}.\nAction: {KEY}")

    def do_prose(self, asked: dict[str, Any]) -> None:
        self.say("I would like to play the middle, I think.")

    def do_wandering(self, asked: dict[str, Any]) -> None:
        """Long prose, twice."""
        self.say("Let me see. " + "x" * 200_000)

    def do_illegal(self, asked: dict[str, Any]) -> None:
        self.say("Action: z9")

    def do_corrected(self, asked: dict[str, Any]) -> None:
        """Prose at first; once asked again, an action."""
        if len(asked["messages"]) == 1:
            self.do_prose(asked)
        else:
            super().reply(asked)

    def do_bare(self, asked: dict[str, Any]) -> None:
        self.say(f" {choose(asked['messages']).partition('Action: ')[2]}\n")

    def do_liar(self, asked: dict[str, Any]) -> None:
        usage = {"prompt_tokens": -5, "completion_tokens": 10**30}
        self.say(choose(asked["messages"]), usage=usage)

    def do_uncounted(self, asked: dict[str, Any]) -> None:
        self.say(choose(asked["messages"]), usage=None)

    def do_thinking(self, asked: dict[str, Any]) -> None:
        text = choose(asked["messages"])
        message = {"role": "assistant", "content": text, "reasoning_content": "Hm.\nAction: z9"}
        self.say("", choices=[{"index": 0, "message": message, "finish_reason": "stop"}])

    def raw(self, blob: bytes, **headers: str) -> None:
        self.send_response(200)
        for name, value in {"Content-Length": str(len(blob)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(blob)


class FaultyServer(Server):
    """Keeps what it was asked."""

    def __init__(self, delay_s: float = 0.0, key: str = "") -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.counts: Counter[str] = Counter()
        self.released = threading.Event()
        self.crowd = threading.Barrier(64)
        super().__init__(0, delay_s, key, Faulty)

    def handle_error(self, *_: object) -> None:
        """Clients that go away are what is tested."""


@contextmanager
def endpoint(delay_s: float = 0.0, key: str = "") -> Iterator[FaultyServer]:
    """A server on a loopback port while the test runs."""
    server = FaultyServer(delay_s, key)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join(30)


def player(server: Server, model: str = "good", key: str = "", **spec: Any) -> SeatOrder:
    """A seat for an endpoint's player."""
    told = {"api_key": key} if key else {}
    return SeatOrder("v1", "openai", {"base_url": server.base_url, "model": model, **spec}, model, told)

"""From a submitted model to its first move: `python -m bench.players_first_ply [--json]`.

A whole arena, started as a user starts one; an OpenAI-compatible endpoint of this process. The clock runs from just
before `POST /api/v1/players` until the endpoint is asked for the first move of a qualification match.
"""

import argparse
import json
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from arena.client import Client
from bench.figures import Figure, report
from bench.whole import started

RUNS = 5
BETWEEN_S = 3.0
WAIT_S = 60.0
TARGET_S = 5.0


class Asked(ThreadingHTTPServer):
    """An endpoint that notes when it was asked first, and for which model."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.first: dict[str, float] = {}
        self.news = threading.Condition()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: the arena ends in the middle of a match, and so of a request."""


class Handler(BaseHTTPRequestHandler):
    """Answers every chat completion with something that is no action: what is measured comes before."""

    protocol_version = "HTTP/1.1"
    server: Asked

    def do_POST(self) -> None:
        now = time.perf_counter()
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.news:
            self.server.first.setdefault(asked["model"], now)
            self.server.news.notify_all()
        message = {"role": "assistant", "content": "Action: a1"}
        body = json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def asked() -> Iterator[Asked]:
    """The endpoint while it serves."""
    server = Asked()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def first_ply_s(arena: Client, server: Asked, name: str) -> float:
    """Seconds from the submission of a player until it is asked for its first move."""
    spec = {"base_url": f"http://127.0.0.1:{server.server_address[1]}/v1", "model": name}
    began = time.perf_counter()
    arena.submit(name, "openai", spec, ["tic_tac_toe"])
    with server.news:
        if not server.news.wait_for(lambda: name in server.first, WAIT_S):
            raise TimeoutError(f"{name} was not asked within {WAIT_S:.0f} s")
    return server.first[name] - began


def figures() -> Iterator[Figure]:
    """Measure it in an arena that plays its ladders meanwhile. The value is the median; the worst stands beside it."""
    took: list[float] = []
    with (
        asked() as server,
        started(ARENA_PRIVATE_ENDPOINTS="127.0.0.0/8") as arena,
        Client(arena.url, (arena.home / "admin.key").read_text().strip()) as client,
    ):
        for run in range(RUNS):
            time.sleep(BETWEEN_S)
            took.append(first_ply_s(client, server, f"newcomer-{run}"))
    median, worst = statistics.median(took), max(took)
    yield Figure(
        "players.first_ply_s", median, "s", "the slowest of them", worst, f"<= {TARGET_S:g}", worst <= TARGET_S, RUNS
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    report(figures(), parser.parse_args().json)


if __name__ == "__main__":
    main()

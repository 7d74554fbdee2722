"""`make audit` against a vulnerability service of this test's own: what is known, what is not, when none can say."""

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

Audit = Callable[..., "subprocess.CompletedProcess[str]"]
LOCKED = [line.split("==") for line in Path("requirements.lock").read_text().split() if "==" in line]
FLAW = {
    "id": "PYSEC-2026-1", "summary": "A flaw", "details": "Made up.", "modified": "2026-01-01T00:00:00Z",
    "affected": [{
        "package": {"ecosystem": "PyPI", "name": "jinja2"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}],
        "versions": ["3.1.6"],
    }],
}  # fmt: skip


class Service:
    """Speaks as much of OSV's API as is asked; `answer` gives the flaws of a package."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answer: Callable[[str], object] = lambda name: {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append((query["package"]["name"], query["version"]))
                answer = outer.answer(query["package"]["name"])
                self.send_response(503 if answer is None else 200)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/query"


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    threading.Thread(target=service.server.serve_forever, daemon=True).start()
    yield service
    service.server.shutdown()
    service.server.server_close()


@pytest.fixture(scope="module")
def audit() -> Audit:
    def run(url: str) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "OSV_URL": url}
        return subprocess.run(
            ["bash", ".ci/audit"], env=environment, capture_output=True, text=True, timeout=240, check=False
        )

    if "cannot be installed" in (done := run("http://127.0.0.1:1/")).stderr:
        pytest.skip(done.stderr)
    return run


def test_every_locked_version_is_asked_for(audit: Audit, service: Service) -> None:
    done = audit(service.url)
    assert done.returncode == 0, done.stderr
    assert f"no known vulnerability in {len(LOCKED)} locked dependencies" in done.stdout
    assert sorted(service.asked) == sorted((name, version) for name, version in LOCKED)


def test_what_is_known_is_listed_and_fails(audit: Audit, service: Service) -> None:
    service.answer = lambda name: {"vulns": [FLAW]} if name == "jinja2" else {}
    done = audit(service.url)
    assert done.returncode == 1
    (row,) = [line.split() for line in done.stdout.splitlines() if line.startswith("jinja2")]
    assert row[:4] == ["jinja2", "3.1.6", "PYSEC-2026-1", "99.0"]
    assert "raise the pins" in done.stderr


def test_half_an_answer_is_none(audit: Audit, service: Service) -> None:
    service.answer = lambda name: None if name == "zstandard" else {}
    done = audit(service.url)
    assert done.returncode == 2
    assert "could not be found out" in done.stderr
    assert "no known" not in done.stdout


def test_a_service_that_is_away_is_no_clean_bill(audit: Audit) -> None:
    done = audit("http://127.0.0.1:1/")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "could not be found out" in done.stderr
    assert not done.stdout

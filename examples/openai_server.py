"""A small OpenAI-compatible server to try the arena with: no model, no package, the same answer to the same question.

    python examples/openai_server.py --port 8001

It reads the legal actions out of the question and picks one by a hash of it. Real servers of this protocol (vLLM,
llama.cpp, Ollama) take its place.
"""

import argparse
import contextlib
import hashlib
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def choose(messages: list[dict[str, str]]) -> str:
    """A reply: one of the actions that the last question listed, each on a line that begins with a dash."""
    asked = next(m["content"] for m in messages if m["role"] == "user")
    legal = [line[2:] for line in asked.split("Legal actions:")[-1].splitlines() if line.startswith("- ")]
    number = int.from_bytes(hashlib.sha256(asked.encode()).digest()[:8])
    return f"I have thought about it.\nAction: {legal[number % len(legal)]}" if legal else "There is nothing to choose."


def completion(model: str, messages: list[dict[str, str]], text: str) -> dict[str, Any]:
    """The answer of a chat-completions endpoint, its tokens counted as words."""
    prompt, written = sum(len(m["content"].split()) for m in messages), len(text.split())
    usage = {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written}
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": int(time.time()), "model": model,
        "choices": [choice], "usage": usage,
    }  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    """`POST /v1/chat/completions`."""

    protocol_version = "HTTP/1.1"  # connections stay open between questions
    server: "Server"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        if self.server.key and self.headers.get("Authorization") != f"Bearer {self.server.key}":
            self.send(401, {"error": {"message": "Incorrect API key provided.", "type": "invalid_request_error"}})
        elif self.path != "/v1/chat/completions":
            self.send(404, {"error": {"message": "There is no such address.", "type": "invalid_request_error"}})
        else:
            time.sleep(self.server.delay_s)
            self.reply(asked)

    def reply(self, asked: dict[str, Any]) -> None:
        """Answer a well-formed question."""
        text = choose(asked["messages"])
        self.send(200, completion(asked["model"], asked["messages"], text))

    def send(self, status: int, body: dict[str, Any], **headers: str) -> None:
        """Send JSON."""
        blob = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(blob)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(blob)

    def log_message(self, *args: Any) -> None:
        """Say nothing: a match asks hundreds of times."""


class Server(ThreadingHTTPServer):
    """A thread for each connection."""

    request_queue_size = 512  # many matches begin at once
    daemon_threads = True

    def __init__(self, port: int = 0, delay_s: float = 0.0, key: str = "", handler: type[Handler] = Handler) -> None:
        self.delay_s, self.key = delay_s, key
        super().__init__(("127.0.0.1", port), handler)

    @property
    def base_url(self) -> str:
        """What goes into a player's spec."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description="An OpenAI-compatible server without a model.")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--delay-s", type=float, default=0.0, help="how long it thinks about each answer")
    parser.add_argument("--key", default="", help="the API key it wants to see")
    given = parser.parse_args()
    with Server(given.port, given.delay_s, given.key) as server:
        print(f"serving {server.base_url}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()

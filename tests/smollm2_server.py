"""SmolLM2-135M behind the chat-completions protocol, in a process of its own: `python -m tests.smollm2_server`.

For tests against a real language model. It writes what it writes: nobody helps it to find a legal action.
"""

import threading
from typing import Any

import numpy as np
import torch

from examples.openai_server import Handler, Server, completion
from workers.policy.policy import Policy, build

SPEC = {"model": "smollm2", "train": "top", "layers": 1, "cache_mb": 0}
STOP = "\n\n\n"


class Model(Server):
    """Writes one text at a time."""

    def __init__(self) -> None:
        torch.set_num_threads(1)
        self.policy: Policy = build("transformers", SPEC, 0)
        self.lock = threading.Lock()
        super().__init__(0, 0.0, "", Writer)

    def write(self, prompt: str, max_tokens: int) -> tuple[str, int, int]:
        """A text, and the tokens of the prompt and of it."""
        with self.lock:
            tokens = self.policy.encode(prompt)
            (made,) = self.policy.generate([tokens], STOP, max_tokens, np.random.default_rng(0))
        return self.policy.decode(made.tokens), len(tokens), len(made.tokens)


class Writer(Handler):
    """Has the model write the answer."""

    server: Model

    def reply(self, asked: dict[str, Any]) -> None:
        prompt = "\n\n".join(message["content"] for message in asked["messages"])
        text, read, written = self.server.write(prompt, asked["max_tokens"])
        usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
        self.send(200, {**completion(asked["model"], asked["messages"], text), "usage": usage})


if __name__ == "__main__":
    with Model() as server:
        print(f"serving {server.base_url}", flush=True)
        server.serve_forever()

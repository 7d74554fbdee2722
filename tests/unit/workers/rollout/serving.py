"""A policy server without Ray: the real one on an event loop in a thread, called as an actor is."""

import asyncio
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from ray.exceptions import ActorDiedError

from workers.learner.spec import Spec
from workers.policy.policy import build
from workers.policy.weights import pack
from workers.rollout import server
from workers.rollout.served import Served


class Published:
    """Stands in for `arena.stream.weights.Weights`; `on_look` is called whenever somebody looks for newer ones."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.at: tuple[int, bytes] | None = None
        self.members: dict[int, bytes] = {}
        self.on_look: Callable[[], None] = lambda: None

    def blob(self, version: int) -> bytes:
        """The weights of a version are those of its seed."""
        return pack(build("tiny", self.spec.policy.spec, version).state())

    def publish(self, version: int, *members: int) -> None:
        self.at = version, self.blob(version)
        self.members = {member: self.blob(member) for member in members}

    def version(self) -> int | None:
        self.on_look()
        return self.at and self.at[0]

    def newest(self) -> tuple[int, bytes] | None:
        return self.at

    def pool(self) -> list[int]:
        return sorted(self.members)

    def older(self, version: int) -> bytes | None:
        return self.members.get(version)


class Actor:
    """Calls the methods of a server as `actor.method.remote(…)`, until it is killed."""

    def __init__(self, spec: Spec, published: Published, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(server, "connect", lambda url: None)
        patch.setattr(server, "Weights", lambda client, job: published)
        self.server = server.PolicyServer(msgspec.to_builtins(spec), "", "job")
        self.dead = False
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def __getattr__(self, name: str) -> Any:
        return SimpleNamespace(remote=lambda *arguments: self._call(name, *arguments))

    def _call(self, name: str, *arguments: Any) -> Callable[[], Any]:
        if self.dead:
            return self._fail
        return asyncio.run_coroutine_threadsafe(getattr(self.server, name)(*arguments), self._loop).result

    def _fail(self) -> None:
        raise ActorDiedError


def ask(spec: Spec, actor: Actor | None = None) -> Served:
    """A host's end."""
    served = Served(spec, get=lambda result: result())
    served.server = actor
    return served

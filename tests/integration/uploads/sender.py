"""Who sends weights in a test, and what of it the store holds."""

from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine

from arena.client import Client
from arena.store import keys, players
from tests.weights import sha256

MADE_UP = "0" * 64
PART = 4000
UPLOADS = "/api/v1/uploads"


class Caller:
    """Somebody with a key: raw requests, and the client."""

    def __init__(self, engine: Engine, url: str, owner: str, scope: str = "submit") -> None:
        with engine.begin() as connection:
            self.owner_id = players.owner(connection, owner)
            self.key = keys.add(connection, self.owner_id, [scope])
        self.http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {self.key}"})
        self.client = Client(url, self.key)

    def begin(self, data: bytes, **change: Any) -> dict[str, Any]:
        body = {"name": "w.safetensors", "size": len(data), "sha256": sha256(data), **change}
        answer = self.http.post(UPLOADS, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def send(self, found: dict[str, Any], data: bytes, *numbers: int) -> dict[str, Any]:
        size, now = found["part_bytes"], found
        for number in numbers or range(1, found["part_count"] + 1):
            part = data[(number - 1) * size : number * size]
            answer = self.http.put(f"{UPLOADS}/{found['id']}/parts/{number}", content=part)
            if answer.is_error:
                return answer.json()
            now = answer.json()
        return now

    def complete(self, found: dict[str, Any]) -> dict[str, Any]:
        return self.http.post(f"{UPLOADS}/{found['id']}/complete").json()

    def whole(self, data: bytes, **change: Any) -> dict[str, Any]:
        found = self.begin(data, **change)
        answer = self.send(found, data)
        return answer if "code" in answer else self.complete(found)


def kept(store: Path) -> list[str]:
    """What the store holds, as paths."""
    return sorted(str(file.relative_to(store)) for file in store.rglob("*") if file.is_file())

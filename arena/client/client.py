"""The client: one method for each thing the API can do. Answers are the API's JSON as it is."""

import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from arena.client.errors import ClientError, refusal, silence
from arena.client.exports import lines
from arena.client.feed import FeedEvent, follow, follow_rows
from arena.client.pages import each
from arena.client.uploads import Progress, upload

API = "/api/v1"
LOST = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
"""The connection broke after it was made: what was sent may have come, and been done."""
AGAIN_S = (0.2, 1.0, 2.0)


class Client:
    """An arena at `url`. Reading needs no key. Every method raises `ClientError`. Usable as a context manager."""

    def __init__(self, url: str, key: str | None = None) -> None:
        self.url, self.key = url.rstrip("/"), key
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=self.url, headers=headers, timeout=30.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def games(self) -> list[dict[str, Any]]:
        """The games, with their facts."""
        return self._get("/games")

    def players(self, **filters: str | None) -> list[dict[str, Any]]:
        """The players, with their versions. Filters, which one version must meet: status, kind, owner, game, league."""
        return [*self._each("/players", **filters)]

    def player(self, name: str) -> dict[str, Any]:
        """One player."""
        return self._get(f"/players/{name}")

    def submit(
        self, name: str, kind: str, spec: dict[str, Any] | None = None, games: Sequence[str] = (),
        secrets: dict[str, str | None] | None = None, league: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Submit a player to be rated; needs a key. Without `games` it plays every game its kind can.

        `secrets` is what its kind keeps in confidence; None takes one back. Without `league` it plays in its kind's
        usual one.
        """
        new = {"name": name, "kind": kind, "spec": spec or {}, "games": list(games), "secrets": secrets or {}}
        return self._post("/players", new if league is None else {**new, "league": league})

    def pause_player(self, name: str, reason: str = "Its owner asked for it.") -> dict[str, Any]:
        """Have no more matches made for a player until it is resumed."""
        return self._post(f"/players/{name}/pause", {"reason": reason})

    def resume_player(self, name: str, reason: str = "Its owner asked for it.") -> dict[str, Any]:
        """Let a paused player go on."""
        return self._post(f"/players/{name}/resume", {"reason": reason})

    def retire_player(self, name: str, reason: str = "Its owner asked for it.") -> dict[str, Any]:
        """End a player; its results stay."""
        return self._post(f"/players/{name}/retire", {"reason": reason})

    def upload(
        self, file: str | Path, name: str | None = None, progress: Progress = lambda done, size: None
    ) -> dict[str, Any]:
        """Send a file of weights in parts, and have it checked; needs a key with the scope `submit`.

        Sending the same file again goes on where it was cut off. A player plays with it by its `sha256`.
        """
        return upload(self._send, Path(file), name, progress)

    def uploads(self, before: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
        """One's own uploads, newest first, before an id; with the scope `admin`, everybody's."""
        return self._get("/uploads", before=before, limit=limit)

    def delete_upload(self, upload_id: str) -> None:
        """Delete weights that no player plays with, or give up an upload."""
        self._send("DELETE", f"/uploads/{upload_id}")

    def leaderboards(self) -> list[dict[str, Any]]:
        """The ladders there are."""
        return self._get("/leaderboards")

    def leaderboard(self, game: str, league: str = "open") -> dict[str, Any]:
        """A ladder, best first."""
        return self._get(f"/leaderboards/{game}", league=league)

    def matches(
        self, game: str | None = None, before: str | None = None, limit: int = 50, **filters: str | None
    ) -> dict[str, Any]:
        """Matches, newest first; give the answer's `next` as `before` for the page after it.

        Filters: player (a name, or `name@3`), league, purpose.
        """
        return self._get("/matches", game=game, before=before, limit=limit, **filters)

    def each_match(self, game: str | None = None, **filters: str | None) -> Iterator[dict[str, Any]]:
        """Every match, newest first, fetched in pages as they are wanted. Filters as for `matches`."""
        return self._each("/matches", "matches", game=game, limit=200, **filters)

    def match(self, match_id: str, view: str | None = None) -> dict[str, Any]:
        """One match, with its positions when a view is named."""
        return self._get(f"/matches/{match_id}", views=view)

    def ask(self, game: str, players: Sequence[str], seed: int | None = None, **more: str) -> dict[str, Any]:
        """Ask for an unrated match to be played now; needs a key. `more` may hold `variant` and `view`."""
        return self._post("/matches", {"game": game, "players": list(players), "seed": seed, **more})

    def launch(self, name: str, kind: str, spec: dict[str, Any]) -> dict[str, Any]:
        """Launch a job; this and all that follows on jobs needs a key with the scope `train`."""
        return self._post("/jobs", {"name": name, "kind": kind, "spec": spec})

    def jobs(self, limit: int = 50, state: str | None = None) -> list[dict[str, Any]]:
        """One's own jobs, newest first; with the scope `admin`, everybody's. With a `state`, those that are in it."""
        return self._get("/jobs", limit=limit, state=state)

    def each_job(self, state: str | None = None) -> Iterator[dict[str, Any]]:
        """All of them, fetched in pages as they are wanted."""
        return self._each("/jobs", limit=200, state=state)

    def job(self, job_id: str) -> dict[str, Any]:
        """One job and how far it is."""
        return self._get(f"/jobs/{job_id}")

    def pause_job(self, job_id: str) -> dict[str, Any]:
        """Have a job save itself and end, so that it can go on later."""
        return self._post(f"/jobs/{job_id}/pause", {})

    def resume_job(self, job_id: str) -> dict[str, Any]:
        """Let a paused or failed job go on where it had got to."""
        return self._post(f"/jobs/{job_id}/resume", {})

    def cancel_job(self, job_id: str) -> dict[str, Any]:
        """End a job for good."""
        return self._send("DELETE", f"/jobs/{job_id}")

    def keys(self) -> list[dict[str, Any]]:
        """One's own keys, without what would let somebody use them; with the scope `admin`, everybody's."""
        return [*self._each("/keys")]

    def make_key(
        self, scopes: Sequence[str], name: str = "", owner: str | None = None, days: float | None = None
    ) -> dict[str, Any]:
        """A new key; its `key` is told this once."""
        return self._post("/keys", {"scopes": list(scopes), "name": name, "owner": owner, "days": days})

    def rotate_key(self, key_id: str) -> dict[str, Any]:
        """A new key in place of one, which ends in ten minutes."""
        return self._post(f"/keys/{key_id}/rotate", {})

    def revoke_key(self, key_id: str) -> dict[str, Any]:
        """End a key, and those made with it: `revoked`. What it was rotated to stays: `replaced_by`."""
        return self._send("DELETE", f"/keys/{key_id}")

    def webhooks(self) -> list[dict[str, Any]]:
        """Where one is told of what."""
        return self._get("/webhooks")

    def make_webhook(self, url: str, events: Sequence[str]) -> dict[str, Any]:
        """Be told of events at an address; the `secret` that messages are signed with is told this once."""
        return self._post("/webhooks", {"url": url, "events": list(events)})

    def delete_webhook(self, webhook_id: str) -> None:
        """Be told no more."""
        self._send("DELETE", f"/webhooks/{webhook_id}")

    def ping_webhook(self, webhook_id: str) -> dict[str, Any]:
        """Have a message of the type `ping` sent there."""
        return self._post(f"/webhooks/{webhook_id}/ping", {})

    def each_delivery(self, webhook_id: str) -> Iterator[dict[str, Any]]:
        """What a webhook was told, and what became of it, newest first."""
        return self._each(f"/webhooks/{webhook_id}/deliveries", limit=200)

    def make_owner(self, name: str) -> dict[str, Any]:
        """A new account; needs the scope `admin`."""
        return self._post("/owners", {"name": name})

    def owners(self) -> list[dict[str, Any]]:
        """The accounts; needs the scope `admin`."""
        return [*self._each("/owners")]

    def me(self) -> dict[str, Any]:
        """The account of this key."""
        return self._get("/owners/me")

    def audit(self, before: str | None = None, limit: int = 100) -> dict[str, Any]:
        """Who changed what, newest first; needs the scope `admin`."""
        return self._get("/audit", before=before, limit=limit)

    def each_entry(self) -> Iterator[dict[str, Any]]:
        """The whole audit log, newest first, fetched in pages as they are wanted."""
        return self._each("/audit", "entries", limit=1000)

    def job_metrics(self, job_id: str, after: str | None = None, limit: int = 1000) -> list[dict[str, Any]]:
        """The numbers of a training job's updates, in order: give the last `id` as `after` for what follows it."""
        return self._get(f"/jobs/{job_id}/metrics", after=after, limit=limit)

    def follow_job(self, job_id: str, after: str | None = None) -> Iterator[dict[str, Any]]:
        """The same as they come, through lost connections; ends when the job moves no more."""
        return follow_rows(self._http, f"{API}/jobs/{job_id}/metrics", after)

    def job_checkpoints(self, job_id: str) -> list[dict[str, Any]]:
        """A training job's checkpoints, with the players they became and where those stand."""
        return [*self._each(f"/jobs/{job_id}/checkpoints")]

    def export(self, what: str, **filters: str | None) -> Iterator[str]:
        """The lines of `matches.jsonl` or `games.pgn`. Filters: game, league, player, purpose, since,
        until (of settling)."""
        return lines(self._http, f"{API}/exports/{what}", **filters)

    def feed(self, after: int | None = None) -> Iterator[FeedEvent]:
        """What happens, as it happens: from now on, or after a number. Does not end by itself."""
        return follow(self._http, f"{API}/feed", after)

    def _get(self, path: str, **parameters: str | int | None) -> Any:
        given = {name: value for name, value in parameters.items() if value is not None}
        return self._send("GET", path, params=given)

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        """Under a key of its own, so that it may be sent again when its answer is lost, and is done but once."""
        headers = {"Idempotency-Key": str(uuid4())}
        for wait_s in AGAIN_S:
            try:
                return self._send("POST", path, json=body, headers=headers)
            except ClientError as error:
                if error.code != "idempotency.under_way" and not isinstance(error.__cause__, LOST):
                    raise
            time.sleep(wait_s)
        return self._send("POST", path, json=body, headers=headers)

    def _each(self, path: str, rows: str | None = None, **parameters: str | int | None) -> Iterator[dict[str, Any]]:
        return each(partial(self._answer, "GET"), path, rows, **parameters)

    def _send(self, method: str, path: str, **more: Any) -> Any:
        answer = self._answer(method, path, **more)
        return answer.json() if answer.content else None

    def _answer(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, API + path, **more)
        except httpx.HTTPError as error:
            raise silence(self.url, error) from error
        if answer.is_error:
            raise refusal(answer)
        return answer

"""What a client can meet: the API's problems as one exception."""

from typing import Any

import httpx


class ClientError(Exception):
    """A refusal by the arena, or its silence. Branch on `code`, which is stable.

    `status` is the HTTP status; None when there was no answer, with the code `server.unreachable`.
    """

    def __init__(self, code: str, what: str, todo: str, status: int | None) -> None:
        super().__init__(f"{what} {todo}".strip())
        self.code, self.what, self.todo, self.status = code, what, todo, status


def silence(url: str, error: httpx.HTTPError) -> ClientError:
    """There was no answer."""
    what = f"The arena at {url} does not answer ({type(error).__name__})."
    return ClientError("server.unreachable", what, "Start it, or give its address.", None)


def refusal(answer: httpx.Response) -> ClientError:
    """The problem in an answer; of an answer that is none, what can be told."""
    try:
        problem: Any = answer.json()
        return ClientError(problem["code"], problem["detail"], problem["todo"], answer.status_code)
    except (ValueError, KeyError, TypeError):
        what = f"{answer.request.url} answered {answer.status_code}."
        return ClientError("server.unreachable", what, "Is this the address of an arena?", answer.status_code)

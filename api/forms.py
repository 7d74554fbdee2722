"""Around every request to the API: what calls itself a form is read as JSON, for `curl -d` calls everything one.

No route takes forms. Nor does this open a way for other people's pages: keys are in a header that no form can send.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

NAME = b"content-type"
FORM = b"application/x-www-form-urlencoded"
JSON = (NAME, b"application/json")


class Forms:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            headers = [JSON if _is_form(name, value) else (name, value) for name, value in scope["headers"]]
            scope = {**scope, "headers": headers}
        await self._app(scope, receive, send)


def _is_form(name: bytes, value: bytes) -> bool:
    return name == NAME and value.partition(b";")[0].strip().lower() == FORM

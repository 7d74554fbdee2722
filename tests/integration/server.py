"""The API as a process serves it, on a loopback port of this process: a real server, stopped with the test."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import uvicorn
from sqlalchemy import Engine
from starlette.types import ASGIApp

from api.app import create_app
from arena.core.settings import Settings
from tests import patience

PATIENCE_S = 60.0
KEY = "k" * 40
"""What secrets are sealed under."""


@contextmanager
def serving(
    engine: Engine, redis_url: str, around: Callable[[ASGIApp], ASGIApp] = lambda app: app, *,
    secrets_key: str | None = KEY,
) -> Iterator[str]:  # fmt: skip
    """The API's URL while it runs; `around` may stand between it and its clients."""
    app = around(create_app(Settings(secrets_key=secrets_key), engine, redis_url))
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="on", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until("the API to start", lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)


until = partial(patience.until, patience_s=PATIENCE_S)

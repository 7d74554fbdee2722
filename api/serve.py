"""Serve the API until told to stop."""

import gc
import logging
import signal
import socket
import threading

import uvicorn
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from api.app import create_app
from arena.core.address import check_host
from arena.core.bots import MAX_MESSAGE_BYTES
from arena.core.errors import ArenaError, BadConfiguration, PortTaken
from arena.core.settings import Settings
from arena.store import database, revision

log = logging.getLogger("arena.api")
GRACE_S = 2
"""Seconds that requests under way get after a SIGTERM; the feeds are ended at once."""
POOL = 10
KEEP_ALIVE_S = 75
"""Longer than clients and proxies keep an idle connection: else one is closed just as it is used again."""


def serve(settings: Settings) -> None:
    """Run the API in the foreground; returns after SIGTERM or SIGINT.

    Raises:
        BadConfiguration: a server's URL is missing, or the address is public and that was not allowed.
        PortTaken: somebody else listens there.
    """
    if settings.database_url is None or settings.redis_url is None:
        missing = [n for n in ("database_url", "redis_url") if getattr(settings, n) is None]
        what = f"The API needs {' and '.join(f'ARENA_{n.upper()}' for n in missing)}."
        raise BadConfiguration(what, todo="Set what is missing, or use `arena up`, which brings its own servers.")
    check_host(settings)
    engine = database.connect(settings.database_url, pool=POOL)
    app = create_app(settings, engine, settings.redis_url)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=KEEP_ALIVE_S, ws_max_size=MAX_MESSAGE_BYTES, ws_per_message_deflate=False,
        ws_ping_interval=None,  # the bots' gateway has a heartbeat of its own
    )  # fmt: skip
    for chatty in ("uvicorn.error", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # The server repeats the signal that ended it, once it is done; this makes that a return instead of a death.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _heard)
    with _listening(settings.api_host, settings.api_port) as sock:
        log.info("listening on %s:%d", settings.api_host, settings.api_port)
        gc.collect()
        gc.freeze()  # the program is here to stay: walking it holds up every bot's turn for a tenth of a second
        threading.Thread(target=_tell_unready, args=(engine,), daemon=True).start()  # a silent server must delay nobody
        uvicorn.Server(config).run(sockets=[sock])
    engine.dispose()


def _tell_unready(engine: Engine) -> None:
    """Log why the API, which answers all the same, is not ready."""
    try:
        revision.check(engine)
    except ArenaError as error:
        log.warning("not ready yet: %s", error)
    except DBAPIError as error:
        log.warning("not ready yet: PostgreSQL does not answer: %s", str(error.orig).strip().splitlines()[0])


def _heard(number: int, frame: object) -> None:
    pass


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        what = f"The API cannot listen on {host}:{port}: {error.strerror}."
        raise PortTaken(what, todo="Stop what holds it, or set ARENA_API_PORT to another port.") from None

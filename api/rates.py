"""How often one caller may ask: by key, else by address, counted in Redis for all processes of the API alike."""

import hashlib
import ipaddress
import logging

from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api import problems
from arena.core.errors import TooManyRequests
from arena.core.settings import Settings

log = logging.getLogger("arena.api")
FREE = ("/static/", "/healthz", "/readyz")
"""What pages and machines ask for all the time, and costs next to nothing."""
WINDOW_S = 60


class Rates:
    """ASGI middleware. Where Redis does not answer nobody is refused: the arena is slower to defend, not down."""

    def __init__(self, app: ASGIApp, settings: Settings, redis_url: str) -> None:
        self._app = app
        scheme, _, rest = redis_url.partition("://")
        storage = RedisStorage(
            f"async+{'redis+unix' if scheme == 'unix' else scheme}://{rest}", implementation="redispy"
        )
        self._limiter = SlidingWindowCounterRateLimiter(storage)
        self._of_key = RateLimitItemPerMinute(settings.key_rate)
        self._of_address = RateLimitItemPerMinute(settings.address_rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"].startswith(FREE):
            await self._app(scope, receive, send)
            return
        limit, who = self._who(scope)
        if who is None or await self._may(limit, who):
            await self._app(scope, receive, send)
            return
        what = f"More than {limit.amount} requests came within a minute."
        error = TooManyRequests(what, todo=f"Wait {WINDOW_S} seconds, and ask less often.")
        refusal = problems.refusal(Request({"method": "GET", **scope, "type": "http"}), error)
        refusal.headers["Retry-After"] = str(WINDOW_S)
        await refusal(scope, receive, send)

    def _who(self, scope: Scope) -> tuple[RateLimitItemPerMinute, str | None]:
        """The limit that holds, and by what the caller is counted; nobody counts who sits at this very machine."""
        scheme, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and key:
            return self._of_key, hashlib.sha256(key.encode()).hexdigest()[:32]
        address = scope["client"][0] if scope.get("client") else ""
        return self._of_address, None if _is_here(address) else address

    async def _may(self, limit: RateLimitItemPerMinute, who: str) -> bool:
        try:
            return await self._limiter.hit(limit, who)
        except (RedisError, OSError) as error:
            log.warning("requests are not counted: %s", error)
            return True


def _is_here(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return not address

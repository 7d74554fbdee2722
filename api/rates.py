"""How often one caller may ask: by key, else by address, counted in Redis for all processes of the API alike."""

import hashlib
import ipaddress
import logging

from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api import problems
from arena.core.errors import TooManyRequests
from arena.core.settings import Settings

log = logging.getLogger("arena.api")
FREE = ("/static/", "/healthz", "/readyz")
"""What pages and machines ask for all the time, and costs next to nothing."""
WINDOW_S = 60
KEYS = 4
"""As many keys may ask at their full rate from behind one address."""


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
        self._of_keys = RateLimitItemPerMinute(settings.key_rate * KEYS)
        self._of_address = RateLimitItemPerMinute(settings.address_rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"].startswith(FREE):
            await self._app(scope, receive, send)
            return
        for limit, who in self._counted(scope):
            if not await self._may(limit, who):
                break
        else:
            await self._app(scope, receive, send)
            return
        what = f"More than {limit.amount} requests came within a minute."
        error = TooManyRequests(what, todo=f"Wait {WINDOW_S} seconds, and ask less often.")
        refusal = problems.refusal(problems.asked(scope), error)
        refusal.headers["Retry-After"] = str(WINDOW_S)
        await refusal(scope, receive, send)

    def _counted(self, scope: Scope) -> list[tuple[RateLimitItemPerMinute, str]]:
        """The limits that hold, and by what the caller is counted; no address counts of who sits at this machine.

        Behind an address there may be several keys; that a key is anybody's is not known yet. So both are counted.
        """
        scheme, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
        address = scope["client"][0] if scope.get("client") else ""
        away = not _is_here(address)
        if scheme.lower() != "bearer" or not key:
            return [(self._of_address, address)] if away else []
        shared = [(self._of_keys, f"keys of {address}")] if away else []
        return [*shared, (self._of_key, hashlib.sha256(key.encode()).hexdigest()[:32])]

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

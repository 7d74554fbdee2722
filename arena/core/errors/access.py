"""Who may ask what of the API, and how."""

from arena.core.errors.base import ArenaError


class BadRequest(ArenaError):
    code = "request.invalid"


class NotAuthenticated(ArenaError):
    code = "auth.missing"


class NotAllowed(ArenaError):
    code = "auth.forbidden"


class KeyInAddress(ArenaError):
    """Addresses are logged, kept and shared; keys must not be."""

    code = "auth.key_in_address"


class ForeignPage(ArenaError):
    """A page from elsewhere, in somebody's browser, wants to speak for them."""

    code = "auth.foreign_page"


class UnknownKey(ArenaError):
    code = "auth.key_unknown"


class LastAdmin(ArenaError):
    """Without it nobody could administer the arena any more."""

    code = "auth.last_admin"


class UnknownOwner(ArenaError):
    code = "owner.unknown"


class BadIdempotencyKey(ArenaError):
    code = "idempotency.key_invalid"


class KeyReused(ArenaError):
    code = "idempotency.reused"


class UnderWay(ArenaError):
    code = "idempotency.under_way"


class AnswerWasSecret(ArenaError):
    code = "idempotency.secret"


class TooManyRequests(ArenaError):
    code = "rate.limited"


class UnknownWebhook(ArenaError):
    code = "webhook.unknown"


class PingWaits(ArenaError):
    """A webhook's last ping is not delivered, or given up, yet."""

    code = "webhook.ping_waits"


class TooManyKeys(ArenaError):
    """An owner has as many keys that open something as may be."""

    code = "key.too_many"


class TooManyWebhooks(ArenaError):
    code = "webhook.too_many"

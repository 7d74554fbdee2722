"""The arena from Python: `Client(url, key)`. It needs httpx and nothing else of this project."""

from arena.client.client import Client
from arena.client.errors import ClientError
from arena.client.feed import FeedEvent
from arena.client.webhooks import is_genuine

__all__ = ["Client", "ClientError", "FeedEvent", "is_genuine"]

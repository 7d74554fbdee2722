"""The arena from Python: `Client(url, key)`, and `Bot(url, key, player, act)`. They need httpx and websockets."""

from arena.client.bot import Bot, Observation
from arena.client.client import Client
from arena.client.errors import ClientError
from arena.client.feed import FeedEvent
from arena.client.webhooks import is_genuine

__all__ = ["Bot", "Client", "ClientError", "FeedEvent", "Observation", "is_genuine"]

"""Where the API may listen."""

import ipaddress

from arena.core.errors import BadConfiguration
from arena.core.settings import Settings


def check_host(settings: Settings) -> None:
    """Raises `BadConfiguration` for an address others can reach, unless `ARENA_PUBLIC` allows it."""
    if not settings.public and not _loopback(settings.api_host):
        what = f"ARENA_API_HOST={settings.api_host} can be reached from other machines."
        raise BadConfiguration(what, todo="Put TLS in front of it and set ARENA_PUBLIC=1, or use 127.0.0.1.")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

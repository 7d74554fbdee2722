"""Where the API may listen."""

import ipaddress
import socket

from arena.core.errors import BadConfiguration
from arena.core.settings import Settings


def check_host(settings: Settings) -> None:
    """Raises `BadConfiguration` for no address at all, and for one others can reach unless `ARENA_PUBLIC` allows it."""
    if settings.public or _loopback(settings.api_host):
        return
    try:
        socket.getaddrinfo(settings.api_host, settings.api_port)
    except OSError:
        what = f"ARENA_API_HOST={settings.api_host} is no address of a machine."
        raise BadConfiguration(what, todo="Use 127.0.0.1, or an address of this machine.") from None
    what = f"ARENA_API_HOST={settings.api_host} can be reached from other machines."
    raise BadConfiguration(what, todo="Put TLS in front of it and set ARENA_PUBLIC=1, or use 127.0.0.1.")


def refusal(host: str, port: int) -> OSError | None:
    """What the system has against listening there now; None when it would do."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

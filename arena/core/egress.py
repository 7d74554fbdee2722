"""Where the arena goes at the request of its users: addresses of the open Internet, and those its operator allows.

Only rules about names and numbers. Who connects looks a name up once, asks `may_reach` of every address found, and
connects to that very address: what a name leads to may change between two looks.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from arena.core.errors import UrlRefused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Networks = Sequence[Network]

CLOSED = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    )
)  # fmt: skip
"""IANA's special-purpose registries, multicast and what is reserved. Teredo and 6to4, which carry an IPv4 address of
their choice, are closed as a whole. Written out: what Python's `is_global` says depends on its version."""
OPEN_V6 = IPv6Network("2000::/3")
"""Nothing else of IPv6 is given to anybody."""
CARRIERS = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""IPv6 addresses that are an IPv4 address in their last 32 bits: mapped, and translated by NAT64."""
WEB_PORTS = (80, 443)
LOWEST_PORT = 1024
"""Below it only the web's own ports: the others are mail, shells and name servers."""
LONGEST = 2000
NAME = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.?", re.IGNORECASE
)
NUMBER = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)
"""Names that a resolver may take for an IPv4 address: 127.1, 0x7f000001, 2130706433."""
TODO = "Use an address of the open Internet, or have the operator allow its network with ARENA_PRIVATE_ENDPOINTS."


def networks(text: str | None) -> tuple[Network, ...]:
    """The networks in a comma-separated list. Raises `ValueError` for what is none."""
    return tuple(ip_network(part.strip()) for part in (text or "").split(",") if part.strip())


def may_reach(address: Address, allowed: Networks = ()) -> bool:
    """Whether the arena may connect there for somebody else."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:  # only of this link, whatever its number
            return False
        if any(address in carrier for carrier in CARRIERS):
            return may_reach(IPv4Address(int(address) & 0xFFFFFFFF), allowed)
    if any(address in network for network in allowed):
        return True
    if isinstance(address, IPv6Address) and address not in OPEN_V6:
        return False
    return not any(address in network for network in CLOSED)


def check_url(url: str, allowed: Networks = ()) -> tuple[str, int]:
    """The host and port of an http or https URL that the arena may be sent to, as far as can be told without a look-up.

    Raises:
        UrlRefused: it is none, holds what has no place in it, or names an address that is not open.
    """
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or set(url) & set(' \\"<>^`{|}'):
        raise UrlRefused("The URL holds characters that a URL may not.", todo="Write it as the endpoint's pages do.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise UrlRefused(f"The URL is none: {error}.", todo="Write https://HOST/PATH.") from None
    if parts.scheme not in ("http", "https") or not host or ("[" in url and ":" not in host):
        what = "The URL does not begin with https:// or http:// and a host."
        raise UrlRefused(what, todo="Write https://HOST/PATH.")
    if "@" in parts.netloc or "?" in url or "#" in url:
        what = "The URL holds a user, a query or a fragment."
        raise UrlRefused(what, todo="Leave them out; keys belong into `secrets`.")
    if port is None:
        port = 443 if parts.scheme == "https" else 80
    if port not in WEB_PORTS and port < LOWEST_PORT:
        raise UrlRefused(f"Port {port} is not for the web.", todo=f"Use 80, 443 or one from {LOWEST_PORT} up.")
    _check_host(host, allowed)
    return host, port


def _check_host(host: str, allowed: Networks) -> None:
    address = literal(host)
    if address is None and f".{host.rstrip('.')}".endswith(".localhost"):
        address = IPv4Address("127.0.0.1")
    if address is not None:
        if not may_reach(address, allowed):
            raise UrlRefused(f"{host} is not an address of the open Internet.", todo=TODO)
    elif NUMBER.fullmatch(host) or not NAME.fullmatch(host):
        raise UrlRefused(f"{host!r} is no name of a host, nor an address.", todo="Write a name, or four numbers.")


def literal(host: str) -> Address | None:
    """The address that a host is written as; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None

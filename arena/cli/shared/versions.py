"""The version of each part: the servers are asked, the arena's own processes and Ray are as installed here."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from arena.cli.shared import servers
from arena.core.errors import ArenaError
from arena.core.settings import Settings


def versions(settings: Settings, parts: list[dict[str, Any]]) -> dict[str, str | None]:
    """By part; None for a server that does not answer. Only what runs is asked."""
    names = {part["name"]: part["state"] for part in parts}
    own, ray = _installed("self-play-arena"), _installed("ray")
    known = {name: ray if name == "ray" else own for name in names}
    if names.get("ray") == "unreachable":
        known["ray"] = None
    if "postgres" in names:
        up = names["postgres"] in ("running", "external")
        known["postgres"] = _postgres(settings) if up else None
    if "valkey" in names:
        up = names["valkey"] in ("running", "external")
        known["valkey"] = _valkey(settings) if up else None
    return known


def _postgres(settings: Settings) -> str | None:
    url = settings.database_url or servers.embedded_postgres(settings.home)
    try:
        return servers.ask_postgres(url).version if url else None
    except ArenaError:
        return None


def _valkey(settings: Settings) -> str | None:
    url = settings.redis_url or servers.embedded_valkey(settings.home)
    try:
        return servers.ask_redis(url).version if url else None
    except ArenaError:
        return None


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None

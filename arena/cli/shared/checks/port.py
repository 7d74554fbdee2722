"""The API's port, in use by something that is not this arena."""

import errno
from collections.abc import Iterator

import psutil

from arena.cli.shared.diagnosis import Finding, Subject
from arena.core.address import refusal


def check(subject: Subject) -> Iterator[Finding]:
    """The port is free, or this arena's own API listens there."""
    host, port = subject.settings.api_host, subject.settings.api_port
    refused = refusal(host, port)
    if refused is None:
        yield Finding("ok", f"port {port} is free")
        return
    if refused.errno != errno.EADDRINUSE:
        what = f"Port {port} on {host} cannot be used: {refused.strerror}."
        yield Finding("fail", what, "Set ARENA_API_HOST and ARENA_API_PORT to an address of this machine.")
        return
    owner = _listener(port)
    if owner is not None and owner == subject.pids.get("api"):
        yield Finding("ok", f"this arena listens on port {port}")
        return
    if subject.holder is None and owner is not None and _runs_api(owner):
        what = f"`arena run api` (pid {owner}) listens on port {port}."
        yield Finding("warn", what, "Fine if it is yours; `arena up` would need another port (ARENA_API_PORT).")
        return
    who = f" by {_name(owner)} (pid {owner})" if owner else ""
    yield Finding("fail", f"Port {port} on {host} is taken{who}.", "Stop what uses it, or set ARENA_API_PORT.")


def _listener(port: int) -> int | None:
    """Who listens there, as far as this user may see."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.Error:  # macOS asks for root
        return None
    return next(
        (c.pid for c in connections if c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port), None
    )


def _runs_api(pid: int) -> bool:
    try:
        return psutil.Process(pid).cmdline()[-2:] == ["run", "api"]
    except psutil.Error:
        return False


def _name(pid: int) -> str:
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return "a process"

"""The parts of a run as they are now: what run.json tells, checked against the processes themselves."""

from typing import Any

import psutil

from arena.cli.supervise.state import answers


def alive(pid: int, before: float | None = None) -> bool:
    """Whether a process runs; with `before` (a time), one that began later is a stranger with a used number."""
    try:
        process = psutil.Process(pid)
        # The kernel's clock ticks are coarse.
        strange = before is not None and process.create_time() > before + 1
        return not strange and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def observe(told: dict[str, Any], told_at: float) -> dict[str, Any]:
    """One part of run.json, corrected: a dead process does not run, a silent deployment is unreachable."""
    part = dict(told)
    if part["state"] == "running" and not (part["pid"] and alive(part["pid"], told_at)):
        part |= {"state": "stopped", "last_error": part["last_error"] or f"process {part['pid']} has ended"}
    elif part["state"] == "external" and part["address"] != "auto" and not answers(part["address"]):
        part |= {"state": "unreachable", "last_error": f"nothing takes connections at {part['address']}"}
    return part

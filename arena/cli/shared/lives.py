"""The life of a player version, as the API tells it."""

from typing import Any

COMING = ("validating", "qualifying")
"""As long as a version is one of these, it is open what becomes of it."""
NONE: dict[str, Any] = {"at": "", "reason": "", "matches": []}


def version_of(player: dict[str, Any], submitted: dict[str, Any]) -> dict[str, Any]:
    """The version that a submission gave."""
    return next(version for version in player["versions"] if version["id"] == submitted["version_id"])


def last_change(version: dict[str, Any]) -> dict[str, Any]:
    """The last of its status: that secrets were told anew is none."""
    changes = [change for change in version["history"] if not change["secrets"]]
    return changes[-1] if changes else NONE

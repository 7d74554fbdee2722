"""Writes the reference pages that follow from the code: settings and player kinds. A test keeps them in step."""

import json
from pathlib import Path

from arena.core.settings import Settings
from arena.flow.submit import KINDS, can_play
from games import catalog

HERE = Path(__file__).parent


def settings() -> str:
    """docs/settings.md"""
    lines = [
        "# Settings",
        "",
        "Every setting is an environment variable, read once when a process starts. A value that cannot be used is",
        "named and nothing is started.",
        "",
        "| variable | default | what it is |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "unset" if field.default is None else field.default
        lines.append(f"| `ARENA_{name.upper()}` | `{default}` | {field.description} |")
    return "\n".join([*lines, ""])


def kinds() -> str:
    """docs/players.md"""
    lines = [
        "# Player kinds",
        "",
        "A player version has a kind and a spec. The spec is checked against the kind's schema when it is submitted.",
        "",
    ]
    for name in KINDS.names():
        kind = KINDS.literal(name, "KIND")
        able = [g for g in catalog.names() if can_play(kind["needs"], catalog.load(g).facts)]
        lines += [f"## {name}", "", KINDS.summary(name), "", f"Plays: {', '.join(able)}.", ""]
        lines += ["```json", json.dumps(kind["spec"], indent=2), "```", ""]
    return "\n".join(lines)


PAGES = {"settings.md": settings, "players.md": kinds}

if __name__ == "__main__":
    for page, text in PAGES.items():
        (HERE / page).write_text(text())

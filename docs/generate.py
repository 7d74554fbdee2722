"""Writes the reference pages that follow from code and stored runs. A test keeps them in step."""

import json
from pathlib import Path
from typing import Any

from arena.core.agents import KINDS
from arena.core.jobs import KINDS as JOBS
from arena.core.settings import Settings
from arena.flow.submit import can_play
from games import catalog

HERE = Path(__file__).parent
MARK = "<!-- From here on written by docs/generate.py. -->\n"


def settings() -> str:
    """docs/settings.md"""
    lines = [
        "# Settings",
        "",
        "Every setting is an environment variable, read once when a process starts. A value that cannot be used is",
        "named and nothing is started; an empty one counts as unset.",
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


def jobs() -> str:
    """docs/jobs.md: what stands above the mark is written by hand, each kind's spec follows."""
    lines = [(HERE / "jobs.md").read_text().partition(MARK)[0] + MARK, ""]
    for name in JOBS.names():
        schema = JOBS.literal(name, "JOB")["spec"]
        lines += [
            f"## The spec of {name}",
            "",
            JOBS.summary(name),
            "",
            "| field | what it is | default |",
            "|---|---|---|",
        ]
        for field, given in schema["properties"].items():
            default = "needed" if field in schema["required"] else f"`{given['default']}`" if "default" in given else ""
            lines.append(f"| `{field}` | {given['description']} | {default} |")
        lines += ["", "```json", json.dumps(schema, indent=2), "```", ""]
    return "\n".join(lines)


def benchmarks() -> str:
    """docs/benchmarks.md, from the runs stored under bench/runs."""
    lines = [
        "# Measurements",
        "",
        "Each table is a stored run of the program of its name, on the machine named, beside its peers in the same",
        "run. Machines are shared and noisy: trust ratios more than numbers. Run them yourself: `make bench`.",
        "",
    ]
    for run in sorted((HERE.parent / "bench" / "runs").glob("*.jsonl")):
        figures = [json.loads(line) for line in run.read_text().splitlines()]
        lines += [f"## bench.{run.stem}", "", f"{figures[0]['machine']}.", "", *_table(figures), ""]
    return "\n".join([*lines, WHERE_TIME_GOES])


def _table(figures: list[dict[str, Any]]) -> list[str]:
    rows = ["| figure | value | unit | peer | peer's | ratio | target | met |", "|---|--:|---|---|--:|--:|---|---|"]
    for f in figures:
        met = {True: "yes", False: "**no**", None: ""}[f["meets"]]
        cells = (f"`{f['figure']}`", _number(f["value"]), f["unit"], f["peer"] or "", _number(f["peer_value"]),
                 _number(f["ratio"]), f["target"] or "", met)  # fmt: skip
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"


WHERE_TIME_GOES = """## Where the time goes

`pipeline.cpu_us.*` above is CPU time for one tic-tac-toe match, by process, at full load. Of a match host's share about
a third is the game itself through the environment, a third the referee's asking and hashing, and the rest packing and
sending. Of the desk's, half is the replay of every report and half writing: one COPY a table and batch. PostgreSQL's
share is inserting eight rows and committing once a batch. What is left over is Ray's own processes and the supervisor.
"""

PAGES = {"settings.md": settings, "players.md": kinds, "jobs.md": jobs, "benchmarks.md": benchmarks}

if __name__ == "__main__":
    for page, text in PAGES.items():
        (HERE / page).write_text(text())

"""Writes what follows from code and stored runs: reference pages, a schema, a literal. A test keeps them in step."""

import ast
import inspect
import json
import re
import tomllib
from functools import partial
from pathlib import Path
from typing import Any, get_args

import msgspec

from arena.core import bots as protocol
from arena.core.agents import KINDS
from arena.core.jobs import KINDS as JOBS
from arena.core.settings import Settings
from games import catalog, pages
from games.needs import can_play
from workers.learner import parts
from workers.learner import spec as training

HERE = Path(__file__).parent
MARK = "<!-- From here on written by docs/generate.py. -->\n"
TRAIN = "../workers/jobs/kinds/train.py"
RECIPE = "../examples/train/kuhn.json"
LITERAL = re.compile(r"^JOB = \{.*?^\}  # fmt: skip$", re.MULTILINE | re.DOTALL)
WIDTH = 118
GUIDES = {"openai": "endpoints.md"}
"""Pages about single player kinds."""
BIG = {10**6: "10⁶", 10**9: "10⁹", 2**63 - 1: "2⁶³ − 1"}


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
        for secret, what in kind.get("secrets", {}).items():
            lines += [f"Secret `{secret}`: {what}", ""]
        if name in GUIDES:
            lines += [f"How to: [{GUIDES[name]}]({GUIDES[name]}).", ""]
        lines += ["```json", json.dumps(kind["spec"], indent=2), "```", ""]
    return "\n".join(lines)


def bots() -> str:
    """docs/bots.md: what stands above the mark is written by hand, the schema of each message follows."""
    lines = [(HERE / "bots.md").read_text().partition(MARK)[0] + MARK]
    for title, messages in (("From the bot", protocol.FromBot), ("From the arena", protocol.FromArena)):
        lines += ["", f"### {title}"]
        for message in get_args(messages):
            told = msgspec.json.schema(message)
            schema = told["$defs"].pop(message.__name__)
            name, rest = schema["properties"]["type"]["enum"][0], told["$defs"]
            shown = {key: value for key, value in schema.items() if key not in ("title", "description")}
            shown |= {"$defs": rest} if rest else {}
            lines += ["", f"**`{name}`** {schema['description']}", "", "```json", _schema(shown), "```"]
    return "\n".join([*lines, ""])


def _schema(shown: dict[str, Any]) -> str:
    """A field a line."""
    pairs = [
        f'  "{name}": {{\n' + ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()) + "\n  }"
        if name == "properties" else f'  "{name}": {json.dumps(value)}'
        for name, value in shown.items()
    ]  # fmt: skip
    return "{\n" + ",\n".join(pairs) + "\n}"


def jobs() -> str:
    """docs/jobs.md: what stands above the mark is written by hand, each kind's spec follows."""
    lines = [(HERE / "jobs.md").read_text().partition(MARK)[0] + MARK, ""]
    for name in JOBS.names():
        schema = JOBS.literal(name, "JOB")["spec"]
        lines += [f"## The spec of {name}", "", JOBS.summary(name), ""]
        lines += _structs(schema) if "$defs" in schema else _fields(schema)
    return "\n".join(lines)


def _fields(schema: dict[str, Any]) -> list[str]:
    """A spec that is one object: its fields, and the schema itself."""
    lines = ["| field | what it is | default |", "|---|---|---|"]
    for field, given in schema["properties"].items():
        default = "needed" if field in schema["required"] else f"`{given['default']}`" if "default" in given else ""
        lines.append(f"| `{field}` | {given['description']} | {default} |")
    return [*lines, "", "```json", json.dumps(schema, indent=2), "```", ""]


def _structs(schema: dict[str, Any]) -> list[str]:
    """A spec of several objects: a table for each, and a link to the schema."""
    lines = ["The [JSON schema](train.schema.json) in full. What it says:", ""]
    told = _docstrings()
    for name, struct in schema["$defs"].items():
        lines += [
            f"### {name}",
            "",
            struct["description"],
            "",
            "| field | takes | default | what it is |",
            "|---|---|---|---|",
        ]
        for field, given in struct["properties"].items():
            default = "needed" if field in struct["required"] else _default(given)
            lines.append(f"| `{field}` | {_takes(given)} | {default} | {told[name].get(field, '')} |")
        lines.append("")
    return lines


def _takes(given: dict[str, Any]) -> str:
    if "$ref" in given:
        name = given["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if choices := given.get("anyOf") or given.get("enum"):
        return " or ".join(_takes(one) if isinstance(one, dict) else f"`{one}`" for one in choices)
    match given["type"]:
        case "array":
            return f"list of {_takes(given['items'])}"
        case "integer" | "number":
            return _range(given)
        case "string" if "pattern" in given:
            return f"string like `{given['pattern'].replace('|', chr(92) + '|')}`"
        case word:
            return {"null": "nothing", "object": "table"}.get(word, word)


def _range(given: dict[str, Any]) -> str:
    low = f"{given['minimum']:g} to" if "minimum" in given else f"over {given['exclusiveMinimum']:g}, to"
    if "exclusiveMaximum" in given:
        return f"{low} below {given['exclusiveMaximum']:g}"
    most = given["maximum"]
    return f"{low} {BIG.get(most, f'{most:g}')}"


def _default(given: dict[str, Any]) -> str:
    """Its default in a cell; that of a whole object is told where the object is."""
    if "$ref" in given and given["$ref"] != "#/$defs/Part":
        return "its own"
    return f"`{json.dumps(given['default'])}`" if "default" in given else ""


def _docstrings() -> dict[str, dict[str, str]]:
    """What is said of each field of the training spec, by struct: the strings below the fields."""
    found: dict[str, dict[str, str]] = {}
    for struct in ast.parse(inspect.getsource(training)).body:
        if isinstance(struct, ast.ClassDef):
            told = found[struct.name] = {}
            for field, after in zip(struct.body, struct.body[1:], strict=False):
                said = after.value if isinstance(after, ast.Expr) else None
                if (
                    isinstance(field, ast.AnnAssign)
                    and isinstance(field.target, ast.Name)
                    and isinstance(said, ast.Constant)
                ):
                    told[field.target.id] = str(said.value).replace("\n", " ")
    return found


def train_schema() -> str:
    """docs/train.schema.json"""
    return json.dumps(training.schema(), indent=1) + "\n"


def train_body() -> str:
    """examples/train/kuhn.json: the recipe of that name as POST /api/v1/jobs takes it."""
    recipe = tomllib.loads((HERE / RECIPE).with_suffix(".toml").read_text())
    return json.dumps({"name": recipe["name"], "kind": "train", "spec": recipe}, indent=1) + "\n"


def train_kind() -> str:
    """The literal of the job kind `train`: the API reads it where it may not import what it describes."""
    text = (HERE / TRAIN).read_text()
    job = {"spec": training.schema(), "names": parts.NAMES, "batch": parts.BATCH, "player": parts.PLAYER}
    literal = f"JOB = {_literal(job, '', 6)}  # fmt: skip"
    return LITERAL.sub(lambda _: literal, text)


def _literal(value: Any, indent: str, column: int) -> str:
    """A value as Python: on one line where it fits, else as many entries a line as do."""
    short = _short(value)
    if column + len(short) <= WIDTH:
        return short
    deeper = indent + " " * 4
    if isinstance(value, str):  # long prose, in pieces
        cut = value.rindex(" ", 0, WIDTH - len(deeper) - 2) + 1
        return f"(\n{deeper}{_short(value[:cut])}\n{deeper}{_short(value[cut:])}\n{indent})"
    if isinstance(value, list):
        return "[\n" + "".join(f"{deeper}{_literal(one, deeper, len(deeper) + 1)},\n" for one in value) + f"{indent}]"
    rows = [deeper]
    for key, one in value.items():
        name = f"{_short(key)}: "
        entry = name + _literal(one, deeper, len(deeper) + len(name)) + ", "
        if rows[-1] != deeper and ("\n" in entry or len(rows[-1]) + len(entry) > WIDTH):
            rows.append(deeper)
        rows[-1] += entry
        if "\n" in entry:
            rows.append(deeper)
    return "{\n" + "\n".join(row.rstrip() for row in rows if row.strip()) + f"\n{indent}}}"


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {_short(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_short, value)) + "]"
    return json.dumps(value) if isinstance(value, str) else repr(value)


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

PAGES = {
    TRAIN: train_kind, "settings.md": settings, "players.md": kinds, "jobs.md": jobs, "bots.md": bots,
    "benchmarks.md": benchmarks,
    "train.schema.json": train_schema, RECIPE: train_body, "games/README.md": pages.index,
    **{f"games/{name}.md": partial(pages.page, name) for name in catalog.names()},
}  # fmt: skip
"""What is written, by its path from here. The literal comes first: docs/jobs.md reads it."""

if __name__ == "__main__":
    for page, text in PAGES.items():
        (HERE / page).write_text(text())

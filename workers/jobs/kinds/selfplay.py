"""Games as data: matches between agents, with every position and decision, as files in the artifact store.

Each file (`matches-00000.jsonl.zst`) holds the same matches whoever plays them, however often: match k has its own
seed. So a job that is tried again goes on with the files that are missing, and a manifest with hashes ends it.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayTaskError

from arena.core.chance import derive
from arena.core.errors import BadSpec, CannotPlay, JobFailed
from arena.core.jobs import Progress
from arena.flow.submit import check_spec
from games import catalog
from games.needs import can_play
from workers.jobs.cluster import joined
from workers.jobs.dataset import OutOfTime, play_file
from workers.jobs.work import Work

JOB = {
    "spec": {
        "type": "object",
        "additionalProperties": False,
        "required": ["game", "seats", "matches"],
        "properties": {
            "game": {"type": "string", "description": "Any game, `openspiel:` ones too."},
            "variant": {"type": "string", "default": "standard", "description": "Of the game."},
            "view": {"type": "string", "default": "prose", "description": "The view that is written for each ply."},
            "seats": {
                "type": "array",
                "minItems": 1,
                "description": "Who plays, in order: each seat's player kind and its spec.",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["kind"],
                    "properties": {"kind": {"type": "string"}, "spec": {"type": "object"}},
                },
            },
            "matches": {
                "type": "integer", "minimum": 1, "maximum": 100000000,
                "description": "How many; in no more than 10,000 files.",
            },
            "matches_per_file": {
                "type": "integer", "minimum": 1, "maximum": 10000, "default": 1000,
                "description": "A file is played in one go: what a crash may cost.",
            },
            "seed": {
                "type": "integer", "minimum": 0, "maximum": 9223372036854775807,
                "description": "Of all chance; else it comes from the job's id.",
            },
        },
    }
}  # fmt: skip
RETRIES = 3
"""A file is a pure function of its number: Ray may play it again elsewhere."""
LOOK_S = 0.5
MOST_FILES = 10_000


@dataclass(frozen=True, slots=True)
class Cut:
    """How the matches are cut into files."""

    matches: int
    per_file: int

    @property
    def files(self) -> int:
        """How many there are."""
        return -(-self.matches // self.per_file)

    def size(self, number: int) -> int:
        """The matches in a file."""
        return min(self.per_file, self.matches - number * self.per_file)


def run(work: Work) -> None:
    """Play what is missing, then write the manifest.

    Raises:
        CannotPlay, UnknownGame, UnknownKind, BadSpec: what was asked for does not go together.
        JobFailed: a match could not be played.
        OutOfTime: one took too long, this time.
    """
    spec = {**_defaults(), **work.spec}
    spec.setdefault("seed", derive(work.id.int & (2**63 - 1), "selfplay"))
    _check(spec)
    work.artifacts.tidy(work.folder)
    there = set(work.artifacts.names(work.folder))
    cut = Cut(spec["matches"], spec["matches_per_file"])
    files = {number for number in range(cut.files) if _name(number) in there}
    if len(files) < cut.files:
        with joined(work.settings):
            _play(work, spec, cut, files)
    if len(files) == cut.files:
        _seal(work, spec, cut)


def _defaults() -> dict[str, Any]:
    properties: dict[str, Any] = JOB["spec"]["properties"]
    return {name: given["default"] for name, given in properties.items() if "default" in given}


def _check(spec: dict[str, Any]) -> None:
    files = Cut(spec["matches"], spec["matches_per_file"]).files
    if files > MOST_FILES:
        what = f"spec.matches_per_file: {files:,} files are more than {MOST_FILES:,}."
        raise BadSpec(what, todo=f"Set it to {-(-spec['matches'] // MOST_FILES)} or more.")
    rules = catalog.load(spec["game"])
    rules.check_view(spec["view"])
    seats = rules.check_variant(spec["variant"]).seats
    if len(spec["seats"]) != seats:
        raise CannotPlay(f"{spec['game']} has {seats} seats, not {len(spec['seats'])}.", todo=f"Name {seats} seats.")
    for seat in spec["seats"]:
        if not can_play(check_spec(seat["kind"], seat.get("spec", {})), rules.facts, spec["variant"]):
            raise CannotPlay(f"{seat['kind']} cannot play {spec['game']}.", todo="Choose another kind or game.")


def _name(number: int) -> str:
    return f"matches-{number:05}.jsonl.zst"


def _play(work: Work, spec: dict[str, Any], cut: Cut, files: set[int]) -> None:
    """Keep as many files under way as there are hosts; store each as it comes, and note it in `files`."""
    settings = work.settings
    task = ray.remote(num_cpus=settings.host_cpus, max_retries=RETRIES, scheduling_strategy="SPREAD")(play_file)
    left = [number for number in reversed(range(cut.files)) if number not in files]
    under_way = dict[Any, int]()
    while len(files) < cut.files:
        _tell(work, cut, files)
        if work.stopping():
            return
        while left and len(under_way) < settings.hosts:
            number = left.pop()
            first = number * spec["matches_per_file"]
            under_way[task.remote(spec, first, cut.size(number), settings.terms)] = number
        ready, _ = ray.wait(list(under_way), timeout=LOOK_S)
        for done in ready:
            number = under_way.pop(done)
            work.write(_name(number), _result(done))
            files.add(number)


def _tell(work: Work, cut: Cut, files: Iterable[int]) -> None:
    sizes = [cut.size(number) for number in files]
    work.tell(Progress(len(sizes), cut.files, "files", {"matches": sum(sizes)}))


def _result(done: Any) -> bytes:
    try:
        return ray.get(done)
    except RayTaskError as error:
        if isinstance(error.cause, OutOfTime):
            raise error.cause from None
        raise JobFailed(f"A match cannot be played: {error.cause!r}.", todo="Correct the spec.") from None


def _seal(work: Work, spec: dict[str, Any], cut: Cut) -> None:
    """Hash what is stored, not what was meant to be; then the manifest, which says that all is there."""
    files: list[dict[str, Any]] = []
    for number in range(cut.files):
        if work.stopping():
            return
        data = work.artifacts.read(f"{work.folder}/{_name(number)}")
        files.append({"name": _name(number), "matches": cut.size(number), "sha256": hashlib.sha256(data).hexdigest()})
    manifest = {"job": str(work.id), "spec": spec, "matches": cut.matches, "files": files}
    work.write("manifest.json", json.dumps(manifest, indent=1).encode())
    _tell(work, cut, range(cut.files))

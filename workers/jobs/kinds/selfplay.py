"""Games as data: matches between agents, with every position and decision, as files in the artifact store.

Each file (`matches-00000.jsonl.zst`) holds the same matches whoever plays them, however often: match k has its own
seed. So a job that is tried again goes on with the files that are missing, and a manifest with hashes ends it.
"""

import hashlib
import json
from typing import Any

import ray
from ray.exceptions import RayTaskError

from arena.core.chance import derive
from arena.core.errors import BadConfiguration, CannotPlay, JobFailed
from arena.core.jobs import Progress
from arena.flow.submit import can_play, check_spec
from games import catalog
from workers.jobs.dataset import play_file
from workers.jobs.work import Work
from workers.match import cluster

JOB = {
    "spec": {
        "type": "object",
        "additionalProperties": False,
        "required": ["game", "seats", "matches"],
        "properties": {
            "game": {"type": "string"},
            "variant": {"type": "string"},
            "view": {"type": "string"},
            "seats": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["kind"],
                    "properties": {"kind": {"type": "string"}, "spec": {"type": "object"}},
                },
            },
            "matches": {"type": "integer", "minimum": 1, "maximum": 100000000},
            "matches_per_file": {"type": "integer", "minimum": 1, "maximum": 100000},
            "seed": {"type": "integer", "minimum": 0, "maximum": 9223372036854775807},
        },
    }
}
RETRIES = 3
"""A file is a pure function of its number: Ray may play it again elsewhere."""
LOOK_S = 0.5


def run(work: Work) -> None:
    """Play what is missing, then write the manifest.

    Raises:
        CannotPlay, UnknownGame, BadSpec: what was asked for does not go together.
        JobFailed: a match could not be played.
    """
    spec = {"variant": "standard", "view": "prose", "matches_per_file": 1000, **work.claimed.spec}
    spec.setdefault("seed", derive(work.id.int & (2**63 - 1), "selfplay"))
    _check(spec)
    sizes = _sizes(spec["matches"], spec["matches_per_file"])
    there = set(work.artifacts.names(work.folder))
    left = [number for number in range(len(sizes)) if _name(number) not in there]
    if left:
        _play(work, spec, sizes, left)
    if not work.stopping():
        _seal(work, spec, sizes)


def _check(spec: dict[str, Any]) -> None:
    rules = catalog.load(spec["game"])
    rules.check_view(spec["view"])
    seats = rules.check_variant(spec["variant"]).seats
    if len(spec["seats"]) != seats:
        raise CannotPlay(f"{spec['game']} has {seats} seats, not {len(spec['seats'])}.", todo=f"Name {seats} seats.")
    for seat in spec["seats"]:
        if not can_play(check_spec(seat["kind"], seat.get("spec", {})), rules.facts, spec["variant"]):
            raise CannotPlay(f"{seat['kind']} cannot play {spec['game']}.", todo="Choose another kind or game.")


def _sizes(matches: int, per_file: int) -> list[int]:
    return [min(per_file, matches - first) for first in range(0, matches, per_file)]


def _name(number: int) -> str:
    return f"matches-{number:05}.jsonl.zst"


def _play(work: Work, spec: dict[str, Any], sizes: list[int], left: list[int]) -> None:
    """Keep as many files under way as there are hosts; store each as it comes."""
    settings = work.settings
    if settings.ray_address is None:
        raise BadConfiguration("ARENA_RAY_ADDRESS is not set.", todo="Name a Ray cluster, or use `arena up`.")
    cluster.join(settings.ray_address)
    task = ray.remote(num_cpus=settings.host_cpus, max_retries=RETRIES, scheduling_strategy="SPREAD")(play_file)
    waiting, under_way = list(reversed(left)), dict[Any, int]()
    while (waiting or under_way) and not work.stopping():
        while waiting and len(under_way) < settings.hosts:
            number = waiting.pop()
            first = number * spec["matches_per_file"]
            under_way[task.remote(spec, first, sizes[number], settings.terms)] = number
        ready, _ = ray.wait(list(under_way), timeout=LOOK_S)
        for done in ready:
            work.artifacts.write(f"{work.folder}/{_name(under_way.pop(done))}", _result(done))
        played = len(sizes) - len(waiting) - len(under_way)
        work.tell(Progress(played, len(sizes), "files", {"matches": sum(sizes[:played])}))
    ray.shutdown()


def _result(done: Any) -> bytes:
    try:
        return ray.get(done)
    except RayTaskError as error:
        raise JobFailed(f"A match cannot be played: {error.cause!r}.", todo="Correct the spec.") from None


def _seal(work: Work, spec: dict[str, Any], sizes: list[int]) -> None:
    files: list[dict[str, Any]] = []
    for number, matches in enumerate(sizes):
        data = work.artifacts.read(f"{work.folder}/{_name(number)}")
        files.append({"name": _name(number), "matches": matches, "sha256": hashlib.sha256(data).hexdigest()})
    manifest = {"job": str(work.id), "spec": spec, "matches": sum(sizes), "files": files}
    work.artifacts.write(f"{work.folder}/manifest.json", json.dumps(manifest, indent=1).encode())
    work.tell(Progress(len(sizes), len(sizes), "files", {"matches": sum(sizes)}))

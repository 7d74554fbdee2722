"""Reading data sets back in tests: against their manifest, and against the rules."""

import hashlib
import json
from typing import Any

import zstandard

from arena.store.artifacts import Artifacts
from games import catalog
from games.record import GameHash
from games.rules import OVER, Format
from games.session import start


def lines(data: bytes) -> list[dict[str, Any]]:
    """The matches of one file."""
    return [json.loads(line) for line in zstandard.ZstdDecompressor().decompressobj().decompress(data).splitlines()]


def check_line(line: dict[str, Any], view: str = "prose") -> None:
    """A match, replayed from its seed: every seat saw and could do what is written, and the outcome is the game's."""
    rules = catalog.load(line["game"])
    rated = rules.facts.rated
    fmt = Format(rated.rounds, rated.opening_plies)
    state = start(rules, line["seed"], line["variant"], fmt)
    chain = GameHash(rules, line["variant"], fmt, line["seed"])
    for ply in line["plies"]:
        assert ply["seat"] == state.seat
        assert ply["view"] == state.view(state.seat, view)
        assert ply["legal"] == state.legal()
        state.apply(ply["action"])
        chain.step(ply["seat"], ply["action"], state.key())
    assert state.seat == OVER
    assert line["scores"] == state.returns()
    assert chain.close(line["scores"], line["stops"]).hex() == line["game_hash"]


def check_set(artifacts: Artifacts, job_id: str) -> list[dict[str, Any]]:
    """Every match of a finished data set, once its manifest and every replay have proved true."""
    folder = f"jobs/{job_id}"
    manifest = json.loads(artifacts.read(f"{folder}/manifest.json"))
    assert manifest["job"] == job_id
    found: list[dict[str, Any]] = []
    for file in manifest["files"]:
        data = artifacts.read(f"{folder}/{file['name']}")
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
        assert len(lines(data)) == file["matches"]
        found += lines(data)
    assert artifacts.names(folder) == ["manifest.json", *(file["name"] for file in manifest["files"])]
    assert [line["match"] for line in found] == list(range(manifest["matches"]))
    for line in found:
        check_line(line, manifest["spec"]["view"])
    return found

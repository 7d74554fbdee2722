"""The transcripts of games, as digests, made in this process or in another one."""

import hashlib
import json
import os
import subprocess
import sys
from functools import lru_cache

from games import catalog
from games.conformance.broken import LawBroken
from games.conformance.subject import Subject
from games.conformance.transcript import cases, heading, transcript

LIMIT_S = 300


def digests(subject: Subject) -> dict[str, str]:
    """Digest of each of the subject's transcripts, by heading."""
    return {
        heading(subject, case): hashlib.sha256("\n".join(transcript(subject, case)).encode()).hexdigest()
        for case in cases(subject)
    }


@lru_cache
def digests_elsewhere(names: tuple[str, ...]) -> dict[str, str]:
    """The same of every variant of the games named, from one other process with other hash seeds."""
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    command = [sys.executable, "-m", "games.conformance.elsewhere", *names]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=LIMIT_S, check=False)
    if done.returncode != 0:
        raise LawBroken(f"the other process ended with {done.returncode}: {done.stderr.strip()[-200:]}")
    return json.loads(done.stdout)


def main(names: list[str]) -> None:
    """Print the digests of the games named as one JSON object."""
    found: dict[str, str] = {}
    for name in names:
        rules = catalog.load(name)
        for variant in rules.facts.variants:
            found |= digests(Subject(rules, variant))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])

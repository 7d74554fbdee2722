"""Golden transcripts: what a game said and did once, kept as text, so that a change of it is seen and meant."""

from pathlib import Path

import games
from games.catalog import PREFIX, TEXTARENA
from games.conformance.broken import LawBroken, NotChecked
from games.conformance.subject import Subject
from games.conformance.transcript import cases, transcript


def folder() -> Path | None:
    """Where a checkout of the project keeps them; None where only the package is installed."""
    found = Path(games.__file__).resolve().parents[1] / "tests" / "golden"
    return found if found.is_dir() else None


def path(subject: Subject) -> Path:
    """The file of a subject's transcripts.

    Raises:
        NotChecked: there is no folder for it, or the game is not one of the suite's.
    """
    if subject.golden is None:
        raise NotChecked("no folder of golden transcripts: run from a checkout, which has tests/golden")
    if subject.rules.facts.name.startswith((PREFIX, TEXTARENA)):
        raise NotChecked("golden transcripts are kept of the suite's own games")
    return subject.golden / f"{subject.rules.facts.name}.{subject.variant}.txt"


def write(subject: Subject) -> Path:
    """Write the transcripts anew."""
    file = path(subject)
    blocks = ["\n".join(transcript(subject, case)) for case in cases(subject)]
    file.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return file


def golden_transcripts_replay(subject: Subject) -> None:
    """The actions of every golden transcript still lead to the same text, line by line."""
    file = path(subject)
    if not file.is_file():
        name = subject.rules.facts.name
        raise LawBroken(f"{file.name} is missing: python -m games.conformance --write-golden {name}")
    blocks = file.read_text(encoding="utf-8").removesuffix("\n").split("\n\n# ")
    wanted = cases(subject)
    if len(blocks) != len(wanted):
        raise LawBroken(f"{file.name} holds {len(blocks)} matches, not {len(wanted)}")
    line = 1
    for case, block in zip(wanted, blocks, strict=True):
        kept = (block if block.startswith("# ") else f"# {block}").split("\n")
        now = transcript(subject, case, [text[2:] for text in kept if text.startswith("> ")])
        _compare(file.name, line, kept, now)
        line += len(kept) + 1


def _compare(name: str, line: int, kept: list[str], now: list[str]) -> None:
    for offset, (was, is_) in enumerate(zip(kept, now, strict=False)):
        if was != is_:
            raise LawBroken(f"{name}:{line + offset}: was {was.strip()!r}, is {is_.strip()!r}")
    if len(kept) != len(now):
        raise LawBroken(f"{name}:{line + min(len(kept), len(now))}: {len(now)} lines, were {len(kept)}")

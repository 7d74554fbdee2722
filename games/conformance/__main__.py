"""`python -m games.conformance NAME [--variant V] | --all`: hold games to the laws; exit 1 if one is broken."""

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from arena.core.errors import ArenaError
from games import catalog
from games.conformance import golden
from games.conformance.broken import NotChecked
from games.conformance.laws import Verdict, check
from games.conformance.subject import Subject

STYLE = {"pass": "[green]pass[/]", "fail": "[bold red]FAIL[/]", "not checked": "[dim]–[/]"}


def main(arguments: Sequence[str] | None = None) -> int:
    """0: every law holds; 1: one is broken; 2: there is no such game or variant."""
    asked = _parser().parse_args(arguments)
    try:
        subjects = _subjects(catalog.names() if asked.all else [asked.name], asked.variant)
        if asked.write_golden:
            return _write(subjects)
    except (ArenaError, NotChecked) as error:
        print(error, file=sys.stderr)
        return 2
    console = Console(width=None if sys.stdout.isatty() else 160)
    broken = 0
    for subject in subjects:
        verdicts = check(subject)
        console.print(_table(subject, verdicts))
        broken += sum(verdict.outcome == "fail" for verdict in verdicts)
    console.print(f"[bold red]{broken} laws broken[/]" if broken else "every law holds")
    return 1 if broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m games.conformance", description="Hold games to the laws.")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("name", nargs="?", metavar="NAME", help="a game, or openspiel:STRING")
    which.add_argument("--all", action="store_true", help="every game of the suite")
    parser.add_argument("--variant", help="only this variant")
    parser.add_argument("--write-golden", action="store_true", help="write the golden transcripts anew, check nothing")
    return parser


def _subjects(names: Sequence[str], variant: str | None) -> list[Subject]:
    found: list[Subject] = []
    for name in names:
        rules = catalog.load(name)
        if variant is not None:
            rules.check_variant(variant)
        found += [Subject(rules, v, golden.folder()) for v in ([variant] if variant else rules.facts.variants)]
    return found


def _write(subjects: Sequence[Subject]) -> int:
    for subject in subjects:
        print(golden.write(subject))
    return 0


def _table(subject: Subject, verdicts: Sequence[Verdict]) -> Table:
    table = Table("law", "", "reason", title=subject.label, title_justify="left")
    for verdict in verdicts:
        table.add_row(verdict.law, STYLE[verdict.outcome], verdict.reason)
    return table


if __name__ == "__main__":
    sys.exit(main())

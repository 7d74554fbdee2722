"""`arena prune`: shows, asks, deletes; and says what it would not do."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from arena.cli.prune import app
from arena.flow.prune import keep_up
from tests.integration.archive import Archive


@pytest.fixture
def archive(engine: Engine) -> Archive:
    archive = Archive(engine)
    archive.happen(4, datetime.now(UTC) - timedelta(days=400), datetime.now(UTC) - timedelta(days=70))
    archive.happen(2, datetime.now(UTC))
    return archive


def run(database_url: str, *words: str, said: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
    given = {k: v for k, v in os.environ.items() if not k.startswith("ARENA_")}
    command = (sys.executable, "-m", "arena.cli.main", "prune", *words)
    return subprocess.run(
        command, input=said, capture_output=True, text=True, timeout=60, check=False,
        env={**given, "ARENA_DATABASE_URL": database_url, **more},
    )  # fmt: skip


def left(archive: Archive) -> tuple[int, int]:
    return archive.count("transcript"), archive.count("outbox")


def test_it_shows_and_deletes_nothing(archive: Archive, database_url: str) -> None:
    shown = run(database_url, "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert "transcripts" in shown.stdout
    assert "feed events" in shown.stdout
    told = json.loads(run(database_url, "--dry-run", "--json").stdout)
    assert not told["deleted"]
    assert [(i["what"], i["rows"]) for i in told["items"]] == [("transcripts", 4), ("feed", 8)]
    assert left(archive) == (10, 10)


@pytest.mark.parametrize("answer", ["", "n\n", "\n"])
def test_it_deletes_nothing_unless_told(archive: Archive, database_url: str, answer: str) -> None:
    asked = run(database_url, said=answer)
    assert asked.returncode == 1
    assert "Delete it for good?" in asked.stderr
    assert left(archive) == (10, 10)


def test_it_deletes_when_told(archive: Archive, database_url: str) -> None:
    done = run(database_url, said="y\n")
    assert done.returncode == 0, done.stderr
    assert "deleted 12 rows" in done.stdout
    assert left(archive) == (6, 2)
    again = run(database_url)
    assert (again.returncode, again.stdout) == (0, "nothing is older than it is to be kept\n")


def test_json_alone_is_on_standard_output(archive: Archive, database_url: str) -> None:
    done = run(database_url, "--json", "--transcripts-older-than", "1d", "--feed-older-than", "399d", said="y\n")
    told = json.loads(done.stdout)
    assert told["deleted"]
    assert [(i["what"], i["rows"]) for i in told["items"]] == [("transcripts", 8), ("feed", 4)]
    assert left(archive) == (2, 6)


@pytest.mark.parametrize(
    ("words", "kept"),
    [(("--feed-older-than", "7d"), (10, 2)), (("--transcripts-older-than", "7d"), (2, 10))],
)
def test_only_what_is_named_goes(
    archive: Archive, database_url: str, words: tuple[str, ...], kept: tuple[int, int]
) -> None:
    done = run(database_url, *words, "--yes", ARENA_KEEP_DAYS="1")
    assert done.returncode == 0, done.stderr
    assert left(archive) == kept


def test_the_setting_is_the_default_of_both(archive: Archive, database_url: str) -> None:
    told = json.loads(run(database_url, "--dry-run", "--json", ARENA_KEEP_DAYS="300").stdout)
    assert [i["rows"] for i in told["items"]] == [4, 4]


@pytest.mark.parametrize("age", ["0d", "180", "-1d", "1y", "99999d", "1.5d", ""])
def test_words_that_are_no_age(age: str) -> None:
    refused = CliRunner().invoke(app, [f"--feed-older-than={age}"])
    assert refused.exit_code == 2
    assert "from 1d" in refused.output


def test_a_table_that_is_held_is_told_in_one_line(archive: Archive, database_url: str, engine: Engine) -> None:
    keep_up(engine)
    with engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM transcript"))
        refused = run(database_url, "--yes")
    assert refused.returncode == 1
    assert "database.busy" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert left(archive) == (10, 10)

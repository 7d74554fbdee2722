"""The rules the checkers do not know: size of files, empty packages, no grab-bag modules, one licence of exceptions."""

import ast
from pathlib import Path

import pytest

TESTS = [*Path("tests").rglob("*.py"), *Path("migrations").rglob("*.py")]
SOURCES = [p for top in ("arena", "games", "workers", "api", "bench") for p in Path(top).rglob("*.py")]
FACADES = {Path(f"arena/{place}/__init__.py") for place in ("client", "core/errors", "store/tables")}


def test_files_of_tests_and_migrations_are_short() -> None:
    assert [str(file) for file in TESTS if file.read_text().count("\n") > 300] == []


@pytest.mark.parametrize("file", SOURCES, ids=str)
def test_files_and_functions_are_short(file: Path) -> None:
    text = file.read_text()
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, node.name


def test_packages_are_empty_and_nothing_is_a_grab_bag() -> None:
    for file in SOURCES:
        if file.name == "__init__.py" and file not in FACADES:
            assert not file.read_text().strip(), file
        assert file.stem not in {"utils", "helpers", "common", "manager"}, file


def test_every_module_says_what_it_is() -> None:
    for file in SOURCES:
        if file.name != "__init__.py":
            assert ast.get_docstring(ast.parse(file.read_text())), file

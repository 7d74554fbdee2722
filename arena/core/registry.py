"""Plug-ins by file name: a folder is listed without importing it, and an entry is imported when it is used.

Facts that must be known before import (what a kind of agent can play, a command's help) are literals at the top of
the plug-in's file, read from its syntax tree: so a process that never loads torch can still list what needs it.
"""

import ast
import importlib
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from arena.core.errors import ArenaError
from arena.core.nearest import unknown


class Registry:
    """The plug-ins of one kind: the public modules of one or more packages.

    Args:
        what: the word for one plug-in in messages, for example "game".
        packages: dotted names of the packages whose modules are the plug-ins.
        missing: the error raised for a name that is not there.
    """

    def __init__(self, what: str, packages: tuple[str, ...], missing: type[ArenaError]) -> None:
        self.what = what
        self.packages = packages
        self._missing = missing

    def names(self) -> list[str]:
        """Every plug-in's public name, sorted."""
        return sorted(self._files())

    def load(self, name: str) -> ModuleType:
        """Import one plug-in. Raises the registry's own error when there is none of that name."""
        return importlib.import_module(self._module(name))

    def literal(self, name: str, variable: str) -> Any:
        """The value of a top-level literal (for example `KIND`), read without importing the file."""
        for node in self._tree(name).body:
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == variable for t in node.targets):
                return ast.literal_eval(node.value)
        raise KeyError(f"{self._module(name)} has no literal {variable}")

    def summary(self, name: str) -> str:
        """First line of the plug-in's docstring, read without importing the file."""
        return (ast.get_docstring(self._tree(name)) or "").partition("\n")[0]

    def _module(self, name: str) -> str:
        files = self._files()
        if name not in files:
            raise unknown(self._missing, self.what, name, sorted(files))
        return files[name][0]

    def _tree(self, name: str) -> ast.Module:
        self._module(name)
        return _parse(self._files()[name][1])

    def _files(self) -> Mapping[str, tuple[str, Path]]:
        return _scan(self.packages)


@lru_cache
def _scan(packages: tuple[str, ...]) -> dict[str, tuple[str, Path]]:
    found: dict[str, tuple[str, Path]] = {}
    for package in packages:
        spec = find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            for file in Path(place).glob("[a-z]*.py"):
                found[file.stem] = (f"{package}.{file.stem}", file)
    return found


@lru_cache
def _parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))

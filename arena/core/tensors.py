"""What a safetensors file holds, told from its header alone: not one weight is read, and no other format is known.

The header comes from strangers. What is accepted here is whole: every byte of the file belongs to exactly one tensor.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, NoReturn, cast

from arena.core.brief import brief
from arena.core.errors import BadUpload

SIZES = {"F32": 4, "F16": 2, "BF16": 2}
"""Bytes of a number, by the kinds that a policy's weights may be of."""
PREFIX = 8
"""Bytes that tell the header's length."""
MAX_HEADER = 1_000_000
MAX_TENSORS = 10_000
MAX_DIMENSIONS = 8
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
FIELDS = {"dtype", "shape", "data_offsets"}
METADATA = "__metadata__"
TODO = "Save the weights with safetensors (F32, F16 or BF16); pickles, archives and .pt files are never read."


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: the kind of its numbers, its shape, and its bytes behind the header."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def header_bytes(start: bytes, size: int) -> int:
    """How long the file's head is, its eight bytes included, by what the file begins with.

    Raises:
        BadUpload: it is no safetensors file, or not one of `size` bytes.
    """
    if len(start) < PREFIX:
        _refuse("it has no header")
    length = int.from_bytes(start[:PREFIX], "little")
    if length > MAX_HEADER:
        _refuse(f"its header would have {length} bytes, of {MAX_HEADER} at most")
    if length < 2 or PREFIX + length > size:
        _refuse(f"its header would have {length} bytes, in a file of {size}")
    return PREFIX + length


def read_header(head: bytes, size: int) -> dict[str, Tensor]:
    """The tensors by name, of a file of `size` bytes that begins with `head`, which holds the whole header.

    Raises:
        BadUpload: anything is not as it must be.
    """
    end = header_bytes(head, size)
    if len(head) < end:
        _refuse("its header is cut short")
    table = _parsed(head[PREFIX:end])
    _check_metadata(table.pop(METADATA, {}))
    if not 1 <= len(table) <= MAX_TENSORS:
        _refuse(f"it holds {len(table)} tensors; 1 to {MAX_TENSORS} may be")
    found = {_named(name): _tensor(name, entry) for name, entry in table.items()}
    _check_whole(found, size - end)
    return found


def _parsed(text: bytes) -> dict[str, Any]:
    if not text.startswith(b"{"):
        _refuse("its header is no JSON object")
    try:
        return json.loads(text.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError):
        _refuse("its header is no sound JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        _refuse("a key stands twice in its header")
    return table


def _no_number(name: str) -> NoReturn:
    _refuse(f"its header holds {name}")


def _check_metadata(given: Any) -> None:
    table = cast(dict[str, Any], given) if isinstance(given, dict) else None
    if table is None or not all(isinstance(value, str) for value in table.values()):
        _refuse("its metadata is no table of texts")


def _named(name: str) -> str:
    if not NAME.fullmatch(name):
        _refuse(f"a tensor is named {brief(ascii(name), 100)}; names are of letters, digits, '_', '.' and '-'")
    return name


def _tensor(name: str, entry: Any) -> Tensor:
    if not isinstance(entry, dict) or cast(dict[str, Any], entry).keys() != FIELDS:
        _refuse(f"the entry of {brief(ascii(name), 100)} has not just dtype, shape and data_offsets")
    given = cast(dict[str, Any], entry)
    dtype, shape, offsets = given["dtype"], _whole_numbers(given["shape"]), _whole_numbers(given["data_offsets"])
    if not isinstance(dtype, str) or dtype not in SIZES:
        _refuse(f"{name} is of kind {brief(ascii(dtype), 40)}; there may be {', '.join(SIZES)}")
    if shape is None or len(shape) > MAX_DIMENSIONS or 0 in shape:
        _refuse(f"{name} has no sound shape")
    if offsets is None or len(offsets) != 2:
        _refuse(f"{name} has no sound offsets")
    begin, end = offsets
    if end - begin != prod(shape) * SIZES[dtype]:
        _refuse(f"{name} has other bytes than its shape needs")
    return Tensor(dtype, shape, begin, end)


def _whole_numbers(given: Any) -> tuple[int, ...] | None:
    """Numbers from 0 up to what 63 bits hold, if it is a list of such."""
    if not isinstance(given, list):
        return None
    numbers = cast(list[Any], given)
    sound = all(type(number) is int and 0 <= number < 2**63 for number in numbers)
    return tuple(numbers) if sound else None


def _check_whole(found: Mapping[str, Tensor], size: int) -> None:
    """One tensor begins where another ends: no holes, no byte that two of them share, none after the last."""
    at = 0
    for name, tensor in sorted(found.items(), key=lambda item: item[1].begin):
        if tensor.begin != at:
            _refuse(f"{name} does not begin where the tensor before it ends")
        at = tensor.end
    if at != size:
        _refuse(f"its tensors have {at} bytes and the file has {size} of them")


def _refuse(why: str) -> NoReturn:
    raise BadUpload(f"This is no file of weights: {why}.", todo=TODO)

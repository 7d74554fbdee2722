"""Headers of safetensors from strangers: what is accepted is whole, what is not is refused in words."""

import io
import pickle
import tarfile
import zipfile
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import safetensors
from hypothesis import given
from hypothesis import strategies as st

from arena.core.errors import BadUpload
from arena.core.tensors import MAX_HEADER, PREFIX, SIZES, Tensor, header_bytes, read_header
from tests.weights import file_of, sound


def read(data: bytes) -> dict[str, Tensor]:
    return read_header(data[: PREFIX + MAX_HEADER], len(data))


def entry(begin: int = 0, end: int = 8, shape: tuple[int, ...] = (2,), dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


def test_a_sound_file_is_read_as_the_library_reads_it() -> None:
    data = sound()
    theirs = dict(safetensors.deserialize(data))
    ours = read(data)
    assert ours.keys() == theirs.keys()
    start = header_bytes(data[:PREFIX], len(data))
    for name, tensor in ours.items():
        assert list(tensor.shape) == theirs[name]["shape"]
        assert data[start + tensor.begin : start + tensor.end] == bytes(theirs[name]["data"])


REFUSED: dict[str, bytes] = {
    "empty": b"",
    "short": b"1234567",
    "length beyond the file": file_of({"a": entry()}, bytes(8))[:20],
    "huge length": (2**63).to_bytes(8, "little") + b"{}",
    "no object": file_of(b"[1]"),
    "no tensors": file_of({}),
    "only metadata": file_of({"__metadata__": {"a": "b"}}),
    "metadata of numbers": file_of({"__metadata__": {"a": 1}, "x": entry()}, bytes(8)),
    "metadata in a list": file_of({"__metadata__": ["a"], "x": entry()}, bytes(8)),
    "no JSON": file_of(b"{'a': 1}"),
    "no UTF-8": file_of(b'{"\xff": 1}'),
    "a byte order mark": file_of(b'\xef\xbb\xbf{"a": 1}'),
    "two values": file_of(b"{}{}"),
    "deep": file_of(b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
    "a number of many digits": file_of(b'{"a":' + b"9" * 10_000 + b"}"),
    "NaN": file_of(b'{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}}', bytes(8)),
    "key twice": file_of(b'{"a":1,"a":1}'),
    "key of an entry twice": file_of(b'{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', bytes(8)),
    "entry no table": file_of({"a": 1}),
    "field missing": file_of({"a": {"dtype": "F32", "shape": [2]}}, bytes(8)),
    "field more": file_of({"a": entry() | {"x": 1}}, bytes(8)),
    "unknown kind": file_of({"a": entry(dtype="U8", shape=(8,))}, bytes(8)),
    "kind no text": file_of({"a": entry() | {"dtype": ["F32"]}}, bytes(8)),
    "shape no list": file_of({"a": entry() | {"shape": "2"}}, bytes(8)),
    "shape negative": file_of({"a": entry(shape=(-1, -2))}, bytes(8)),
    "shape of fractions": file_of({"a": entry() | {"shape": [2.0]}}, bytes(8)),
    "shape of truths": file_of({"a": entry(end=4) | {"shape": [True]}}, bytes(4)),
    "shape overflows": file_of({"a": entry(shape=(2**62, 2**62, 4))}, bytes(8)),
    "shape empty inside": file_of({"a": entry(end=0, shape=(0,))}),
    "many dimensions": file_of({"a": entry(shape=(2, *[1] * 8))}, bytes(8)),
    "offsets turned": file_of({"a": entry(begin=8, end=0)}, bytes(8)),
    "offsets three": file_of({"a": entry() | {"data_offsets": [0, 4, 8]}}, bytes(8)),
    "offsets negative": file_of({"a": entry(begin=-8, end=0)}, bytes(8)),
    "beyond the end": file_of({"a": entry()}, bytes(7)),
    "bytes left over": file_of({"a": entry()}, bytes(9)),
    "a hole": file_of({"a": entry(), "b": entry(9, 17)}, bytes(17)),
    "shared bytes": file_of({"a": entry(), "b": entry()}, bytes(8)),
    "other length": file_of({"a": entry(shape=(3,))}, bytes(8)),
    "path for a name": file_of({"../../etc/passwd": entry()}, bytes(8)),
    "absolute path": file_of({"/etc/passwd": entry()}, bytes(8)),
    "unicode name": file_of({"gewicht\u202eß": entry()}, bytes(8)),
    "control character": file_of({"a\x00b": entry()}, bytes(8)),
    "long name": file_of({"a" * 201: entry()}, bytes(8)),
    "no name": file_of({"": entry()}, bytes(8)),
    "too many": file_of({f"t{i}": entry(2 * i, 2 * i + 2, (1,), "F16") for i in range(10_001)}, bytes(20_002)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_sound_file_is_refused_in_words(case: str) -> None:
    with pytest.raises(BadUpload, match=r"^This is no file of weights: .*safetensors"):
        read(REFUSED[case])


def test_other_formats_are_refused() -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(10_000_000))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../evil"), io.BytesIO())
    for data in (whole.getvalue(), packed.getvalue(), pickle.dumps({"a": np.zeros(3)}), b"\x93NUMPY" + bytes(100)):
        with pytest.raises(BadUpload):
            read(data)


@given(st.data())
def test_no_change_of_a_sound_file_gets_a_tensor_outside_of_its_bytes(data: st.DataObject) -> None:
    """Whatever is accepted, the library reads alike: no tensor outside of the file, over another, or of odd length."""
    changed = bytearray(sound(3))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(changed), 420) - 1))
        match data.draw(st.sampled_from(["set", "insert", "cut", "digit", "end"])):
            case "set":
                changed[at] = data.draw(st.integers(0, 255))
            case "insert":
                changed[at:at] = data.draw(st.binary(min_size=1, max_size=4))
            case "cut":
                del changed[at : at + data.draw(st.integers(1, 8))]
            case "digit":
                places = [i for i in range(PREFIX, len(changed)) if chr(changed[i]) in "0123456789"][:60]
                changed[data.draw(st.sampled_from(places))] = data.draw(st.sampled_from(b"0123456789"))
            case _:
                del changed[len(changed) - data.draw(st.integers(1, 8)) :]
        if len(changed) < PREFIX + 40:
            break
    try:
        ours = read(bytes(changed))
    except BadUpload:
        return
    theirs = dict(safetensors.deserialize(bytes(changed)))
    assert ours.keys() == theirs.keys()
    spans = sorted((t.begin, t.end) for t in ours.values())
    start = header_bytes(bytes(changed[:PREFIX]), len(changed))
    assert spans[0][0] == 0
    assert spans[-1][1] == len(changed) - start
    assert all(a[1] == b[0] for a, b in pairwise(spans))
    for name, tensor in ours.items():
        assert tensor.end - tensor.begin == int(np.prod(tensor.shape)) * SIZES[tensor.dtype]
        assert list(tensor.shape) == theirs[name]["shape"]


@given(st.dictionaries(st.text(max_size=8), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["dtype", "shape", "data_offsets", "x"]), inner, max_size=3
    ), max_leaves=8,
), max_size=4), st.binary(max_size=32))  # fmt: skip
def test_no_header_at_all_makes_it_fall(header: dict[str, Any], data: bytes) -> None:
    whole = file_of(header, data)
    try:
        found = read(whole)
    except BadUpload:
        return
    assert sum(tensor.end - tensor.begin for tensor in found.values()) == len(data)

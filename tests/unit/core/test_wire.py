from contextlib import suppress

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from arena.core.wire import (
    MAX_REPORT_BYTES,
    BadReport,
    Final,
    MatchReport,
    Ply,
    Rejected,
    Said,
    SeatReport,
    Stop,
    pack,
    unpack_report,
)

TEXT = st.text(max_size=20)
REJECTED = st.lists(st.builds(Rejected, TEXT, st.floats(0, 1e6)), max_size=2)
PLY = st.builds(
    Ply, st.integers(0, 9), st.lists(TEXT, max_size=3), TEXT, st.binary(max_size=8), st.floats(0, 9), REJECTED
)
SEAT = st.builds(
    SeatReport, TEXT, st.floats(-9, 9), st.integers(1, 9), st.sampled_from(Stop), st.integers(0, 9), st.floats(0, 9)
)
FINAL = st.builds(Final, TEXT, st.floats(0, 9), st.none() | st.builds(Said, TEXT))
REPORT = st.builds(
    MatchReport, match_id=TEXT, fence=st.integers(0, 99), host=st.just("host/1"), seats=st.lists(SEAT, max_size=3),
    plies=st.lists(PLY, max_size=3), unfinished=REJECTED, final=st.none() | FINAL, game_hash=st.binary(max_size=32),
    evidence_hash=st.binary(max_size=32), finished_at=st.floats(0, 2e9), version=st.just(1),
)  # fmt: skip


@given(REPORT)
def test_reports_survive_the_wire(report: MatchReport) -> None:
    assert unpack_report(pack(report)) == report


@given(st.binary(max_size=200))
def test_anything_else_is_refused(blob: bytes) -> None:
    with pytest.raises(BadReport):
        unpack_report(blob)


@given(st.binary(max_size=200))
def test_nor_is_anything_compressed(blob: bytes) -> None:
    with pytest.raises(BadReport):
        unpack_report(zstandard.compress(blob))


@given(REPORT, st.data())
def test_a_damaged_report_is_refused_or_read(report: MatchReport, data: st.DataObject) -> None:
    plain = bytearray(zstandard.decompress(pack(report)))
    for _ in range(3):
        plain[data.draw(st.integers(0, len(plain) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BadReport):
        unpack_report(zstandard.compress(bytes(plain)))


def test_text_that_is_no_text_is_refused() -> None:
    with pytest.raises(BadReport):
        unpack_report(zstandard.compress(b"\x81\xa4host\xa2\xff\xfe"))


def test_a_bomb_is_not_inflated() -> None:
    bomb = zstandard.ZstdCompressor().compress(b"\0" * (MAX_REPORT_BYTES * 4))
    with pytest.raises(BadReport):
        unpack_report(bomb)


def test_another_version_is_refused() -> None:
    report = MatchReport(
        version=99, match_id="", fence=0, host="", seats=[], plies=[], game_hash=b"", evidence_hash=b"", finished_at=0
    )
    with pytest.raises(BadReport, match="wire version 99"):
        unpack_report(pack(report))

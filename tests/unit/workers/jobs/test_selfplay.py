"""How a data set is cut into files, and what becomes of a match that cannot be played."""

from typing import Any

import pytest
from ray.exceptions import RayTaskError

from arena.core.errors import BadSpec, JobFailed
from workers.jobs.dataset import OutOfTime
from workers.jobs.kinds import selfplay
from workers.jobs.kinds.selfplay import MOST_FILES, Cut

SPEC: dict[str, Any] = {
    "game": "tic_tac_toe", "variant": "standard", "view": "prose", "seats": [{"kind": "random"}] * 2,
}  # fmt: skip


@pytest.mark.parametrize(("matches", "per_file"), [(1, 1), (10, 5), (11, 5), (3, 1000)])
def test_every_match_is_in_a_file(matches: int, per_file: int) -> None:
    cut = Cut(matches, per_file)
    sizes = [cut.size(number) for number in range(cut.files)]
    assert sum(sizes) == matches
    assert all(0 < size <= per_file for size in sizes)


def test_no_more_files_than_can_be_kept_count_of() -> None:
    selfplay._check({**SPEC, "matches": 3 * MOST_FILES, "matches_per_file": 3})
    with pytest.raises(BadSpec, match=r"10,001 files are more than 10,000\. Set it to 4 or more"):
        selfplay._check({**SPEC, "matches": 3 * MOST_FILES + 1, "matches_per_file": 3})


@pytest.mark.parametrize(("cause", "becomes"), [(OutOfTime("slow"), OutOfTime), (ValueError("no"), JobFailed)])
def test_only_a_lack_of_time_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, cause: Exception, becomes: type[Exception]
) -> None:
    def failed(done: object) -> bytes:
        raise RayTaskError("play_file", "", cause)

    monkeypatch.setattr(selfplay.ray, "get", failed)
    with pytest.raises(becomes):
        selfplay._result(object())

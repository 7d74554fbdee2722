"""The ledger: every trajectory is in one range, and the hash is of all of it in its order."""

import json

import pytest
from msgspec.structs import replace

from tests.unit.workers.learner.bundles import written
from workers.learner.ledger import Ledger


def bundle(first: int, count: int = 2, producer: str = "p", generation: int = 0, reward: float = 1.0):
    made = written(*[(k % 2, [reward]) for k in range(count)])
    return replace(made, first=first, producer=producer, generation=generation)


def kept(*bundles) -> dict[str, object]:
    ledger = Ledger()
    ledger.add(bundles)
    return ledger.plain()


def test_ranges_grow_where_they_meet_and_begin_anew_where_not() -> None:
    told = kept(bundle(0), bundle(2, 3), bundle(9), bundle(0, producer="q"), bundle(0, generation=1))
    assert told["ranges"] == {"0/p": [[0, 5], [9, 11]], "0/q": [[0, 2]], "1/p": [[0, 2]]}
    assert told["trajectories"] == 11


@pytest.mark.parametrize(
    "other",
    [
        [bundle(2), bundle(0)],
        [bundle(0), bundle(2, reward=2.0)],
        [bundle(0, reward=2.0), bundle(2)],
        [bundle(0)],
        [bundle(0), bundle(2, producer="q")],
        [bundle(0), bundle(2, generation=1)],
    ],
    ids=["order", "content", "former", "number", "producer", "generation"],
)
def test_the_hash_is_of_everything(other) -> None:
    here = kept(bundle(0), bundle(2))
    assert here["chain"] == kept(bundle(0), bundle(2))["chain"]
    assert here["chain"] != kept(*other)["chain"]


def test_it_goes_on_from_its_state_as_if_there_had_been_no_break() -> None:
    before = Ledger()
    before.add([bundle(0), bundle(2)])
    after = Ledger(json.loads(json.dumps(before.plain())))
    after.add([bundle(4)])
    assert after.plain() == kept(bundle(0), bundle(2), bundle(4))

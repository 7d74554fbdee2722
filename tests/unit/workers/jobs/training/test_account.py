"""What counts as spent."""

import pytest

from workers.jobs.training import account
from workers.jobs.training.account import Account
from workers.learner.spec import Budget
from workers.rollout.done import Done


def test_the_clock_stands_until_something_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(account.time, "monotonic", lambda: now[0])
    spent = Account.of(
        Budget(wall_s=8), {"cpu_s": 1.0, "wall_s": 3.0, "learner_s": 0.0, "matches": 9.0, "rollout_tokens": 0}
    )
    now[0] += 60
    assert not spent.over(0)
    spent.begin()
    now[0] += 4
    spent.begin()
    assert not spent.over(1)
    spent.add(0.5, Done(matches=3))
    assert (spent.spent["wall_s"], spent.spent["matches"]) == (7.0, 12.0)
    now[0] += 1
    assert spent.over(1)

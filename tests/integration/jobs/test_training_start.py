"""How jobs begin: with what another came to, and with a clock that runs once something is played."""

from typing import Any

import pytest

from tests.integration.jobs.inline import Inline
from tests.integration.jobs.test_training import manifests
from tests.integration.jobs.test_training_faults import SPEC


def test_a_job_goes_on_where_another_ended_and_says_so(inline: Inline) -> None:
    short: dict[str, Any] = {**SPEC, "budget": {"updates": 4}, "checkpoints": {"every": 2}}
    first = inline.launch(short, "train")
    assert inline.run(first)["state"] == "done"
    early, late = manifests(inline, first)
    assert (early["parents"], late["parents"]) == ([], [early["content_hash"]])
    assert late["tokens"].keys() == {"seen", "learnt", "frozen", "rollout"}
    assert late["tokens"]["learnt"] > early["tokens"]["learnt"] > 0
    assert late["tokens"]["rollout"] > 0
    folder = f"jobs/{first}/checkpoints/00000004-1"
    second = inline.launch({**short, "policy": SPEC["policy"] | {"start": folder}}, "train")
    assert inline.run(second)["state"] == "done"
    assert manifests(inline, second)[0]["parents"] == [late["content_hash"]]
    third = inline.launch({**short, "policy": SPEC["policy"] | {"start": f"jobs/{first}"}}, "train")
    assert "policy.start: There is no artifact" in inline.run(third)["reason"]


@pytest.mark.parametrize(("bundles", "state"), [(1, "done"), (40, "failed")])
def test_a_budget_begins_with_play_and_what_learnt_nothing_has_failed(
    inline: Inline, monkeypatch: pytest.MonkeyPatch, bundles: int, state: str
) -> None:
    """Before the first bundle the clock stands; of forty, the last come too late for who waits a moment at a time."""
    monkeypatch.setattr("workers.jobs.training.trainer.WAIT_S", 0.5 if bundles == 1 else 0.001)
    learning = SPEC["learning"] | {"bundles": bundles}
    job_id = inline.launch({**SPEC, "learning": learning, "budget": {"wall_s": 1e-6}}, "train")
    seen = inline.run(job_id)
    assert seen["state"] == state, seen["reason"]
    assert len(manifests(inline, job_id)) == (state == "done")
    if state == "failed":
        assert "`budget.wall_s`" in seen["reason"]
    else:
        assert manifests(inline, job_id)[0]["update"] == 1

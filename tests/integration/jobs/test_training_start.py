"""Two jobs, of which the second begins with what the first came to."""

from typing import Any

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

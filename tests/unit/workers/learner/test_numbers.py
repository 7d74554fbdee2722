"""Every number of an update is named in docs/training.md."""

import re
from pathlib import Path

from tests.unit.workers.learner.bundles import fresh, played, spec
from workers.learner.learner import Learner

NUMBERS = Path("docs/training.md").read_text().partition("| number |")[2].partition("\n\n")[0]
NAMED = {name for row in NUMBERS.splitlines() for name in re.findall(r"`([a-zA-Z_.]+)`", row.split("|")[1])}


def test_the_guide_names_every_number() -> None:
    asked = spec(matches=16, regularisers=[{"kind": "kl"}], advantage={"kind": "gae"})
    learner = Learner(asked, fresh())
    numbers = learner.step([played(asked, learner.policy, 16)])
    told = {re.sub("^penalty_.*", "penalty_KIND", name) for name in numbers}
    assert told <= NAMED, told - NAMED

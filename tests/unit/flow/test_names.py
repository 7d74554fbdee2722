"""What a job's spec names is known before anything of it is imported: its place is told where it is wrong."""

import subprocess
import sys
from typing import Any

import pytest

from arena.core import specs
from arena.core.errors import BadSpec
from arena.core.jobs import KINDS
from arena.flow import batch, names

LEAST: dict[str, Any] = {"name": "trial", "games": [{"name": "kuhn_poker"}]}
ONE: dict[str, Any] = {"name": "trial", "games": [{"name": "tic_tac_toe"}]}
OPEN: dict[str, Any] = {"name": "trial", "games": [{"name": "tic_tac_toe"}, {"name": "kuhn_poker"}]}


def references(**agents: dict[str, Any]) -> dict[str, Any]:
    """What asks for results against agents."""
    return {"evaluations": [{"kind": "references", "spec": {"agents": agents}}]}


def taught(*games: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """What learns from a solver."""
    solver = {"kind": "solver", "spec": {"game": "kuhn_poker", **spec}}
    return {
        "games": list(games) or [{"name": "kuhn_poker"}],
        "learning": {"loss": {"kind": "none"}, "regularisers": [solver]},
    }


def check(spec: dict[str, Any]) -> None:
    known = specs.check(KINDS, "train", "JOB", spec, "docs/jobs.md")
    names.check(known["names"], spec, "docs/jobs.md")
    batch.check(known["batch"], spec)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"games": [{"name": "ludo"}]}, "spec.games.0: There is no game named 'ludo'."),
        ({"games": [{"name": "kuhn_poker"}, {"name": "kuhn_poker", "variant": "x"}]}, "spec.games.1: "),
        ({"games": [{"name": "kuhn_poker", "view": "x"}]}, "spec.games.0: "),
        ({"games": [{"name": "kuhn_poker", "prompt": "x"}]}, "spec.games.0.prompt: "),
        ({"policy": {"backend": "gpt"}}, "spec.policy: There is no policy backend named 'gpt'."),
        ({"policy": {"spec": {"width": 7}}}, "spec.policy.spec.width: 7 is less"),
        ({"learning": {"advantage": {"kind": "luck"}}}, "spec.learning.advantage: There is no advantage named 'luck'."),
        ({"learning": {"loss": {"kind": "sft", "spec": {"winners": 1}}}}, "spec.learning.loss.spec.winners: "),
        ({"learning": {"regularisers": [{"kind": "kl"}, {"kind": "x"}]}}, "spec.learning.regularisers.1: "),
        ({"learning": {"average": {"kind": "x"}}}, "spec.learning.average: "),
        ({"opponents": [{"kind": "fixed", "spec": {"agent": "x"}}]}, "spec.opponents.0.spec: There is no player kind"),
        ({"opponents": [{"kind": "fixed", "spec": {"agent": "mcts", "spec": {"simulations": 0}}}]},
         "spec.opponents.0.spec.spec.simulations: "),
        ({"opponents": [{"kind": "fixed", "spec": {"agent": "minimax"}}]}, "is nothing for kuhn_poker"),
        ({"evaluations": [{"kind": "nashconv"}, {"kind": "oracle"}]}, "spec.evaluations.1: The evaluation 'oracle'"),
        ({"games": [{"name": "kuhn_poker", "rounds": 100}], "evaluations": [{"kind": "nashconv"}]}, "100 rounds"),
        ({"learning": {"regularisers": [{"kind": "search", "spec": {"game": "kuhn_poker"}}]}},
         "spec.learning.regularisers.0.spec: The regulariser 'search' is nothing for kuhn_poker"),
        ({"learning": {"regularisers": [{"kind": "search", "spec": {"game": "connect_four"}}]}},
         "The regulariser 'search' is nothing for connect_four"),
        (references(strong={"agent": "x"}), "spec.evaluations.0.spec.agents.strong: There is no player kind named 'x'"),
        (references(strong={"agent": "minimax"}), "The player kind 'minimax' is nothing for kuhn_poker"),
        (references(weak={"agent": "random"}, strong={"agent": "mcts"}), "spec.evaluations.0.spec.agents.strong: "),
        (references(strong={"agent": "cfr", "spec": {"depth": 1}}), "spec.evaluations.0.spec.agents.strong.spec"),
        (references(), "spec.evaluations.0.spec.agents"),
        ({"guard": {"watch": "loss"}}, "spec.guard.watch: 'loss' is of no evaluation of this spec"),
        ({"guard": {"watch": "oracle.draw"}, "evaluations": [{"kind": "nashconv"}]}, "'oracle.draw' is of no"),
        ({"guard": {"watch": "nashconv.x"}, "evaluations": [{"kind": "nashconv"}]},
         "spec.guard.watch: nashconv gives no number 'x'"),
        (references(weak={"agent": "random"}) | {"guard": {"watch": "references.win_vs_strong"}},
         "spec.guard.watch: references gives no number 'win_vs_strong'"),
        (references(weak={"agent": "random"}) | {"guard": {"watch": "references.score_vs_weak"}},
         "spec.guard.better: references.score_vs_weak is better high, not low"),
        ({"guard": {"watch": "nashconv.last", "better": "high"}, "evaluations": [{"kind": "nashconv"}]},
         "spec.guard.better: nashconv.last is better low, not high"),
        ({"games": [{"name": "connect_four"}], "evaluations": [{"kind": "nashconv"}]},
         "spec.evaluations.0: The evaluation 'nashconv' is nothing for connect_four"),
        ({"games": [{"name": "tic_tac_toe"}], "learning": {"average": {"kind": "tabular"}}},
         "spec.learning.average: The average 'tabular' is nothing for tic_tac_toe"),
        (taught(game="leduc_poker"), "spec.learning.regularisers.0.spec: The regulariser 'solver' knows nothing of"),
        (taught(view="prose"), "(variant standard, view compact, prompt view, rounds 1)"),
        (taught(prompt="named"), "knows nothing of kuhn_poker"),
        (taught({"name": "kuhn_poker", "rounds": 2}), "knows nothing of kuhn_poker"),
        (taught({"name": "kuhn_poker"}, {"name": "leduc_poker"}), "knows nothing of leduc_poker"),
        (taught({"name": "kuhn_poker", "mode": "write"}), "teaches no written moves"),
        (taught({"name": "connect_four"}, game="connect_four"), "The regulariser 'solver' is nothing for connect_four"),
        ({"learning": {"matches": 26_000}}, "spec.learning.matches: an update would be of 52000 trajectories"),
        ({"learning": {"bundles": 25}}, "spec.learning.matches: an update would be of 51200 trajectories"),
        (references(**{"a name": {"agent": "random"}}), "spec.evaluations.0.spec.agents"),
        ({"learning": {"optimiser": {"rate": float("nan")}}}, "not finite"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_refused_with_its_place(spec: dict[str, Any], said: str) -> None:
    with pytest.raises(BadSpec) as raised:
        check(LEAST | spec)
    assert said in raised.value.what
    assert raised.value.todo


@pytest.mark.parametrize(
    "spec",
    [
        LEAST,
        LEAST | {"games": [{"name": "openspiel:kuhn_poker(players=3)"}]},
        LEAST | {"learning": {"average": None, "regularisers": []}},
        LEAST | {"opponents": [{"kind": "fixed", "spec": {"agent": "cfr"}}, {"weight": 2}]},
        OPEN | {"evaluations": [{"kind": "oracle"}]},
        OPEN | references(strong={"agent": "minimax"}, weak={"agent": "mcts", "spec": {"simulations": 5}}),
        ONE | {"learning": {"regularisers": [{"kind": "search", "spec": {"game": "tic_tac_toe"}}]}},
        LEAST | taught({"name": "kuhn_poker", "prompt": "told"}, prompt="told"),
        LEAST
        | taught({"name": "kuhn_poker", "opening_plies": 1}, {"name": "kuhn_poker", "mode": "write", "rounds": 9}),
        LEAST | {"learning": {"matches": 25_000}},
        LEAST | {"learning": {"matches": 50_000}, "opponents": [{"kind": "fixed", "spec": {"agent": "cfr"}}]},
        ONE | references(weak={"agent": "random"}) | {"guard": {"watch": "references.error_vs_weak_average"}},
        OPEN | {"evaluations": [{"kind": "oracle"}], "guard": {"watch": "oracle.draw_vs_optimal", "better": "high"}},
        ONE | references(weak={"agent": "random"}) | {"guard": {"watch": "references.draw_vs_weak", "better": "high"}},
        LEAST | {"evaluations": [{"kind": "nashconv"}], "learning": {"average": {"kind": "tabular"}}},
    ],
)
def test_what_goes_together_is_taken(spec: dict[str, Any]) -> None:
    check(spec)


def test_what_is_measured_is_the_first_game_and_opponents_play_all() -> None:
    check(OPEN | {"evaluations": [{"kind": "oracle"}]})
    with pytest.raises(BadSpec, match="kuhn_poker"):
        check(OPEN | {"opponents": [{"kind": "fixed", "spec": {"agent": "mcts", "spec": {"simulations": 5}}}]})


def test_a_game_too_large_to_walk_is_refused_with_what_to_use_instead() -> None:
    large = LEAST | {"games": [{"name": "connect_four"}]}
    check(large | references(strong={"agent": "mcts", "spec": {"simulations": 50}}))
    with pytest.raises(BadSpec, match="is nothing for connect_four") as raised:
        check(large | {"evaluations": [{"kind": "oracle"}]})
    assert "Use the evaluation `references`" in raised.value.todo


def test_for_an_agent_that_cannot_play_those_are_named_that_can() -> None:
    fixed = {"opponents": [{"kind": "fixed", "spec": {"agent": "cfr"}}]}
    with pytest.raises(BadSpec, match="The player kind 'cfr' is nothing for connect_four") as raised:
        check(LEAST | {"games": [{"name": "connect_four"}]} | fixed)
    assert raised.value.todo == "It needs: oracle cfr, variant standard. Use 'greedy' or 'mcts' or 'random'."


def test_nothing_is_imported_to_find_out() -> None:
    code = (
        "import sys; from tests.unit.flow.test_names import LEAST, check; check(LEAST);"
        "sys.exit(any(m.startswith(('torch', 'ray', 'workers.')) and m.count('.') > 1 or m == 'torch' "
        "for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Specs: what may be asked, what is refused, and that checking one loads no torch."""

import subprocess
import sys
from pathlib import Path
from typing import get_args

import jsonschema
import msgspec
import pytest

from arena.core import specs
from arena.core.errors import ArenaError, BadSpec
from arena.core.jobs import KINDS as JOBS
from arena.flow import names
from workers.learner import parts
from workers.learner.regulariser import Weight
from workers.learner.spec import Game, convert, read, schema
from workers.policy.prompts import FORMATS, Format

LEAST = {"name": "trial", "games": [{"name": "kuhn_poker"}]}
RECIPES = sorted(Path("examples/train").glob("*.toml"))


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_is_sound(recipe: Path) -> None:
    spec = read(recipe)
    assert spec.name == recipe.stem
    assert spec.evaluations


def test_the_least_spec_and_its_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(LEAST, schema())
    assert convert(LEAST).learning.advantage.kind == "rae"


WRONG = [
    ({"games": []}, "games"),
    ({"name": "Not a name"}, "name"),
    ({"no_such": 1}, "no_such"),
    ({"games": [{"name": "no_such"}]}, "no game"),
    ({"games": [{"name": "kuhn_poker", "variant": "no_such"}]}, "variant"),
    ({"games": [{"name": "kuhn_poker", "view": "no_such"}]}, "view"),
    ({"games": [{"name": "kuhn_poker", "prompt": "no_such"}]}, "prompt"),
    ({"games": [{"name": "kuhn_poker", "weight": 0}]}, "weight"),
    ({"learning": {"matches": 0}}, "matches"),
    ({"learning": {"loss": {"kind": "no_such"}}}, "no loss"),
    ({"learning": {"advantage": {"kind": "gae", "spec": {"trace": 2}}}}, "spec.learning.advantage.spec.trace"),
    ({"learning": {"regularisers": [{"kind": "kl", "spec": {"to": "the moon"}}]}}, "regularisers.0.spec.to"),
    ({"opponents": [{"kind": "fixed"}]}, "agent"),
    ({"evaluations": [{"kind": "no_such"}]}, "no evaluation"),
    ({"policy": {"backend": "no_such"}}, "no policy backend"),
    ({"policy": {"spec": {"width": -1}}}, "spec.policy.spec.width"),
    ({"opponents": [{"spec": {"depth": 1}}]}, "depth"),
    ({"name": "_x"}, "name"),
    ({"pool": {"size": 10**6}}, "size"),
    ({"guard": {"watch": "nashconv.last"}}, "guard.watch"),
    ({"guard": {"watch": "oracle.draw"}, "evaluations": [{"kind": "nashconv"}]}, "guard.watch"),
    ({"games": [LEAST["games"][0], {"name": "kuhn_poker", "mode": "write"}], "learning": {"explore": 0.1}}, "explore"),
]


@pytest.mark.parametrize(("wrong", "word"), WRONG, ids=str)
def test_what_is_out_of_bounds_is_refused_by_name(wrong: dict, word: str) -> None:
    with pytest.raises(ArenaError, match=word):
        convert(LEAST | wrong)


def test_a_file_that_is_no_spec_is_refused_by_its_name(tmp_path) -> None:
    (tmp_path / "broken.toml").write_text("name = ")
    with pytest.raises(ArenaError, match=r"broken\.toml"):
        read(tmp_path / "broken.toml")


@pytest.mark.parametrize(
    "registry", [parts.ADVANTAGES, parts.LOSSES, parts.REGULARISERS, parts.OPPONENTS, parts.AVERAGES, parts.EVALUATIONS]
)
def test_every_plug_in_says_what_it_takes(registry) -> None:
    for name in registry.names():
        literal = registry.literal(name, "PART")
        jsonschema.Draft202012Validator.check_schema(literal["spec"])
        assert literal["spec"]["additionalProperties"] is False
        msgspec.convert(literal.get("names", []), list[names.Name])
        assert len(registry.summary(name)) > 15


def test_what_a_spec_names_is_told_with_its_defaults() -> None:
    plain = msgspec.to_builtins(convert(LEAST))
    for name in msgspec.convert(parts.NAMES, list[names.Name]):
        if name.default:
            (_, given), *_ = names.find(plain, name.at)
            assert given[name.by] == name.default
    assert set(FORMATS) == set(get_args(Format))
    for teacher in ("solver", "search"):
        assert set(properties(teacher)["prompt"]["enum"]) == set(FORMATS)


def properties(regulariser: str) -> dict:
    return parts.REGULARISERS.literal(regulariser, "PART")["spec"]["properties"]


def test_every_regulariser_with_a_weight_takes_it_in_the_same_way() -> None:
    taken = {"entropy": {}, "kl": {}, "search": {"game": "tic_tac_toe"}, "solver": {"game": "kuhn_poker"}}
    assert taken.keys() == {name for name in parts.REGULARISERS.names() if "weight" in properties(name)}
    for name, given in taken.items():
        weight, last, anneal = (properties(name)[field] for field in ("weight", "last", "anneal"))
        assert weight | {"default": 0} == {"type": "number", "minimum": 0, "default": 0}
        assert last == {"type": "number", "minimum": 0, "default": 0}
        assert anneal == {"type": "integer", "minimum": 0, "default": 0}
        build = parts.REGULARISERS.load(name).build
        assert build(given).weight == Weight(weight["default"], 0, 0)
        assert build(given | {"anneal": 10}).weight.at(5) == weight["default"] / 2


def test_a_weight_falls_in_a_line_and_only_where_it_is_asked_to() -> None:
    assert [Weight(4.0, 2.0).at(update) for update in (0, 7)] == [4.0, 4.0]
    assert [Weight(4.0, 2.0, 4).at(update) for update in (0, 1, 4, 9)] == [4.0, 3.5, 2.0, 2.0]


def test_who_writes_freely_does_not_explore_when_it_is_launched_either() -> None:
    written = {"games": [{"name": "kuhn_poker", "mode": "write"}]}
    kind = JOBS.literal("train", "JOB")["spec"]
    for fine in (written, {"learning": {"explore": 0.1}}, written | {"learning": {"explore": 0}}):
        specs.fit(LEAST | fine, kind, "spec", "")
        convert(LEAST | fine)
    with pytest.raises(BadSpec, match=r"spec\.learning\.explore: .* `mode = \"write\"`"):
        specs.fit(LEAST | written | {"learning": {"explore": 0.1}}, kind, "spec", "")


def test_a_spec_is_checked_without_torch() -> None:
    code = f"import sys; from workers.learner.spec import convert; convert({LEAST!r}); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_launches_a_job_knows_how_a_game_is_put_where_a_spec_does_not_say() -> None:
    """It reads specs without importing learning, so has these defaults itself."""
    assert {field: getattr(Game("kuhn_poker"), field) for field in names.PUT} == names.PUT

"""A served policy plays like one in the host, and every turn names the weights that it came from."""

import asyncio
import itertools
from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from arena.core.bundling import Bundler
from arena.core.errors import BadTrainingSpec
from arena.core.trajectory import Bundle
from arena.stream.admission import Rule
from arena.stream.intake import Intake
from arena.stream.memory_trajectories import MemoryTrajectories
from tests.unit.workers.rollout.serving import Actor, Published, ask
from workers.jobs.training import crew
from workers.learner.spec import Spec, convert
from workers.policy.inference import Position
from workers.policy.policy import Policy, build
from workers.rollout import host, policies
from workers.rollout.policies import Left
from workers.rollout.server import PolicyServer
from workers.rollout.tables import Tables

SHAPE = {"width": 16, "layers": 1, "heads": 2, "context": 64}


def spec(mode: str = "choose", opponent: str = "mirror", **more) -> Spec:
    return convert({
        "name": "trial", "games": [{"name": "leduc_poker", "mode": mode}], "seed": 5, "policy": {"spec": SHAPE},
        "opponents": [{"kind": opponent}], "pool": {"size": 1}, "learning": {"matches": 16, "max_staleness": 2},
        "serving": "server", **more,
    })  # fmt: skip


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Callable[[Published], Actor]:
    return lambda published: Actor(published.spec, published, monkeypatch)


def play(tables: Tables, matches: int = 20) -> Bundle:
    bundler = Bundler("job", 3, "a")
    tables.play(matches, 0, bundler)
    return bundler.bundle()


def check(bundle: Bundle) -> set[int]:
    """Every log-probability is what the weights that it names say; gives the versions that played."""
    named: dict[int, Policy] = {s.version: build("tiny", SHAPE, s.version) for s in bundle.sources}
    for source in bundle.sources:
        assert source.content_hash == named[source.version].content_hash
    played = set()
    for turn in (turn for trajectory in bundle.trajectories for turn in trajectory.turns):
        version = bundle.sources[turn.source].version
        actions = tuple(tuple(action) for action in bundle.legal[turn.legal])
        (again,) = named[version].score([tuple(bundle.prompts[turn.prompt])], [actions])
        assert turn.logps[0] == pytest.approx(float(again[turn.action]), abs=1e-5)
        played.add(version)
    return played


@pytest.mark.parametrize("mode", ["choose", "write"])
def test_it_plays_from_the_same_weights_what_a_host_plays(mode: str, start: Callable[[Published], Actor]) -> None:
    asked = spec(mode)
    published = Published(asked)
    published.publish(4)
    bundles = []
    for served in (ask(asked, start(published)), ask(asked, start(published))):
        assert served.refresh(4)
        bundles.append(play(Tables(asked, served, "job", "a")))
    copies = policies.Followed(asked, published)
    assert copies.refresh(4)
    hosted = play(Tables(asked, copies, "job", "a"))
    assert bundles[0] == bundles[1], "a function of weights and seed"
    assert bundles[0].sources == hosted.sources
    if mode == "choose":
        assert check(bundles[0]) == {4}
        said = [[t.action for t in made.turns] for made in bundles[0].trajectories]
        assert said == [[t.action for t in made.turns] for made in hosted.trajectories]
    else:  # a host draws texts from its own generator, a server from a seed out of it
        policy = build("tiny", SHAPE, 4)
        for turn in (turn for trajectory in bundles[0].trajectories for turn in trajectory.turns):
            prompt = tuple(bundles[0].prompts[turn.prompt])
            logps = policy.forward_texts([prompt], [tuple(turn.tokens)]).logps_NTV[0].detach().numpy()
            again = logps[np.arange(len(turn.tokens)), turn.tokens]
            assert turn.logps == pytest.approx(again.tolist(), abs=1e-4)


def test_weights_that_are_swapped_in_the_middle_of_a_bundle_answer_for_their_own_turns_alone(
    start: Callable[[Published], Actor],
) -> None:
    asked = spec()
    published = Published(asked)
    published.publish(1)
    served = ask(asked, start(published))
    assert served.refresh(1)
    looks = itertools.count()
    published.on_look = lambda: published.publish(2) if next(looks) == 2 else None
    tables = Tables(asked, served, "job", "a")
    bundle = play(tables)
    assert check(bundle) == {1, 2}
    mixed = [{bundle.sources[t.source].version for t in made.turns} for made in bundle.trajectories]
    assert {1, 2} in mixed, "within one match"
    assert served.refresh(2)
    tables.forget()
    assert check(play(tables)) == {2}, "what is forgotten is asked anew"


def test_a_server_older_than_a_grant_asks_for_is_no_server(start: Callable[[Published], Actor]) -> None:
    published = Published(spec())
    served = ask(spec(), start(published))
    assert not served.refresh(0)
    published.publish(3)
    assert served.refresh(3)
    assert served.newest.version == 3
    assert not served.refresh(4)


def test_older_versions_are_served_too_and_outlast_their_time_in_the_pool(start: Callable[[Published], Actor]) -> None:
    asked = spec(opponent="lagged")
    published = Published(asked)
    published.publish(5, 3)
    actor = start(published)
    served = ask(asked, actor)
    assert served.refresh(5)
    bundle = play(Tables(asked, served, "job", "a"))
    assert bundle.opponents == ["policy:3"]
    assert check(bundle) == {5}
    position = Position("x>", ("call", "fold"))
    said = served.older(3).score([position])[0]
    assert said.source.content_hash == build("tiny", SHAPE, 3).content_hash
    published.publish(6, 4)
    assert served.refresh(6)
    assert served.pool.versions == [4]
    assert served.older(3).score([position])[0].source.version == 3
    with pytest.raises(Left):
        served.older(2).score([position])


def test_a_host_whose_server_dies_gives_back_what_it_was_granted_and_goes_on(
    start: Callable[[Published], Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = spec()
    published, log = Published(asked), MemoryTrajectories("job")
    published.publish(1)
    monkeypatch.setattr(host, "connect", lambda url: None)
    monkeypatch.setattr(host, "RedisTrajectories", lambda client, job: log)
    monkeypatch.setattr(host, "Served", ask)
    monkeypatch.setattr(host, "AWAY_S", 0.0)
    intake = Intake(log, Rule(32, 2, 64), 1, 1)
    playing = host.RolloutHost(msgspec.to_builtins(asked), "", "job")
    first = start(published)
    looks = itertools.count()

    def die_in_the_middle() -> None:
        first.dead = first.dead or next(looks) == 3

    published.on_look = die_in_the_middle
    done = playing.work(0.3, first)
    assert first.dead
    assert done.trajectories == 0
    assert log.vitals().running == 0
    published.on_look = lambda: None
    published.publish(2)
    assert playing.work(0.3, start(published)).trajectories >= 32
    (bundle,) = intake.take(32, 2, 0.1)
    assert check(bundle) == {2}


def test_a_server_that_cannot_be_made_says_why_when_it_is_put_to_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what an actor's making raises Ray would give the text alone, and the job would try again and again."""

    def fail(self: PolicyServer, *arguments: object) -> None:
        raise BadTrainingSpec("There is no cuda here.", todo="Choose cpu.")

    monkeypatch.setattr(PolicyServer, "__init__", fail)
    server = crew._PolicyServer({}, "", "job")
    assert asyncio.run(server.refresh(0)) is None, "hosts wait until it has said so"
    with pytest.raises(BadTrainingSpec, match="no cuda"):
        asyncio.run(server.work(0.0))

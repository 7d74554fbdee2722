"""Weights in Redis: only the job's own learner puts them out."""

import pytest
import redis

from arena.core.errors import Superseded
from arena.stream.admission import Rule
from arena.stream.intake import Intake
from arena.stream.redis_trajectories import RedisTrajectories
from arena.stream.weights import Weights

RULE = Rule(batch=8, max_staleness=1, max_running=100)


def test_weights_of_a_learner_that_was_replaced_are_not_put_out(client: redis.Redis) -> None:
    """Its successor may be behind it: hosts would play what that one never had, and all of it would be dropped."""
    log, weights = RedisTrajectories(client, "job"), Weights(client, "job")
    old = Intake(log, RULE, 0, 106)
    weights.publish(old.reader, 106, b"old", {100: b"a", 105: b"b"}, [100, 105])
    new = Intake(log, RULE, 1, 100)
    weights.publish(new.reader, 100, b"new", {90: b"c"}, [90, 100])
    with pytest.raises(Superseded):
        weights.publish(old.reader, 107, b"older", {}, [105])
    assert weights.newest() == (100, b"new")
    assert weights.pool() == [90, 100]
    assert (weights.older(100), weights.older(105)) == (b"a", None)

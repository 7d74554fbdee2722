import pytest
import redis
from sqlalchemy import Engine, text

from arena.flow.relay import Relay
from arena.flow.submit import ARENA
from arena.store import outbox, players
from arena.stream.feed import Event, RedisFeed
from arena.stream.redis import FEED

KEEP = 1000


@pytest.fixture(autouse=True)
def arena(engine: Engine) -> None:
    """The database belongs to an arena, whose owner's id names it."""
    with engine.begin() as connection:
        players.owner(connection, ARENA, is_arena=True)


def tell(engine: Engine, *numbers: int) -> None:
    with engine.begin() as connection:
        outbox.add(connection, [("test", {"n": n}) for n in numbers])


def published(client: redis.Redis) -> list[tuple[str, int]]:
    import json

    return [(i.decode(), json.loads(f[b"data"])["n"]) for i, f in client.xrange(FEED)]


def test_in_order_without_gaps(engine: Engine, client: redis.Redis) -> None:
    relay = Relay(engine, RedisFeed(client, KEEP), KEEP)
    tell(engine, 1, 2)
    assert relay.once() == 2
    tell(engine, 3)
    assert relay.once() == 1
    assert relay.once() == 0
    assert published(client) == [("1-0", 1), ("2-0", 2), ("3-0", 3)]


def test_numbers_follow_the_order_of_commits(engine: Engine, client: redis.Redis) -> None:
    relay = Relay(engine, RedisFeed(client, KEEP), KEEP)
    with engine.begin() as slow:
        outbox.add(slow, [("test", {"n": 1})])
        tell(engine, 2)
        relay.once()
    relay.once()
    assert published(client) == [("1-0", 2), ("2-0", 1)]


def test_stopped_between_numbering_and_publishing(engine: Engine, client: redis.Redis) -> None:
    tell(engine, 1, 2)
    with engine.begin() as connection:
        outbox.number(connection, 10)
    Relay(engine, RedisFeed(client, KEEP), KEEP).once()
    assert published(client) == [("1-0", 1), ("2-0", 2)]


def test_stopped_in_the_middle_of_publishing(engine: Engine, client: redis.Redis) -> None:
    tell(engine, 1, 2, 3)
    with engine.begin() as connection:
        outbox.number(connection, 10)
    RedisFeed(client, KEEP).publish([Event(1, "test", {"n": 1})])
    Relay(engine, RedisFeed(client, KEEP), KEEP).once()
    assert published(client) == [("1-0", 1), ("2-0", 2), ("3-0", 3)]


def test_two_relays_double_nothing(engine: Engine, client: redis.Redis) -> None:
    relays = [Relay(engine, RedisFeed(client, KEEP), KEEP) for _ in range(2)]
    for n in range(1, 7):
        tell(engine, n)
        relays[n % 2].once()
    for relay in relays:
        relay.lost()
        relay.once()
    assert [n for _, n in published(client)] == [1, 2, 3, 4, 5, 6]


def test_an_emptied_feed_is_filled_up_to_its_bound(engine: Engine, client: redis.Redis) -> None:
    relay = Relay(engine, RedisFeed(client, 3), 3)
    tell(engine, *range(1, 9))
    relay.once()
    client.delete(FEED)
    relay.lost()
    relay.once()
    assert [n for _, n in published(client)] == [6, 7, 8]


def test_a_rolled_back_event_is_never_told(engine: Engine, client: redis.Redis) -> None:
    relay = Relay(engine, RedisFeed(client, KEEP), KEEP)
    with pytest.raises(RuntimeError), engine.begin() as connection:  # noqa: PT012 - the rollback is the point
        outbox.add(connection, [("test", {"n": 1})])
        connection.execute(text("SELECT 1"))
        raise RuntimeError
    tell(engine, 2)
    relay.once()
    assert published(client) == [("1-0", 2)]


def test_a_feed_of_another_database_is_begun_anew(engine: Engine, client: redis.Redis) -> None:
    other = RedisFeed(client, KEEP)
    other.belong_to("another arena")
    other.publish([Event(n, "test", {"n": -n}) for n in range(1, 5000)])
    tell(engine, 1, 2)
    Relay(engine, RedisFeed(client, KEEP), KEEP).once()
    assert published(client) == [("1-0", 1), ("2-0", 2)]

"""The Redis streams keep their promises: at least once for results, once and in order for the feed."""

import redis

from arena.stream.feed import Event, RedisFeed
from arena.stream.redis import FEED, RESULTS
from arena.stream.results import FIELD, RedisResults, backlog


def test_results_are_read_until_acknowledged_by_whoever_reads_next(client: redis.Redis) -> None:
    for blob in (b"1", b"2", b"3"):
        client.xadd(RESULTS, {FIELD: blob})
    first = RedisResults(client)
    assert [e.blob for e in first.read(2, 10)] == [b"1", b"2"]
    second = RedisResults(client)
    again = second.read(5, 10)
    assert [e.blob for e in again] == [b"1", b"2"]
    second.acknowledge(again)
    assert [e.blob for e in second.read(5, 10)] in ([], [b"3"])
    assert backlog(client) == 1


def test_an_emptied_stream_is_made_again(client: redis.Redis) -> None:
    results = RedisResults(client)
    results.read(1, 10)
    client.flushdb()
    assert results.read(1, 10) == []
    client.xadd(RESULTS, {FIELD: b"x"})
    assert [e.blob for e in results.read(1, 100)] == [b"x"]


def test_acknowledged_results_leave_the_stream(client: redis.Redis) -> None:
    results = RedisResults(client)
    results.read(1, 10)
    client.xadd(RESULTS, {FIELD: b"x"})
    results.acknowledge(results.read(1, 100))
    assert backlog(client) == 0


def test_the_feed_refuses_a_repeat_and_stays_bounded(client: redis.Redis) -> None:
    feed = RedisFeed(client, keep=100)
    assert feed.last() == 0
    feed.publish([Event(n, "e", {"n": n}) for n in range(1, 1001)])
    feed.publish([Event(1000, "e", {"n": -1})])
    assert feed.last() == 1000
    assert 100 <= client.xlen(FEED) < 400

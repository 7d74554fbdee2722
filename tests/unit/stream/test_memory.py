"""The in-memory twins keep the promises of the real streams; the integration tests check Redis for the same."""

from arena.stream.feed import Event
from arena.stream.memory import MemoryFeed, MemoryResults


def test_what_is_not_acknowledged_is_read_again() -> None:
    results = MemoryResults()
    for blob in (b"1", b"2", b"3"):
        results.put(blob)
    assert [e.blob for e in results.read(2, 0)] == [b"1", b"2"]
    again = results.read(2, 0)
    assert [e.blob for e in again] == [b"1", b"2"]
    results.acknowledge(again[:1])
    assert [e.blob for e in results.read(2, 0)] == [b"2"]


def test_a_repeat_is_not_published_twice() -> None:
    feed = MemoryFeed()
    feed.publish([Event(1, "a", {}), Event(2, "b", {})])
    feed.publish([Event(2, "b", {}), Event(3, "c", {})])
    assert [e.seq for e in feed.events] == [1, 2, 3]
    assert feed.last() == 3

"""The feed's wire format as the client reads it."""

from arena.client.feed import Sent, parse


def test_events_are_read_and_comments_passed_over() -> None:
    text = (
        ': the feed\nretry: 1000\n\nid: 7\nevent: match.settled\ndata: {"a":1}\n\n: ping\n\nid: 8\ndata: {}\n\n'
        "event: end\ndata: 3\n\nid: 9\n"
    )
    assert list(parse(text.split("\n")[:-1])) == [
        Sent("7", "match.settled", {"a": 1}),
        Sent("8", "message", {}),
        Sent("", "end", 3),
    ]

"""Connections go to the address that was judged, and to no other, whatever a name server says a moment later."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Any

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.core.egress import Address, may_reach
from arena.core.errors import UrlRefused
from arena.core.pinned import Pinned
from tests.endpoint import endpoint

LOOPBACK = (ip_network("127.0.0.0/8"),)
OPEN = ip_address("1.1.1.1")
PRIVATE = ip_address("127.0.0.1")


class Names:
    """A name server: gives its answers one after the other, the last for ever."""

    def __init__(self, *answers: Sequence[Address]) -> None:
        self.answers, self.asked = list(answers), 0

    async def look_up(self, host: str, port: int) -> list[Address]:
        self.asked += 1
        await asyncio.sleep(0)
        return list(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])


class Tcp:
    """Connects nowhere; keeps where to."""

    def __init__(self, *refusing: Address) -> None:
        self.to: list[str] = []
        self._refusing = {str(address) for address in refusing}

    async def connect_tcp(self, host: str, *_: object) -> Any:
        self.to.append(host)
        if host in self._refusing:
            raise httpcore.ConnectError("refused")
        return host


def connected(names: Names, tcp: Tcp | None = None, times: int = 1, host: str = "evil.example") -> list[str]:
    """Where a backend connects to, asked so many times at once."""
    tcp = tcp or Tcp()

    async def connect() -> None:
        backend = Pinned(lambda: (), names.look_up)
        backend._tcp = tcp  # type: ignore[assignment]
        await asyncio.gather(*(backend.connect_tcp(host, 443) for _ in range(times)))

    asyncio.run(connect())
    return tcp.to


def test_a_name_is_looked_up_once_and_what_it_leads_to_later_is_not_asked() -> None:
    names = Names([OPEN], [PRIVATE])
    assert connected(names) == ["1.1.1.1"]
    assert names.asked == 1


def test_a_name_that_has_changed_its_mind_is_refused() -> None:
    names = Names([PRIVATE], [OPEN])
    with pytest.raises(UrlRefused):
        connected(names)


@given(st.lists(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6), st.just(OPEN)), min_size=1, max_size=5))
def test_one_closed_address_among_many_closes_the_name(addresses: list[Address]) -> None:
    tcp = Tcp()
    if all(map(may_reach, addresses)):
        assert connected(Names(addresses), tcp) == [str(addresses[0])]
    else:
        with pytest.raises(UrlRefused):
            connected(Names(addresses), tcp)
        assert tcp.to == []


def test_an_address_that_does_not_answer_gives_way_to_the_next() -> None:
    other = ip_address("2606:4700::1111")
    assert connected(Names([other, OPEN]), Tcp(other)) == [str(other), "1.1.1.1"]
    with pytest.raises(httpcore.ConnectError):
        connected(Names([other, OPEN]), Tcp(other, OPEN))


def test_many_at_once_share_a_look_up() -> None:
    names = Names([OPEN])
    assert connected(names, times=64) == ["1.1.1.1"] * 64
    assert names.asked == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "169.254.169.254", "::ffff:10.0.0.1"])
def test_an_address_is_not_looked_up_but_judged(host: str) -> None:
    names = Names([OPEN])
    with pytest.raises(UrlRefused):
        connected(names, host=host)
    assert names.asked == 0


@pytest.mark.parametrize("answer", [[], OSError("no such name"), UnicodeError("label too long")])
def test_a_name_that_leads_nowhere_cannot_be_connected_to(answer: Any) -> None:
    async def look_up(host: str, port: int) -> list[Address]:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(httpcore.ConnectError):
        asyncio.run(Pinned(lambda: (), look_up).connect_tcp("nowhere.example", 443))


def test_the_name_is_still_told_to_the_server_that_was_judged() -> None:
    """A whole request, through httpcore: to the pinned address, under the name."""
    names = Names([PRIVATE], [OPEN])

    async def ask(url: str) -> int:
        backend = Pinned(lambda: LOOPBACK, names.look_up)
        async with httpcore.AsyncConnectionPool(network_backend=backend) as pool:
            body = b'{"model": "good", "messages": [{"role": "user", "content": "?"}]}'
            return (await pool.request("POST", url, content=body)).status

    with endpoint() as server:
        port = server.server_address[1]
        assert asyncio.run(ask(f"http://model.example:{port}/v1/chat/completions")) == 200
        assert server.headers[-1]["Host"] == f"model.example:{port}"
    assert names.asked == 1


def test_real_names_are_looked_up() -> None:
    async def ask() -> httpcore.AsyncNetworkStream:
        with endpoint() as server:
            stream = await Pinned(lambda: (*LOOPBACK, ip_network("::1/128"))).connect_tcp(
                "localhost", server.server_address[1]
            )
            await stream.aclose()
            return stream

    assert asyncio.run(ask())
    with pytest.raises(UrlRefused):
        asyncio.run(Pinned(lambda: ()).connect_tcp("localhost", 1))

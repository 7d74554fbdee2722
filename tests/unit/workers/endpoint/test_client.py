"""Requests of many matches, and over TLS: all are under way together, and the name is proven, not the address."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from arena.core import pinned
from arena.core.egress import Address
from arena.core.wire import SeatOrder, Stop, unpack_report
from examples.openai_server import Server
from tests.endpoint import endpoint, player
from tests.tables import order_for
from tests.unit.match.test_host import exchange
from workers.endpoint import client, lanes
from workers.endpoint.reach import allow
from workers.endpoint.trouble import Trouble

NAME = "model.example"
BODY = b'{"model": "m", "messages": [{"role": "user", "content": "?"}]}'


@pytest.fixture(autouse=True)
def _local() -> Iterator[None]:
    allow("127.0.0.0/8")
    yield
    allow(None)


def test_all_matches_of_a_host_ask_at_once() -> None:
    """The endpoint answers nobody until 64 are waiting: each match must have a connection of its own."""
    with endpoint() as server:
        seats = [player(server, f"together@{server.crowd.parties}"), SeatOrder("v2", "random", {}, "random")]
        orders = [order_for("kuhn_poker", rated=False, seed=n, seats=seats, view="compact") for n in range(64)]
        done, sent = exchange(orders)
    assert len(done) == 64
    stops = {seat.stop for blob in sent for seat in unpack_report(blob).seats}
    assert stops <= {Stop.WIN, Stop.LOSS}


def test_a_connection_is_used_again() -> None:
    peers: set[tuple[str, int]] = set()

    async def ask(url: str) -> None:
        for _ in range(5):
            await client.post(url, {}, BODY)

    with endpoint() as server:
        known = server.get_request
        server.get_request = lambda: (found := known(), peers.add(found[1]))[0]  # type: ignore[method-assign]
        asyncio.run(ask(f"{server.base_url}/chat/completions"))
        assert len(server.asked) == 5
    assert len(peers) == 1


def test_idle_connections_are_bounded_and_the_longest_unused_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MOST_IDLE", 3)
    closed: list[str] = []

    class Named(lanes.Lane):
        name = ""

        async def aclose(self) -> None:
            closed.append(self.name)
            await super().aclose()

    async def use() -> None:
        kept = lanes.Lanes(pinned.Pinned(lambda: ()))
        for origin in ("a", "b", "a", "c", "d", "e"):
            async with kept.lane(origin) as lane:
                assert isinstance(lane, Named)
                assert lane.name in {"", origin}
                lane.name = origin

    monkeypatch.setattr(lanes, "Lane", Named)
    asyncio.run(use())
    assert closed == ["b", "a"]


def certificate(folder: Path, name: str) -> Path:
    """A file with a key and a certificate for a name, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
    file = folder / f"{name}.pem"
    file.write_bytes(key.private_bytes(plain[2], plain[1], plain[0]) + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.mark.parametrize(("proven", "trusted"), [(NAME, True), (NAME, False), ("other.example", True)])
def test_a_pinned_connection_proves_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proven: str, trusted: bool
) -> None:
    file = certificate(tmp_path, proven)
    context, told = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), list[str]()
    context.load_cert_chain(file)
    context.sni_callback = lambda _, name, __: told.append(name)

    async def look_up(host: str, port: int) -> list[Address]:
        return [ip_address("127.0.0.1")]

    monkeypatch.setattr(client, "Pinned", lambda allowed: pinned.Pinned(allowed, look_up))
    if trusted:
        monkeypatch.setattr(lanes, "authorities", lambda: ssl.create_default_context(cafile=str(file)))
    server = Server()
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        url = f"https://{NAME}:{server.server_address[1]}/v1/chat/completions"
        if trusted and proven == NAME:
            assert asyncio.run(client.post(url, {}, BODY)).status == 200
        else:
            with pytest.raises(Trouble, match="cannot be connected to"):
                asyncio.run(client.post(url, {}, BODY))
    finally:
        server.shutdown()
        server.server_close()
        thread.join(30)
    assert told == [NAME]

"""Where the arena may be sent: no spelling of an address that is not of the open Internet gets through."""

import ipaddress
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.core.egress import CARRIERS, check_url, may_reach, networks
from arena.core.errors import UrlRefused

OPEN = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "2a00:1450:4001::1"]
CLOSED = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "192.88.99.1", "::", "::1", "fe80::1", "fe80::1%1", "fc00::1", "fd00:ec2::254", "fec0::1",
    "ff02::1", "2001:db8::1", "2001::1", "2002:7f00:1::", "2002:808:808::", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "::127.0.0.1", "::8.8.8.8", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "3fff::1", "100::1", "5f00::1",
]  # fmt: skip
REFUSED = [
    "", "api.example.com/v1", "//api.example.com", "ftp://api.example.com", "file:///etc/passwd", "https://",
    "https:///v1", "gopher://127.0.0.1:6379/_x", "https://user@api.example.com", "https://user:pass@api.example.com",
    "https://@api.example.com", "https://api.example.com/v1?x=1", "https://api.example.com/v1?",
    "https://api.example.com/#x", "https://api.example.com:22", "https://api.example.com:0",
    "https://api.example.com:99999", "https://api.example.com:http", "https://bücher.example",
    "https://api.example.com /v1", "https://api.example.com\\@127.0.0.1", "https://api.example.com/\r\nX: y",
    "https://a..b", "https://-a.b", "http://127.0.0.1:8000", "http://localhost:8000", "http://LOCALHOST.",
    "http://x.localhost", "http://127.1", "http://0x7f000001", "http://2130706433", "http://0177.0.0.1",
    "http://127.0.0.1.", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]", "http://169.254.169.254/latest", "http://[v1.x]/",
    "https://" + "a" * 64 + ".example", "https://a.example/" + "x" * 2000,
]  # fmt: skip


@pytest.mark.parametrize("address", OPEN)
def test_the_open_internet_may_be_reached(address: str) -> None:
    assert may_reach(ip_address(address))


@pytest.mark.parametrize("address", CLOSED)
def test_what_is_not_of_the_open_internet_may_not(address: str) -> None:
    assert not may_reach(ip_address(address))


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_nothing_gets_through_that_python_knows_to_be_closed(address: ipaddress.IPv4Address | IPv6Address) -> None:
    if may_reach(address) and not any(address in carrier for carrier in CARRIERS if address.version == 6):
        assert address.is_global
        assert not any((address.is_multicast, address.is_reserved, address.is_unspecified, address.is_link_local))


@given(st.ip_addresses(v=4))
def test_an_address_carried_in_another_is_judged_as_itself(address: IPv4Address) -> None:
    for carrier in CARRIERS:
        assert may_reach(IPv6Address(int(carrier.network_address) + int(address))) == may_reach(address)
    assert not may_reach(IPv6Address(int(address)))
    assert not may_reach(IPv6Address((0x2002 << 112) + (int(address) << 80)))


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_what_is_allowed_opens_just_that(address: IPv4Address, length: int) -> None:
    (allowed,) = networks(f"{ipaddress.ip_network((int(address), length), strict=False)}")
    assert may_reach(address, (allowed,))
    assert may_reach(IPv6Address(f"::ffff:{address}"), (allowed,))
    assert not may_reach(IPv6Address("::1"), (allowed,))


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://api.example.com/v1", ("api.example.com", 443)), ("http://api.example.com", ("api.example.com", 80)),
        ("https://api.example.com:8443/v1/", ("api.example.com", 8443)), ("https://1.1.1.1/v1", ("1.1.1.1", 443)),
        ("http://[2606:4700::1111]:8080/v1", ("2606:4700::1111", 8080)),
        ("https://xn--bcher-kva.example", ("xn--bcher-kva.example", 443)),
        ("https://mylocalhost/v1", ("mylocalhost", 443)), ("https://vllm_1.example/v1", ("vllm_1.example", 443)),
    ],
)  # fmt: skip
def test_an_endpoint_may_be_named(url: str, found: tuple[str, int]) -> None:
    assert check_url(url) == found


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_endpoint_is_refused(url: str) -> None:
    with pytest.raises(UrlRefused) as refused:
        check_url(url)
    assert refused.value.code == "spec.url_refused"
    assert refused.value.todo
    assert "pass@" not in str(refused.value)


def test_an_operator_may_allow_its_own_networks() -> None:
    allowed = networks("127.0.0.0/8, ::1/128,10.0.0.0/8,")
    for url in ("http://127.0.0.1:8001/v1", "http://localhost:8001", "http://[::1]:8001/v1", "http://10.2.3.4"):
        check_url(url, allowed)
    for url in ("http://192.168.0.1", "http://[fe80::1]", "http://127.0.0.1:22"):
        with pytest.raises(UrlRefused):
            check_url(url, allowed)


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"http://a.example{text}"):
        try:
            host, port = check_url(url)
        except UrlRefused:
            continue
        assert host
        assert port

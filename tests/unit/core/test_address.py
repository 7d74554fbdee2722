"""Where the API may listen without being told."""

import pytest

from arena.core.address import check_host
from arena.core.errors import BadConfiguration
from arena.core.settings import Settings


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", "localhost.example.org"])
def test_a_public_address_must_be_allowed(host: str) -> None:
    with pytest.raises(BadConfiguration):
        check_host(Settings(api_host=host))
    check_host(Settings(api_host=host, public=True))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.5.5.5", "::1", "localhost"])
def test_loopback_is_always_allowed(host: str) -> None:
    check_host(Settings(api_host=host))


def test_what_is_no_address_is_not_called_public() -> None:
    with pytest.raises(BadConfiguration, match=r"no.such.host.invalid is no address"):
        check_host(Settings(api_host="no.such.host.invalid"))

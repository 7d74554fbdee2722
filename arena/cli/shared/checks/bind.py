"""An address that other machines can reach, without ARENA_PUBLIC."""

from collections.abc import Iterator

from arena.cli.shared.diagnosis import Finding, Subject
from arena.core.address import check_host
from arena.core.errors import BadConfiguration


def check(subject: Subject) -> Iterator[Finding]:
    """The API's address: loopback, or public and allowed."""
    try:
        check_host(subject.settings)
    except BadConfiguration as error:
        yield Finding("fail", error.what, error.todo)
        return
    yield Finding("ok", f"the API listens on {subject.settings.api_host}")

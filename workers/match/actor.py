"""A match host as a Ray actor: a process of its own, which logs as every part of the arena does."""

import gc

from arena.core import logs
from arena.core.redaction import know_url
from workers.endpoint.reach import allow
from workers.match.host import Host


class HostActor(Host):
    """`Host` in a process that is all its own. Ray keeps what it logs in its session folder: see `arena logs hosts`."""

    def __init__(self, name: str, redis_url: str, *, log_json: bool, private_endpoints: str | None) -> None:
        know_url(redis_url)
        allow(private_endpoints)
        logs.start("host", as_json=log_json, host=name)
        super().__init__(name, redis_url)
        gc.collect()
        gc.freeze()  # the program is here to stay: walking it holds up every match for a tenth of a second

"""Ray for one run of a job: joined as a driver, left at the end."""

import logging
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager

import ray
from ray.exceptions import RayError

from arena.core.errors import BadConfiguration, Unreachable
from arena.core.settings import Settings
from workers.match import cluster

log = logging.getLogger("arena.jobs")
CONNECT_S = 5.0


@contextmanager
def joined(settings: Settings) -> Generator[None]:
    """Within it, this process is a driver.

    Raises:
        BadConfiguration: no cluster is named.
        Unreachable: it is not there, or does not take this driver.
    """
    address = settings.ray_address
    if address is None:
        raise BadConfiguration("ARENA_RAY_ADDRESS is not set.", todo="Name a Ray cluster, or use `arena up`.")
    heard = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        _knock(address)
        cluster.join(address)
    except (OSError, RuntimeError, RayError) as error:
        why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        todo = "Start it, or correct ARENA_RAY_ADDRESS; the job tries again."
        raise Unreachable(f"The Ray cluster at {address} cannot be joined: {why}", todo=todo) from None
    finally:
        for number, handler in heard.items():  # Ray puts its own in their place, which would end the run at once
            signal.signal(number, handler)
    try:
        yield
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Raises OSError where nothing listens: Ray itself would try for minutes, deaf to everything."""
    host, _, port = address.rpartition(":")
    if port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_S).close()

"""What an arena costs to start, to keep and to stop: `python -m bench.startup`.

Beside it, in the same run: Ray alone, which is most of what must start; and Python alone, beside the command's help.
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from rich.console import Console

from bench.figures import Figure, report
from bench.whole import seconds, started

RUNS = 3
HELP_RUNS = 7
RAY_ALONE = """
import ray
ray.init(address="local", num_cpus=2, include_dashboard=False, object_store_memory=78643200, log_to_driver=False)
@ray.remote(num_cpus=0.5)
class Actor:
    def answer(self):
        return True
ray.get(Actor.remote().answer.remote())
"""


@dataclass
class Measured:
    """Lists hold one value a run."""

    help_s: list[float] = field(default_factory=list[float])
    python_s: list[float] = field(default_factory=list[float])
    ready_s: list[float] = field(default_factory=list[float])
    stop_s: list[float] = field(default_factory=list[float])
    ray_s: list[float] = field(default_factory=list[float])
    pss_mb: float = 0.0
    ray_pss_mb: float = 0.0
    playing: float = 0.0
    idle: float = 0.0


def measure(say: Callable[[str], object]) -> Measured:
    """Start `RUNS` arenas one after the other, watch the last, then one that schedules nothing."""
    m = Measured()
    say("timing the help")
    for _ in range(HELP_RUNS):
        m.help_s.append(seconds([sys.executable, "-m", "arena.cli.main", "--help"]))
        m.python_s.append(seconds([sys.executable, "-c", "pass"]))
    for run in range(RUNS):
        say(f"start {run + 1} of {RUNS}")
        m.ray_s.append(seconds([sys.executable, "-c", RAY_ALONE]))
        with started() as arena:
            m.ready_s.append(arena.ready_s)
            if run == RUNS - 1:
                say("watching it at rest")
                m.playing = arena.share()
                m.pss_mb, m.ray_pss_mb = arena.pss_mb()
        m.stop_s.append(arena.stop_s)
    say("watching one that schedules nothing")
    with started(ARENA_PACE="0") as arena:
        m.idle = arena.share()
    return m


def figures(m: Measured) -> Iterator[Figure]:
    """What was measured, beside its peers and targets."""
    ready, ray, stop = (statistics.median(x) for x in (m.ready_s, m.ray_s, m.stop_s))
    helped, bare = statistics.median(m.help_s), statistics.median(m.python_s)
    yield Figure("startup.ready_s", ready, "s", "Ray and one actor", ray, "<= 15", ready <= 15, RUNS)
    yield Figure("startup.stop_s", stop, "s", target="<= 10", meets=stop <= 10, seeds=RUNS)
    yield Figure("memory.arena_mb", m.pss_mb, "MB", "its Ray", m.ray_pss_mb, "<= 1500", m.pss_mb <= 1500)
    yield Figure("cpu.at_rest_share", m.playing, "of a core", "nothing scheduled", m.idle, "<= 0.1", m.playing <= 0.1)
    yield Figure("cli.help_s", helped, "s", "python -c pass", bare, "<= 0.4", helped <= 0.4, HELP_RUNS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    with Console(stderr=True).status("starting") as status:
        measured = measure(status.update)
    report(figures(measured), options.json)

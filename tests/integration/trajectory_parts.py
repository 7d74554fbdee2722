"""A rollout host and a learner as processes of their own, to be killed: `python -m ... host|learner URL FOLDER`.

The host's trajectories carry numbers nobody else uses; it writes down what the server took. The learner keeps a resume
point with everything it learnt from.
"""

import json
import os
import secrets
import sys
import time
from pathlib import Path

from arena.core.trajectory import Bundle
from arena.stream.admission import Rule
from arena.stream.intake import Intake
from arena.stream.producer import Producer
from arena.stream.redis import LOST, connect
from arena.stream.redis_trajectories import RedisTrajectories
from arena.stream.trajectories import Answer
from tests.selfplay import play, uids

RULE = Rule(batch=20, max_staleness=2, max_running=60)
SAVE_EVERY = 3
LEASE_MS = 1000


def host(url: str, folder: Path) -> None:
    """Play for ever."""
    producer = Producer(RedisTrajectories(connect(url), "job", LEASE_MS), "host")
    taken = (folder / f"taken-{secrets.token_hex(4)}").open("a")
    bundle: Bundle | None = None
    while True:
        try:
            if bundle is None:
                grant = producer.admit(7)
                for _ in range(grant.granted):
                    play(producer, [grant.version], secrets.randbits(39))
                bundle = producer.bundler.bundle() if grant.granted else None
            elif (answer := producer.send(bundle)) is not Answer.FULL:
                if answer is not Answer.DEAD:
                    taken.writelines(f"{uid}\n" for uid in uids([bundle]))
                    taken.flush()
                bundle = None
            else:
                time.sleep(0.01)
        except LOST:
            continue


def learner(url: str, folder: Path) -> None:
    """Learn for ever, from the resume point on."""
    file = folder / "point.json"
    kept = json.loads(file.read_text()) if file.exists() else {"version": 0, "plain": None, "learnt": []}
    version, learnt = kept["version"], kept["learnt"]
    intake = Intake(RedisTrajectories(connect(url), "job", LEASE_MS), RULE, 0, version, kept["plain"])
    while True:
        try:
            intake.publish(version)
            bundles = intake.take(RULE.batch, version, 1.0)
            if not bundles:
                continue
            oldest = min(s.version for b in bundles for s in b.sources)
            assert 0 <= version - oldest <= RULE.max_staleness
            learnt += uids(bundles)
            version += 1
            if version % SAVE_EVERY == 0:
                point = intake.point()
                fresh = file.with_suffix(".new")
                fresh.write_text(json.dumps({"version": version, "plain": point.plain, "learnt": learnt}))
                os.replace(fresh, file)
                intake.acknowledge(point)
        except LOST:
            continue


if __name__ == "__main__":
    {"host": host, "learner": learner}[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))

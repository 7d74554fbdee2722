"""Runners and owners in each other's way."""

import threading
from collections import Counter
from typing import Any
from uuid import UUID

from arena.flow import runs, wishes
from arena.store.jobs import Claimed
from tests.integration.jobs.desk import Desk, running


def at_once(work: Any, threads: int) -> None:
    """Run it in threads that set off together; what one of them raises is raised."""
    gate, raised = threading.Barrier(threads), list[BaseException]()

    def one(number: int) -> None:
        gate.wait()
        try:
            work(number)
        except BaseException as error:
            raised.append(error)

    crew = [threading.Thread(target=one, args=(n,)) for n in range(threads)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join(60)
    if raised:
        raise raised[0]


def test_no_two_runners_ever_have_one_job(desk: Desk) -> None:
    """Runners claim, crash, lose leases and finish in each other's way; each generation is one runner's."""
    ids = [desk.launch() for _ in range(12)]
    claims: list[tuple[UUID, int]] = []
    finished: list[UUID] = []

    def work(number: int) -> None:
        for step in range(1000):
            run = desk.begin(f"r{number}", attempts=100)
            if run is None:
                if len({*finished}) == len(ids):
                    return
                continue
            claims.append((run.id, run.generation))
            match (number + step) % 4:
                case 0:
                    desk.lose(run.id)
                case 1:
                    desk.do(runs.give_back, run)
                case 2:
                    desk.lose(run.id)
                    desk.do(runs.finish, run)
                case _:
                    desk.do(runs.finish, run)
            if desk.seen(run.id)["state"] == "done":
                finished.append(run.id)

    at_once(work, 4)
    assert max(Counter(claims).values()) == 1
    for job_id in ids:
        generations = sorted(g for i, g in claims if i == job_id)
        assert generations == list(range(1, len(generations) + 1))
        assert desk.seen(job_id)["state"] == "done"
        assert desk.told(job_id).count("done") == 1


def test_cancelled_while_being_claimed(desk: Desk) -> None:
    """Whoever comes first: the job is cancelled at once, or runs with the wish, which its runner will see."""
    ids = [desk.launch() for _ in range(40)]
    claimed: dict[UUID, Claimed] = {}

    def work(number: int) -> None:
        if number == 0:
            for job_id in ids:
                desk.do(wishes.cancel, job_id)
            return
        for _ in ids:
            if run := desk.begin():
                claimed[run.id] = run

    at_once(work, 2)
    for job_id in ids:
        seen = desk.seen(job_id)
        if job_id in claimed:
            assert (seen["state"], seen["wish"]) == ("running", "cancel")
            desk.do(runs.give_back, claimed[job_id])
            assert desk.seen(job_id)["state"] == "cancelled"
        else:
            assert seen["state"] == "cancelled"
            assert desk.told(job_id) == ["queued", "cancelled"]


def test_resumed_while_it_is_being_paused(desk: Desk) -> None:
    """A resume that is answered is never forgotten: the job waits for a run, or runs without a wish."""
    for _ in range(20):
        job_id, run = running(desk)
        desk.do(wishes.pause, job_id)

        def work(number: int, job_id: UUID = job_id, run: Claimed = run) -> None:
            if number:
                desk.do(runs.give_back, run)
            else:
                desk.do(wishes.resume, job_id)

        at_once(work, 2)
        assert desk.seen(job_id)["state"] == "queued"
        desk.do(wishes.cancel, job_id)

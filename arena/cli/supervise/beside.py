"""Work on a thread beside the main one, which meanwhile hears signals and looks after the rest."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def beside(work: Callable[[], T]) -> Future[T]:
    """What it will give. Its thread is a daemon: what hangs must not keep the process from ending."""
    outcome: Future[T] = Future()

    def do() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # whoever waits is told, whatever it was
            outcome.set_exception(error)

    threading.Thread(target=do, name="beside", daemon=True).start()
    return outcome

"""Logging, in one place: a line an event on standard error, as text or JSON, with the ids of what it is about.

Ids are set where work enters (a request, a match) and are on every line logged inside, however deep, also in tasks.
"""

import logging
import sys
import threading
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from arena.core.redaction import redact

IDS = ("request_id", "match_id", "job_id", "host")
"""What a line may be about, in the order a line tells it."""

STANDARD = logging.makeLogRecord({}).__dict__.keys()
"""What every record has; whatever else one has was given with it."""

_about: ContextVar[MappingProxyType[str, str]] = ContextVar("about", default=MappingProxyType({}))


@contextmanager
def about(**ids: str) -> Generator[None]:
    """What is logged inside is about these, besides what it was about already. The names are those of `IDS`."""
    token = _about.set(MappingProxyType({**_about.get(), **ids}))
    try:
        yield
    finally:
        _about.reset(token)


def current(name: str) -> str | None:
    """The id that lines logged here carry."""
    return _about.get().get(name)


def start(process: str, *, as_json: bool, **ids: str) -> None:
    """Log this process to standard error from now on: the arena's own lines, and other libraries' warnings.

    `ids` are on every line that has no other.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Marks(process, ids, as_json=as_json))
    handler.setFormatter(_json() if as_json else Plain())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("arena").setLevel(logging.INFO)
    logging.captureWarnings(True)
    sys.excepthook = _died
    threading.excepthook = lambda gone: _died(gone.exc_type, gone.exc_value or gone.exc_type(), gone.exc_traceback)


def in_json() -> bool:
    """Whether this process logs JSON."""
    return any(isinstance(f, Marks) and f.as_json for handler in logging.root.handlers for f in handler.filters)


class Marks(logging.Filter):
    """Marks each record with its process and ids, and takes the secrets out of all of it."""

    def __init__(self, process: str, ids: dict[str, str], *, as_json: bool) -> None:
        super().__init__()
        self._process, self._ids = process, ids
        self.as_json = as_json

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(_message(record)), None
        if record.exc_info and record.exc_info[0]:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        record.exc_info = None
        record.exc_text = redact(record.exc_text) if record.exc_text else None
        record.stack_info = redact(record.stack_info) if record.stack_info else None
        for name in record.__dict__.keys() - STANDARD:
            value = record.__dict__[name]
            record.__dict__[name] = value if isinstance(value, int | float | None) else redact(str(value))
        for name, value in {**self._ids, **_about.get()}.items():
            record.__dict__.setdefault(name, redact(value))
        record.timestamp = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        record.part = self._process
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a wrong call of the logger must not end what it was to tell of
        return f"{record.msg} {record.args!r}"


class Plain(logging.Formatter):
    """`time LEVEL logger message [id=…]`, a traceback indented below. Line breaks in it are escaped: none is forged."""

    def __init__(self) -> None:
        super().__init__("%(timestamp)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.message = record.getMessage()
        ids = " ".join(f"{name}={getattr(record, name)}" for name in IDS if hasattr(record, name))
        line = self.formatMessage(record) + (f" [{ids}]" if ids else "")
        line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
        below = [text for text in (record.exc_text, record.stack_info) if text]
        return "\n  ".join([line, *(part for text in below for part in text.splitlines())])


def _json() -> logging.Formatter:
    # Only where it is asked for: the import costs every `arena --help` otherwise.
    from pythonjsonlogger.json import JsonFormatter

    names = {"levelname": "level", "name": "logger", "part": "process", "exc_info": "traceback"}
    fields = ["timestamp", "levelname", "name", "message", "part"]
    return JsonFormatter(fields, rename_fields=names, reserved_attrs=[*STANDARD, "message", "color_message"])


def _died(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """An exception nobody caught: through the same handler, and so without secrets."""
    if issubclass(kind, SystemExit | KeyboardInterrupt):
        return
    logging.getLogger("arena").critical("ended by %s", kind.__name__, exc_info=(kind, error, trace))

"""What the arena's processes log: their own lines, and other libraries' warnings."""

import logging


def start_logging() -> None:
    """Log to standard error, a line an event."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("arena").setLevel(logging.INFO)

"""The templates and the few words and shapes they use."""

from pathlib import Path

from starlette.templating import Jinja2Templates

from api.dashboard import drawing, words
from arena.core.brief import visible

TEMPLATES = Jinja2Templates(directory=Path(__file__).parent / "html")
TEMPLATES.env.trim_blocks = TEMPLATES.env.lstrip_blocks = True
TEMPLATES.env.filters |= {
    "spark": drawing.spark,
    "along": drawing.along,
    "ending": words.ending,
    "outcome": words.outcome,
    "stopped": words.stopped,
    "visible": visible,
    "score": words.score,
    "plies": words.plies,
    "ms": words.ms,
    "figure": words.figure,
    "coded": words.coded,
    "page": words.page,
    "plain": words.plain,
    "lasting": words.lasting,
}

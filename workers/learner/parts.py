"""The plug-ins of learning, by kind: one file each, listed without importing torch.

Each file has a literal `PART`, the JSON schema of its parameters, and `build(...)`.
"""

from arena.core.errors import UnknownPart
from arena.core.registry import Registry

ADVANTAGES = Registry("advantage", ("workers.learner.advantages",), UnknownPart)
LOSSES = Registry("loss", ("workers.learner.losses",), UnknownPart)
REGULARISERS = Registry("regulariser", ("workers.learner.regularisers",), UnknownPart)
OPPONENTS = Registry("opponent", ("workers.learner.opponents",), UnknownPart)
AVERAGES = Registry("average", ("workers.learner.averages",), UnknownPart)
EVALUATIONS = Registry("evaluation", ("workers.learner.evaluations",), UnknownPart)

"""A language-model policy learns by self-play: rollout hosts play, the learner learns, checkpoints climb the ladder."""

from arena.core.errors import BadConfiguration, Unreachable
from arena.stream.redis import connect
from arena.stream.trajectories import Superseded
from workers.jobs.cluster import joined
from workers.jobs.training.crew import Crew
from workers.jobs.training.trainer import Trainer
from workers.jobs.work import Work
from workers.learner.spec import convert

# Written by docs/generate.py from workers/learner/spec.py: who launches a job reads it without importing either.
JOB = {
    "spec": {
        "$ref": "#/$defs/Spec",
        "$defs": {
            "Spec": {
                "title": "Spec", "description": "A training job.", "type": "object",
                "properties": {
                    "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$"},
                    "games": {"type": "array", "items": {"$ref": "#/$defs/Game"}, "maxItems": 64, "minItems": 1},
                    "seed": {"type": "integer", "minimum": 0, "maximum": 9223372036854775807, "default": 0},
                    "policy": {
                        "$ref": "#/$defs/PolicySpec",
                        "default": {"backend": "tiny", "spec": {}, "device": "cpu", "start": ""},
                    },
                    "opponents": {
                        "type": "array", "items": {"$ref": "#/$defs/Opponent"}, "maxItems": 64, "minItems": 1,
                    },
                    "pool": {"$ref": "#/$defs/PoolSpec", "default": {"every": 50, "size": 8}},
                    "learning": {
                        "$ref": "#/$defs/Learning",
                        "default": {
                            "matches": 1024, "bundles": 1, "advantage": {"kind": "rae", "spec": {}},
                            "loss": {"kind": "reinforce", "spec": {}}, "regularisers": [], "average": None,
                            "optimiser": {
                                "rate": 0.0003, "decay": "none", "decay_updates": 1000, "warmup_updates": 0,
                                "beta1": 0.0, "beta2": 0.999, "clip": 1.0,
                            },
                            "epochs": 1, "minibatches": 1, "value_weight": 0.5, "explore": 0.0, "normalise": False,
                            "reward_scale": 1.0, "max_staleness": 8, "max_kl": 20.0, "rows": 1024,
                        },
                    },
                    "evaluations": {"type": "array", "items": {"$ref": "#/$defs/Evaluation"}, "default": []},
                    "guard": {
                        "$ref": "#/$defs/Guard",
                        "default": {
                            "max_forfeits": 1.0, "min_entropy": 0.0, "max_kl": 10.0, "watch": "", "better": "low",
                            "slack": 0.2, "patience": 3,
                        },
                    },
                    "budget": {
                        "$ref": "#/$defs/Budget",
                        "default": {"updates": 1000000000, "cpu_s": 1000000000.0, "wall_s": 1000000000.0},
                    },
                    "checkpoints": {
                        "$ref": "#/$defs/Checkpoints",
                        "default": {"every": 500, "promote": True, "player": "", "league": "open"},
                    },
                    "rollout_hosts": {"type": "integer", "minimum": 1, "maximum": 1024, "default": 1},
                    "serving": {"enum": ["host", "server"], "default": "host"},
                },
                "required": ["name", "games"], "additionalProperties": False,
            },
            "Game": {
                "title": "Game",
                "description": "One game of the mixture, and how its positions are put to the policy.",
                "type": "object",
                "properties": {
                    "name": {"type": "string"}, "variant": {"type": "string", "default": "standard"},
                    "view": {"type": "string", "default": "compact"},
                    "rounds": {"type": "integer", "minimum": 1, "maximum": 1000000000, "default": 1},
                    "opening_plies": {"type": "integer", "minimum": 0, "maximum": 100, "default": 0},
                    "prompt": {"enum": ["listed", "named", "told", "view"], "default": "view"},
                    "mode": {"enum": ["choose", "write"], "default": "choose"},
                    "weight": {"type": "number", "exclusiveMinimum": 0, "maximum": 1000000000.0, "default": 1.0},
                },
                "required": ["name"], "additionalProperties": False,
            },
            "PolicySpec": {
                "title": "PolicySpec", "description": "The network that learns.", "type": "object",
                "properties": {
                    "backend": {"type": "string", "default": "tiny"}, "spec": {"type": "object", "default": {}},
                    "device": {"type": "string", "pattern": "^(cpu|cuda(:[0-9]{1,3})?|mps)$", "default": "cpu"},
                    "start": {"type": "string", "maxLength": 1000, "default": ""},
                },
                "required": [], "additionalProperties": False,
            },
            "Opponent": {
                "title": "Opponent", "description": "Who else sits at a share of the tables.", "type": "object",
                "properties": {
                    "kind": {"type": "string", "default": "mirror"}, "spec": {"type": "object", "default": {}},
                    "weight": {"type": "number", "exclusiveMinimum": 0, "maximum": 1000000000.0, "default": 1.0},
                },
                "required": [], "additionalProperties": False,
            },
            "PoolSpec": {
                "title": "PoolSpec", "description": "The older versions that `lagged` opponents are drawn from.",
                "type": "object",
                "properties": {
                    "every": {"type": "integer", "minimum": 1, "maximum": 1000000000, "default": 50},
                    "size": {"type": "integer", "minimum": 1, "maximum": 100, "default": 8},
                },
                "required": [], "additionalProperties": False,
            },
            "Learning": {
                "title": "Learning", "description": "One update: its data, its objective, its bounds.",
                "type": "object",
                "properties": {
                    "matches": {"type": "integer", "minimum": 1, "maximum": 1000000000, "default": 1024},
                    "bundles": {"type": "integer", "minimum": 1, "maximum": 1000000000, "default": 1},
                    "advantage": {"$ref": "#/$defs/Part", "default": {"kind": "rae", "spec": {}}},
                    "loss": {"$ref": "#/$defs/Part", "default": {"kind": "reinforce", "spec": {}}},
                    "regularisers": {"type": "array", "items": {"$ref": "#/$defs/Part"}, "default": []},
                    "average": {"anyOf": [{"$ref": "#/$defs/Part"}, {"type": "null"}], "default": None},
                    "optimiser": {
                        "$ref": "#/$defs/Optimiser",
                        "default": {
                            "rate": 0.0003, "decay": "none", "decay_updates": 1000, "warmup_updates": 0,
                            "beta1": 0.0, "beta2": 0.999, "clip": 1.0,
                        },
                    },
                    "epochs": {"type": "integer", "minimum": 1, "maximum": 100, "default": 1},
                    "minibatches": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1},
                    "value_weight": {"type": "number", "minimum": 0, "maximum": 100, "default": 0.5},
                    "explore": {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "default": 0.0},
                    "normalise": {"type": "boolean", "default": False},
                    "reward_scale": {"type": "number", "exclusiveMinimum": 0, "maximum": 1000000000.0, "default": 1.0},
                    "max_staleness": {"type": "integer", "minimum": 0, "maximum": 1000000, "default": 8},
                    "max_kl": {"type": "number", "exclusiveMinimum": 0, "maximum": 1000000000.0, "default": 20.0},
                    "rows": {"type": "integer", "minimum": 1, "maximum": 1000000000, "default": 1024},
                },
                "required": [], "additionalProperties": False,
            },
            "Part": {
                "title": "Part",
                "description": (
                    "A plug-in and its parameters. What a kind takes stands in the literal `PART` of its "
                    "file."
                ),
                "type": "object",
                "properties": {"kind": {"type": "string"}, "spec": {"type": "object", "default": {}}},
                "required": ["kind"], "additionalProperties": False,
            },
            "Optimiser": {
                "title": "Optimiser", "description": "Adam and its schedule.", "type": "object",
                "properties": {
                    "rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 1000000000.0, "default": 0.0003},
                    "decay": {"enum": ["inverse_sqrt", "linear", "none"], "default": "none"},
                    "decay_updates": {"type": "integer", "minimum": 1, "maximum": 1000000000, "default": 1000},
                    "warmup_updates": {"type": "integer", "minimum": 0, "maximum": 1000000, "default": 0},
                    "beta1": {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "default": 0.0},
                    "beta2": {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "default": 0.999},
                    "clip": {"type": "number", "exclusiveMinimum": 0, "maximum": 1000000000.0, "default": 1.0},
                },
                "required": [], "additionalProperties": False,
            },
            "Evaluation": {
                "title": "Evaluation", "description": "A measurement in the loop.", "type": "object",
                "properties": {
                    "kind": {"type": "string"}, "spec": {"type": "object", "default": {}},
                    "every": {"type": "integer", "minimum": 1, "maximum": 1000000000, "default": 50},
                },
                "required": ["kind"], "additionalProperties": False,
            },
            "Guard": {
                "title": "Guard", "description": "When to go back to the best weights.", "type": "object",
                "properties": {
                    "max_forfeits": {"type": "number", "minimum": 0, "maximum": 1, "default": 1.0},
                    "min_entropy": {"type": "number", "minimum": 0, "maximum": 20, "default": 0.0},
                    "max_kl": {"type": "number", "exclusiveMinimum": 0, "maximum": 1000000000.0, "default": 10.0},
                    "watch": {"type": "string", "default": ""},
                    "better": {"enum": ["high", "low"], "default": "low"},
                    "slack": {"type": "number", "minimum": 0, "maximum": 1000000.0, "default": 0.2},
                    "patience": {"type": "integer", "minimum": 1, "maximum": 1000000000, "default": 3},
                },
                "required": [], "additionalProperties": False,
            },
            "Budget": {
                "title": "Budget", "description": "Where a job ends: at whichever comes first.", "type": "object",
                "properties": {
                    "updates": {"type": "integer", "minimum": 1, "maximum": 1000000000, "default": 1000000000},
                    "cpu_s": {
                        "type": "number", "exclusiveMinimum": 0, "maximum": 1000000000.0, "default": 1000000000.0,
                    },
                    "wall_s": {
                        "type": "number", "exclusiveMinimum": 0, "maximum": 1000000000.0, "default": 1000000000.0,
                    },
                },
                "required": [], "additionalProperties": False,
            },
            "Checkpoints": {
                "title": "Checkpoints", "description": "What is kept of the way, besides the end.", "type": "object",
                "properties": {
                    "every": {"type": "integer", "minimum": 1, "maximum": 1000000000, "default": 500},
                    "promote": {"type": "boolean", "default": True},
                    "player": {"type": "string", "pattern": "^([a-z0-9][a-z0-9._-]{0,63})?$", "default": ""},
                    "league": {"enum": ["bare", "open"], "default": "open"},
                },
                "required": [], "additionalProperties": False,
            },
        },
        "if": {
            "properties": {"games": {"contains": {"properties": {"mode": {"const": "write"}}, "required": ["mode"]}}},
            "required": ["games"],
        },
        "then": {
            "properties": {
                "learning": {
                    "properties": {
                        "explore": {
                            "const": 0,
                            "$comment": (
                                "A game has `mode = \"write\"`, which has no set of moves to explore: leave it at "
                                "0."
                            ),
                        },
                    },
                },
            },
        },
    },
    "names": [
        {"at": "games.*", "what": "game", "by": "name"},
        {
            "at": "policy", "what": "policy backend", "by": "backend", "default": "tiny",
            "package": "workers.policy.backends", "literal": "BACKEND",
        },
        {"at": "opponents.*", "what": "opponent", "package": "workers.learner.opponents", "default": "mirror"},
        {"at": "learning.advantage", "what": "advantage", "package": "workers.learner.advantages"},
        {"at": "learning.loss", "what": "loss", "package": "workers.learner.losses"},
        {"at": "learning.regularisers.*", "what": "regulariser", "package": "workers.learner.regularisers"},
        {"at": "learning.average", "what": "average", "package": "workers.learner.averages", "games": "games.0"},
        {"at": "evaluations.*", "what": "evaluation", "package": "workers.learner.evaluations", "games": "games.0"},
        {
            "at": "guard.watch", "what": "evaluation", "package": "workers.learner.evaluations",
            "among": "evaluations.*", "better": "guard.better",
        },
    ],
    "batch": {
        "matches": ["learning.matches", 1024], "bundles": ["learning.bundles", 1], "opponents": "opponents.*",
        "games": "games.*", "mirror": "mirror",
    },
    "player": {
        "name": ["checkpoints.player", "name"], "unless_false": "checkpoints.promote", "games": "games.*",
        "rated": {"variant": "standard", "mode": "choose"},
    },
}  # fmt: skip


def run(work: Work) -> None:
    """Train from the last resume point until the budget is spent.

    Raises:
        BadSpec, BadTrainingSpec: the spec does not fit together, or its model cannot be had.
        TrainingDiverged: there was nothing sound to go back to.
    """
    spec = convert(work.spec)
    if work.settings.redis_url is None:
        raise BadConfiguration("ARENA_REDIS_URL is not set.", todo="Name a Redis, or use `arena up`.")
    work.artifacts.tidy(work.folder)
    trainer = Trainer(work, spec, connect(work.settings.redis_url))
    with joined(work.settings):
        crew = Crew(work.settings, spec, str(work.id))
        try:
            trainer.run(crew)
        except Superseded as error:  # by an emptied Redis: the next run begins the stream anew
            raise Unreachable(error.what, todo="The job goes on from its resume point.") from None
        finally:
            crew.close()

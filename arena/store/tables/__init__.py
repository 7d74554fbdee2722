"""Every table: a facade, so that whoever names one need not know its file, and `Base.metadata` has them all."""

from arena.store.tables.accounts import ApiKey, Audit, Owner
from arena.store.tables.base import Base
from arena.store.tables.feed import Outbox
from arena.store.tables.jobs import Checkpoint, Job, JobMetric
from arena.store.tables.matches import Finding, Match, MatchQueue, MatchSeat, Result, Transcript, VoidEvent
from arena.store.tables.players import EloEvent, Player, PlayerVersion, Secret, Standing, VersionEvent
from arena.store.tables.repeats import Repeat
from arena.store.tables.signing import SigningKey
from arena.store.tables.uploads import Upload
from arena.store.tables.webhooks import Delivery, Told, Webhook

__all__ = (
    "ApiKey",
    "Audit",
    "Base",
    "Checkpoint",
    "Delivery",
    "EloEvent",
    "Finding",
    "Job",
    "JobMetric",
    "Match",
    "MatchQueue",
    "MatchSeat",
    "Outbox",
    "Owner",
    "Player",
    "PlayerVersion",
    "Repeat",
    "Result",
    "Secret",
    "SigningKey",
    "Standing",
    "Told",
    "Transcript",
    "Upload",
    "VersionEvent",
    "VoidEvent",
    "Webhook",
)

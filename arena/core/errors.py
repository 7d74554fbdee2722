"""The errors a person can meet. Each has a stable code, says what is wrong, and says what to do next.

Expected outcomes of a game (an illegal move, a timeout, a forfeit) are values, not errors: see `arena.core.wire`.
"""

from collections.abc import Callable
from functools import partial

from arena.core.brief import brief

MOST = 1000
"""Characters of what is wrong, and of what to do: either may quote what somebody sent."""


class ArenaError(Exception):
    """Base of every error meant for a person. `code` is stable: clients may branch on it."""

    code: str = "arena.error"

    def __init__(self, what: str, *, todo: str) -> None:
        self.what, self.todo = brief(what, MOST), brief(todo, MOST)
        super().__init__(f"{self.what} {self.todo}")

    def __reduce__(self) -> tuple[Callable[..., "ArenaError"], tuple[str, str]]:
        """As itself between processes: Ray carries what a task raises."""
        return partial(_remade, type(self)), (self.what, self.todo)


def _remade(kind: type[ArenaError], what: str, todo: str) -> ArenaError:
    return kind(what, todo=todo)


class UnknownGame(ArenaError):
    code = "game.unknown"


class UnknownVariant(ArenaError):
    code = "game.variant_unknown"


class UnknownView(ArenaError):
    code = "game.view_unknown"


class NoPgn(ArenaError):
    code = "game.no_pgn"


class IllegalAction(ArenaError):
    """Raised by `State.apply` and by the environment; the state is unchanged. The referee never lets it happen."""

    code = "game.illegal_action"


class BadFormat(ArenaError):
    """A match needs a round."""

    code = "game.bad_format"


class OwnFault(ArenaError):
    """A part of the arena's own failed in the middle of a match: it is void, and played again."""

    code = "match.own_fault"


class BrokenGame(ArenaError):
    """A file of a game folder that defines no game."""

    code = "game.broken"


class BadRenderMode(ArenaError):
    code = "game.bad_render_mode"


class NotSimultaneous(ArenaError):
    """The parallel API is for games whose seats move at once."""

    code = "game.not_simultaneous"


class NoWorlds(ArenaError):
    """A bridged game cannot say which states a seat cannot tell apart."""

    code = "game.no_worlds"


class NoOracle(ArenaError):
    """Nobody knows what an action of this game, or of this variant, is worth."""

    code = "game.no_oracle"


class UnknownKind(ArenaError):
    code = "kind.unknown"


class BadSpec(ArenaError):
    code = "spec.invalid"


class UrlRefused(ArenaError):
    """The arena goes only where the open Internet is, and where its operator lets it."""

    code = "spec.url_refused"


class CannotPlay(ArenaError):
    code = "player.cannot_play"


class UnknownPlayer(ArenaError):
    code = "player.unknown"


class NameTaken(ArenaError):
    code = "player.name_taken"


class UnknownMatch(ArenaError):
    code = "match.unknown"


class MatchSealed(ArenaError):
    code = "match.sealed"


class TranscriptPruned(ArenaError):
    """The match counts and its result stands; its moves were deleted by `arena prune`."""

    code = "match.transcript_pruned"


class BadRequest(ArenaError):
    code = "request.invalid"


class NotAuthenticated(ArenaError):
    code = "auth.missing"


class NotAllowed(ArenaError):
    code = "auth.forbidden"


class KeyInAddress(ArenaError):
    """Addresses are logged, kept and shared; keys must not be."""

    code = "auth.key_in_address"


class UnknownKey(ArenaError):
    code = "auth.key_unknown"


class LastAdmin(ArenaError):
    """Without it nobody could administer the arena any more."""

    code = "auth.last_admin"


class UnknownOwner(ArenaError):
    code = "owner.unknown"


class BadIdempotencyKey(ArenaError):
    code = "idempotency.key_invalid"


class KeyReused(ArenaError):
    code = "idempotency.reused"


class UnderWay(ArenaError):
    code = "idempotency.under_way"


class AnswerWasSecret(ArenaError):
    code = "idempotency.secret"


class TooManyRequests(ArenaError):
    code = "rate.limited"


class BadConfiguration(ArenaError):
    code = "config.invalid"


class PortTaken(ArenaError):
    code = "config.port_taken"


class HomeInUse(ArenaError):
    code = "home.in_use"


class DiskFull(ArenaError):
    code = "home.disk_full"


class ServerFailed(ArenaError):
    """An embedded server did not start, or ended by itself."""

    code = "server.failed"


class Unreachable(ArenaError):
    """A deployment named by a URL, or the arena's own API, did not answer."""

    code = "server.unreachable"


class BadBackup(ArenaError):
    code = "backup.invalid"


class DatabaseBusy(ArenaError):
    """Somebody holds a table for so long that it cannot be changed."""

    code = "database.busy"


class DatabaseNewer(ArenaError):
    code = "database.newer"


class DatabaseOlder(ArenaError):
    code = "database.older"


class UnknownArtifact(ArenaError):
    code = "artifact.unknown"


class UnknownWebhook(ArenaError):
    code = "webhook.unknown"


class TooManyWebhooks(ArenaError):
    code = "webhook.too_many"


class UnknownJob(ArenaError):
    code = "job.unknown"


class JobEnded(ArenaError):
    """What was asked of a job cannot be had any more."""

    code = "job.ended"


class JobLost(ArenaError):
    """Another run of the job has taken over."""

    code = "job.lost"


class JobFailed(ArenaError):
    """It cannot succeed, however often it is tried."""

    code = "job.failed"


class BadTrajectory(ArenaError):
    """What came from a rollout host cannot be learnt from."""

    code = "trajectory.invalid"


class Superseded(ArenaError):
    """Another learner has begun on this job, or the job was deleted: this one must stop."""

    code = "trajectory.superseded"


class UnknownBackend(ArenaError):
    code = "policy.backend_unknown"


class UnknownPart(ArenaError):
    """An advantage, loss, regulariser, opponent, average or evaluation of a training spec that does not exist."""

    code = "training.part_unknown"


class BadTrainingSpec(ArenaError):
    code = "training.spec_invalid"


class TrainingDiverged(ArenaError):
    """A number is not finite, or a KL beyond its bound. The weights are still those of the last sound step."""

    code = "training.diverged"

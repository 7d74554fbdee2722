"""Players: what is submitted, how it plays, what it plays with."""

from arena.core.errors.base import ArenaError


class NotInPlay(ArenaError):
    """A player has no version in the state that was to be changed."""

    code = "player.not_in_play"


class HeldByModerator(ArenaError):
    """A moderator has taken the player out of play."""

    code = "player.held"


class TooManyComing(ArenaError):
    """As many versions of an owner come up as may."""

    code = "player.too_many"


class PlayerRejected(ArenaError):
    """What a player was to show before it is rated, it did not."""

    code = "player.rejected"


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


class BotAway(ArenaError):
    """A match was asked for with a player that is not connected."""

    code = "bot.away"


class NoBot(ArenaError):
    """The player is of a kind that does not connect."""

    code = "bot.none"


class TakenOver(ArenaError):
    """Another connection of the same player is newer: there is one at a time."""

    code = "bot.taken_over"


class TurnOver(ArenaError):
    """The turn has its answer, or its time is over, or it never was this player's."""

    code = "bot.turn_over"


class BadMessage(ArenaError):
    code = "bot.bad_message"


class UnknownArtifact(ArenaError):
    code = "artifact.unknown"


class UnknownBase(ArenaError):
    """The operator lists no base model of that name."""

    code = "base.unknown"


class UnknownUpload(ArenaError):
    code = "upload.unknown"


class BadUpload(ArenaError):
    """What was sent is not what was declared, or no safetensors file. It is not kept."""

    code = "upload.invalid"


class UploadIncomplete(ArenaError):
    code = "upload.incomplete"


class UploadBusy(ArenaError):
    """It is being checked, or was: its parts stay as they are."""

    code = "upload.busy"


class UploadInUse(ArenaError):
    """A player plays with it."""

    code = "upload.in_use"


class QuotaFull(ArenaError):
    """An owner's uploads are as many, or as large, as the operator allows."""

    code = "upload.quota"

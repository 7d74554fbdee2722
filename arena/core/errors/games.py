"""Games, and what is asked of them."""

from arena.core.errors.base import ArenaError


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

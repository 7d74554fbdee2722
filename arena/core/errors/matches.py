"""Matches."""

from arena.core.errors.base import ArenaError


class TooManyAsked(ArenaError):
    """Somebody's matches that still wait are as many as may."""

    code = "match.too_many_asked"


class OwnFault(ArenaError):
    """A part of the arena's own failed in the middle of a match: it is void, and played again."""

    code = "match.own_fault"


class UnknownMatch(ArenaError):
    code = "match.unknown"


class MatchSealed(ArenaError):
    code = "match.sealed"


class TranscriptPruned(ArenaError):
    """The match counts and its result stands; its moves were deleted by `arena prune`."""

    code = "match.transcript_pruned"

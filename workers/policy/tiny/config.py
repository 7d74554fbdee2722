"""The shape of the `tiny` policy. Free of torch, so that a spec can be checked anywhere."""

import msgspec


class TinyConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A character transformer; the defaults have about 0.16 million parameters."""

    width: int = 64
    """Numbers a token is made of; a multiple of `heads`."""
    layers: int = 3
    heads: int = 4
    context: int = 160
    """Longest prompt with its move, in characters."""

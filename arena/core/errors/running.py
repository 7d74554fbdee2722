"""What an arena needs to run."""

from arena.core.errors.base import ArenaError


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

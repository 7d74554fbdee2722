"""The state of PostgreSQL, Redis and the API itself."""

from api.checkup import figures
from api.checkup.model import Figure, Part, Seen
from api.checkup.readings import Stored, Streamed
from arena.core.errors import ArenaError


def postgres(seen: Seen) -> Part:
    part = Part(name="postgres", title="PostgreSQL", detail="It answers, with this version's tables.")
    match seen.stored:
        case Stored() as told:
            return part.model_copy(update={"figures": [Figure(what="round trip", value=told.trip_ms, unit="ms")]})
        case ArenaError() as error:
            return part.judged("critical", "other version", error.what, error.todo)
        case _:
            todo = "See `arena logs postgres`, or the database's own log. Nothing settled is lost; matches wait for it."
            return part.judged("critical", "away", "It does not answer.", todo)


def redis(seen: Seen) -> Part:
    part = Part(name="redis", title="Redis", detail="It answers.")
    if isinstance(seen.streamed, Streamed):
        return part.model_copy(update={"figures": [Figure(what="round trip", value=seen.streamed.trip_ms, unit="ms")]})
    todo = "See `arena logs valkey`, or the server's own log. Reports wait on their hosts; pages read from PostgreSQL."
    return part.judged("critical", "away", "It does not answer.", todo)


def api(seen: Seen) -> Part:
    bots = seen.bots
    turns = ("asked", bots.asked), ("answered", bots.answered), ("late", bots.late)
    told = [
        figures.CLIENTS.of("clients of the feed", seen.sse_clients),
        figures.BOTS.of("bots connected", bots.connected),
        *(figures.BOT_TURNS.of(f"turns of bots {outcome}", count, outcome) for outcome, count in turns),
    ]
    return Part(name="api", title="API", detail="It answered just now.", figures=told)

"""What is raised while PostgreSQL or Redis is away, starting, or out of room: whoever meets it waits and goes on."""

from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from arena.stream import redis

AWAY = (OperationalError, InterfaceError, InternalError, *redis.AWAY)

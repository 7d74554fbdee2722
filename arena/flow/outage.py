"""What is raised while PostgreSQL or Redis is away, starting, or out of room: whoever meets it waits and goes on."""

from redis.exceptions import ResponseError
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from arena.stream.redis import LOST

AWAY = (OperationalError, InterfaceError, InternalError, *LOST, ResponseError)

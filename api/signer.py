"""What the arena's receipts are signed with."""

from sqlalchemy import Connection

from arena.core import receipts
from arena.core.receipts import Signer
from arena.store import signing


def signer(connection: Connection) -> Signer:
    """The signer of this arena; its key is made when there is none."""
    found = signing.newest(connection)
    if found is None:
        signing.lock(connection)
        found = signing.newest(connection)
    if found is None:
        private = receipts.new_key()
        found = signing.add(connection, private, receipts.public_key(private)), private
    return Signer(str(found[0]), found[1])

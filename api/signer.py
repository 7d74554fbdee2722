"""What the arena's receipts are signed with."""

from sqlalchemy import Connection

from arena.core import receipts
from arena.core.errors import BadConfiguration
from arena.core.ids import new_id
from arena.core.receipts import Signer
from arena.core.vault import Vault
from arena.store import signing


def signer(connection: Connection, safe: Vault) -> Signer:
    """The signer of this arena; its key is made when there is none.

    Raises:
        BadConfiguration: its key is sealed under one that this process does not have.
    """
    found = signing.newest(connection)
    if found is None:
        signing.lock(connection)
        found = signing.newest(connection)
    if found is None:
        key_id, private = new_id(), receipts.new_key()
        found = key_id, safe.seal(private.hex(), str(key_id), signing.SEALED)
        signing.add(connection, *found, receipts.public_key(private))
    key_id, sealed = found
    try:
        return Signer(str(key_id), bytes.fromhex(safe.open(sealed, str(key_id), signing.SEALED)))
    except BadConfiguration:
        what = f"The key {key_id} that signs receipts does not open under this arena's key."
        todo = "Bring back the key it was sealed under, or have another one made: `arena secrets sign-anew`."
        raise BadConfiguration(what, todo=todo) from None

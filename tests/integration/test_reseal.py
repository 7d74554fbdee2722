"""Another key in place of the one that seals: nothing is lost on the way, and the old key can go at the end."""

from uuid import UUID

import pytest
from sqlalchemy import Engine

from api.signer import signer
from arena.core import receipts
from arena.core.errors import BadConfiguration
from arena.core.ids import new_id
from arena.core.receipts import MatchReceipt
from arena.core.settings import Settings
from arena.core.vault import Vault
from arena.flow import notify
from arena.flow.reseal import Resealed, reseal
from arena.flow.submit import Submission, submit
from arena.store import players, secrets, signing, webhooks

OLD, NEW = "o" * 40, "n" * 40
SPEC = {"base_url": "https://models.example/v1", "model": "m"}
TOLD = MatchReceipt(
    match="m", fence=1, seats=[], scores=[], stops=[], game_hash="", evidence_hash="", host="h", finished="",
    settled="",
)  # fmt: skip


@pytest.fixture
def kept(engine: Engine) -> tuple[UUID, UUID, str]:
    """A player's secret, a webhook's and a key that signs, under the old key: their ids."""
    hook_id, safe = new_id(), Vault(OLD)
    with engine.begin() as connection:
        owner_id = players.owner(connection, "ada")
        new = Submission("ada", "openai", SPEC, secrets={"api_key": "sk-ada"})
        version_id = submit(connection, owner_id, new, Settings(secrets_key=OLD))
        sealed = safe.seal("whsec_1", str(hook_id), notify.SEALED)
        webhooks.add(connection, hook_id, owner_id, ("https://hooks.example", ["match.finished"]), sealed)
        receipt = signer(connection, safe).sign(TOLD)
    return version_id, hook_id, receipt


def opened(engine: Engine, safe: Vault, kept: tuple[UUID, UUID, str]) -> None:
    """Everything opens, and the receipt of old is that of the key that signs."""
    version_id, hook_id, receipt = kept
    with engine.begin() as connection:
        blob = secrets.sealed(connection, [version_id])[version_id]["api_key"]
        assert safe.open(blob, str(version_id), "api_key") == "sk-ada"
        ((_, hook),) = webhooks.held(connection)
        assert safe.open(hook, str(hook_id), notify.SEALED) == "whsec_1"
        again = signer(connection, safe).sign(TOLD)
        (key,) = signing.public(connection)
    assert receipts.key_id(again) == receipts.key_id(receipt) == str(key.id)
    assert receipts.verify(again, key.public, MatchReceipt) == TOLD


def test_the_new_key_opens_all_and_the_old_one_nothing(engine: Engine, kept: tuple[UUID, UUID, str]) -> None:
    both = Vault(NEW, OLD)
    opened(engine, both, kept)
    with engine.begin() as connection:
        assert reseal(connection, both) == Resealed(3, 0)
    opened(engine, Vault(NEW), kept)
    with pytest.raises(BadConfiguration, match="signs receipts"), engine.begin() as connection:
        signer(connection, Vault(OLD))
    with engine.begin() as connection:
        assert reseal(connection, both) == Resealed(3, 0)  # again, for instance after it was cut off


def test_what_opens_under_no_key_stays_as_it_is(engine: Engine, kept: tuple[UUID, UUID, str]) -> None:
    with engine.begin() as connection:
        assert reseal(connection, Vault(NEW)) == Resealed(0, 3)
    opened(engine, Vault(OLD), kept)


def test_a_key_that_is_retired_still_verifies_and_signs_no_more(engine: Engine, kept: tuple[UUID, UUID, str]) -> None:
    receipt = kept[2]
    with engine.begin() as connection:
        signing.retire(connection)
        fresh = signer(connection, Vault(OLD)).sign(TOLD)
        public = {str(row.id): row.public for row in signing.public(connection)}
    assert len(public) == 2
    assert receipts.key_id(fresh) != receipts.key_id(receipt)
    for each in (fresh, receipt):
        assert receipts.verify(each, public[receipts.key_id(each)], MatchReceipt) == TOLD

"""Webhooks: where an owner is told of what happened to their players. A webhook's secret is shown once."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.auth import Caller, Holder, Submitter
from api.context import Reach, Transaction
from api.paging import Pager, newest_first
from api.problems import responses
from arena.core.egress import check_url
from arena.core.errors import TooManyWebhooks, UnknownWebhook
from arena.core.ids import new_id
from arena.core.vault import vault
from arena.flow import notify
from arena.store import audit, deliveries, webhooks
from arena.store.webhooks import Hook

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])

MOST = 20
"""Webhooks an owner may have."""
Event = Literal["player.qualified", "player.rejected", "match.finished", "case.opened"]
EXAMPLE: dict[str, Any] = {"url": "https://bots.example.org/arena", "events": ["player.qualified", "match.finished"]}


class NewWebhook(BaseModel):
    """Where to be told of what."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    url: Annotated[str, Field(max_length=2000)]
    events: Annotated[list[Event], Field(min_length=1, max_length=4)]


class WebhookInfo(BaseModel):
    """A webhook. After a failed delivery nothing is sent before `retry_at`."""

    id: str
    owner: str
    url: str
    events: list[str]
    created_at: datetime
    retry_at: datetime | None


class MadeWebhook(WebhookInfo):
    """A webhook that was just made. `secret`, which its messages are signed with, is told this once."""

    secret: str


class DeliveryInfo(BaseModel):
    """One message: `state` is waiting, delivered or dead; `status` what was last answered, `reason` what was wrong."""

    id: str
    event: str
    state: str
    attempts: int
    status: int | None
    reason: str | None
    created_at: datetime
    next_at: datetime
    ended_at: datetime | None
    body: dict[str, Any]


@router.get("", summary="List webhooks", responses=responses(401))
def list_webhooks(connection: Transaction, caller: Holder) -> list[WebhookInfo]:
    """One's own, oldest first."""
    return [WebhookInfo(**_told(hook)) for hook in webhooks.listed(connection, caller.owner_id)]


@router.post("", summary="Make a webhook", status_code=201, responses=responses(401, 403, 409, 422))
def make_webhook(
    connection: Transaction, caller: Submitter, reach: Reach, new: NewWebhook, response: Response
) -> MadeWebhook:
    """The arena will POST there, signed with a secret that is told now and never again."""
    check_url(new.url, reach.settings.endpoint_networks)
    if webhooks.count(connection, caller.owner_id) >= MOST:
        raise TooManyWebhooks(f"You have {MOST} webhooks.", todo="Delete one first.")
    hook_id, secret = new_id(), notify.make_secret()
    sealed = vault(reach.settings).seal(secret, str(hook_id), notify.SEALED)
    notify.register(connection, caller.owner_id, (new.url, sorted(set(new.events))), (hook_id, sealed))
    audit.note(connection, "webhook.made", str(hook_id), owner_id=caller.owner_id, key_id=caller.key_id)
    response.headers["Location"] = f"{router.prefix}/{hook_id}"
    response.headers["Cache-Control"] = "no-store"
    return MadeWebhook(**_told(_mine(connection, caller, hook_id)), secret=secret)


@router.get("/{webhook_id}", summary="One webhook", responses=responses(401, 404, 422))
def one_webhook(connection: Transaction, caller: Holder, webhook_id: UUID) -> WebhookInfo:
    """Without its secret."""
    return WebhookInfo(**_told(_mine(connection, caller, webhook_id)))


@router.delete("/{webhook_id}", summary="Delete a webhook", status_code=204, responses=responses(401, 403, 404, 422))
def delete_webhook(connection: Transaction, caller: Submitter, webhook_id: UUID) -> None:
    """Nothing is sent there any more; what was is forgotten."""
    webhooks.remove(connection, _mine(connection, caller, webhook_id).id)
    audit.note(connection, "webhook.deleted", str(webhook_id), owner_id=caller.owner_id, key_id=caller.key_id)


@router.post(
    "/{webhook_id}/ping", summary="Test a webhook", status_code=202, responses=responses(401, 403, 404, 409, 422)
)  # fmt: skip
def ping_webhook(connection: Transaction, caller: Submitter, webhook_id: UUID) -> DeliveryInfo:
    """Send it a message of the type `ping`."""
    hook = _mine(connection, caller, webhook_id)
    notify.ping(connection, hook.id, datetime.now(UTC).isoformat())
    return _delivery(deliveries.page(connection, hook.id, None, 1)[0])


@router.get("/{webhook_id}/deliveries", summary="What a webhook was told", responses=responses(401, 404, 422))
def list_deliveries(
    connection: Transaction, caller: Holder, webhook_id: UUID,
    pager: Annotated[Pager[UUID], Depends(newest_first(50, 200))],
) -> list[DeliveryInfo]:  # fmt: skip
    """Newest first. What has ended is kept for seven days."""
    found = deliveries.page(connection, _mine(connection, caller, webhook_id).id, pager.cursor, pager.more)
    return [_delivery(row) for row in pager.cut(found, lambda row: row.id)]


def _mine(connection: Connection, caller: Caller, hook_id: UUID) -> Hook:
    found = webhooks.listed(connection, caller.owner_id, hook_id)
    if not found:
        raise UnknownWebhook(f"You have no webhook {hook_id}.", todo="List yours with GET /api/v1/webhooks.")
    return found[0]


def _told(hook: Hook) -> dict[str, Any]:
    plain = ("owner", "url", "events", "created_at", "retry_at")
    return {"id": str(hook.id), **{name: getattr(hook, name) for name in plain}}


def _delivery(row: Any) -> DeliveryInfo:
    return DeliveryInfo(**{**row._mapping, "id": str(row.id), "body": json.loads(row.body)})

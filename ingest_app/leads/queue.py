"""What the webhook has yet to tell: written in the transaction of what it is about."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from psycopg import Connection

# An attempt is over by then, whatever became of it.
ATTEMPT = timedelta(seconds=30)

INSERT_DELIVERY = """
    insert into raw.lead_webhook_deliveries (
        kind, lead_id, erased_lead_id, submission_id, next_attempt_at
    )
    values (
        %(kind)s, %(lead_id)s, %(erased_lead_id)s, %(submission_id)s, now() + %(wait)s::interval
    )
"""


class Kind(StrEnum):
    """What happened to a lead."""

    CAPTURED = "captured"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


def enqueue(
    connection: Connection[Any],
    kind: Kind,
    lead_id: UUID,
    *,
    submission_id: UUID | None = None,
    wait: timedelta = timedelta(),
) -> None:
    """Have the webhook told, not before `wait` is over.

    Of one lead, what is enqueued first is told first. An erasure takes along what waits of the lead,
    so it has to wait by itself for what is on its way.
    """
    is_erased = kind is Kind.ERASED
    connection.execute(
        INSERT_DELIVERY,
        {
            "kind": kind,
            "lead_id": None if is_erased else lead_id,
            "erased_lead_id": lead_id if is_erased else None,
            "submission_id": submission_id,
            "wait": wait,
        },
    )

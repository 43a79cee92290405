"""Consent: a history of what was said and told, and the status that follows from it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from ingest_app.enrichment.identity import new_id
from ingest_app.leads.body import Consent
from ingest_app.leads.queue import Kind, enqueue

WITHDRAWN = "withdrawn"
# From the weakest to the strongest.
RANKS = (Consent.PENDING, Consent.IMPLIED, Consent.EXPRESS)

INSERT_CONSENT = """
    insert into raw.consent_events (
        id, lead_id, consent_status, source_channel, occurred_at, consent_text, form_name, path
    )
    values (
        %(id)s, %(lead_id)s, %(consent_status)s, %(source_channel)s, %(occurred_at)s,
        %(consent_text)s, %(form_name)s, %(path)s
    )
"""
LOCK_BY_EMAIL = "select id, consent_status from raw.leads where email = %(email)s for update"
LOCK_BY_ID = "select id, consent_status from raw.leads where id = %(lead_id)s for update"
SET_WITHDRAWN = """
    update raw.leads
    set consent_status = 'withdrawn', updated_at = greatest(updated_at, statement_timestamp())
    where id = %(lead_id)s
"""


def consent_after(before: str, said: Consent) -> str:
    """The status of a lead once it has said this in a form.

    A form never lowers it. A withdrawal holds until consent is given expressly.
    """
    if before == WITHDRAWN:
        return said if said is Consent.EXPRESS else WITHDRAWN
    return max(Consent(before), said, key=RANKS.index)


def record_consent(
    connection: Connection[Any],
    lead_id: UUID,
    status: str,
    *,
    at: datetime,
    channel: str | None,
    text: str | None = None,
    form_name: str | None = None,
    path: str | None = None,
) -> None:
    """Add a line to the history of a lead."""
    connection.execute(
        INSERT_CONSENT,
        {
            "id": new_id(),
            "lead_id": lead_id,
            "consent_status": status,
            "source_channel": channel,
            "occurred_at": at,
            "consent_text": text,
            "form_name": form_name,
            "path": path,
        },
    )


def withdraw_by_email(
    connection: Connection[Any], email: str, *, channel: str, has_webhook: bool
) -> bool:
    """Withdraw the consent of the lead with this normalised address; false where there is none."""
    found = connection.execute(LOCK_BY_EMAIL, {"email": email}).fetchone()
    return _withdraw(connection, found, channel=channel, has_webhook=has_webhook)


def withdraw_by_id(
    connection: Connection[Any], lead_id: UUID, *, channel: str, has_webhook: bool
) -> bool:
    """Withdraw the consent of a lead; false where there is none of this id."""
    found = connection.execute(LOCK_BY_ID, {"lead_id": lead_id}).fetchone()
    return _withdraw(connection, found, channel=channel, has_webhook=has_webhook)


def _withdraw(connection: Connection[Any], found: Any, *, channel: str, has_webhook: bool) -> bool:
    if found is None:
        return False
    lead_id, status = found
    # Asked twice, it was withdrawn by the first.
    if status != WITHDRAWN:
        connection.execute(SET_WITHDRAWN, {"lead_id": lead_id})
        record_consent(connection, lead_id, WITHDRAWN, at=datetime.now(UTC), channel=channel)
        if has_webhook:
            enqueue(connection, Kind.WITHDRAWN, lead_id)
    return True

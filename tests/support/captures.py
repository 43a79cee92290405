"""Leads and their submissions, put into raw as a capture leaves them there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from ingest_app.enrichment.identity import new_id
from ingest_app.leads.erasure import erase_lead

Connection = psycopg.Connection[Any]

INSERT_LEAD = """
    insert into raw.leads
        (id, email, consent_status, email_domain_class, first_captured_at, last_captured_at)
    values (%(lead)s, %(lead)s || '@example.com', %(consent)s, 'business', %(at)s, %(at)s)
    on conflict do nothing
"""
INSERT_SUBMISSION = """
    insert into raw.form_submissions
        (id, visitor_id, lead_id, form_name, validation_status, is_first_capture, captured_at,
        occurred_on)
    values (%(id)s, %(visitor)s, %(lead)s, %(form_name)s, 'accepted', %(is_first)s, %(at)s,
        case when %(sent_from)s::text is not null then raw.day_of(%(sent_from)s, %(at)s) end)
"""


def capture(
    connection: Connection,
    lead: UUID,
    visitor: UUID,
    at: datetime,
    *,
    form_name: str = "lead_capture",
    consent: str = "pending",
    event: UUID | None = None,
    sent_from: str | None = None,
) -> None:
    """One of a lead, which is made where it is not there yet; with its event and property, if any."""
    values = {"lead": lead, "at": at, "consent": consent}
    is_first = connection.execute(INSERT_LEAD, values).rowcount == 1
    connection.execute(
        INSERT_SUBMISSION,
        values
        | {"id": event or new_id(), "visitor": visitor, "form_name": form_name}
        | {"is_first": is_first, "sent_from": sent_from},
    )


def set_consent(connection: Connection, lead: UUID, consent: str) -> None:
    """The consent of a lead becomes another one."""
    connection.execute(
        "update raw.leads set consent_status = %s, updated_at = statement_timestamp() where id = %s",
        (consent, lead),
    )


def forget_lead(database: str, lead: UUID) -> None:
    """Erase it, as the app does."""
    with psycopg.connect(database) as connection:
        erase_lead(connection, f"{lead}@example.com", email_hash=f"{lead}", actor="a test")

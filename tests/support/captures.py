"""Leads and their submissions, put into raw as a capture leaves them there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import scalar_row

from ingest_app.enrichment.identity import new_id
from ingest_app.leads.database import KEEP_PROPERTIES
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
        (id, visitor_id, session_id, lead_id, erased_lead_id, form_name, payload,
        validation_status, is_first_capture, captured_at, occurred_on)
    values (%(submission_id)s, %(visitor_id)s, %(session)s, %(lead)s, %(erased_lead)s,
        %(form_name)s, %(payload)s, %(status)s, %(is_first)s, %(at)s, %(day)s)
"""
DAY = "select raw.day_of(%(sent_from)s, %(at)s)"


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
    submit(
        connection,
        visitor,
        at,
        lead=lead,
        form_name=form_name,
        is_first=is_first,
        event=event,
        sent_from=sent_from,
    )


def submit(
    connection: Connection,
    visitor: UUID,
    at: datetime,
    *,
    status: str = "accepted",
    is_first: bool = False,
    form_name: str = "lead_capture",
    lead: UUID | None = None,
    erased_lead: UUID | None = None,
    event: UUID | None = None,
    sent_from: str | None = None,
    session: UUID | None = None,
    payload: str | None = None,
) -> None:
    """A form, whatever becomes of it; a lead of it must be there."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        day = cursor.execute(DAY, {"sent_from": sent_from, "at": at}).fetchone()
    values = {
        "submission_id": event or new_id(),
        "visitor_id": visitor,
        "session": session,
        "lead": lead,
        "erased_lead": erased_lead,
        "form_name": form_name,
        "payload": payload,
        "status": status,
        "is_first": is_first,
        "at": at,
        "day": day,
    }
    connection.execute(INSERT_SUBMISSION, values)
    # A trigger does it where raw is not distributed.
    connection.execute(KEEP_PROPERTIES + " on conflict do nothing", values)


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

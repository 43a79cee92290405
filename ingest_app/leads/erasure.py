"""Erasure of a lead: who it was goes, that there was one stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg import Connection

from ingest_app.database.connection import IN_TURN
from ingest_app.enrichment.identity import new_id
from ingest_app.leads.access import Purpose, record_access
from ingest_app.leads.queue import ATTEMPT, Kind, enqueue

LOCK_LEAD = "select id from raw.leads where email = %(email)s for update"
# In order of the key, as two erasures may meet in them. Nobody adds to them while the lead is locked.
SUBMISSIONS = """
    select %(erased_lead_id)s::uuid, visitor_id, id
    from raw.form_submissions
    where lead_id = %(lead_id)s
    order by visitor_id, id
"""
BLANK_SUBMISSION = """
    update raw.form_submissions
    set payload = null, fingerprint = null, erased_lead_id = %s
    where visitor_id = %s and id = %s
"""
# What fell into the trap is of no lead, and has the address among its words.
BLANK_REJECTED = """
    update raw.form_submissions
    set payload = null, fingerprint = null
    where validation_status = 'rejected' and payload ->> 'email' = %(email)s
"""
TOLD = """
    select count(*) > 0, coalesce(bool_or(delivered_at is null), false)
    from raw.lead_webhook_deliveries
    where lead_id = %(lead_id)s and attempts > 0
"""
# Its history of consent, its links to visitors and what waits for the webhook go with it.
DELETE_LEAD = "delete from raw.leads where id = %(lead_id)s"
SUPPRESS = """
    insert into raw.suppressions (email_hash) values (%(email_hash)s) on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class ErasedLead:
    """What was found of an address and is gone."""

    leads: int
    submissions: int

    @property
    def found_nothing(self) -> bool:
        """Whether the address was nowhere."""
        return not (self.leads or self.submissions)


def erase_lead(
    connection: Connection[Any], email: str, *, email_hash: str, actor: str
) -> ErasedLead:
    """Erase the lead with this normalised address, within the caller's transaction.

    Its submissions stay without words, held together by an id that is nobody's, and so does every
    count that was made of them. A receiver that was told of the lead is told that it is gone.
    """
    values: dict[str, Any] = {"email": email, "email_hash": email_hash}
    connection.execute(IN_TURN)
    found = connection.execute(LOCK_LEAD, values).fetchone()
    submissions = connection.execute(BLANK_REJECTED, values).rowcount
    if found is not None:
        values |= {"lead_id": found[0], "erased_lead_id": new_id()}
        submissions += _blank(connection, values)
        [(was_told, is_on_its_way)] = connection.execute(TOLD, values).fetchall()
        connection.execute(DELETE_LEAD, values)
        if was_told:
            # Another worker may be sending the address just now.
            wait = ATTEMPT if is_on_its_way else timedelta()
            enqueue(connection, Kind.ERASED, values["lead_id"], wait=wait)
    erased = ErasedLead(int(found is not None), submissions)
    if not erased.found_nothing:
        connection.execute(SUPPRESS, values)
        record_access(connection, Purpose.ERASE, actor=actor, leads=erased.leads)
    return erased


def _blank(connection: Connection[Any], values: dict[str, Any]) -> int:
    submissions = connection.execute(SUBMISSIONS, values).fetchall()
    with connection.cursor() as cursor:
        cursor.executemany(BLANK_SUBMISSION, submissions)
        return max(cursor.rowcount, 0)

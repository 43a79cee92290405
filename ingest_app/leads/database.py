"""The transactions of leads: what cannot be committed now is refused, and nothing is half done.

They have a connection of their own and no place in the spool, which would keep addresses on a disk.
A form that was answered 503 can be sent again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from psycopg import Connection

from ingest_app.enrichment.row import Event
from ingest_app.store.outage import NOT_NOW, Outage, is_outage
from ingest_app.store.outcomes import OutcomeUnknownError, Stored, UnavailableError, WriteError
from ingest_app.store.poison import FAULTS_OF_A_ROW
from ingest_app.store.writer import Writer

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

# Who comes while others are at it waits no longer, so that a database that hangs does not take all
# threads of the server.
TURN_SECONDS = 5.0

# As raw.keep_submission_properties() does.
LOCK_VISITOR = "select from raw.visitors where id = %(visitor_id)s for no key update"
KEEP_PROPERTIES = """
    insert into raw.submission_properties (visitor_id, submission_id, property_id, created_at)
    select visitor_id, %(submission_id)s::uuid, property_id, min(created_at)
    from raw.events
    where visitor_id = %(visitor_id)s and "timestamp" <= %(at)s
    group by visitor_id, property_id
"""


class LeadDatabase:
    """One transaction at a time, over a connection of its own. Safe to share between threads."""

    def __init__(self, writer: Writer, outage: Outage) -> None:
        self._writer = writer
        self._outage = outage
        self._turn = threading.Lock()

    def transact(
        self, work: Callable[[Connection[Any]], Result], events: Sequence[Event] = ()
    ) -> Result:
        """Commit what `work` does, once more where the connection was found broken.

        It must do the same when it runs again after a COMMIT whose answer was lost. Raises
        UnavailableError, one of FAULTS_OF_A_ROW, and what `work` raises.
        """
        if self._outage.is_on or not self._turn.acquire(timeout=TURN_SECONDS):
            raise UnavailableError("the database is away or busy")
        try:
            return self._transact_twice(work, events)
        except FAULTS_OF_A_ROW:
            raise
        except (psycopg.Error, WriteError, OutcomeUnknownError) as error:
            cause = error.__cause__ or error
            # A database that is there reports a broken connection where it is that of one of its nodes.
            is_of_node = self._writer.connection.is_open and not isinstance(cause, NOT_NOW)
            if is_outage(cause) and not is_of_node:
                self._outage.begin()
            logger.warning("a transaction of leads could not be committed", exc_info=error)
            raise UnavailableError("the database does not take it") from error
        finally:
            self._turn.release()

    def store(self, connection: Connection[Any], event: Event) -> Stored:
        """Store the event within the transaction, as any other event is stored."""
        [stored] = self._writer.store(connection, [event])
        if not isinstance(stored, Stored):
            raise WriteError("the day of the event is closed")
        return stored

    def keep_properties(
        self, connection: Connection[Any], event: Event, submission_id: UUID
    ) -> None:
        """Note the properties that a submission counts for, which was just stored with its event.

        A trigger does it, but for a distributed database, which has none.
        """
        if self._writer.is_distributed(connection):
            values = {
                "visitor_id": event.visitor_id,
                "submission_id": submission_id,
                "at": event.occurred_at,
            }
            connection.execute(LOCK_VISITOR, values)
            connection.execute(KEEP_PROPERTIES, values)

    def close(self) -> None:
        """Close the connection."""
        self._writer.connection.close()

    def _transact_twice(
        self, work: Callable[[Connection[Any]], Result], events: Sequence[Event]
    ) -> Result:
        try:
            return self._writer.transact(events, work)
        except (psycopg.Error, OutcomeUnknownError) as error:
            if not is_outage(error.__cause__ or error):
                raise
            self._writer.connection.close()
        # The database may have been restarted since the last one.
        return self._writer.transact(events, work)

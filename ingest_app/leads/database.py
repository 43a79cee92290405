"""The transactions of leads: what cannot be committed now is refused, and nothing is half done.

They have a connection of their own and no place in the spool, which would keep addresses on a disk.
A form that was answered 503 can be sent again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg import Connection

from ingest_app.enrichment.row import Event
from ingest_app.store.outage import Outage, is_outage
from ingest_app.store.outcomes import OutcomeUnknownError, Stored, UnavailableError, WriteError
from ingest_app.store.poison import FAULTS_OF_A_ROW
from ingest_app.store.writer import Writer

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

# Who comes while others are at it waits no longer, so that a database that hangs does not take all
# threads of the server.
TURN_SECONDS = 5.0


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
            if is_outage(error.__cause__ or error):
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

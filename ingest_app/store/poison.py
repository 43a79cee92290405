"""Keeps a poison row, one that the database refuses, from failing the rows beside it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

import psycopg
from psycopg.errors import DataError, IntegrityError, ProgramLimitExceeded, RaiseException

from ingest_app.enrichment.row import Event
from ingest_app.store.outcomes import (
    OutcomeUnknownError,
    RefusedByDatabase,
    Stored,
    TooOld,
    WriteOutcome,
)

# The fault is the row's own. The last of these is the driver's, which cannot encode the row.
FAULTS_OF_A_ROW = (DataError, IntegrityError, ProgramLimitExceeded, RaiseException, UnicodeError)

Write = Callable[[Sequence[Event], Collection[UUID]], list[Stored | TooOld]]


def write_around_poison(
    write: Write, events: Sequence[Event], tried: set[UUID]
) -> list[WriteOutcome]:
    """Write the events together, or in ever smaller parts where one of them is refused.

    The outcomes are in the order of the events. Raises as the writer does, for what is no event's
    fault. `tried` has the arrival ids of events that may be stored by an earlier try; those that
    may be stored by this one are added, which matters to the next where this one raises.
    """
    try:
        stored = write(events, tried)
    except OutcomeUnknownError:
        tried.update(event.arrival_id for event in events)
        raise
    except FAULTS_OF_A_ROW as error:
        if len(events) == 1:
            return [_refusal(error)]
    else:
        tried.update(event.arrival_id for event in events)
        return list(stored)
    middle = len(events) // 2
    return [
        *write_around_poison(write, events[:middle], tried),
        *write_around_poison(write, events[middle:], tried),
    ]


def _refusal(error: Exception) -> RefusedByDatabase:
    if isinstance(error, psycopg.Error):
        return RefusedByDatabase(error.sqlstate or "", error.diag.constraint_name)
    return RefusedByDatabase("", None)

"""Keeps a row that the database refuses from failing its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import psycopg
from psycopg.errors import DataError, IntegrityError, ProgramLimitExceeded, RaiseException

from ingest_app.enrichment.row import Event
from ingest_app.store.writer import OutcomeUnknownError, Stored, TooOld, Writer

# What is said of a row: by the database, or by the driver that cannot put it into words.
OF_THE_ROW = (DataError, IntegrityError, ProgramLimitExceeded, RaiseException, UnicodeError)


@dataclass(frozen=True, slots=True)
class RefusedByDatabase:
    """An event that the database will not have, by the name of the constraint where there is one.

    `sqlstate` is the database's own code of the reason.
    """

    sqlstate: str
    constraint: str | None


def write_apart(
    writer: Writer, events: Sequence[Event], tried: set[UUID]
) -> list[Stored | TooOld | RefusedByDatabase]:
    """Write the events together, or in ever smaller parts where one of them is refused.

    The answers are in the order of the events. Raises as the writer does, for what is no event's
    fault. `tried` has the arrival ids of events that may be stored by an earlier try; those that
    may be stored by this one are added, which matters to the next where this one raises.
    """
    try:
        stored = writer.write(events, tried=tried)
    except OutcomeUnknownError:
        tried.update(event.arrival_id for event in events)
        raise
    except OF_THE_ROW as error:
        if len(events) == 1:
            return [_refusal(error)]
    else:
        tried.update(event.arrival_id for event in events)
        return list(stored)
    middle = len(events) // 2
    return [
        *write_apart(writer, events[:middle], tried),
        *write_apart(writer, events[middle:], tried),
    ]


def _refusal(error: Exception) -> RefusedByDatabase:
    if isinstance(error, psycopg.Error):
        return RefusedByDatabase(error.sqlstate or "", error.diag.constraint_name)
    return RefusedByDatabase("", None)

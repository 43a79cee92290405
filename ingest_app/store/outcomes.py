"""What becomes of an event that is to be stored, and how a write can fail as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID


class WriteError(Exception):
    """The batch could not be committed; nothing of it is stored."""


class UnavailableError(Exception):
    """Neither the database nor the spool, where there is one for it, took it."""


class OutcomeUnknownError(Exception):
    """The answer to COMMIT did not come: the batch is stored as a whole or not at all."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The ids of an event as the database has them; of the first, for a duplicate."""

    event_id: UUID
    visitor_id: UUID
    session_id: UUID | None
    is_duplicate: bool


@dataclass(frozen=True, slots=True)
class TooOld:
    """An event that nobody could count: raw rows before `oldest_day`, a UTC day, are purged."""

    oldest_day: date


@dataclass(frozen=True, slots=True)
class RefusedByDatabase:
    """An event that the database refuses, with the name of the constraint where there is one.

    `sqlstate` is the database's own code of the reason.
    """

    sqlstate: str
    constraint: str | None


@dataclass(frozen=True, slots=True)
class SpooledEvent:
    """An event on the local disk, on its way to the database. Its session is not known yet."""

    event_id: UUID
    visitor_id: UUID


WriteOutcome = Stored | TooOld | RefusedByDatabase
CommitOutcome = WriteOutcome | SpooledEvent

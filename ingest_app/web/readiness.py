"""Whether the app can do its work: the checks behind `GET /v1/readyz`."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as OutOfTime
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

import psycopg

from ingest_app.database.connection import HEALTH, connect
from ingest_app.database.schema import is_current
from ingest_app.store.spool import Spool

# Answers are kept this long, so that asking often costs the database little.
KEPT_SECONDS = 1.0
RUN_INIT_DB = (
    "the database's schema does not fit this app: run `footfall init-db`, or a newer app where the "
    "schema is newer"
)


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found, in words that are fit for everyone to read."""

    is_ok: bool
    message: str = ""
    facts: Mapping[str, float] = field(default_factory=dict)
    # Whether the app cannot do its work without it.
    is_needed: bool = True


class Readiness:
    """The checks `database`, `schema` and `spool`.

    Without its database the app is ready as long as the spool has room: a balancer that took every
    instance out would lose what the spool is there to keep.
    """

    def __init__(self, url: str, spool: Spool) -> None:
        self._url = url
        self._spool = spool
        self._lock = Lock()
        self._known: dict[str, Check] = {}
        self._known_until = 0.0
        # No timeout of the driver covers a network that is silent. A thread can be left waiting.
        self._asker = ThreadPoolExecutor(1, thread_name_prefix="readiness")

    def checks(self) -> dict[str, Check]:
        """Every check by its name, at most `KEPT_SECONDS` old."""
        with self._lock:
            if monotonic() >= self._known_until:
                spool = self._spooled()
                self._known = self._database(is_spooling=spool.is_ok) | {"spool": spool}
                self._known_until = monotonic() + KEPT_SECONDS
            return self._known

    def _spooled(self) -> Check:
        try:
            depth = self._spool.depth()
        except (sqlite3.Error, OSError):
            return Check(False, "the spool's disk does not answer")
        facts = {"events": depth.events, "oldestSeconds": round(depth.oldest_seconds, 1)}
        # A full spool is told also while the database is there: someone has to make room.
        return Check(not depth.is_full, "has no more room" if depth.is_full else "", facts)

    def _database(self, *, is_spooling: bool) -> dict[str, Check]:
        asked = self._asker.submit(self._ask)
        try:
            current = asked.result(timeout=HEALTH.statement_seconds)
        except (psycopg.Error, OutOfTime):
            asked.cancel()
            away = "does not answer; events are spooled" if is_spooling else "does not answer"
            return {
                "database": Check(False, away, is_needed=not is_spooling),
                "schema": Check(
                    False,
                    "not known while the database does not answer",
                    is_needed=not is_spooling,
                ),
            }
        return {"database": Check(True), "schema": Check(current, "" if current else RUN_INIT_DB)}

    def _ask(self) -> bool:
        with connect(self._url, HEALTH, name="footfall-readiness", autocommit=True) as connection:
            return is_current(connection)

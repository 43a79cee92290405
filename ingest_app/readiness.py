"""Whether the app can do its work: the checks behind `GET /v1/readyz`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as OutOfTime
from dataclasses import dataclass
from threading import Lock
from time import monotonic

import psycopg

from ingest_app.schema import is_current

# Longer than a database that is well ever takes; shorter than a balancer waits for an answer.
DATABASE_SECONDS = 2
# Answers are kept this long, so that asking often costs the database little.
KEPT_SECONDS = 1.0
READ_ONLY = f"-c statement_timeout={DATABASE_SECONDS}s -c default_transaction_read_only=on"
RUN_INIT_DB = "the database's schema is older than this app: run `footfall init-db`"


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found, in words that are fit for everyone to read."""

    is_ok: bool
    message: str = ""


Extra = Mapping[str, Callable[[], Check]]


class Readiness:
    """The checks: `database` and `schema`, and those of `extra` by their names."""

    def __init__(self, url: str, extra: Extra | None = None) -> None:
        self._url = url
        self._extra = dict(extra or {})
        self._lock = Lock()
        self._known: dict[str, Check] = {}
        self._known_until = 0.0
        # A thread that can be left behind: no timeout of the driver covers a silent network.
        self._asker = ThreadPoolExecutor(1, thread_name_prefix="readiness")

    def checks(self) -> dict[str, Check]:
        """Every check by its name, at most `KEPT_SECONDS` old."""
        with self._lock:
            if monotonic() >= self._known_until:
                self._known = self._database() | {
                    name: check() for name, check in self._extra.items()
                }
                self._known_until = monotonic() + KEPT_SECONDS
            return self._known

    def _database(self) -> dict[str, Check]:
        asked = self._asker.submit(self._ask)
        try:
            current = asked.result(timeout=DATABASE_SECONDS)
        except (psycopg.Error, OutOfTime):
            asked.cancel()
            return {
                "database": Check(False, "does not answer"),
                "schema": Check(False, "not known while the database does not answer"),
            }
        return {"database": Check(True), "schema": Check(current, "" if current else RUN_INIT_DB)}

    def _ask(self) -> bool:
        with psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=DATABASE_SECONDS,
            tcp_user_timeout=DATABASE_SECONDS * 1000,
            application_name="footfall-readiness",
            options=READ_ONLY,
        ) as connection:
            return is_current(connection)

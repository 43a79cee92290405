"""How old the oldest raw event is and when raw was last purged, asked for seldom and cheaply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from threading import Lock
from time import monotonic
from typing import Any

import psycopg
from psycopg import Connection

from ingest_app.database.connection import HEALTH, connect
from ingest_app.enrichment.vocabulary import TrafficSource

KEPT_SECONDS = 60.0

# No index has the time alone. So the index on source and time is asked once for each source.
_FIRST_OF_SOURCE = """
    (
        select occurred_on from raw.events
        where traffic_source = '{}' order by "timestamp" limit 1
    )
"""
OLDEST_DAY = f"""
    select min(occurred_on)
    from ({"union all".join(map(_FIRST_OF_SOURCE.format, TrafficSource))}) as first_events
"""  # noqa: S608
LAST_PURGE = "select max(finished_at) from raw.retention_purges"


@dataclass(frozen=True, slots=True)
class Known:
    """The UTC day of the oldest raw event and the end of the last purge, None where there is none."""

    oldest_day: date | None
    last_purge: datetime | None


def read_known(connection: Connection[Any]) -> Known:
    """Ask the database. Raises psycopg.Error."""
    [(oldest_day,)] = connection.execute(OLDEST_DAY).fetchall()
    [(last_purge,)] = connection.execute(LAST_PURGE).fetchall()
    return Known(oldest_day, last_purge)


class RetentionAges:
    """Both ages, from answers at most `KEPT_SECONDS` old. Safe to share between threads."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = Lock()
        self._known = Known(None, None)
        self._known_until = 0.0

    def oldest_event_seconds(self) -> float | None:
        """Since the day of the oldest raw event began."""
        day = self._ask().oldest_day
        if day is None:
            return None
        return _since(datetime(day.year, day.month, day.day, tzinfo=UTC))

    def last_purge_seconds(self) -> float | None:
        """Since the last purge ended."""
        ended = self._ask().last_purge
        return None if ended is None else _since(ended)

    def _ask(self) -> Known:
        with self._lock:
            if monotonic() >= self._known_until:
                self._known = self._read()
                self._known_until = monotonic() + KEPT_SECONDS
            return self._known

    def _read(self) -> Known:
        try:
            with connect(self._url, HEALTH, name="footfall-metrics") as connection:
                return read_known(connection)
        except psycopg.Error:
            return Known(None, None)


def _since(instant: datetime) -> float:
    return max((datetime.now(UTC) - instant).total_seconds(), 0.0)

"""What `/metrics` shows besides counts: read anew whenever it is asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from ingest_app.metrics import Reading
from ingest_app.operations.retention_ages import RetentionAges
from ingest_app.store.spool import Spool


def spool_readings(spool: Spool) -> Iterator[Reading]:
    """How much waits on the local disk; nothing where its disk does not answer."""
    try:
        depth = spool.depth()
    except (sqlite3.Error, OSError):
        return
    yield Reading("footfall_spool_events", "Events on the local disk.", depth.events)
    yield Reading(
        "footfall_spool_oldest_seconds", "Age of the oldest of them.", depth.oldest_seconds
    )
    yield Reading("footfall_spool_bytes", "Bytes of the spool that are in use.", depth.bytes)
    yield Reading(
        "footfall_spool_refused_events",
        "Spooled events that the database refused; they are kept beside the others.",
        depth.refused,
    )


def retention_readings(ages: RetentionAges) -> Iterator[Reading]:
    """How old raw is and when it was purged; nothing where the database does not answer."""
    if (oldest := ages.oldest_event_seconds()) is not None:
        yield Reading(
            "footfall_oldest_event_age_seconds",
            "Since the UTC day of the oldest raw event began.",
            oldest,
        )
    if (last_purge := ages.last_purge_seconds()) is not None:
        yield Reading(
            "footfall_last_purge_age_seconds",
            "Since the last purge that came to its end.",
            last_purge,
        )

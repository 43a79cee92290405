"""What came in last for one property, and what became of it, as raw has it.

For the demo alone: it looks at the newest rows by an index, and at no mart.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from psycopg.rows import dict_row

from ingest_app.database.connection import HEALTH, connect

ACCEPTED = """
    select
        id::text as key, created_at as received_at, event_type, path, traffic_source::text,
        device_type::text, country_code, is_entrance, is_exit, is_conversion, props
    from raw.events
    where property_id = %(property_id)s
    order by "timestamp" desc
    limit %(most)s
"""
DUPLICATES = """
    select id::text as key, created_at as received_at, occurrences
    from raw.ingest_duplicates
    where property_id = %(property_id)s and created_at > now() - interval '1 hour'
    order by created_at desc
    limit %(most)s
"""
REJECTED = """
    select id::text as key, created_at as received_at, occurrences, reason, status_code
    from raw.ingest_rejections
    where property_id = %(property_id)s and created_at > now() - interval '1 hour'
    order by created_at desc
    limit %(most)s
"""
OUTCOMES = {"accepted": ACCEPTED, "duplicate": DUPLICATES, "rejected": REJECTED}


def latest_arrivals(url: str, property_id: str, *, most: int) -> list[dict[str, Any]]:
    """The newest arrivals first, each with its outcome. Duplicates and refusals are counts of a second."""
    arrivals: list[dict[str, Any]] = []
    with (
        connect(url, HEALTH, name="footfall-demo") as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        for outcome, statement in OUTCOMES.items():
            cursor.execute(statement.encode(), {"property_id": property_id, "most": most})
            arrivals += [{"outcome": outcome, **row} for row in cursor]
    arrivals.sort(key=itemgetter("received_at"), reverse=True)
    return arrivals[:most]

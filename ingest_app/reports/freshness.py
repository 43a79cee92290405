"""How far the marts have come, as every answer says."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from ingest_app.reports.statements import MartsNotBuiltError, Row, Statement

# The oldest of them: a build may have failed between two marts.
FRESHNESS = """
    select
        min(received_through) as received_through,
        min(rolled_up_through) as rolled_up_through,
        (now() at time zone 'UTC')::date - min(rolled_up_through) as lag_days
    from analytics.rollup_freshness
    where mart = any(%(marts)s)
"""


def freshness_of(*marts: str) -> Statement:
    """The statement that tells how far these marts are."""
    return FRESHNESS, {"marts": [*marts]}


def freshness(row: Row) -> dict[str, Any]:
    """`rolledUpThrough` as an ISO day, `lagDays` from there to today, `generatedAt` the cutoff.

    Raises MartsNotBuiltError where none of the marts was built.
    """
    if row["received_through"] is None:
        raise MartsNotBuiltError("no mart has a watermark")
    return {
        "rolledUpThrough": row["rolled_up_through"].isoformat(),
        "lagDays": row["lag_days"],
        "generatedAt": row["received_through"].astimezone(UTC).isoformat(),
    }

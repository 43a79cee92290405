"""The days that raw rows are stored on, against those that the zones of their properties say."""

from __future__ import annotations

from datetime import date

from psycopg import Connection
from psycopg.rows import DictRow

from ingest_app.operations.discrepancy.findings import Difference, Findings

STORED_DAYS = "raw:days"

# A function for each row costs more than a cast: only where a property has zones. A row is stored within
# a day of its UTC day, and so is the day that it should have.
MISPLACED = """
    with zoned as materialized (select distinct property_id from raw.property_zones),

    stored as (
        select 'events' as "table", property_id, occurred_on, "timestamp" as instant
        from raw.events
        where occurred_on between %(first)s::date - 2 and %(last)s::date + 2
        union all
        select 'ingest_rejections', property_id, occurred_on, occurred_at
        from raw.ingest_rejections
        where occurred_on between %(first)s::date - 2 and %(last)s::date + 2
    ),

    placed as (
        select
            "table",
            property_id,
            occurred_on,
            case
                when property_id in (select zoned.property_id from zoned)
                    then raw.day_of(property_id, instant)
                else (instant at time zone 'UTC')::date
            end as right_day
        from stored
        where %(property_id)s::text is null or property_id = %(property_id)s
    )

    select
        placed."table",
        placed.property_id,
        sides.day,
        count(*) filter (where sides.is_stored) as too_many,
        count(*) filter (where not sides.is_stored) as missing
    from placed
    cross join lateral (
        values (placed.occurred_on, true), (placed.right_day, false)
    ) as sides (day, is_stored)
    where placed.occurred_on <> placed.right_day
        and sides.day between %(first)s::date and %(last)s::date
    group by placed."table", placed.property_id, sides.day
    order by placed."table", placed.property_id collate "C", sides.day
"""


def compare_stored_days(
    connection: Connection[DictRow], first: date, last: date, property_id: str | None
) -> Findings:
    """Rows that are stored on a day that is not theirs, and rows of the day that are stored elsewhere."""
    values = {"first": first, "last": last, "property_id": property_id}
    findings = Findings(compared=[STORED_DAYS])
    for row in connection.execute(MISPLACED, values):
        findings.differences.append(
            Difference(
                STORED_DAYS,
                row["property_id"],
                row["day"],
                {"table": row["table"]},
                "rows on another day",
                row["too_many"],
                row["missing"],
            )
        )
    return findings

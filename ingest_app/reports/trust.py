"""Can the numbers be trusted? What ledgers say of a window: reconciled, received, moved, purged."""

from __future__ import annotations

from typing import Any

from ingest_app.reports import dimensions, funnel, summary, trend, visits, vitals
from ingest_app.reports.statements import MartsNotBuiltError, Row
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Window

MOST = 100
# Every mart that a figure of the dashboard is read from, and the one that vouches for the daily rollups.
MARTS = sorted(
    {
        "rollup_reconciliation",
        *summary.MARTS,
        *trend.MARTS_OF_DAYS,
        *funnel.MARTS,
        *vitals.MARTS,
        *(mart for marts in dimensions.MARTS.values() for mart in marts),
        trend.MART_OF_HOURS,
        visits.MART,
        visits.RECENCY,
    }
)

FRESH = """
    select
        mart, received_through, rolled_up_through, built_at, compared_at,
        case when compared_at >= built_at then is_equal end as is_equal,
        mart = any(%(marts)s) as is_shown
    from analytics.rollup_freshness
    order by received_through, mart
"""
# The marts that are shown: what tests said of each since it was last written.
SHOWN = """
    select
        count(*) filter (where compared_at >= built_at and is_equal) as marts_equal,
        count(*) filter (where compared_at >= built_at and not is_equal) as marts_different,
        count(*) filter (where compared_at >= built_at) as marts_compared,
        cardinality(%(marts)s::text[]) as marts
    from analytics.rollup_freshness
    where mart = any(%(marts)s)
"""
CHECKED = """
    select
        count(*) as compared,
        count(*) filter (where status = 'equal') as equal,
        count(*) filter (where status <> 'equal') as different,
        count(distinct day) as days,
        min(checked_at) as checked_from,
        max(checked_at) as checked_through
    from analytics.rollup_reconciliation
    where {scope} and day between %(from_day)s and %(to_day)s
"""
DIFFERENT = """
    select property_id, day, measure, rollup_value, raw_value, difference
    from analytics.rollup_reconciliation
    where {scope} and day between %(from_day)s and %(to_day)s and status <> 'equal'
    order by day desc, property_id, measure
    limit %(limit)s
"""
BY_MEASURE = """
    select
        measure,
        count(*) as compared,
        count(*) filter (where status = 'equal') as equal,
        count(*) filter (where status <> 'equal') as different
    from analytics.rollup_reconciliation
    where {scope} and day between %(from_day)s and %(to_day)s and position('.' in measure) = 0
    group by measure
    order by measure
"""
# A day that has a row in a rollup, and was never compared.
UNCHECKED = """
    select count(*) as unchecked
    from analytics.daily_ingest_rollups as rollups
    where
        {scope} and day between %(from_day)s and %(to_day)s
        and not exists (
            select from analytics.rollup_reconciliation as checks
            where checks.property_id = rollups.property_id and checks.day = rollups.day
        )
"""
RECEIVED = """
    select
        coalesce(sum(events_accepted + events_duplicate + events_rejected), 0)::bigint as received,
        coalesce(sum(events_accepted), 0)::bigint as accepted,
        coalesce(sum(events_duplicate), 0)::bigint as duplicate,
        coalesce(sum(events_rejected), 0)::bigint as rejected,
        coalesce(sum(leads_rejected), 0)::bigint as leads_rejected
    from analytics.daily_ingest_rollups
    where {scope} and day between %(from_day)s and %(to_day)s
"""
REASONS = """
    select reasons.key as reason, sum(reasons.value::bigint)::bigint as occurrences
    from analytics.daily_ingest_rollups
    cross join lateral jsonb_each_text(error_breakdown) as reasons
    where {scope} and day between %(from_day)s and %(to_day)s
    group by reasons.key
    order by 2 desc, 1
"""
RESTATED = """
    select
        day, property_id, mart, measure, restated_at, late_rows, value_before, value_after, moved
    from analytics.rollup_restatements
    where {scope} and day between %(from_day)s and %(to_day)s
    order by restated_at desc, day desc, property_id, mart, measure
    limit %(limit)s
"""
RESTATED_DAYS = """
    select distinct day from analytics.rollup_restatements
    where {scope} and day between %(from_day)s and %(to_day)s
"""
# The one thing that no mart says: before which day raw no longer holds the events.
PURGED = "select max(purged_before) as held_from from raw.retention_purges"


def badge(warehouse: Warehouse, window: Window) -> dict[str, Any]:
    """Whether all that is shown of the window was compared with raw and is equal, and which days moved.

    The daily rollups by property and day, whenever that was; every other mart as a whole, by the tests
    of the build that wrote it.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    [checked], [unchecked], restated, [purged], [shown] = warehouse.ask(
        *((window.scoped(text), window.values()) for text in (CHECKED, UNCHECKED, RESTATED_DAYS)),
        (PURGED, {}),
        (SHOWN, {"marts": MARTS}),
    )
    return {
        "status": _status(checked, unchecked, shown),
        **checked,
        **unchecked,
        **shown,
        "restated_days": [row["day"].isoformat() for row in restated],
        "held_from": purged["held_from"] and purged["held_from"].isoformat(),
    }


def trust(warehouse: Warehouse, window: Window) -> dict[str, Any]:
    """All that the ledgers say of a window.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    named = window.values(limit=MOST)
    fresh, different, measures, [received], reasons, restated = warehouse.ask(
        (FRESH, {"marts": MARTS}),
        *(
            (window.scoped(text), named)
            for text in (DIFFERENT, BY_MEASURE, RECEIVED, REASONS, RESTATED)
        ),
    )
    if not fresh:
        raise MartsNotBuiltError("no mart has a watermark")
    return badge(warehouse, window) | {
        "fresh": fresh,
        "differences": different,
        "measures": measures,
        "received": received,
        "reasons": reasons,
        "restated": restated,
    }


def _status(checked: Row, unchecked: Row, shown: Row) -> str:
    if checked["different"] or shown["marts_different"]:
        return "different"
    is_all = not unchecked["unchecked"] and shown["marts_compared"] == shown["marts"]
    return "equal" if checked["compared"] and is_all else "unknown"

"""Reports against raw rows: which of them can be compared, and over which days and properties."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from psycopg import Connection
from psycopg.rows import DictRow

from ingest_app.operations.discrepancy import (
    breakdown,
    filters,
    funnel,
    properties,
    summary,
    trend,
    vitals,
)
from ingest_app.operations.discrepancy.analyses import Counted, is_there
from ingest_app.operations.discrepancy.comparison import ALL, Asked, Comparison
from ingest_app.operations.discrepancy.findings import Findings, NothingBuiltError
from ingest_app.reports import breakdown as breakdowns
from ingest_app.reports import funnel as funnels
from ingest_app.reports import summary as summaries
from ingest_app.reports import trend as trends
from ingest_app.reports import vitals as web_vitals
from ingest_app.reports.bounds import MAX_DAYS
from ingest_app.reports.properties import MART as PROPERTIES_MART

# The marts that each report reads.
REPORTS = {
    summary.NAME: summaries.MARTS,
    breakdown.NAME: tuple({mart for by in breakdown.KEYS for mart in breakdowns.marts_of(by)}),
    funnel.NAME: funnels.MARTS,
    vitals.NAME: web_vitals.MARTS,
    trend.NAME: trends.MARTS_OF_DAYS,
    trend.RETENTION: ("visitor_days",),
    filters.NAME: filters.MARTS,
    properties.NAME: (PROPERTIES_MART,),
}
# The largest are asked for one by one, and all of them together.
PROPERTIES_ASKED = 20

HELD_FROM = """
    select case when isfinite(held_from) then held_from end as held_from
    from analytics_state.raw_horizon
"""
RECEIVED_THROUGH = """
    select mart, received_through
    from analytics_state.rollup_watermarks
    where mart = any(%(marts)s) and to_regclass('analytics.' || mart) is not null
"""
WAITING_ERASURES = """
    select count(*) as erasures
    from raw.erasures
    where created_at >= %(received_through)s
        and touched_days && array(
            select generate_series(%(first)s::timestamp, %(last)s, interval '1 day')::date
        )
"""
LARGEST = """
    select property_id::text as property_id
    from raw.events
    where occurred_on between %(first)s and %(last)s
    group by events.property_id
    order by count(*) desc, events.property_id
    limit %(limit)s
"""


def compare_reports(
    counted: Counted,
    reports: Collection[str],
    first: date,
    last: date,
    property_id: str | None,
) -> Findings:
    """Compare these reports over the days that raw holds."""
    connection = counted.connection
    if not is_there(connection, "analytics_state.raw_horizon"):
        raise NothingBuiltError
    [horizon] = connection.execute(HELD_FROM).fetchall()
    first = max(first, horizon["held_from"] or first, last - timedelta(days=MAX_DAYS - 1))
    asked = Asked(first, last, _properties(connection, first, last, property_id))
    comparison = Comparison(counted)
    for report in reports:
        if reason := _cannot(connection, report, first, last):
            comparison.findings.left_out[report] = reason
            continue
        if report == summary.NAME:
            of_vitals = vitals.recounted_vitals(comparison, asked)
            summary.compare_summary(comparison, asked, of_vitals)
        elif report == breakdown.NAME:
            breakdown.compare_breakdowns(comparison, asked)
        elif report == funnel.NAME:
            funnel.compare_funnel(comparison, asked)
        elif report == trend.NAME:
            trend.compare_trend(comparison, asked)
        elif report == trend.RETENTION:
            if horizon["held_from"] is not None:
                # The mart remembers visits that raw does not.
                comparison.findings.left_out[report] = "raw no longer holds all first visits"
                continue
            trend.compare_retention(comparison, asked)
        elif report == filters.NAME:
            filters.compare_filters(comparison, asked)
        elif report == vitals.NAME:
            vitals.compare_vitals(comparison, asked)
        else:
            properties.compare_properties(comparison, first, last, property_id)
        comparison.findings.compared.append(report)
    return comparison.findings


def _cannot(connection: Connection[DictRow], report: str, first: date, last: date) -> str | None:
    """Why a report cannot be compared now, if so."""
    marts = set(REPORTS[report])
    rows = connection.execute(RECEIVED_THROUGH, {"marts": list(marts)}).fetchall()
    reached = {row["received_through"] for row in rows}
    if len(rows) < len(marts):
        return "a mart that it reads is not built"
    if len(reached) > 1:
        return "the marts that it reads have counted different rows until the next whole build"
    if first > last:
        return "raw holds none of these days"
    [waiting] = connection.execute(
        WAITING_ERASURES, {"received_through": reached.pop(), "first": first, "last": last}
    ).fetchall()
    return "an erasure waits for the next build" if waiting["erasures"] else None


def _properties(
    connection: Connection[DictRow], first: date, last: date, only: str | None
) -> tuple[str, ...]:
    if only is not None:
        return (only,)
    rows = connection.execute(
        LARGEST, {"first": first, "last": last, "limit": PROPERTIES_ASKED}
    ).fetchall()
    return (ALL, *(row["property_id"] for row in rows))

"""The trend: a window in buckets of hours, days, weeks or months, each with its own visitors."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from ingest_app.reports.freshness import freshness, freshness_of
from ingest_app.reports.ratios import ratio
from ingest_app.reports.statements import Row, Statement
from ingest_app.reports.visit_dimensions import ENTRY_SOURCES, figures_of
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Audience, Bucket, Window

# The first and the last bucket may be cut by the window. A day is one as it stands: to truncate it took a
# tenth of a trend of filtered visits.
BUCKET = "greatest(date_trunc('{by}', day)::date, %(from_day)s)"
# A visitor counts in a bucket on the first of their days in it: the one before lies before it.
VISITORS = """
    select
        {bucket} as bucket,
        coalesce(sum({{visitors}}) filter (where previous_day < {bucket}), 0)::bigint as visitors
    from analytics.visitor_recency
    where
        property_id = %(property_or_all)s
        and dimension = ''
        and day between %(from_day)s and %(to_day)s
    group by 1
"""
# Of any one dimension: each event has one of its values.
EVENTS = """
    select
        {bucket} as bucket,
        sum(page_views)::bigint as page_views,
        sum(conversions)::bigint as conversions
    from analytics.daily_breakdowns
    where
        {{scope}}
        and dimension = 'device_type'
        and day between %(from_day)s and %(to_day)s
        and {kind}
    group by 1
"""
VISITS = """
    select
        {bucket} as bucket,
        sum(sessions)::bigint as sessions,
        sum(bounces)::bigint as bounces,
        sum(engaged_ms)::double precision as engaged_ms,
        sum(page_views)::bigint as views_of_visits,
        sum(conversions)::bigint as conversions_of_visits,
        sum(converted_sessions)::bigint as converted_sessions
    from analytics.daily_entry_sources
    where
        {{scope}}
        and day between %(from_day)s and %(to_day)s
        and {kind}
    group by 1
"""
LEADS = """
    select {bucket} as bucket, sum(new_leads)::bigint as new_leads
    from analytics.daily_new_leads
    where property_id = %(property_or_all)s and day between %(from_day)s and %(to_day)s
    group by 1
"""
HOURS = """
    select
        day + make_time(hour, 0, 0) as bucket,
        case when count({visitors}) = count(*) then sum({visitors})::bigint end as visitors,
        sum(page_views)::bigint as page_views,
        sum(conversions)::bigint as conversions,
        sum(sessions)::bigint as sessions,
        sum(bounces)::bigint as bounces,
        sum(engaged_ms)::double precision as engaged_ms
    from analytics.daily_hours
    where
        property_id = %(property_or_all)s
        and day between %(from_day)s and %(to_day)s
        and {kind}
    group by 1
"""
HOUR_OF_VISIT = "day + make_time(started_hour, 0, 0)"
MART_OF_VISITS, MART_OF_HOURS = "sessions", "daily_hours"
MARTS_OF_DAYS = ("visitor_recency", "daily_breakdowns", ENTRY_SOURCES, "daily_new_leads")


def marts_of(window: Window, by: Bucket) -> tuple[str, ...]:
    """The marts from which a trend is answered."""
    if window.filters:
        return (MART_OF_VISITS,)
    if by is Bucket.HOUR:
        return (MART_OF_HOURS,)
    return MARTS_OF_DAYS if window.audience is Audience.ALL else MARTS_OF_DAYS[:-1]


def trend(warehouse: Warehouse, window: Window, *, by: Bucket) -> dict[str, Any]:
    """Each bucket of a window, and those of the days with which it is compared.

    With filters all measures are of visits by when they began. Without, visitors, views and conversions
    are of the events of the bucket. Leads are of nobody's device: they are told of everybody, and not
    by the hour.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    baseline = window.baseline()
    statements = _statements(window, by)
    others = _statements(baseline, by) if baseline else []
    fresh, *answers = warehouse.ask(freshness_of(*marts_of(window, by)), *statements, *others)
    of_window, of_baseline = answers[: len(statements)], answers[len(statements) :]
    return {
        "ok": True,
        "window": window.as_json(),
        "compareTo": baseline and baseline.as_json(),
        "freshness": freshness(fresh[0]),
        "by": by,
        "filters": [str(one) for one in window.filters],
        "countedBy": "sessions" if window.filters else "events",
        "buckets": _buckets(window, by, of_window),
        "before": _buckets(baseline, by, of_baseline) if baseline else None,
    }


def _statements(window: Window, by: Bucket) -> list[Statement]:
    """Each has rows of buckets, which no other has measures of."""
    bucket = "day" if by is Bucket.DAY else BUCKET.format(by=by)
    if window.filters:
        key = HOUR_OF_VISIT if by is Bucket.HOUR else bucket
        texts = [f"{figures_of({'bucket': key})} group by bucket"]
    elif by is Bucket.HOUR:
        texts = [HOURS.format(visitors=window.visitors_of_hour, kind=window.kind)]
    else:
        of_leads = [LEADS.format(bucket=bucket)] if window.audience is Audience.ALL else []
        texts = [
            window.of_audience(VISITORS.format(bucket=bucket)),
            *of_leads,
            EVENTS.format(bucket=bucket, kind=window.kind),
            VISITS.format(bucket=bucket, kind=window.kind),
        ]
    return [(window.scoped(window.of_visits(text)), window.values()) for text in texts]


def _buckets(window: Window, by: Bucket, answers: list[list[Row]]) -> list[dict[str, Any]]:
    known: dict[date, Row] = {}
    for rows in answers:
        for row in rows:
            known.setdefault(row["bucket"], {}).update(row)
    is_hourly = by is Bucket.HOUR
    has_leads = not window.filters and window.audience is Audience.ALL and not is_hourly
    if window.filters:
        for row in known.values():
            row["views_of_visits"] = row["page_views"]
            row["conversions_of_visits"] = row["conversions"]
    return [
        _bucket(
            start,
            known.get(start, {}),
            has_leads=has_leads,
            has_visits=bool(window.filters) or not is_hourly,
        )
        for start in starts(window, by)
    ]


def _bucket(start: date, row: Row, *, has_leads: bool, has_visits: bool) -> dict[str, Any]:
    sessions = row.get("sessions", 0)
    return {
        "start": start.isoformat(),
        "visitors": row.get("visitors", 0),
        "pageViews": row.get("page_views", 0),
        "sessions": sessions,
        "conversions": row.get("conversions", 0),
        "bounceRate": ratio(row.get("bounces", 0), sessions),
        "engagedMs": row.get("engaged_ms", 0.0),
        "newLeads": row.get("new_leads", 0) if has_leads else None,
        "visits": _visits(row, sessions) if has_visits else None,
    }


def _visits(row: Row, sessions: int) -> dict[str, Any]:
    """What the visits that began in a bucket come to, each whole."""
    views, converted = row.get("views_of_visits", 0), row.get("converted_sessions", 0)
    return {
        "pageViews": views,
        "viewsPerSession": ratio(views, sessions),
        "conversions": row.get("conversions_of_visits", 0),
        "convertedSessions": converted,
        "conversionRate": ratio(converted, sessions),
        "engagedMsPerSession": ratio(row.get("engaged_ms", 0.0), sessions),
    }


def starts(window: Window, by: Bucket) -> list[date]:
    """When each bucket of a window begins: a day, or an hour by the clocks of the property."""
    if by is Bucket.HOUR:
        return [datetime.combine(day, time(hour)) for day in window.days for hour in range(24)]
    return sorted({max(_begin(day, by), window.from_day) for day in window.days})


def _begin(day: date, by: Bucket) -> date:
    if by is Bucket.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if by is Bucket.MONTH else day

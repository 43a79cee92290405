"""The summary: a window's figures, each counted once over the whole window."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ingest_app.enrichment.vitals import TTFB
from ingest_app.enrichment.vocabulary import TrafficSource
from ingest_app.reports.freshness import freshness, freshness_of
from ingest_app.reports.percentiles import DISTRIBUTIONS, percentiles, percentiles_of
from ingest_app.reports.ratios import change, quotient, ratio
from ingest_app.reports.statements import Row, Statement
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Audience, Window

MARTS = (
    "daily_metric_rollups",
    "daily_ingest_rollups",
    "daily_new_leads",
    "visitor_recency",
    DISTRIBUTIONS,
)
P95 = 0.95
MS_PER_HOUR = 3_600_000

TRAFFIC = """
    select
        day,
        sum({total_page_views})::bigint as page_views,
        sum({total_entrances})::bigint as entrances,
        sum({total_conversions})::bigint as conversions,
        sum({form_starts})::bigint as form_starts,
        sum({form_submits})::bigint as form_submits
    from analytics.daily_metric_rollups
    where {scope} and day between %(from_day)s and %(to_day)s
    group by day
"""
# A visitor counts in the window on the first of their days in it: the one before lies before it.
PEOPLE = """
    select
        day,
        sum({visitors})::bigint as visitors,
        coalesce(sum({visitors}) filter (where previous_day < %(from_day)s), 0)::bigint
            as new_to_window,
        coalesce(sum({returning}) filter (where previous_day < %(from_day)s), 0)::bigint
            as returning_new_to_window
    from analytics.visitor_recency
    where
        property_id = %(property_or_all)s
        and dimension = ''
        and day between %(from_day)s and %(to_day)s
    group by day
"""
LEADS = """
    select day, new_leads, time_to_first_capture_sum_ms
    from analytics.daily_new_leads
    where property_id = %(property_or_all)s and day between %(from_day)s and %(to_day)s
"""
SOURCES = """
    select
        counted.traffic_source,
        sum({events})::bigint as events
    from analytics.daily_metric_rollups
    cross join lateral (
        select
            everybody.traffic_source,
            everybody.events::bigint as events,
            coalesce((people_traffic_source_breakdown ->> everybody.traffic_source)::bigint, 0)
                as people_events
        from jsonb_each_text(traffic_source_breakdown) as everybody (traffic_source, events)
    ) as counted
    where {scope} and day between %(from_day)s and %(to_day)s
    group by counted.traffic_source
"""
INGEST = """
    select
        coalesce(sum({events_accepted}), 0)::bigint as accepted_of_audience,
        coalesce(sum(events_accepted), 0)::bigint as accepted,
        coalesce(sum(events_rejected), 0)::bigint as rejected
    from analytics.daily_ingest_rollups
    where {scope} and day between %(from_day)s and %(to_day)s
"""
OF_A_WINDOW = (TRAFFIC, PEOPLE, LEADS)
MEASURE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Figures:
    """What the metrics of one window are made of, and its days."""

    traffic: dict[date, Row]
    people: dict[date, Row]
    leads: dict[date, Row]

    def total(self, name: str) -> int:
        """A column over the window; columns of all three have names of their own."""
        rows = (*self.traffic.values(), *self.people.values(), *self.leads.values())
        return sum(row.get(name, 0) for row in rows)

    def trend(self, window: Window) -> list[dict[str, Any]]:
        """Every day of the window."""
        return [
            {
                "day": day.isoformat(),
                "uniqueVisitors": _cell(self.people, day, "visitors"),
                "pageViews": _cell(self.traffic, day, "page_views"),
                "newLeads": _cell(self.leads, day, "new_leads"),
            }
            for day in window.days
        ]


# None is what a ratio of nothing is.
METRICS: dict[str, Callable[[Figures], float | None]] = {
    "uniqueVisitors": lambda figures: figures.total("new_to_window"),
    "returningVisitorsPct": lambda figures: quotient(
        figures.total("returning_new_to_window"), figures.total("new_to_window")
    ),
    "totalPageViews": lambda figures: figures.total("page_views"),
    "leadCaptureRate": lambda figures: quotient(
        figures.total("new_leads"), figures.total("new_to_window")
    ),
    "formCompletionRate": lambda figures: quotient(
        figures.total("form_submits"), figures.total("form_starts")
    ),
    "landingPageConversionRate": lambda figures: quotient(
        figures.total("conversions"), figures.total("entrances")
    ),
    "avgTimeToFirstCaptureHrs": lambda figures: _hours(
        quotient(figures.total("time_to_first_capture_sum_ms"), figures.total("new_leads"))
    ),
}


def _hours(milliseconds: float | None) -> float | None:
    # After the other division, as a recount does: a figure is compared to its last bit.
    return None if milliseconds is None else milliseconds / MS_PER_HOUR


def known_metrics(warehouse: Warehouse, window: Window) -> dict[str, float | None]:
    """The metrics alone. One whose denominator is zero is None here, where the contract has 0.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    figures = _figures(warehouse.ask(*_statements(window)))
    return {name: of(figures) for name, of in METRICS.items()}


def summary(warehouse: Warehouse, window: Window, *, is_compared: bool = False) -> dict[str, Any]:
    """Section 4 of the contract, in one round trip; it may be compared with the days just before.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    baseline = window.before() if is_compared else None
    fresh, sources, [ingest], ttfb, *rest = warehouse.ask(
        freshness_of(*MARTS),
        _statement(SOURCES, window),
        _statement(INGEST, window),
        percentiles_of(window, [TTFB.name], [P95]),
        *_statements(window),
        *(_statements(baseline) if baseline else ()),
    )
    figures = _figures(rest[: len(OF_A_WINDOW)])
    before = _figures(rest[len(OF_A_WINDOW) :]) if baseline else None
    p95 = percentiles(ttfb).get((TTFB.name, P95))
    return {
        "ok": True,
        "window": window.as_json(),
        "compareTo": baseline and baseline.as_json(),
        "freshness": freshness(fresh[0]),
        "metrics": _metrics(figures, before) | {"trafficSourceMix": _mix(sources)},
        "ingest": {
            "successPct": ratio(ingest["accepted"], ingest["accepted"] + ingest["rejected"]),
            "p95TtfbMs": None if p95 is None else round(p95),
            "totalEventsAccepted": ingest["accepted_of_audience"],
            "totalEventsRejected": ingest["rejected"],
        },
        "trend": figures.trend(window),
    }


def _statements(window: Window) -> list[Statement]:
    return [_statement(text, window) for text in OF_A_WINDOW]


def _statement(text: str, window: Window) -> Statement:
    """With the measures of the window's audience; what is refused and leads are everybody's."""
    scoped = window.of_audience(window.scoped(text))
    return (
        MEASURE.sub(lambda named: _measure(named[1], window.audience), scoped),
        window.values(),
    )


def _measure(name: str, audience: Audience) -> str:
    """What a rollup has of an audience: every event is of people or of a bot, and counts in all."""
    return {
        Audience.ALL: name,
        Audience.PEOPLE: f"people_{name}",
        Audience.BOTS: f"({name} - people_{name})",
    }[audience]


def _figures(answers: list[list[Row]]) -> Figures:
    return Figures(*({row["day"]: row for row in rows} for rows in answers))


def _metrics(figures: Figures, before: Figures | None) -> dict[str, Any]:
    values = {name: _zero(of(figures)) for name, of in METRICS.items()}
    return {
        name: {"value": value, "delta": before and change(value, _zero(METRICS[name](before)))}
        for name, value in values.items()
    }


def _zero(value: float | None) -> float:
    """Of nothing the contract has 0."""
    return 0.0 if value is None else value


def _mix(rows: list[Row]) -> dict[str, float]:
    events = {row["traffic_source"]: row["events"] for row in rows}
    total = sum(events.values())
    return {source: ratio(events.get(source, 0), total) for source in TrafficSource}


def _cell(rows: dict[date, Row], day: date, name: str) -> int:
    return int(rows[day][name]) if day in rows else 0

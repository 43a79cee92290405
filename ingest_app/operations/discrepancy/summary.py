"""The summary, with and without a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ingest_app.enrichment.vitals import TTFB
from ingest_app.enrichment.vocabulary import TrafficSource
from ingest_app.operations.discrepancy.comparison import ALL, Asked, Comparison, Figures, share
from ingest_app.reports.statements import Row
from ingest_app.reports.summary import summary

NAME = "report:summary"
MS_PER_HOUR = 3_600_000


def compare_summary(
    comparison: Comparison, asked: Asked, vitals: dict[tuple[str, str], Figures]
) -> None:
    """The whole of it over all days, and the changes over the later half.

    `vitals` are those of each property and device, counted from raw.
    """
    rows = _rows(comparison, asked)
    for property_id in asked.properties:
        window = asked.window(property_id)
        answer = comparison.answer(partial(summary, window=window))
        answer["trend"] = {row.pop("day"): row for row in answer["trend"]}
        ttfb = vitals.get((property_id, ALL), {}).get(TTFB.name)
        expected = _summary(rows[property_id], ttfb and ttfb["p95"])
        comparison.note(NAME, asked, property_id, {}, answer, expected)
    if asked.length > 1:
        _compare_changes(comparison, asked.later_half())


def _compare_changes(comparison: Comparison, asked: Asked) -> None:
    rows, before = _rows(comparison, asked), _rows(comparison, asked.before())
    for property_id in asked.properties:
        window = asked.window(property_id)
        answer = comparison.answer(partial(summary, window=window, is_compared=True))
        expected = _metrics(rows[property_id], before[property_id])
        comparison.note(
            NAME,
            asked,
            property_id,
            {},
            {"metrics": answer["metrics"]},
            {"metrics": expected},
        )


def _rows(comparison: Comparison, asked: Asked) -> dict[str, list[Row]]:
    """Of each property a row for each day, and one without a day for the window."""
    rows: dict[str, list[Row]] = {}
    for row in comparison.recount("summary", asked.variables()):
        rows.setdefault(row["property_id"], []).append(row)
    return rows


def _summary(rows: Sequence[Row], p95_ttfb: float | None) -> Figures:
    window = _of_window(rows)
    events, rejected = window["events"], window["rejected"]
    return {
        "metrics": _metrics(rows, None),
        "ingest": {
            "successPct": share(events, events + rejected),
            "p95TtfbMs": None if p95_ttfb is None else round(p95_ttfb),
            "totalEventsAccepted": events,
            "totalEventsRejected": rejected,
        },
        "trend": {
            row["day"].isoformat(): {
                "uniqueVisitors": row["unique_visitors"],
                "pageViews": row["page_views"],
                "newLeads": row["new_leads"],
            }
            for row in rows
            if row["day"] is not None
        },
    }


def _metrics(rows: Sequence[Row], before: Sequence[Row] | None) -> Figures:
    """Each with its change against the days before, where there is one."""
    window = _of_window(rows)
    baseline = {} if before is None else _values(_of_window(before))
    metrics: Figures = {
        name: {
            "value": value,
            "delta": (value - baseline[name]) / baseline[name] if baseline.get(name) else None,
        }
        for name, value in _values(window).items()
    }
    by_source = window["events_by_source"]
    return metrics | {
        "trafficSourceMix": {
            source: share(by_source.get(source, 0), window["events"]) for source in TrafficSource
        }
    }


def _of_window(rows: Sequence[Row]) -> Row:
    [window] = [row for row in rows if row["day"] is None]
    return window


def _values(window: Row) -> dict[str, float]:
    visitors, leads = window["unique_visitors"], window["new_leads"]
    return {
        "uniqueVisitors": visitors,
        "returningVisitorsPct": share(window["returning_visitors"], visitors),
        "totalPageViews": window["page_views"],
        "leadCaptureRate": share(leads, visitors),
        "formCompletionRate": share(window["form_submits"], window["form_starts"]),
        "landingPageConversionRate": share(window["conversions"], window["entrances"]),
        "avgTimeToFirstCaptureHrs": share(window["capture_ms"], leads) / MS_PER_HOUR,
    }

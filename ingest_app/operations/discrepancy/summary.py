"""The summary, with and without a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product

from ingest_app.enrichment.vitals import TTFB
from ingest_app.enrichment.vocabulary import TrafficSource
from ingest_app.operations.discrepancy.comparison import (
    ALL,
    Asked,
    Comparison,
    Figures,
    Recounted,
    share,
)
from ingest_app.reports.statements import Row
from ingest_app.reports.summary import summary
from ingest_app.reports.windows import Audience

NAME = "report:summary"
MS_PER_HOUR = 3_600_000


def compare_summary(comparison: Comparison, asked: Asked, vitals: Recounted) -> None:
    """The whole of it over all days, of each audience, and the changes over the later half.

    `vitals` are those of each property, audience and device, counted from raw.
    """
    rows = _rows(comparison, asked)
    for property_id, audience in product(asked.properties, Audience):
        window = asked.window(property_id, audience)
        answer = comparison.answer(partial(summary, window=window))
        answer["trend"] = {row.pop("day"): row for row in answer["trend"]}
        ttfb = vitals.get((property_id, audience, ALL), {}).get(TTFB.name)
        everybody = _of_window(rows[property_id, Audience.ALL])
        expected = _summary(rows[property_id, audience], everybody, ttfb and ttfb["p95"])
        comparison.note(NAME, asked, property_id, {"audience": audience}, answer, expected)
    if asked.length > 1:
        _compare_changes(comparison, asked.later_half())


def _compare_changes(comparison: Comparison, asked: Asked) -> None:
    rows, before = _rows(comparison, asked), _rows(comparison, asked.before())
    for property_id, audience in product(asked.properties, Audience):
        window = asked.window(property_id, audience)
        answer = comparison.answer(partial(summary, window=window, is_compared=True))
        expected = _metrics(rows[property_id, audience], before[property_id, audience])
        comparison.note(
            NAME,
            asked,
            property_id,
            {"audience": audience},
            {"metrics": answer["metrics"]},
            {"metrics": expected},
        )


def _rows(comparison: Comparison, asked: Asked) -> dict[tuple[str, str], list[Row]]:
    """Of each property and audience a row for each day, and one without a day for the window."""
    rows: dict[tuple[str, str], list[Row]] = {}
    for row in comparison.recount("summary", asked.variables()):
        rows.setdefault((row["property_id"], row["audience"]), []).append(row)
    return rows


def _summary(rows: Sequence[Row], everybody: Row, p95_ttfb: float | None) -> Figures:
    """What is refused is nobody's, and so the share of what is not is that of everybody."""
    events, rejected = everybody["events"], everybody["rejected"]
    return {
        "metrics": _metrics(rows, None),
        "ingest": {
            "successPct": share(events, events + rejected),
            "p95TtfbMs": None if p95_ttfb is None else round(p95_ttfb),
            "totalEventsAccepted": _of_window(rows)["events"],
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

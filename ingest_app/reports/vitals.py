"""`GET /v1/metrics/vitals`: how fast pages were over a window."""

from __future__ import annotations

from typing import Any

from ingest_app.reports.freshness import freshness, freshness_of
from ingest_app.reports.parameters import VitalsParameters
from ingest_app.reports.percentiles import BUCKETS, percentiles, percentiles_of
from ingest_app.reports.ratios import ratio
from ingest_app.reports.warehouse import Row, Warehouse

# The published bounds, in each vital's own unit: good up to the first, poor above the second.
# The same as in the dbt macro vital_thresholds.
BOUNDS = {
    "fcp": (1800, 3000),
    "lcp": (2500, 4000),
    "inp": (200, 500),
    "ttfb": (800, 1800),
    "cls": (0.1, 0.25),
}
MARTS = ("daily_web_vitals", BUCKETS)
SHARES = {"p50": 0.5, "p75": 0.75, "p95": 0.95}
# What rates a vital, as those who published the bounds do.
RATED_BY = "p75"

RATINGS = """
    select
        vital,
        sum(samples)::bigint as samples,
        sum(good_samples)::bigint as good,
        sum(needs_improvement_samples)::bigint as needs_improvement,
        sum(poor_samples)::bigint as poor
    from analytics.daily_web_vitals
    where {scope} and day between %(from_day)s and %(to_day)s and {devices}
    group by vital
"""


def vitals(warehouse: Warehouse, parameters: VitalsParameters) -> dict[str, Any]:
    """Percentiles, rating and shares of all five; null where a vital has no sample.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    window, device_type = parameters.window, parameters.device_type
    devices = "true" if device_type is None else "device_type = %(device_type)s"
    fresh, ranked, rated = warehouse.ask(
        freshness_of(*MARTS),
        percentiles_of(window, [*BOUNDS], [*SHARES.values()], device_type=device_type),
        (
            window.scoped(RATINGS).replace("{devices}", devices),
            window.values(device_type=device_type),
        ),
    )
    found = percentiles(ranked)
    counts = {row["vital"]: row for row in rated}
    return {
        "ok": True,
        "window": window.as_json(),
        "freshness": freshness(fresh[0]),
        "vitals": {
            vital: _told(
                vital,
                {name: found.get((vital, share)) for name, share in SHARES.items()},
                counts.get(vital),
            )
            for vital in BOUNDS
        },
    }


def _told(vital: str, of: dict[str, float | None], counts: Row | None) -> dict[str, Any]:
    counted = counts or {"samples": 0, "good": 0, "needs_improvement": 0, "poor": 0}
    return {
        "samples": counted["samples"],
        **of,
        "rating": _rating(vital, of[RATED_BY]),
        "shares": {
            "good": ratio(counted["good"], counted["samples"]),
            "needsImprovement": ratio(counted["needs_improvement"], counted["samples"]),
            "poor": ratio(counted["poor"], counted["samples"]),
        },
    }


def _rating(vital: str, value: float | None) -> str | None:
    if value is None:
        return None
    good_up_to, poor_above = BOUNDS[vital]
    if value <= good_up_to:
        return "good"
    return "poor" if value > poor_above else "needs improvement"

"""Web vitals: how fast pages were over a window."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ingest_app.enrichment.vitals import VITALS, Vital
from ingest_app.enrichment.vocabulary import DeviceType
from ingest_app.reports.freshness import freshness, freshness_of
from ingest_app.reports.percentiles import DISTRIBUTIONS, percentiles, percentiles_of
from ingest_app.reports.ratios import ratio
from ingest_app.reports.statements import Row
from ingest_app.reports.trend import starts
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Audience, Bucket, Window

MARTS = ("daily_web_vitals", DISTRIBUTIONS)
SHARES = {"p50": 0.5, "p75": 0.75, "p95": 0.95}
# What rates a vital, as those who published the bounds do.
RATED_BY = "p75"

ON_DEVICES = {
    Audience.ALL: "true",
    Audience.PEOPLE: "device_type <> %(bot)s",
    Audience.BOTS: "device_type = %(bot)s",
}
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


def vitals(
    warehouse: Warehouse, window: Window, *, device_type: str | None = None
) -> dict[str, Any]:
    """Percentiles, rating and shares of each vital, of one kind of device or of all devices.

    Null where a vital has no sample.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    devices = ON_DEVICES[window.audience]
    if device_type is not None:
        devices += " and device_type = %(device_type)s"
    fresh, ranked, rated = warehouse.ask(
        freshness_of(*MARTS),
        percentiles_of(
            window, [vital.name for vital in VITALS], [*SHARES.values()], device_type=device_type
        ),
        (
            window.scoped(RATINGS).replace("{devices}", devices),
            window.values(device_type=device_type, bot=DeviceType.BOT),
        ),
    )
    found = percentiles(ranked)
    counts = {row["vital"]: row for row in rated}
    return {
        "ok": True,
        "window": window.as_json(),
        "freshness": freshness(fresh[0]),
        "vitals": {
            vital.name: _vital(
                vital,
                {name: found.get((vital.name, share)) for name, share in SHARES.items()},
                counts.get(vital.name),
            )
            for vital in VITALS
        },
    }


def over_time(
    warehouse: Warehouse,
    window: Window,
    vital: Vital,
    *,
    by: Bucket,
    device_type: str | None = None,
) -> list[float | None]:
    """What rates a vital, for each bucket of days of a window: what `vitals` says of it alone.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    begins = starts(window, by)
    ends = [*(start - timedelta(days=1) for start in begins[1:]), window.to_day]
    share = SHARES[RATED_BY]
    answers = warehouse.ask(
        *(
            percentiles_of(
                replace(window, from_day=first, to_day=last),
                [vital.name],
                [share],
                device_type=device_type,
            )
            for first, last in zip(begins, ends, strict=True)
        )
    )
    return [percentiles(rows).get((vital.name, share)) for rows in answers]


def _vital(vital: Vital, values: dict[str, float | None], counts: Row | None) -> dict[str, Any]:
    counted = counts or {"samples": 0, "good": 0, "needs_improvement": 0, "poor": 0}
    return {
        "samples": counted["samples"],
        **values,
        "rating": _rating(vital, values[RATED_BY]),
        "shares": {
            "good": ratio(counted["good"], counted["samples"]),
            "needsImprovement": ratio(counted["needs_improvement"], counted["samples"]),
            "poor": ratio(counted["poor"], counted["samples"]),
        },
    }


def _rating(vital: Vital, value: float | None) -> str | None:
    if value is None:
        return None
    if value <= vital.good_up_to:
        return "good"
    return "poor" if value > vital.poor_above else "needs improvement"

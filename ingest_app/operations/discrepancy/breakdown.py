"""The breakdowns, by each dimension."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ingest_app.operations.discrepancy.comparison import (
    Asked,
    Comparison,
    Figures,
    placed,
    share,
)
from ingest_app.reports.bounds import MAX_ROWS
from ingest_app.reports.breakdown import breakdown
from ingest_app.reports.statements import Row

NAME = "report:breakdown"
CONVERSION_RATE = ("conversionRate", "conversions", "entrances")
BOUNCE_RATE = ("bounceRate", "bounces", "sessions")
OF_VISITS = (("conversionRate", "convertedSessions", "sessions"), BOUNCE_RATE)
# Said again and not read from the dimensions, whose figures are to be checked.
RATES = {
    "traffic_source": (CONVERSION_RATE,),
    "page": (("meanScrollPercent", "scrollPercentSum", "scrollSamples"),),
    "device_type": (CONVERSION_RATE,),
    "country": (CONVERSION_RATE,),
    "landing_path": OF_VISITS,
    "exit_path": OF_VISITS,
    "referrer": OF_VISITS,
    "referrer_page": OF_VISITS,
    "campaign": OF_VISITS,
    "hour": (BOUNCE_RATE,),
}
KEYS = {
    "traffic_source": ("trafficSource",),
    "page": ("path",),
    "device_type": ("deviceType",),
    "country": ("countryCode",),
    "event_type": ("eventType",),
    "landing_path": ("path",),
    "exit_path": ("path",),
    "referrer": ("referrerHost",),
    "referrer_page": ("referrerHost", "referrerPage"),
    "campaign": ("source", "medium", "campaign"),
    "hour": ("hour",),
}
# Of event types a breakdown has these counts alone.
OF_EVENT_TYPES = ("visitors", "events", "conversions")


def compare_breakdowns(comparison: Comparison, asked: Asked) -> None:
    """Of each property by each dimension."""
    rows: dict[tuple[str, str], list[Row]] = {}
    for row in comparison.recount("breakdowns", asked.variables()):
        rows.setdefault((row["dimension"], row["property_id"]), []).append(row)
    for by in KEYS:
        for property_id in asked.properties:
            window = asked.window(property_id)
            answer = comparison.answer(partial(breakdown, window=window, by=by, limit=MAX_ROWS))
            answer["rows"] = placed(answer["rows"], KEYS[by])
            expected = _breakdown(by, rows.get((by, property_id), []))
            comparison.note(NAME, asked, property_id, {"by": by}, answer, expected)


def _breakdown(by: str, rows: Sequence[Row]) -> Figures:
    entries: dict[str, Figures] = {}
    for place, row in enumerate(rows, 1):
        measures = row["measures"]
        if by == "event_type":
            measures = {name: measures[name] for name in OF_EVENT_TYPES}
        measures = measures | {
            name: share(measures[part], measures[whole]) for name, part, whole in RATES.get(by, ())
        }
        of_all = share(row["ranked_by"], row["whole"])
        entries[" / ".join(row["entry"])] = {"place": place, "share": of_all} | measures
    return {"total": rows[0]["total"] if rows else 0, "rows": entries}

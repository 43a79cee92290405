"""The answers of the example dashboard, counted from the facts of its days."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.support.recount.facts import Hit, percentile
from tests.support.recount.sessions import by_property, cut
from tests.support.recount.vitals import THRESHOLDS
from tests.support.recount.windows import Window


def dashboard(hits: list[Hit], window: Window) -> dict[str, dict[str, Any]]:
    """By property. Where several are first by entrances, all of them stand there."""
    properties = {hit.property_id for hit in hits if window.holds(hit)}
    return {property_id: _of_property(hits, window, property_id) for property_id in properties}


def _of_property(hits: list[Hit], window: Window, property_id: str) -> dict[str, Any]:
    there = [hit for hit in hits if hit.property_id == property_id and window.holds(hit)]
    visits = [
        visit
        for visit in by_property(cut(hits))
        if visit.entry.property_id == property_id and window.holds(visit.entry)
    ]
    seconds = [(visit.last.at - visit.entry.at).total_seconds() for visit in visits]
    lcp = [hit.vitals["lcp"] for hit in there if "lcp" in hit.vitals]
    entries = [hit for hit in there if hit.is_entrance]
    return {
        "unique_visitors": len({hit.visitor for hit in there}),
        "sessions": len(visits),
        "page_views": sum(hit.event_type == "page_view" for hit in there),
        "bounce_rate": sum(visit.is_bounce for visit in visits) / len(visits),
        "median_seconds": percentile(seconds, 0.5),
        "conversions": sum(hit.is_conversion for hit in there),
        "best_source": _first(Counter(hit.traffic_source for hit in entries)),
        "first_landing_path": _first(Counter(str(visit.entry.path) for visit in visits)),
        "good_lcp_share": sum(value <= THRESHOLDS["lcp"][0] for value in lcp) / len(lcp),
        "measures_that_differ_from_raw": 0,
    }


def _first(entrances: Counter[str]) -> set[str]:
    most = max(entrances.values())
    return {name for name, times in entrances.items() if times == most}

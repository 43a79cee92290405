"""daily_new_leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date

from tests.support.marts.facts import Hit
from tests.support.marts.grouping import Rows
from tests.support.marts.people import ALL_PROPERTIES
from tests.support.recount import CaptureFact, first_sights


def daily_new_leads(hits: list[Hit], captures: Iterable[CaptureFact]) -> Rows:
    """By property (or all) and day."""
    first = first_sights(hits)
    waits: dict[tuple[str, date], list[int]] = defaultdict(list)
    for capture in captures:
        been = {
            hit.property_id
            for hit in hits
            if hit.visitor == capture.visitor and hit.at <= capture.at
        }
        if not capture.is_first or not been:
            continue
        wait = round((capture.at - first[capture.visitor]).total_seconds() * 1000)
        for property_id in (*been, ALL_PROPERTIES):
            waits[property_id, capture.at.astimezone(UTC).date()].append(wait)
    return {
        key: {"new_leads": len(of_day), "time_to_first_capture_sum_ms": sum(of_day)}
        for key, of_day in waits.items()
    }

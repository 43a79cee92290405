"""daily_new_leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from tests.support.recount.facts import CaptureFact, Hit, Key, attributed, first_sights
from tests.support.recount.grouping import Rows
from tests.support.recount.people import ALL_PROPERTIES


def daily_new_leads(hits: list[Hit], captures: Iterable[CaptureFact]) -> Rows:
    """By property (or all) and day."""
    first = first_sights(hits)
    waits: dict[Key, list[int]] = defaultdict(list)
    for capture in captures:
        been = attributed(hits, [capture]).keys()
        if not capture.is_first or not been:
            continue
        wait = round((capture.at - first[capture.visitor]).total_seconds() * 1000)
        [day] = {day for _, day in been}
        for key in (*been, (ALL_PROPERTIES, day)):
            waits[key].append(wait)
    return {
        key: {"new_leads": len(of_day), "time_to_first_capture_sum_ms": sum(of_day)}
        for key, of_day in waits.items()
    }

"""People and percentiles of a window of days, counted from the facts of the whole window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from tests.support.recount.facts import Hit, first_sights
from tests.support.recount.vitals import vital_percentile


@dataclass(frozen=True)
class Window:
    """Days from..to, both inclusive, and what else a hit must be; None where anything goes."""

    from_day: date
    to_day: date
    property_id: str | None = None
    device_type: str | None = None
    country_code: str | None = None
    is_bot: bool | None = None

    def holds(self, hit: Hit) -> bool:
        """Whether a hit belongs to it."""
        return (
            self.from_day <= hit.key[1] <= self.to_day
            and self.property_id in (None, hit.property_id)
            and self.device_type in (None, hit.device_type)
            and self.country_code in (None, hit.country_code)
            and self.is_bot in (None, hit.device_type == "bot")
        )


def window_visitors(hits: list[Hit], window: Window) -> tuple[int, int]:
    """Unique visitors, and those of them that were returning on a day of the window."""
    first = first_sights(hits)
    there = {(hit.visitor, hit.key[1]) for hit in hits if window.holds(hit)}
    # Returning is a matter of the visitor and the day, and not of the audience.
    of_everybody = replace(window, is_bot=None)
    returning = {
        (hit.visitor, hit.key[1])
        for hit in hits
        if of_everybody.holds(hit) and hit.has_been_seen(first)
    }
    return len({visitor for visitor, _ in there}), len(
        {visitor for visitor, _ in there & returning}
    )


def window_percentile(
    hits: list[Hit], window: Window, vital: str, share: float
) -> tuple[int, float | None]:
    """How many samples the window has, and their percentile; None where it has none."""
    values = [hit.vitals[vital] for hit in hits if window.holds(hit) and vital in hit.vitals]
    return len(values), vital_percentile(vital, values, share) if values else None

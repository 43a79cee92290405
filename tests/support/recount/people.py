"""visitor_segments, visitor_days and visitor_recency."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

from tests.support.recount.closed import Closed
from tests.support.recount.facts import Hit, first_sights
from tests.support.recount.grouping import Rows, counted, grouped

# What stands for no earlier day.
NEVER = date.min
ALL_PROPERTIES = ""


def visitor_segments(hits: list[Hit]) -> Rows:
    """By property, day, visitor, event type, traffic source, device type and country."""
    first = first_sights(hits)
    groups = grouped(
        hits,
        lambda hit: (
            *hit.key,
            hit.visitor,
            hit.event_type,
            hit.traffic_source,
            hit.device_type,
            hit.country_code,
        ),
    )
    return {
        key: {
            "is_returning": first[key[2]].date() < key[1],
            **counted(group, "events", "entrances", "exits", "conversions"),
        }
        for key, group in groups.items()
    }


def visitor_days(hits: list[Hit]) -> Rows:
    """By property, day and visitor."""
    first = first_sights(hits)
    return {
        key: {
            "is_returning": first[key[2]].date() < key[1],
            **counted(group, "events", "page_views", "entrances", "exits", "conversions"),
        }
        for key, group in grouped(hits, lambda hit: (*hit.key, hit.visitor)).items()
    }


def visitor_recency(hits: list[Hit], closed: Closed) -> Rows:
    """By property (or all), day, and the visitor's day before, or the last of those as returning.

    Before the horizon people came as the mart of their days has it.
    """
    visitors: Counter[tuple[str, date, date]] = Counter()
    returning_visitors: Counter[tuple[str, date, date]] = Counter()
    came: dict[tuple[str, str], dict[date, bool]] = defaultdict(dict)
    held = closed.rows_since(("property_id", "day", "visitor_id"), visitor_days(hits))
    for (property_id, day, visitor), row in {**closed.visitor_days, **held}.items():
        came[property_id, visitor][day] = row["is_returning"]
        on_any = came[ALL_PROPERTIES, visitor]
        on_any[day] = on_any.get(day, False) or row["is_returning"]
    for (property_id, _), days in came.items():
        previous_day = previous_returning_day = NEVER
        for day, is_returning in sorted(days.items()):
            visitors[property_id, day, previous_day] += 1
            previous_day = day
            if is_returning:
                returning_visitors[property_id, day, previous_returning_day] += 1
                previous_returning_day = day
    return {
        key: {"visitors": visitors[key], "returning_visitors": returning_visitors[key]}
        for key in {*visitors, *returning_visitors}
    }

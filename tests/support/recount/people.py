"""visitor_days, visitor_recency and page_recency."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import accumulate, pairwise

from tests.support.recount.closed import Closed
from tests.support.recount.facts import Hit, first_sights
from tests.support.recount.grouping import RowKey, Rows, counted, grouped, text_key

# What stands for no earlier day.
NEVER = date.min
ALL_PROPERTIES = ""
MEASURES = ("events", "page_views", "entrances", "exits", "conversions")
SETS = {
    "traffic_source": "traffic_sources",
    "device_type": "device_types",
    "country": "country_codes",
    "event_type": "event_types",
}
# By whose days: (visitors, returning ones).
AUDIENCES = {
    "all": ("visitors", "returning_visitors"),
    "people": ("people", "returning_people"),
    "bots": ("bots", "returning_bots"),
}
# Of each day of one visitor with one value: whether as a person or a bot, and whether returning.
Came = dict[date, dict[bool, bool]]


def visitor_days(hits: list[Hit]) -> Rows:
    """By property, day, visitor, and bot or not."""
    first = first_sights(hits)
    groups = grouped(hits, lambda hit: (*hit.key, hit.visitor, hit.device_type == "bot"))
    return {
        key: {
            "is_returning": group[0].has_been_seen(first),
            **counted(group, *MEASURES),
            "form_starts": sum(hit.event_type == "form_start" for hit in group),
            "form_submits": sum(hit.event_type == "form_submit" for hit in group),
            "traffic_sources": sorted({hit.traffic_source for hit in group}),
            "device_types": sorted({hit.device_type for hit in group}),
            "country_codes": sorted({hit.country_code for hit in group}),
            "event_types": sorted({hit.event_type for hit in group}),
            "path_keys": sorted({text_key(hit.path) for hit in group if hit.path is not None}),
        }
        for key, group in groups.items()
    }


def visitor_recency(hits: list[Hit], closed: Closed) -> Rows:
    """By property (or all), dimension, value, day, and the visitor's day before with it.

    Before the horizon people came as the mart of their days has it.
    """
    rows: dict[RowKey, Counter[str]] = defaultdict(Counter)
    for (property_id, dimension, value, _), days in _series(hits, closed, SETS).items():
        for measure, day, previous in _previous_days(days):
            rows[property_id, dimension, value, day, previous][measure] += 1
    names = [name for pair in AUDIENCES.values() for name in pair]
    return {key: {name: found[name] for name in names} for key, found in rows.items()}


# Whom a daily mart counts in one of its rows: property, what the row is of, visitor, day, as what.
Counting = tuple[str, RowKey, str, date, frozenset[bool]]


def page_recency(hits: list[Hit], closed: Closed) -> Rows:
    """By property (or all), day and path, as lists by the day before."""
    held = closed.rows_since(("property_id", "day", "visitor_id", "is_bot"), visitor_days(hits))
    kinds: dict[RowKey, set[bool]] = defaultdict(set)
    for (property_id, day, visitor, is_bot), row in {**closed.visitor_days, **held}.items():
        for path_key in row["path_keys"] or ():
            kinds[property_id, path_key, visitor, day].add(is_bot)
    return recency_lists(
        (property_id, (path_key,), visitor, day, frozenset(found))
        for (property_id, path_key, visitor, day), found in kinds.items()
    )


def recency_lists(countings: Iterable[Counting]) -> Rows:
    """By property (or all), day and the rest: by when visitors were counted before, added up."""
    came: dict[RowKey, list[tuple[date, frozenset[bool]]]] = defaultdict(list)
    for property_id, key, visitor, day, kinds in countings:
        for scope in (property_id, ALL_PROPERTIES):
            came[scope, key, visitor].append((day, kinds))
    counts: dict[RowKey, dict[date, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for (scope, key, _), days in came.items():
        for measure, wanted in (("visitors", {True, False}), ("people", {False}), ("bots", {True})):
            counted_on = sorted(day for day, kinds in days if kinds & wanted)
            for previous, day in pairwise(counted_on):
                counts[scope, day, *key][previous][measure] += 1
    return {
        key: {
            "previous_days": sorted(found),
            **{
                f"{measure}_up_to": list(
                    accumulate(found[previous][measure] for previous in sorted(found))
                )
                for measure in ("visitors", "people", "bots")
            },
        }
        for key, found in counts.items()
    }


def _series(hits: list[Hit], closed: Closed, sets: dict[str, str]) -> dict[RowKey, Came]:
    """The days of each visitor by property (or all), dimension and value."""
    came: dict[RowKey, Came] = defaultdict(lambda: defaultdict(dict))
    held = closed.rows_since(("property_id", "day", "visitor_id", "is_bot"), visitor_days(hits))
    for (property_id, day, visitor, is_bot), row in {**closed.visitor_days, **held}.items():
        values = [("", "")] + [
            (dimension, value) for dimension, name in sets.items() for value in row[name] or ()
        ]
        for scope in (property_id, ALL_PROPERTIES):
            for dimension, value in values:
                seen = came[scope, dimension, value, visitor][day]
                seen[is_bot] = seen.get(is_bot, False) or row["is_returning"]
    return came


def _previous_days(days: Came) -> Iterator[tuple[str, date, date]]:
    """Of each measure the days on which the visitor counts, and the one before."""
    for audience, (all_days, returning_days) in AUDIENCES.items():
        wanted = {"all": (True, False), "people": (False,), "bots": (True,)}[audience]
        previous = previous_returning = NEVER
        for day, seen in sorted(days.items()):
            if not any(is_bot in seen for is_bot in wanted):
                continue
            yield all_days, day, previous
            previous = day
            # Returning is a matter of the visitor and the day.
            if any(seen.values()):
                yield returning_days, day, previous_returning
                previous_returning = day

"""The daily marts of one dimension each: sources, devices, countries, types, paths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.support.recount.facts import Hit, percentile
from tests.support.recount.grouping import RowKey, Rows, counted, grouped, text_key

# What weeks have of the days of pages, by their own names.
OF_WEEKS = {
    **{"visitor_days": "visitors", "people_days": "people", "bot_days": "bots"},
    **{
        f"{of_whom}{name}": f"{of_whom}{name}"
        for of_whom in ("", "people_")
        for name in (
            *("views", "entrances", "exits", "conversions"),
            *("scroll_samples", "scroll_percent_sum"),
        )
    },
}
MEASURES = ("events", "page_views", "visitors", "entrances", "conversions")


VALUES: dict[str, Callable[[Hit], str]] = {
    "traffic_source": lambda hit: hit.traffic_source,
    "device_type": lambda hit: hit.device_type,
    "country": lambda hit: hit.country_code,
    "event_type": lambda hit: hit.event_type,
}


def daily_breakdowns(hits: list[Hit]) -> Rows:
    """By property, day, dimension, value, and bot or not."""
    return {
        (*key[:2], dimension, *key[2:]): counted(group, *MEASURES)
        for dimension, value in VALUES.items()
        for key, group in grouped(
            hits, lambda hit, of=value: (*hit.key, of(hit), hit.device_type == "bot")
        ).items()
    }


def daily_pages(hits: list[Hit]) -> Rows:
    """By property, day and path."""
    rows: Rows = {}
    for key, group in _by_path(hits):
        people = [hit for hit in group if hit.device_type != "bot"]
        of_people = _of_page(people)
        rows[key] = {
            "path_key": text_key(str(key[-1])),
            **_of_page(group),
            "people": len({hit.visitor for hit in people}),
            "bots": len({hit.visitor for hit in group if hit.device_type == "bot"}),
            "entering_people": of_people["entering_visitors"],
            **{
                f"people_{name}": value
                for name, value in of_people.items()
                if name not in ("visitors", "entering_visitors", "mean_scroll_percent")
            },
        }
    return rows


def weekly_pages(days: Rows) -> Rows:
    """By property, Monday and path, from rows of days; the week of the last day has none."""
    mondays = {key: key[1] - timedelta(days=key[1].weekday()) for key in days}
    weeks: dict[RowKey, list[dict[str, Any]]] = defaultdict(list)
    for key, row in days.items():
        if mondays[key] < max(mondays.values()):
            weeks[key[0], mondays[key], key[2]].append(row)
    return {
        key: {
            "path_key": rows[0]["path_key"],
            **{name: _added_up(rows, column) for name, column in OF_WEEKS.items()},
        }
        for key, rows in weeks.items()
    }


def _added_up(rows: list[dict[str, Any]], column: str) -> Any:
    values = [row[column] for row in rows]
    return None if None in values else sum(values)


def _of_page(group: list[Hit]) -> dict[str, Any]:
    engaged = [hit.engaged_ms for hit in group if hit.engaged_ms is not None]
    scrolled = [hit.scroll_percent for hit in group if hit.scroll_percent is not None]
    return {
        "views": sum(hit.event_type == "page_view" for hit in group),
        "entering_visitors": len({hit.visitor for hit in group if hit.is_entrance}),
        **counted(group, "visitors", "entrances", "exits", "conversions"),
        "engaged_samples": len(engaged),
        "median_engaged_ms": percentile(engaged, 0.5) if engaged else None,
        "scroll_samples": len(scrolled),
        "scroll_percent_sum": sum(scrolled),
        "mean_scroll_percent": sum(scrolled) / len(scrolled) if scrolled else None,
    }


def _by_path(hits: list[Hit]) -> list[tuple[tuple[object, ...], list[Hit]]]:
    on_paths = [hit for hit in hits if hit.path is not None]
    return list(grouped(on_paths, lambda hit: (*hit.key, hit.path)).items())

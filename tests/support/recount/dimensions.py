"""The daily marts of one dimension each: sources, devices, countries, types, paths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.recount.facts import Hit, percentile
from tests.support.recount.grouping import Rows, counted, grouped, text_key

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

"""The daily marts of one dimension each: sources, devices, countries, types, paths."""

from __future__ import annotations

from tests.support.recount.facts import Hit, percentile
from tests.support.recount.grouping import Rows, counted, grouped, text_key

MEASURES = ("events", "page_views", "visitors", "entrances", "conversions")


def daily_traffic_sources(hits: list[Hit]) -> Rows:
    """By property, day and traffic source."""
    groups = grouped(hits, lambda hit: (*hit.key, hit.traffic_source))
    return {key: counted(group, *MEASURES) for key, group in groups.items()}


def daily_devices(hits: list[Hit]) -> Rows:
    """By property, day and device type."""
    groups = grouped(hits, lambda hit: (*hit.key, hit.device_type))
    return {key: counted(group, *MEASURES) for key, group in groups.items()}


def daily_countries(hits: list[Hit]) -> Rows:
    """By property, day and country."""
    groups = grouped(hits, lambda hit: (*hit.key, hit.country_code))
    return {key: counted(group, *MEASURES) for key, group in groups.items()}


def daily_event_types(hits: list[Hit]) -> Rows:
    """By property, day and event type."""
    groups = grouped(hits, lambda hit: (*hit.key, hit.event_type))
    return {
        key: counted(group, "events", "visitors", "conversions") for key, group in groups.items()
    }


def daily_pages(hits: list[Hit]) -> Rows:
    """By property, day and path."""
    rows: Rows = {}
    for key, group in _by_path(hits):
        engaged = [hit.engaged_ms for hit in group if hit.engaged_ms is not None]
        scrolled = [hit.scroll_percent for hit in group if hit.scroll_percent is not None]
        rows[key] = {
            "path_key": text_key(str(key[-1])),
            "views": sum(hit.event_type == "page_view" for hit in group),
            "entering_visitors": len({hit.visitor for hit in group if hit.is_entrance}),
            **counted(group, "visitors", "entrances", "exits", "conversions"),
            "engaged_samples": len(engaged),
            "median_engaged_ms": percentile(engaged, 0.5) if engaged else None,
            "scroll_samples": len(scrolled),
            "scroll_percent_sum": sum(scrolled),
            "mean_scroll_percent": sum(scrolled) / len(scrolled) if scrolled else None,
        }
    return rows


def _by_path(hits: list[Hit]) -> list[tuple[tuple[object, ...], list[Hit]]]:
    on_paths = [hit for hit in hits if hit.path is not None]
    return list(grouped(on_paths, lambda hit: (*hit.key, hit.path)).items())

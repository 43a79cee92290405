"""What a breakdown can be by, and what of it may be added up over days.

Of distinct visitors nothing adds up, so they are counted anew over the window, where a mart knows
visitors by the dimension. Where none does (pages), a window has no such number here. What only
visits have is in visits.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Dimension:
    """A breakdown: its mart, the columns of its key, and of its measures, by their JSON names."""

    mart: str
    keys: Mapping[str, str]
    # The first measure orders the rows and is what `share` is a share of.
    measures: Mapping[str, str]
    # JSON name: the measure divided, and by which.
    rates: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    # The mart that knows visitors by these keys.
    visitors_mart: str | None = None

    @property
    def marts(self) -> tuple[str, ...]:
        """Every mart that is read."""
        return (self.mart, self.visitors_mart) if self.visitors_mart else (self.mart,)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of a row's values in an answer, in their order."""
        visitors = ("visitors",) if self.visitors_mart else ()
        return (*self.keys, *visitors, *self.measures, "share", *self.rates)


SEGMENTS = "visitor_segments"
CONVERSION_RATE = {"conversionRate": ("conversions", "entrances")}
VISITS = {
    "events": "events",
    "pageViews": "page_views",
    "entrances": "entrances",
    "conversions": "conversions",
}
# By the names that the API takes, in the order in which it lists them.
DIMENSIONS = {
    "traffic_source": Dimension(
        "daily_traffic_sources",
        {"trafficSource": "traffic_source"},
        VISITS,
        CONVERSION_RATE,
        SEGMENTS,
    ),
    "page": Dimension(
        "daily_pages",
        {"path": "path"},
        {
            "pageViews": "views",
            "entrances": "entrances",
            "exits": "exits",
            "conversions": "conversions",
            "scrollSamples": "scroll_samples",
            "scrollPercentSum": "scroll_percent_sum",
        },
        {"meanScrollPercent": ("scrollPercentSum", "scrollSamples")},
    ),
    "device_type": Dimension(
        "daily_devices", {"deviceType": "device_type"}, VISITS, CONVERSION_RATE, SEGMENTS
    ),
    "country": Dimension(
        "daily_countries", {"countryCode": "country_code"}, VISITS, CONVERSION_RATE, SEGMENTS
    ),
    "event_type": Dimension(
        "daily_event_types",
        {"eventType": "event_type"},
        {"events": "events", "conversions": "conversions"},
        visitors_mart=SEGMENTS,
    ),
}

"""What a breakdown of events can be by, and what of it may be added up over days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto


class Kind(Enum):
    """What the rows of a breakdown are made of."""

    EVENTS = auto()
    PAGES = auto()


# Every mart that is read.
MARTS = {
    Kind.EVENTS: ("daily_breakdowns", "visitor_recency"),
    Kind.PAGES: ("daily_pages", "page_recency"),
}


@dataclass(frozen=True, slots=True)
class Dimension:
    """A breakdown: the columns of its key, and of its measures, by their JSON names."""

    kind: Kind
    keys: Mapping[str, str]
    # The first measure orders the rows and is what `share` is a share of.
    measures: Mapping[str, str]
    # JSON name: the measure divided, and by which.
    rates: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def marts(self) -> tuple[str, ...]:
        """Every mart that is read."""
        return MARTS[self.kind]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of a row's values in an answer, in their order."""
        return (*self.keys, "visitors", *self.measures, "share", *self.rates)


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
        Kind.EVENTS, {"trafficSource": "traffic_source"}, VISITS, CONVERSION_RATE
    ),
    "page": Dimension(
        Kind.PAGES,
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
    "device_type": Dimension(Kind.EVENTS, {"deviceType": "device_type"}, VISITS, CONVERSION_RATE),
    "country": Dimension(Kind.EVENTS, {"countryCode": "country_code"}, VISITS, CONVERSION_RATE),
    "event_type": Dimension(
        Kind.EVENTS,
        {"eventType": "event_type"},
        {"events": "events", "conversions": "conversions"},
    ),
}

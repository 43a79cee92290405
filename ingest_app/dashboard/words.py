"""Numbers and names as people read them. Nothing is computed here but how a number is written."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

from babel import Locale

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
# What the columns of an answer are called, by their JSON names.
COLUMNS = {
    "trafficSource": "Source",
    "deviceType": "Device",
    "countryCode": "Country",
    "eventType": "Event",
    "path": "Page",
    "referrerHost": "Site",
    "referrerPage": "Its page",
    "source": "Source",
    "medium": "Medium",
    "campaign": "Campaign",
    "visitors": "Visitors",
    "sessions": "Visits",
    "events": "Events",
    "pageViews": "Page views",
    "entrances": "Entrances",
    "exits": "Exits",
    "conversions": "Conversions",
    "convertedSessions": "Visits that converted",
    "bounces": "Bounces",
    "bounceRate": "Bounce rate",
    "engagedMs": "Engaged time",
    "conversionRate": "Conversion rate",
    "scrollSamples": "Scroll samples",
    "scrollPercentSum": "Scroll, summed",
    "meanScrollPercent": "Mean scroll",
    "share": "Share",
}


def count(value: float | None) -> str:
    """A whole number."""
    return NOTHING if value is None else f"{value:,.0f}"


def share(value: float | None) -> str:
    """A share of one, as percent."""
    return NOTHING if value is None else f"{value:.1%}"


def change(value: float | None) -> str:
    """A change against a baseline; nothing where there was none."""
    if value is None:
        return ""
    text = f"{abs(value):.0%}" if abs(value) >= 0.1 else f"{abs(value):.1%}"
    return f"{'+' if value > 0 else MINUS if value < 0 else '±'}{text}"


def mean(value: float) -> str:
    """How many there are of one thing for each of another."""
    return f"{value:,.2f}"


def hours(value: float) -> str:
    """A time in hours."""
    return f"{value:,.1f} h"


def duration(milliseconds: float) -> str:
    """A time, in the largest unit that it fills and the next one."""
    seconds = round(milliseconds / 1000)
    for unit, name, smaller, next_name in ((3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= unit:
            return f"{seconds // unit:,} {name} {seconds % unit // smaller} {next_name}"
    return f"{seconds} s"


def vital(name: str, value: float | None) -> str:
    """A web vital: milliseconds, or a score without a unit."""
    if value is None:
        return NOTHING
    return f"{value:.2f}" if name == "cls" else f"{value:,.0f} ms"


def day(value: date | str) -> str:
    """A day with its weekday."""
    known = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{known:%a} {known.day} {known:%b %Y}"


def days(first: date | str, last: date | str) -> str:
    """A window of days."""
    return day(first) if first == last else f"{day(first)} to {day(last)}"


def short_day(value: date | str) -> str:
    """A day where there is little room."""
    known = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{known.day} {known:%b}"


def instant(value: datetime | str) -> str:
    """An instant, to the second."""
    known = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{known:%Y-%m-%d %H:%M:%S} UTC"


def column(name: str) -> str:
    """The name of a column."""
    return COLUMNS.get(name, name)


def cell(name: str, value: object) -> str:
    """The value of a column of a breakdown."""
    if value is None:
        return NOTHING
    if name == "countryCode":
        return country(str(value))
    if name == "engagedMs" and isinstance(value, int | float):
        return duration(value)
    if isinstance(value, str):
        return value.replace("_", " ") if name in ("trafficSource", "deviceType") else value
    if isinstance(value, float) and (name == "share" or name.endswith("Rate")):
        return share(value)
    if name == "meanScrollPercent" and isinstance(value, int | float):
        return f"{value:.0f}%"
    return count(value) if isinstance(value, int | float) else NOTHING


def country(code: str) -> str:
    """The name of a country in English."""
    return str(_territories().get(code, code))


@cache
def _territories() -> dict[str, str]:
    return dict(Locale("en").territories)

"""Numbers and names as people read them. Nothing is computed here but how a number is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache

from babel import Locale, negotiate_locale
from babel.localedata import locale_identifiers

from ingest_app.reports.windows import Bucket, Filter, FilterBy

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


FILTERS = {
    FilterBy.TRAFFIC_SOURCE: "Source",
    FilterBy.REFERRER_HOST: "Referred by",
    FilterBy.REFERRER_PAGE: "Referred by page",
    FilterBy.UTM_SOURCE: "Campaign source",
    FilterBy.UTM_MEDIUM: "Campaign medium",
    FilterBy.UTM_CAMPAIGN: "Campaign",
    FilterBy.LANDING_PATH: "Landed on",
    FilterBy.EXIT_PATH: "Left from",
    FilterBy.DEVICE_TYPE: "Device",
    FilterBy.COUNTRY_CODE: "Country",
    FilterBy.IS_RETURNING: "Visitors",
}
RETURNING = {"true": "returning", "false": "new"}
STEPS = {Bucket.HOUR: "hour", Bucket.DAY: "day", Bucket.WEEK: "week", Bucket.MONTH: "month"}


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


def mean(value: float | None) -> str:
    """How many there are of one thing for each of another."""
    return NOTHING if value is None else f"{value:,.2f}"


def hours(value: float | None) -> str:
    """A time in hours."""
    return NOTHING if value is None else f"{value:,.1f} h"


def duration(milliseconds: float | None) -> str:
    """A time, in the largest unit that it fills and the next one."""
    if milliseconds is None:
        return NOTHING
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


def bucket(step: Bucket, start: datetime, end: datetime) -> str:
    """A part of a window. Weeks and months say their days, since the window may cut them."""
    if step is Bucket.HOUR:
        return f"{day(start.date())}, {start:%H:%M}"
    last = (end - timedelta(days=1)).date()
    if start.date() == last:
        return day(last)
    if step is Bucket.MONTH and start.day == 1 and end.day == 1:
        return f"{start:%B %Y}"
    first = f"{start.day}" if start.month == last.month else short_day(start.date())
    return f"{first} to {short_day(last)} {last.year}"


def short_bucket(step: Bucket, start: datetime) -> str:
    """A part of a window where there is little room."""
    if step is Bucket.HOUR and start.hour:
        return f"{start:%H:%M}"
    return f"{start:%b %Y}" if step is Bucket.MONTH else short_day(start.date())


def instant(value: datetime | str) -> str:
    """An instant, to the second."""
    known = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{known.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def column(name: str) -> str:
    """The name of a column."""
    return COLUMNS.get(name, name)


def cell(name: str, value: object, language: str = "en") -> str:
    """The value of a column of a breakdown."""
    if value is None:
        return NOTHING
    if name == "countryCode":
        return country(str(value), language)
    if name == "engagedMs" and isinstance(value, int | float):
        return duration(value)
    if isinstance(value, str):
        return value.replace("_", " ") if name in ("trafficSource", "deviceType") else value
    if isinstance(value, float) and (name == "share" or name.endswith("Rate")):
        return share(value)
    if name == "meanScrollPercent" and isinstance(value, int | float):
        return f"{value:.0f}%"
    return count(value) if isinstance(value, int | float) else NOTHING


def filtered(one: Filter, language: str = "en") -> str:
    """The value of a filter."""
    if one.by is FilterBy.COUNTRY_CODE:
        return country(one.value, language)
    if one.by is FilterBy.IS_RETURNING:
        return RETURNING[one.value]
    words = (FilterBy.TRAFFIC_SOURCE, FilterBy.DEVICE_TYPE)
    return one.value.replace("_", " ") if one.by in words else one.value


def country(code: str, language: str = "en") -> str:
    """The name of a country; of what is none, the code as it is."""
    return str(_territories(language).get(code) or _territories("en").get(code, code))


def language_of(preferred: Sequence[str]) -> str:
    """The first of the languages of a browser in which countries have names; else English."""
    asked = [name.replace("-", "_") for name in preferred]
    return negotiate_locale(asked, locale_identifiers()) or "en"


@cache
def _territories(language: str) -> dict[str, str]:
    return dict(Locale.parse(language).territories)

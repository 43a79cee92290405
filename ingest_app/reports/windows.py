"""Windows of days, and which part of a mart they read."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from ingest_app.enrichment.vocabulary import DeviceType, TrafficSource
from ingest_app.reports.bounds import FIRST_DAY, MAX_FILTER_VALUE

# The property of the rows of a mart that count all properties together.
ALL_PROPERTIES = ""
SCOPE = "{scope}"
VISITS = "{visits}"
# What stands for a text that a visit does not have.
NOT_SET = "(not set)"


class Audience(StrEnum):
    """Whose traffic counts. A visitor who was seen as both counts in both, and once in all."""

    ALL = "all"
    PEOPLE = "people"
    BOTS = "bots"


# What holds for rows that know is_bot.
KINDS = {Audience.ALL: "true", Audience.PEOPLE: "not is_bot", Audience.BOTS: "is_bot"}
# The columns of visitor_recency, of all of them and of the returning ones.
VISITORS = {
    Audience.ALL: ("visitors", "returning_visitors"),
    Audience.PEOPLE: ("people", "returning_people"),
    Audience.BOTS: ("bots", "returning_bots"),
}
# Of the days of a window, how many visitors were counted before on one of them; of page_recency and
# visit_recency, whose lists begin with the earliest day.
AGAIN = """
    coalesce(
        sum(
            {visitors}_up_to[cardinality(previous_days)]
            - coalesce({visitors}_up_to[width_bucket(%(from_day)s::date - 1, previous_days)], 0)
        ),
        0
    )::bigint
"""


class Comparison(StrEnum):
    """With which days of before a window is compared; always with as many."""

    PREVIOUS = "previous"
    YEAR = "year"
    # The nearest days just before that begin on the same day of the week.
    WEEKDAY = "weekday"


class Bucket(StrEnum):
    """How long a part of a trend is. A week begins on a Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class FilterBy(StrEnum):
    """What a visit may be filtered by."""

    TRAFFIC_SOURCE = "traffic_source"
    REFERRER_HOST = "referrer_host"
    REFERRER_PAGE = "referrer_page"
    UTM_SOURCE = "utm_source"
    UTM_MEDIUM = "utm_medium"
    UTM_CAMPAIGN = "utm_campaign"
    LANDING_PATH = "landing_path"
    EXIT_PATH = "exit_path"
    DEVICE_TYPE = "device_type"
    COUNTRY_CODE = "country_code"
    IS_RETURNING = "is_returning"


# Those of which only some words can be meant.
WORDS: dict[FilterBy, tuple[str, ...]] = {
    FilterBy.TRAFFIC_SOURCE: tuple(TrafficSource),
    FilterBy.DEVICE_TYPE: tuple(DeviceType),
    FilterBy.IS_RETURNING: ("true", "false"),
}
# Columns of sessions with another name.
COLUMNS = {FilterBy.LANDING_PATH: "entry_path"}
# Those that a visit always has; of the others `(not set)` asks for what has none.
ALWAYS_SET = {FilterBy.TRAFFIC_SOURCE, FilterBy.DEVICE_TYPE, FilterBy.COUNTRY_CODE}


@dataclass(frozen=True, slots=True)
class Filter:
    """A value that a visit must have. Of several of one dimension, one of them."""

    by: FilterBy
    value: str

    def __str__(self) -> str:
        return f"{self.by}:{self.value}"


def read_filter(text: str) -> Filter:
    """A filter as addresses have it. Raises ValueError that says what was expected."""
    name, colon, wanted = text.partition(":")
    if not colon or name not in {*FilterBy}:
        raise ValueError(
            f"must be a dimension, a colon and a value, of the dimensions {', '.join(FilterBy)}"
        )
    by = FilterBy(name)
    if not 1 <= len(wanted) <= MAX_FILTER_VALUE or "\0" in wanted:
        raise ValueError(f"{by} must have a value of 1 to {MAX_FILTER_VALUE} characters, no NUL")
    if wanted not in WORDS.get(by, (wanted,)):
        raise ValueError(f"{by} must be one of {', '.join(WORDS[by])}")
    return Filter(by, wanted)


def read_day(text: str) -> date:
    """A day as addresses have it. Raises ValueError that says what was expected."""
    expected = "must be a day that exists, written like 2026-03-31"
    # Python reads other forms of ISO 8601 too.
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(expected)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(expected) from None
    if day < FIRST_DAY:
        raise ValueError(f"must not be before {FIRST_DAY}")
    return day


@dataclass(frozen=True, slots=True)
class Window:
    """Days from..to, both inclusive, of one property or, where it is None, of all together."""

    from_day: date
    to_day: date
    property_id: str | None = None
    audience: Audience = Audience.ALL
    filters: tuple[Filter, ...] = ()
    comparison: Comparison | None = None

    @property
    def days(self) -> list[date]:
        """Every day of it, in order."""
        length = (self.to_day - self.from_day).days + 1
        return [self.from_day + timedelta(days=number) for number in range(length)]

    def before(self) -> Window:
        """The same number of days just before it."""
        to_day = self.from_day - timedelta(days=1)
        return replace(self, from_day=to_day - (self.to_day - self.from_day), to_day=to_day)

    def baseline(self) -> Window | None:
        """The days with which it is compared, if with any."""
        if self.comparison is None:
            return None
        if self.comparison is Comparison.PREVIOUS:
            return self.before()
        length = self.to_day - self.from_day
        if self.comparison is Comparison.YEAR:
            from_day = _year_before(self.from_day)
        else:
            from_day = self.from_day - timedelta(weeks=length.days // 7 + 1)
        return replace(self, from_day=from_day, to_day=from_day + length)

    def values(self, **more: Any) -> dict[str, Any]:
        """The parameters of a statement."""
        return {
            "from_day": self.from_day,
            "to_day": self.to_day,
            "property_id": self.property_id,
            "property_or_all": self.property_id or ALL_PROPERTIES,
            **{f"filter_{by}": values for by, values in self._filtered().items()},
        } | more

    def scoped(self, statement: str) -> str:
        """A statement whose `{scope}` holds for the rows of the property, or for all rows.

        Two statements rather than one with "or": each has its own plan, kept by the server.
        """
        scope = "true" if self.property_id is None else "property_id = %(property_id)s"
        return statement.replace(SCOPE, scope)

    def of_audience(self, statement: str) -> str:
        """A statement whose `{visitors}` and `{returning}` are the audience's columns of visitor_recency.

        And whose `{kind}` holds for the rows of the audience.
        """
        visitors, returning = VISITORS[self.audience]
        return (
            statement.replace("{visitors}", visitors)
            .replace("{returning}", returning)
            .replace("{kind}", self.kind)
        )

    def of_visits(self, statement: str) -> str:
        """A statement whose `{visits}` holds for the rows of sessions that belong to the window."""
        conditions = [
            "true" if self.property_id is None else "property_id = %(property_id)s",
            "day between %(from_day)s and %(to_day)s",
            *([] if self.audience is Audience.ALL else [self.kind]),
            *(_condition(by) for by in self._filtered()),
        ]
        return statement.replace(VISITS, " and ".join(conditions))

    @property
    def visitors_of_hour(self) -> str:
        """The column of daily_hours that adds up to the distinct visitors of one hour of one day."""
        return "visitors_once" if self.audience is Audience.ALL else "visitors"

    @property
    def kind(self) -> str:
        """What holds for rows that know is_bot."""
        return KINDS[self.audience]

    def _filtered(self) -> dict[FilterBy, list[str]]:
        values: dict[FilterBy, list[str]] = {}
        for one in self.filters:
            values.setdefault(one.by, []).append(one.value)
        return values

    def as_json(self) -> dict[str, str]:
        """The shape in which every answer names its window."""
        return {"from": self.from_day.isoformat(), "to": self.to_day.isoformat()}


def _condition(by: FilterBy) -> str:
    if by is FilterBy.IS_RETURNING:
        return f"is_returning = any(%(filter_{by})s::boolean[])"
    column = COLUMNS.get(by, by.value)
    known = column if by in ALWAYS_SET else f"coalesce({column}, '{NOT_SET}')"
    return f"{known} = any(%(filter_{by})s::text[])"


def _year_before(day: date) -> date:
    """The same day of the year before; of a leap day the one before it."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)

"""What a page shows, as its address says it: property, window, comparison, audience, tabs.

Everything stands in the address. So a page can be sent to somebody, kept and printed, and every
link is the address with one thing changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from ingest_app.reports.bounds import MAX_DAYS
from ingest_app.reports.windows import Audience, Window

CUSTOM = "custom"
NO_COMPARISON = "none"
DEFAULTS = {"window": "7", "compare": "previous", "audience": "people", "measure": "visitors"}
# What a link takes along from one page to the next.
KEPT = ("share", "property", "window", "from", "to", "compare", "audience")
WEEK = 7
# No event is older.
FIRST_DAY = date(1900, 1, 1)
COMPARISONS = {
    "previous": "the time before",
    "weekday": "the same weekdays before",
    "year": "a year before",
    NO_COMPARISON: "nothing",
}
AUDIENCES = {"people": "people", "bots": "bots", "all": "everybody"}


class WrongAddressError(ValueError):
    """The address asks for what there is not; the message is for whoever typed it."""


def _ending_yesterday(days: int) -> Callable[[date], tuple[date, date]]:
    return lambda today: (today - timedelta(days=days), today - timedelta(days=1))


def _last_month(today: date) -> tuple[date, date]:
    end = today.replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


# Whole days where that is possible: today would make every comparison look like a fall.
WINDOWS: dict[str, tuple[str, Callable[[date], tuple[date, date]]]] = {
    "today": ("today", lambda today: (today, today)),
    "yesterday": ("yesterday", _ending_yesterday(1)),
    "7": ("last 7 days", _ending_yesterday(7)),
    "28": ("last 28 days", _ending_yesterday(28)),
    "90": ("last 90 days", _ending_yesterday(90)),
    "month": ("this month", lambda today: (today.replace(day=1), today)),
    "last-month": ("last month", _last_month),
    "year": ("this year", lambda today: (today.replace(month=1, day=1), today)),
}


@dataclass(frozen=True, slots=True)
class View:
    """One state of the dashboard."""

    path: str
    query: Mapping[str, str]
    window: Window
    # None: compared with nothing.
    baseline: Window | None

    @property
    def window_name(self) -> str:
        """Which of WINDOWS, or CUSTOM."""
        return self.query.get("window", DEFAULTS["window"])

    @property
    def compare(self) -> str:
        """Which of COMPARISONS."""
        return self.query.get("compare", DEFAULTS["compare"])

    @property
    def audience(self) -> str:
        """Which of AUDIENCES."""
        return self.window.audience.value

    @property
    def property_id(self) -> str | None:
        """The property, or None for all of them together."""
        return self.window.property_id

    def get(self, name: str, default: str = "") -> str:
        """What the address says under a name."""
        return self.query.get(name, DEFAULTS.get(name, default))

    def link(self, path: str | None = None, **changes: Any) -> str:
        """The address with some things changed; None takes one out. Another page keeps the window."""
        kept = {name: value for name, value in self.query.items() if path is None or name in KEPT}
        named = kept | {name.rstrip("_"): value for name, value in changes.items()}
        told = {
            name: value
            for name, value in named.items()
            if value not in (None, "") and DEFAULTS.get(name) != value
        }
        target = self.path if path is None else path
        return f"{target}?{urlencode(told)}" if told else target

    def hidden(self, *without: str) -> dict[str, str]:
        """What a form sends along besides its own fields."""
        return {name: value for name, value in self.query.items() if name not in without}

    def seen_by(self, audience: Audience) -> Window:
        """The same window for another audience."""
        return replace(self.window, audience=audience)


def read_view(path: str, query: Mapping[str, str], *, today: date, only: str | None = None) -> View:
    """What an address asks for. `only` is the one property that may be seen.

    Raises WrongAddressError.
    """
    said = {name: value.strip() for name, value in query.items() if value.strip()}
    property_id = said.get("property")
    if only is not None:
        if property_id not in (None, only):
            raise WrongAddressError(f"Your key is of {only} alone.")
        property_id = only
    audience = _one_of("audience", said, AUDIENCES)
    compare = _one_of("compare", said, COMPARISONS)
    name = _one_of("window", said, {**WINDOWS, CUSTOM: CUSTOM})
    # The form has both a name and days. Days that were changed while the name was not are meant.
    if said.pop("was", None) == name != CUSTOM and {"from", "to"} <= said.keys():
        named = [day.isoformat() for day in WINDOWS[name][1](today)]
        if [said["from"], said["to"]] != named:
            name = said["window"] = CUSTOM
    if name == CUSTOM:
        first, last = _day("from", said), _day("to", said)
    else:
        said = {key: value for key, value in said.items() if key not in ("from", "to")}
        first, last = WINDOWS[name][1](today)
    if last < first:
        raise WrongAddressError(f"The window ends on {last}, before it begins on {first}.")
    if (days := (last - first).days + 1) > MAX_DAYS:
        raise WrongAddressError(f"A window has at most {MAX_DAYS} days; this one has {days}.")
    window = Window(first, last, property_id, Audience(audience))
    return View(path, said, window, _baseline(window, compare))


def _one_of(name: str, said: Mapping[str, str], known: Mapping[str, Any]) -> str:
    value = said.get(name, DEFAULTS[name])
    if value not in known:
        raise WrongAddressError(f"There is no {name} “{value}”; there are {', '.join(known)}.")
    return value


def _day(name: str, said: Mapping[str, str]) -> date:
    try:
        day = date.fromisoformat(said.get(name, ""))
    except ValueError:
        raise WrongAddressError(
            f"“{name}” must be a day that exists, written like 2026-03-31."
        ) from None
    if day < FIRST_DAY:
        raise WrongAddressError(f"“{name}” must not be before {FIRST_DAY}.")
    return day


def _baseline(window: Window, compare: str) -> Window | None:
    if compare == NO_COMPARISON:
        return None
    if compare == "previous":
        return window.before()
    if compare == "weekday":
        length = (window.to_day - window.from_day).days + 1
        return _moved(window, -(-length // WEEK) * WEEK)
    return replace(
        window, from_day=_year_before(window.from_day), to_day=_year_before(window.to_day)
    )


def _moved(window: Window, days: int) -> Window:
    by = timedelta(days=days)
    return replace(window, from_day=window.from_day - by, to_day=window.to_day - by)


def _year_before(day: date) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, 2, 28)
    return day.replace(year=day.year - 1)

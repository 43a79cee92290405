"""What a page shows, as its address says it: property, window, comparison, audience, filters, tabs.

Everything stands in the address. So a page can be sent to somebody, kept and printed, and every
link is the address with one thing changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ingest_app.reports.bounds import MAX_DAYS, MAX_FILTERS
from ingest_app.reports.windows import (
    Audience,
    Bucket,
    Comparison,
    Filter,
    FilterBy,
    Window,
    read_day,
    read_filter,
)

CUSTOM = "custom"
NO_COMPARISON = "none"
DEFAULTS = {"window": "7", "compare": "previous", "audience": "people", "measure": "visitors"}
# What a link takes along from one page to the next.
KEPT = ("share", "property", "window", "from", "to", "compare", "audience")
FILTER = "filter"
NO_ZONE = "UTC"
# Every visit is one of them: with these, everything is told of visits and nothing is left out.
EVERY_VISIT = (Filter(FilterBy.IS_RETURNING, "true"), Filter(FilterBy.IS_RETURNING, "false"))
# By the length of a window in days: the steps that a chart may have, the usual one first. More points
# than these are no line that anybody reads.
STEPS = (
    (1, (Bucket.HOUR, Bucket.DAY)),
    (7, (Bucket.DAY, Bucket.HOUR)),
    (31, (Bucket.DAY, Bucket.WEEK)),
    (100, (Bucket.DAY, Bucket.WEEK, Bucket.MONTH)),
    (MAX_DAYS, (Bucket.WEEK, Bucket.DAY, Bucket.MONTH)),
)
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
    # The zones whose clocks cut its days: one of a property, those of all of them together.
    zones: Sequence[str] = (NO_ZONE,)
    # In which names of countries are written, as babel calls it.
    language: str = "en"

    @property
    def baseline(self) -> Window | None:
        """The days with which it is compared, or None."""
        return self.window.baseline()

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

    @property
    def filters(self) -> tuple[Filter, ...]:
        """What visits must be to count."""
        return self.window.filters

    @property
    def steps(self) -> tuple[Bucket, ...]:
        """How long the parts of its chart may be, the usual length first."""
        days = len(self.window.days)
        return next(steps for most, steps in STEPS if days <= most)

    @property
    def step(self) -> Bucket:
        """How long they are. One that does not suit the window is left for when it does."""
        said = self.query.get("step")
        return next((step for step in self.steps if step == said), self.steps[0])

    def get(self, name: str) -> str:
        """What the address says under a name."""
        return self.query.get(name, DEFAULTS.get(name, ""))

    def link(
        self, path: str | None = None, *, filters: Iterable[Filter] | None = None, **changes: Any
    ) -> str:
        """The address with some things changed; None takes one out.

        Another page keeps the window and the filters.
        """
        kept = {name: value for name, value in self.query.items() if path is None or name in KEPT}
        named = kept | changes
        told = [
            (name, value)
            for name, value in named.items()
            if value not in (None, "") and DEFAULTS.get(name) != value
        ]
        told += [(FILTER, str(one)) for one in (self.filters if filters is None else filters)]
        target = self.path if path is None else path
        return f"{target}?{urlencode(told)}" if told else target

    def filtered(self, *more: Filter, path: str | None = None) -> str:
        """The address where these must hold too; where all of them do, the one without them."""
        if self.has(*more):
            return self.link(path, filters=[one for one in self.filters if one not in more])
        return self.link(path, filters=dict.fromkeys((*self.filters, *more)))

    def has(self, *some: Filter) -> bool:
        """Whether all of these hold already."""
        return {*some} <= {*self.filters}

    def hidden(self, *without: str) -> list[tuple[str, str]]:
        """What a form sends along besides its own fields."""
        said = [(name, value) for name, value in self.query.items() if name not in without]
        kept = [one for one in self.filters if one.by not in without]
        return [*said, *((FILTER, str(one)) for one in kept)]

    def seen_by(self, audience: Audience) -> Window:
        """The same window for another audience."""
        return replace(self.window, audience=audience)

    def clock(self, instant: str) -> datetime:
        """What the clocks of its days say at an instant; of several the one furthest behind."""
        known = datetime.fromisoformat(instant)
        return min(known.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in self.zones)


def read_view(
    path: str,
    query: Mapping[str, str],
    *,
    today: date,
    only: str | None = None,
    filters: Sequence[str] = (),
    zones: Sequence[str] = (NO_ZONE,),
    language: str = "en",
) -> View:
    """What an address asks for. `only` is the one property that may be seen.

    Raises WrongAddressError.
    """
    said = {
        name: value.strip() for name, value in query.items() if value.strip() and name != FILTER
    }
    property_id = said.get("property")
    if property_id is not None and "\x00" in property_id:
        raise WrongAddressError("“property” must not contain the NUL character.")
    if only is not None:
        if property_id not in (None, only):
            raise WrongAddressError(f"You may look at {only} alone.")
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
    if last == date.max:
        # A chart draws up to where the next day begins.
        raise WrongAddressError(f"“to” must be before {last}, after which there is no day.")
    if (days := (last - first).days + 1) > MAX_DAYS:
        raise WrongAddressError(f"A window has at most {MAX_DAYS} days; this one has {days}.")
    window = Window(
        first,
        last,
        property_id,
        Audience(audience),
        _filters(filters),
        None if compare == NO_COMPARISON else Comparison(compare),
    )
    return View(path, said, window, zones, language)


def _filters(texts: Sequence[str]) -> tuple[Filter, ...]:
    # A picker sends an empty one where nothing is picked.
    said = dict.fromkeys(text for text in texts if text)
    if len(said) > MAX_FILTERS:
        raise WrongAddressError(
            f"At most {MAX_FILTERS} filters hold at once; here are {len(said)}. Take one out first."
        )
    try:
        return tuple(read_filter(text) for text in said)
    except ValueError as error:
        raise WrongAddressError(f"A filter {error}.") from None


def _one_of(name: str, said: Mapping[str, str], known: Mapping[str, Any]) -> str:
    value = said.get(name, DEFAULTS[name])
    if value not in known:
        raise WrongAddressError(f"There is no {name} “{value}”; there are {', '.join(known)}.")
    return value


def _day(name: str, said: Mapping[str, str]) -> date:
    try:
        return read_day(said.get(name, ""))
    except ValueError as error:
        raise WrongAddressError(f"“{name}” {error}.") from None

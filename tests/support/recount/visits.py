"""What reports of visits should answer, counted from the facts of all days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from tests.support.recount.closed import Closed
from tests.support.recount.facts import Hit, first_sights
from tests.support.recount.grouping import RowKey
from tests.support.recount.sessions import (
    NOT_SET,
    Visit,
    campaign_of,
    cut,
    exit_path_of,
    grouped_visits,
    landing_path_of,
    referrer_of,
    since_horizon,
)
from tests.support.recount.windows import Window

Filters = Iterable[tuple[str, str]]


def over(part: float, whole: float) -> float:
    return part / whole if whole else 0


def _utm(place: int) -> Callable[[Visit], str]:
    return lambda visit: str((visit.utm or (None,) * 3)[place] or NOT_SET)


# Names of the keys of a row, and the texts of a visit.
KEYS: dict[str, tuple[tuple[str, ...], Callable[[Visit], RowKey | None]]] = {
    "landing_path": (("path",), landing_path_of),
    "exit_path": (("path",), exit_path_of),
    "referrer": (("referrerHost",), lambda visit: (referrer_of(visit) or ())[:1] or None),
    "referrer_page": (("referrerHost", "referrerPage"), referrer_of),
    "campaign": (("source", "medium", "campaign"), campaign_of),
    "traffic_source": (("trafficSource",), lambda visit: (visit.entry.traffic_source,)),
    "device_type": (("deviceType",), lambda visit: (visit.entry.device_type,)),
    "country": (("countryCode",), lambda visit: (visit.entry.country_code,)),
}
FILTERS: dict[str, Callable[[Visit], str]] = {
    "traffic_source": lambda visit: visit.entry.traffic_source,
    "referrer_host": lambda visit: (referrer_of(visit) or (NOT_SET,))[0],
    "referrer_page": lambda visit: (referrer_of(visit) or (NOT_SET, NOT_SET))[1],
    "utm_source": _utm(0),
    "utm_medium": _utm(1),
    "utm_campaign": _utm(2),
    "landing_path": lambda visit: str(visit.entry.path or NOT_SET),
    "exit_path": lambda visit: str(visit.last.path or NOT_SET),
    "device_type": lambda visit: visit.entry.device_type,
    "country_code": lambda visit: visit.entry.country_code,
}


def visits_of(
    hits: list[Hit], window: Window, filters: Filters = (), closed: Closed | None = None
) -> list[Visit]:
    """The visits that began in a window of days that are held, and fit."""
    first = first_sights(hits)
    wanted: dict[str, set[str]] = {}
    for by, value in filters:
        wanted.setdefault(by, set()).add(value)
    return [
        visit
        for visit in since_horizon(cut(hits), closed or Closed())
        if window.holds(visit.entry)
        and all(told(visit, by, first) in values for by, values in wanted.items())
    ]


def told(visit: Visit, by: str, first: Mapping[str, datetime]) -> str:
    """What a visit has of a dimension by which visits are filtered."""
    if by == "is_returning":
        return str(visit.entry.has_been_seen(first)).lower()
    return FILTERS[by](visit)


def figures(visits: list[Visit]) -> dict[str, float]:
    """What visits come to."""
    views = sum(hit.event_type == "page_view" for visit in visits for hit in visit.hits)
    converted = sum(visit.is_converted for visit in visits)
    engaged = sum(visit.engaged_ms for visit in visits)
    return {
        "visitors": len({visit.entry.visitor for visit in visits}),
        "sessions": len(visits),
        "pageViews": views,
        "viewsPerSession": over(views, len(visits)),
        "bounceRate": over(sum(visit.is_bounce for visit in visits), len(visits)),
        "conversions": sum(hit.is_conversion for visit in visits for hit in visit.hits),
        "convertedSessions": converted,
        "conversionRate": over(converted, len(visits)),
        "engagedMs": engaged,
        "engagedMsPerSession": over(engaged, len(visits)),
    }


def breakdown(
    hits: list[Hit], window: Window, by: str, filters: Filters = (), closed: Closed | None = None
) -> list[dict[str, Any]]:
    """All rows, most first."""
    names, texts_of = KEYS[by]
    groups = grouped_visits(visits_of(hits, window, filters, closed), texts_of)
    whole = sum(map(len, groups.values()))
    rows = [
        dict(zip(names, texts, strict=True))
        | {
            name: value
            for name, value in figures(group).items()
            if name not in ("viewsPerSession", "engagedMsPerSession")
        }
        | {
            "bounces": sum(visit.is_bounce for visit in group),
            "share": over(len(group), whole),
        }
        for texts, group in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row["sessions"], [row[name] for name in names]))


def hours(hits: list[Hit], window: Window) -> list[dict[str, Any]]:
    """The hours of the days of a window that have an event."""
    there = [hit for hit in hits if window.holds(hit)]
    visits = visits_of(hits, window)
    whole = sum(hit.event_type == "page_view" for hit in there)
    rows = []
    for hour in sorted({hit.hour for hit in there}):
        of_hour = [hit for hit in there if hit.hour == hour]
        begun = [visit for visit in visits if visit.entry.hour == hour]
        views = sum(hit.event_type == "page_view" for hit in of_hour)
        bounces = sum(visit.is_bounce for visit in begun)
        rows.append(
            {
                "hour": hour,
                "visitors": len({hit.visitor for hit in of_hour})
                if window.from_day == window.to_day
                else None,
                "pageViews": views,
                "sessions": len(begun),
                "conversions": sum(hit.is_conversion for hit in of_hour),
                "bounces": bounces,
                "engagedMs": sum(visit.engaged_ms for visit in begun),
                "share": over(views, whole),
                "bounceRate": over(bounces, len(begun)),
            }
        )
    return rows


def buckets(
    hits: list[Hit],
    window: Window,
    by: str,
    filters: Filters = (),
    leads: Mapping[date, int] | None = None,
    closed: Closed | None = None,
) -> list[dict[str, Any]]:
    """Every bucket of a trend; `leads` are the new ones of each day, where there are such."""

    def bucket(hit: Hit) -> str:
        day = hit.key[1]
        return f"{day}T{hit.hour:02}:00:00" if by == "hour" else _start(day)

    def _start(day: date) -> str:
        begin = {
            "day": day,
            "week": day - timedelta(days=day.isoweekday() - 1),
            "month": date(day.year, day.month, 1),
        }[by]
        return f"{begin if begin > window.from_day else window.from_day}"

    days = [
        window.from_day + timedelta(days=n)
        for n in range((window.to_day - window.from_day).days + 1)
    ]
    names = (
        [f"{day}T{hour:02}:00:00" for day in days for hour in range(24)]
        if by == "hour"
        else sorted({_start(day) for day in days})
    )
    visits = visits_of(hits, window, filters, closed)
    rows = []
    for name in names:
        begun = [visit for visit in visits if bucket(visit.entry) == name]
        seen = (
            [hit for visit in begun for hit in visit.hits]
            if filters
            else [hit for hit in hits if window.holds(hit) and bucket(hit) == name]
        )
        rows.append(
            {
                "start": name,
                "visitors": len({hit.visitor for hit in seen}),
                "pageViews": sum(hit.event_type == "page_view" for hit in seen),
                "sessions": len(begun),
                "conversions": sum(hit.is_conversion for hit in seen),
                "bounceRate": over(sum(visit.is_bounce for visit in begun), len(begun)),
                "engagedMs": sum(visit.engaged_ms for visit in begun),
                "newLeads": None
                if leads is None
                else sum(leads[day] for day in days if _start(day) == name),
                "visits": _of_bucket(begun) if filters or by != "hour" else None,
            }
        )
    return rows


def _of_bucket(begun: list[Visit]) -> dict[str, float]:
    """Of the visits that began in a bucket."""
    wanted = ("pageViews", "viewsPerSession", "conversions", "convertedSessions")
    of_all = figures(begun)
    return {name: of_all[name] for name in (*wanted, "conversionRate", "engagedMsPerSession")}


def cohorts(hits: list[Hit], window: Window) -> list[dict[str, Any]]:
    """By the week in which each visitor first came to the property, or to any."""
    came: dict[str, set[date]] = {}
    for hit in hits:
        is_wanted = window.property_id in (None, hit.property_id) and window.is_bot in (
            None,
            hit.device_type == "bot",
        )
        if is_wanted and hit.key[1] <= window.to_day:
            came.setdefault(hit.visitor, set()).add(hit.key[1])
    monday = window.from_day - timedelta(days=window.from_day.isoweekday() - 1)
    mondays = []
    while monday <= window.to_day:
        mondays.append(monday)
        monday += timedelta(days=7)
    rows = []
    for first in mondays:
        of_week = [
            days
            for days in came.values()
            if window.from_day <= min(days) and first <= min(days) < first + timedelta(days=7)
        ]
        rows.append(
            {
                "week": f"{first}",
                "visitors": len(of_week),
                "cameBack": [
                    sum(
                        any(week <= day < week + timedelta(days=7) for day in days)
                        for days in of_week
                    )
                    for week in mondays
                    if week > first
                ],
            }
        )
    return rows

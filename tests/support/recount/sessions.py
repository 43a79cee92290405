"""sessions and the marts made of them, from sessions that are cut here once more by the plain rule."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.support.recount.closed import Closed
from tests.support.recount.facts import Hit, Utm
from tests.support.recount.grouping import RowKey, Rows, counted, grouped, text_key
from tests.support.recount.people import Counting, recency_lists

GAP = timedelta(minutes=30)
ENGAGED_MS = 10_000
NOT_SET = "(not set)"
ALL_PROPERTIES = ""


@dataclass(frozen=True)
class Visit:
    """The hits of one session, or those of one property in it, in the order that cuts sessions.

    The hit that opened the session gives its campaign, its referrer and its landing path, also where
    the purge has taken that hit. `is_first` is false where that hit was on another property.
    """

    hits: list[Hit]
    opened_by: Hit
    is_first: bool = True

    @property
    def utm(self) -> Utm | None:
        return self.opened_by.utm if self.is_first else None

    @property
    def entry(self) -> Hit:
        return min(self.hits, key=self._place)

    @property
    def last(self) -> Hit:
        return max(self.hits, key=self._place)

    def _place(self, hit: Hit) -> tuple[object, ...]:
        """As marts order the hits of a session, which may not read the campaigns of events."""
        is_other_page = hit.sent_path is None or hit.sent_path != self.opened_by.sent_path
        is_from_here = hit.traffic_source in {"direct", "internal"}
        return hit.at, is_other_page, is_from_here, not hit.is_entrance, hit.dedupe_key

    @property
    def id(self) -> str:
        ids = {hit.session_id for hit in self.hits}
        assert len(ids) == 1, f"raw has one visit in the sessions {ids}"
        return str(self.entry.session_id)

    @property
    def day(self) -> date:
        return self.entry.key[1]

    @property
    def is_converted(self) -> bool:
        return any(hit.is_conversion for hit in self.hits)

    @property
    def is_bot(self) -> bool:
        return self.entry.device_type == "bot"

    @property
    def engaged_ms(self) -> float:
        return sum(hit.engaged_ms for hit in self.hits if hit.engaged_ms is not None)

    @property
    def is_bounce(self) -> bool:
        [views] = counted(self.hits, "page_views").values()
        return views == 1 and self.engaged_ms < ENGAGED_MS and not self.is_converted


def cut(hits: Iterable[Hit]) -> list[Visit]:
    """Cut hits at gaps and where another campaign begins. Those without a session take no part."""
    visits: list[Visit] = []
    placed = (hit for hit in hits if hit.session_id is not None)
    for of_visitor in grouped(placed, lambda hit: (hit.visitor,)).values():
        current: Visit | None = None
        for hit in sorted(of_visitor, key=in_order):
            if current is None or _begins_anew(current, hit):
                current = Visit([hit], hit)
                visits.append(current)
            else:
                current.hits.append(hit)
    return visits


def in_order(hit: Hit) -> tuple[object, ...]:
    """By time; of one moment, first what has a campaign, came from elsewhere, is an entrance."""
    campaign = [part or "" for part in hit.utm or ()]
    is_from_here = hit.traffic_source in {"direct", "internal"}
    return hit.at, hit.utm is None, campaign, is_from_here, not hit.is_entrance, hit.dedupe_key


def _begins_anew(current: Visit, hit: Hit) -> bool:
    is_other_campaign = hit.utm is not None and hit.utm != current.utm
    return hit.at - current.hits[-1].at > GAP or is_other_campaign


def by_property(sessions: Iterable[Visit]) -> list[Visit]:
    """What each property saw of each session; campaign and referrer are of the first to see it."""
    return [
        Visit(
            hits, session.opened_by, session.is_first and session.entry.property_id == property_id
        )
        for session in sessions
        for (property_id,), hits in grouped(session.hits, lambda hit: (hit.property_id,)).items()
    ]


def since_horizon(sessions: Iterable[Visit], closed: Closed) -> list[Visit]:
    """The visits by property that the marts count on days that are held.

    One that goes on over the horizon keeps the row that it has, and what others see of its session has
    no part in the campaign. Where no property has a row, the session begins at the horizon, and is of
    the campaign of before.
    """
    begun = {session_id for session_id, _ in closed.visits}
    held = []
    for session in sessions:
        since = [hit for hit in session.hits if hit.key[1] >= closed.horizon]
        if since:
            held.append(Visit(since, session.opened_by, session.id not in begun))
    return [
        visit
        for visit in by_property(held)
        if (visit.id, visit.entry.property_id) not in closed.visits
    ]


def referrer_parts(referrer: str | None) -> tuple[str | None, str]:
    """Host and page of a referrer; a host is letters of ASCII, without port and `www.`."""
    found = re.match(r"(?:([^/:]*):)?//+([^/?#]*)([^?#]*)", referrer or "", re.DOTALL)
    if found is None:
        return None, "/"
    scheme, authority, page = found.groups()
    is_web = scheme is None or scheme == "android-app" or scheme.lower() in ("http", "https")
    host = re.sub(r":[0-9]{0,5}\Z", "", authority.rpartition("@")[2]).removesuffix(".")
    if not (is_web and re.fullmatch(r"[A-Za-z0-9_-]{1,63}([.][A-Za-z0-9_-]{1,63})*", host)):
        return None, page or "/"
    host = host.lower()
    while host.startswith("www.") and "." in host[4:]:
        host = host[4:]
    return host, page or "/"


def referrer_of(visit: Visit) -> tuple[str, str] | None:
    """The site and page that sent a visit; none for what the property sent itself."""
    if not visit.is_first or visit.entry.traffic_source == "internal":
        return None
    host, page = referrer_parts(visit.opened_by.referrer)
    return None if host is None else (host, page)


def sessions(
    visits: Iterable[Visit], first: Mapping[str, datetime], coarse: Collection[str] = ()
) -> Rows:
    """By session id and property."""
    rows: Rows = {}
    for visit in visits:
        entry, last = visit.entry, visit.last
        utm = visit.utm or (None, None, None)
        came_from = referrer_of(visit)
        rows[visit.id, entry.property_id] = {
            "visitor_id": entry.visitor,
            "day": visit.day,
            "started_at": entry.at,
            "ended_at": last.at,
            "started_hour": entry.hour,
            "duration_ms": (last.at - entry.at) // timedelta(milliseconds=1),
            "entry_path": entry.path,
            "exit_path": last.path,
            **counted(visit.hits, "events", "page_views", "conversions"),
            "engaged_ms": visit.engaged_ms,
            "is_bounce": visit.is_bounce,
            "is_converted": visit.is_converted,
            "is_bot": visit.is_bot,
            "is_returning": entry.has_been_seen(first),
            "is_coarse": visit.id in coarse,
            "traffic_source": entry.traffic_source,
            "device_type": entry.device_type,
            "country_code": entry.country_code,
            "referrer": visit.opened_by.referrer if visit.is_first else None,
            "referrer_host": came_from and came_from[0],
            "referrer_page": came_from and came_from[1],
            "utm_source": utm[0],
            "utm_medium": utm[1],
            "utm_campaign": utm[2],
        }
    return rows


def campaign_of(visit: Visit) -> RowKey | None:
    """Source, medium and name of the campaign that began a visit."""
    if visit.utm is None or not any(visit.utm[:3]):
        return None
    return tuple(part or NOT_SET for part in visit.utm[:3])


def landing_path_of(visit: Visit) -> RowKey | None:
    """The page on which a visit began."""
    return None if visit.entry.path is None else (visit.entry.path,)


def exit_path_of(visit: Visit) -> RowKey | None:
    """The page on which a visit ended."""
    return None if visit.last.path is None else (visit.last.path,)


def source_of(visit: Visit) -> RowKey:
    """What brought a visit."""
    return (visit.entry.traffic_source,)


TextsOf = Callable[[Visit], RowKey | None]
# Each daily mart of visits: its column in the key, and the texts for which that stands.
DAILY: dict[str, tuple[str, TextsOf]] = {
    "daily_campaigns": ("campaign_key", campaign_of),
    "daily_entry_sources": ("source_key", source_of),
    "daily_exit_paths": ("path_key", exit_path_of),
    "daily_landing_paths": ("path_key", landing_path_of),
    "daily_referrers": ("referrer_key", referrer_of),
}


def grouped_visits(
    visits: Iterable[Visit], key: Callable[[Visit], RowKey | None]
) -> dict[RowKey, list[Visit]]:
    """Visits by whatever `key` makes of them; those of which it makes nothing are left out."""
    groups: dict[RowKey, list[Visit]] = defaultdict(list)
    for visit in visits:
        if (of_visit := key(visit)) is not None:
            groups[of_visit].append(visit)
    return groups


def figures(visits: list[Visit]) -> dict[str, float]:
    """What some visits come to."""
    converted = sum(visit.is_converted for visit in visits)
    bounces = sum(visit.is_bounce for visit in visits)
    hits = [hit for visit in visits for hit in visit.hits]
    return {
        "sessions": len(visits),
        **counted(hits, "visitors", "page_views", "conversions"),
        "converted_sessions": converted,
        "conversion_rate": converted / len(visits),
        "bounces": bounces,
        "bounce_rate": bounces / len(visits),
        "engaged_ms": sum(visit.engaged_ms for visit in visits),
    }


def daily(mart: str, visits: Iterable[Visit]) -> Rows:
    """By property, day on which the visit began, whether it is a bot's, and some texts of it."""
    name, texts_of = DAILY[mart]

    def key(visit: Visit) -> RowKey | None:
        texts = texts_of(visit)
        day = (visit.entry.property_id, visit.day, visit.is_bot)
        return None if texts is None else (*day, *texts)

    return {
        known: {name: text_key(*known[3:]), **figures(group)}
        for known, group in grouped_visits(visits, key).items()
    }


def visit_recency(visits: Rows) -> Rows:
    """By property (or all), day, dimension and value, from rows of sessions, closed ones among them."""
    countings: set[Counting] = set()
    for (_, property_id), row in visits.items():
        host, page = row["referrer_host"], row["referrer_page"]
        utm = [row[name] for name in ("utm_source", "utm_medium", "utm_campaign")]
        campaign = [part or NOT_SET for part in utm]
        # Of each dimension the value, and the row of the daily mart if that is of more than the value.
        values: dict[str, tuple[list[str | None], str | None]] = {
            "traffic_source": ([row["traffic_source"]], None),
            "landing_path": ([row["entry_path"]], None),
            "exit_path": ([row["exit_path"]], None),
            "referrer": ([host], page),
            "referrer_page": ([host, page], None),
            "campaign": (campaign if any(utm) else [None], None),
        }
        for dimension, (value, of_row) in values.items():
            if value[0] is not None:
                countings.add(
                    (
                        property_id,
                        (dimension, text_key(*map(str, value)), of_row),
                        row["visitor_id"],
                        row["day"],
                        frozenset({row["is_bot"]}),
                    )
                )
    # Each is one counting, whatever it has in common with others.
    return recency_lists(
        (property_id, key[:2], visitor, day, kinds)
        for property_id, key, visitor, day, kinds in countings
    )


def daily_hours(hits: Iterable[Hit], visits: Iterable[Visit]) -> Rows:
    """By property (or all), day, hour, and whether it is a bot's."""
    of_hours: dict[RowKey, list[Hit]] = defaultdict(list)
    for hit in hits:
        hour = hit.hour
        for property_id in (hit.property_id, ALL_PROPERTIES):
            of_hours[property_id, hit.key[1], hour, hit.device_type == "bot"].append(hit)
    begun: dict[RowKey, list[Visit]] = defaultdict(list)
    for visit in visits:
        hour = visit.entry.hour
        for property_id in (visit.entry.property_id, ALL_PROPERTIES):
            begun[property_id, visit.day, hour, visit.is_bot].append(visit)
    people = {key: {hit.visitor for hit in group} for key, group in of_hours.items() if not key[-1]}
    rows: Rows = {}
    for key, group in of_hours.items():
        visitors = {hit.visitor for hit in group}
        others = people.get((*key[:-1], False), set()) if key[-1] else set()
        rows[key] = {
            **counted(group, "visitors", "page_views", "conversions"),
            "visitors_once": len(visitors - others),
            "sessions": len(begun[key]),
            "bounces": sum(visit.is_bounce for visit in begun[key]),
            "engaged_ms": sum(visit.engaged_ms for visit in begun[key]),
        }
    return rows

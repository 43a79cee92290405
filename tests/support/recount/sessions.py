"""sessions and daily_campaigns, from sessions that are cut here once more by the plain rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from tests.support.recount.closed import Closed
from tests.support.recount.facts import Hit, Utm
from tests.support.recount.grouping import RowKey, Rows, counted, grouped, text_key

GAP = timedelta(minutes=30)
ENGAGED_MS = 10_000
NOT_SET = "(not set)"


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


def sessions(visits: Iterable[Visit]) -> Rows:
    """By session id and property."""
    rows: Rows = {}
    for visit in visits:
        entry, last = visit.entry, visit.last
        utm = visit.utm or (None, None, None)
        rows[visit.id, entry.property_id] = {
            "visitor_id": entry.visitor,
            "day": visit.day,
            "started_at": entry.at,
            "ended_at": last.at,
            "duration_ms": (last.at - entry.at) // timedelta(milliseconds=1),
            "entry_path": entry.path,
            "exit_path": last.path,
            **counted(visit.hits, "events", "page_views", "conversions"),
            "engaged_ms": visit.engaged_ms,
            "is_bounce": visit.is_bounce,
            "is_converted": visit.is_converted,
            "traffic_source": entry.traffic_source,
            "device_type": entry.device_type,
            "country_code": entry.country_code,
            "referrer": visit.opened_by.referrer if visit.is_first else None,
            "utm_source": utm[0],
            "utm_medium": utm[1],
            "utm_campaign": utm[2],
        }
    return rows


def campaign_visits(visits: Iterable[Visit]) -> dict[RowKey, list[Visit]]:
    """The visits of each campaign, by its source, medium and name."""
    of_campaigns: dict[RowKey, list[Visit]] = defaultdict(list)
    for visit in visits:
        if visit.utm is not None and any(visit.utm[:3]):
            of_campaigns[tuple(part or NOT_SET for part in visit.utm[:3])].append(visit)
    return of_campaigns


def daily_campaigns(visits: Iterable[Visit]) -> Rows:
    """By property, day on which the visit began, and campaign."""
    of_days: dict[RowKey, list[Visit]] = defaultdict(list)
    for campaign, of_campaign in campaign_visits(visits).items():
        for visit in of_campaign:
            of_days[visit.entry.property_id, visit.day, *campaign].append(visit)
    rows: Rows = {}
    for key, of_day in of_days.items():
        converted = sum(visit.is_converted for visit in of_day)
        rows[key] = {
            "campaign_key": text_key(*key[2:]),
            "sessions": len(of_day),
            **counted(
                (hit for visit in of_day for hit in visit.hits),
                "visitors",
                "page_views",
                "conversions",
            ),
            "converted_sessions": converted,
            "conversion_rate": converted / len(of_day),
        }
    return rows

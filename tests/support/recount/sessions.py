"""sessions and daily_campaigns, from sessions that are cut here once more by the plain rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from tests.support.recount.facts import Hit, Utm
from tests.support.recount.grouping import RowKey, Rows, counted, grouped, text_key

GAP = timedelta(minutes=30)
ENGAGED_MS = 10_000
NOT_SET = "(not set)"


@dataclass(frozen=True)
class Visit:
    """The hits of one session, in the order that cuts sessions."""

    hits: list[Hit]

    @property
    def utm(self) -> Utm | None:
        return self.hits[0].utm

    @property
    def entry(self) -> Hit:
        return min(self.hits, key=self._place)

    @property
    def last(self) -> Hit:
        return max(self.hits, key=self._place)

    def _place(self, hit: Hit) -> tuple[object, ...]:
        """As marts order the hits of a session, which may not read the campaigns of events."""
        is_other_page = hit.path is None or hit.path != self.hits[0].path
        is_from_here = hit.traffic_source in {"direct", "internal"}
        return hit.at, is_other_page, is_from_here, not hit.is_entrance, hit.dedupe_key

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
                current = Visit([hit])
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


def sessions(hits: list[Hit]) -> Rows:
    """By session id."""
    rows: Rows = {}
    for visit in cut(hits):
        entry, last = visit.entry, visit.last
        ids = {hit.session_id for hit in visit.hits}
        assert len(ids) == 1, f"raw has one visit in the sessions {ids}"
        [session_id] = ids
        utm = visit.utm or (None, None, None)
        rows[str(session_id),] = {
            "visitor_id": entry.visitor,
            "property_id": entry.property_id,
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
            "referrer": visit.hits[0].referrer,
            "utm_source": utm[0],
            "utm_medium": utm[1],
            "utm_campaign": utm[2],
        }
    return rows


def campaign_visits(hits: list[Hit]) -> dict[RowKey, list[Visit]]:
    """The visits of each campaign, by its source, medium and name."""
    of_campaigns: dict[RowKey, list[Visit]] = defaultdict(list)
    for visit in cut(hits):
        if visit.utm is not None and any(visit.utm[:3]):
            of_campaigns[tuple(part or NOT_SET for part in visit.utm[:3])].append(visit)
    return of_campaigns


def daily_campaigns(hits: list[Hit]) -> Rows:
    """By property, day on which the session began, and campaign."""
    of_days: dict[RowKey, list[Visit]] = defaultdict(list)
    for campaign, visits in campaign_visits(hits).items():
        for visit in visits:
            of_days[visit.entry.property_id, visit.day, *campaign].append(visit)
    rows: Rows = {}
    for key, visits in of_days.items():
        converted = sum(visit.is_converted for visit in visits)
        rows[key] = {
            "campaign_key": text_key(*key[2:]),
            "sessions": len(visits),
            **counted(
                (hit for visit in visits for hit in visit.hits),
                "visitors",
                "page_views",
                "conversions",
            ),
            "converted_sessions": converted,
            "conversion_rate": converted / len(visits),
        }
    return rows

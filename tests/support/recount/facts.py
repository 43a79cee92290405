"""Facts about what raw holds, how they are read from it, and what all recounts ask of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import psycopg

from tests.support.recount.zones import Zones, day_of, zone_of

Connection = psycopg.Connection[dict[str, Any]]

Key = tuple[str, date]  # property, day
# Key in props, and the largest value that the contract allows.
VITALS = {
    "fcp": ("fcpMs", 120_000),
    "lcp": ("lcpMs", 120_000),
    "inp": ("inpMs", 120_000),
    "ttfb": ("ttfbMs", 120_000),
    "cls": ("clsScore", 10),
}
Utm = tuple[str | None, str | None, str | None, str | None, str | None]
UTM_PARTS = ("source", "medium", "campaign", "term", "content")


@dataclass(frozen=True)
class EventFact:
    """What the recount needs to know of one accepted event."""

    property_id: str
    visitor: str
    event_type: str
    path: str | None
    at: datetime
    traffic_source: str
    device_type: str
    is_entrance: bool
    is_exit: bool
    is_conversion: bool
    ttfb_ms: float | None
    # Those of the property.
    zones: Zones = field(default=(), kw_only=True)

    @cached_property
    def key(self) -> Key:
        return self.property_id, day_of(self.zones, self.at)

    @cached_property
    def hour(self) -> int:
        """As the clocks that cut its day show it."""
        return self._clock(self.at).hour

    def has_been_seen(self, first: Mapping[str, datetime]) -> bool:
        """Whether the visitor was there before the day of the event."""
        return self._clock(first[self.visitor]).date() < self.key[1]

    def _clock(self, at: datetime) -> datetime:
        return at.astimezone(zone_of(self.zones, self.key[1]))

    @property
    def is_bot(self) -> bool:
        """People are all the others."""
        return self.device_type == "bot"


@dataclass(frozen=True)
class CaptureFact:
    """A form submission with its outcome; `held_from` is the horizon when it was made."""

    visitor: str
    at: datetime
    is_accepted: bool
    is_first: bool
    held_from: date = date.min
    form_name: str = "lead_capture"
    # What it has in common with the other submissions of its lead.
    lead: str | None = None
    # By the clocks of the property that sent it; none where that is not known.
    sent_on: date | None = None

    @property
    def day(self) -> date:
        return self.sent_on or self.at.astimezone(UTC).date()


@dataclass(frozen=True)
class LeadFact:
    """What a lead that is not erased says of itself."""

    consent_status: str
    email_domain_class: str | None


@dataclass(frozen=True)
class RejectionFact:
    """Refusals of one reason."""

    property_id: str
    day: date
    endpoint: str
    reason: str
    times: int = 1


@dataclass(frozen=True)
class Hit(EventFact):
    """Everything that marts need to know of one event; `vitals` in ms, CLS in thousandths.

    `path` is the page that marts count, `sent_path` what the client sent.
    """

    sent_path: str | None
    form_name: str | None
    dedupe_key: str
    session_id: UUID | None
    country_code: str
    referrer: str | None
    utm: Utm | None
    vitals: dict[str, int]
    engaged_ms: float | None
    scroll_percent: float | None
    view_id: UUID | None


@dataclass(frozen=True)
class RawFacts:
    """What raw holds."""

    hits: list[Hit]
    captures: list[CaptureFact]
    rejections: list[RejectionFact]
    duplicates: Counter[Key]
    leads: dict[str, LeadFact]
    # Sessions that were cut coarsely.
    coarse: frozenset[str] = frozenset()


def read_facts(connection: Connection) -> RawFacts:
    """All of raw as it is now."""
    zones = read_zones(connection)
    purges = connection.execute("select * from raw.retention_purges").fetchall()
    return RawFacts(
        hits=only_last_reports(
            _hit(row, zones.get(row["property_id"], ()))
            for row in connection.execute("select * from raw.events")
        ),
        captures=[
            CaptureFact(
                visitor=str(row["visitor_id"]),
                at=row["captured_at"],
                is_accepted=row["validation_status"] == "accepted",
                is_first=row["is_first_capture"],
                held_from=max(
                    (
                        purge["purged_before"]
                        for purge in purges
                        if purge["created_at"] < row["created_at"]
                    ),
                    default=date.min,
                ),
                form_name=row["form_name"],
                lead=_text(row["lead_id"] or row["erased_lead_id"]),
                sent_on=row["occurred_on"],
            )
            for row in connection.execute("select * from raw.form_submissions")
        ],
        rejections=[
            RejectionFact(
                property_id=row["property_id"],
                day=day_of(zones.get(row["property_id"], ()), row["occurred_at"]),
                endpoint=row["endpoint"],
                reason=row["reason"],
                times=row["occurrences"],
            )
            for row in connection.execute("select * from raw.ingest_rejections")
        ],
        duplicates=_duplicates(connection),
        leads={
            str(row["id"]): LeadFact(row["consent_status"], row["email_domain_class"])
            for row in connection.execute("select * from raw.leads")
        },
        coarse=frozenset(
            str(row["id"])
            for row in connection.execute("select id from raw.sessions where is_coarse")
        ),
    )


def read_zones(connection: Connection) -> dict[str, Zones]:
    """What is set for each property that has any."""
    zones: dict[str, Zones] = defaultdict(tuple)
    for row in connection.execute("select * from raw.property_zones order by from_day"):
        zones[row["property_id"]] += ((row["from_day"], row["time_zone"]),)
    return zones


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _duplicates(connection: Connection) -> Counter[Key]:
    duplicates: Counter[Key] = Counter()
    for row in connection.execute("select * from raw.ingest_duplicates"):
        duplicates[row["property_id"], row["occurred_on"]] += row["occurrences"]
    return duplicates


def _hit(row: dict[str, Any], zones: Zones) -> Hit:
    props = row["props"]
    measured = {
        vital: value
        for vital, (key, most) in VITALS.items()
        if (value := number(props, key, most)) is not None
    }
    vitals = {
        vital: round(value * 1000) if vital == "cls" else round(value)
        for vital, value in measured.items()
    }
    utm = row["utm"]
    return Hit(
        property_id=row["property_id"],
        visitor=str(row["visitor_id"]),
        event_type=row["event_type"],
        path=row["path"] if row["page"] is None else row["page"],
        sent_path=row["path"],
        at=row["timestamp"].astimezone(UTC),
        traffic_source=row["traffic_source"],
        is_entrance=row["is_entrance"],
        is_exit=row["is_exit"],
        is_conversion=row["is_conversion"],
        ttfb_ms=measured.get("ttfb"),
        form_name=form_name(props),
        dedupe_key=row["dedupe_key"],
        session_id=row["session_id"],
        device_type=row["device_type"],
        country_code=row["country_code"] or "unknown",
        referrer=row["referrer"],
        utm=None if utm is None else tuple(utm.get(part) for part in UTM_PARTS),
        vitals=vitals,
        engaged_ms=number(props, "engagedTimeMs", 86_400_000),
        scroll_percent=number(props, "scrollDepthPercent", 100),
        view_id=row["view_id"],
        zones=zones,
    )


def only_last_reports(hits: Iterable[Hit]) -> list[Hit]:
    """The hits in order of time; a measure of a page view is left in the last that reports it."""
    told = []
    seen: set[tuple[str, UUID, str]] = set()
    for hit in sorted(hits, key=lambda hit: (hit.at, hit.dedupe_key), reverse=True):
        if hit.view_id is None:
            told.append(hit)
            continue
        measured = {
            *hit.vitals,
            *(name for name in ("engaged_ms", "scroll_percent") if getattr(hit, name) is not None),
        }
        fresh = {name for name in measured if (hit.visitor, hit.view_id, name) not in seen}
        seen |= {(hit.visitor, hit.view_id, name) for name in measured}
        told.append(
            replace(
                hit,
                ttfb_ms=hit.ttfb_ms if "ttfb" in fresh else None,
                vitals={vital: value for vital, value in hit.vitals.items() if vital in fresh},
                engaged_ms=hit.engaged_ms if "engaged_ms" in fresh else None,
                scroll_percent=hit.scroll_percent if "scroll_percent" in fresh else None,
            )
        )
    return told[::-1]


def number(props: Any, key: str, most: float) -> float | None:
    """A JSON number of props between 0 and `most`; None for whatever else stands there."""
    value = props.get(key) if isinstance(props, dict) else None
    # type() and not isinstance(): true and false are integers to Python.
    return float(value) if type(value) in (int, float) and 0 <= value <= most else None


def form_name(props: Any) -> str | None:
    """The form that an event says it is of."""
    name = props.get("formName") if isinstance(props, dict) else None
    return name if isinstance(name, str) and 1 <= len(name) <= 128 else None


def percentile(values: list[float], share: float) -> float:
    """The continuous percentile: linear between the two nearest ranks."""
    ordered = sorted(values)
    rank = share * (len(ordered) - 1)
    below = int(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (rank - below) * (ordered[above] - ordered[below])


def first_sights(events: Iterable[EventFact]) -> dict[str, datetime]:
    """When each visitor was first seen, on any property."""
    first: dict[str, datetime] = {}
    for event in events:
        first[event.visitor] = min(event.at, first.get(event.visitor, event.at))
    return first


def of_one_lead(capture: CaptureFact, captures: Iterable[CaptureFact]) -> set[str]:
    """The visitors that the submissions of a capture's lead name."""
    same = {
        one.visitor for one in captures if capture.lead is not None and one.lead == capture.lead
    }
    return same | {capture.visitor}


def waited_ms(
    capture: CaptureFact, captures: Iterable[CaptureFact], first: dict[str, datetime]
) -> int:
    """From the earliest first sight of the lead's visitors to the capture."""
    seen = min(first[visitor] for visitor in of_one_lead(capture, captures) if visitor in first)
    return max(0, round((capture.at - seen).total_seconds() * 1000))


def attributed(
    events: list[EventFact], captures: Iterable[CaptureFact]
) -> dict[Key, list[CaptureFact]]:
    """The captures of each property and day: where the visitor had been by then.

    What was purged before the capture says nothing about it.
    """
    found = defaultdict(list)
    for capture in captures:
        properties = {
            event.property_id
            for event in events
            if event.visitor == capture.visitor
            and capture.held_from <= event.key[1]
            and event.at <= capture.at
        }
        for property_id in properties:
            found[property_id, capture.day].append(capture)
    return found

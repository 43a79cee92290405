"""The raw tables, read as facts. Nothing here counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

import psycopg

from tests.support.recount import CaptureFact, EventFact, Key, RejectionFact

Connection = psycopg.Connection[dict[str, Any]]

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
class Hit(EventFact):
    """Everything that marts need to know of one event; `vitals` in ms, CLS in thousandths."""

    dedupe_key: str
    session_id: UUID | None
    device_type: str
    country_code: str
    referrer: str | None
    utm: Utm | None
    vitals: dict[str, int]
    engaged_ms: float | None
    scroll_percent: float | None


@dataclass(frozen=True)
class RawFacts:
    """What raw holds."""

    hits: list[Hit]
    captures: list[CaptureFact]
    rejections: list[RejectionFact]
    duplicates: Counter[Key]


def read_facts(connection: Connection) -> RawFacts:
    """All of raw as it is now."""
    return RawFacts(
        hits=[_hit(row) for row in connection.execute("select * from raw.events")],
        captures=[
            CaptureFact(
                visitor=str(row["visitor_id"]),
                at=row["captured_at"],
                is_accepted=row["validation_status"] == "accepted",
                is_first=row["is_first_capture"],
            )
            for row in connection.execute("select * from raw.form_submissions")
        ],
        rejections=[
            RejectionFact(
                property_id=row["property_id"],
                day=row["occurred_at"].astimezone(UTC).date(),
                endpoint=row["endpoint"],
                reason=row["reason"],
                times=row["occurrences"],
            )
            for row in connection.execute("select * from raw.ingest_rejections")
        ],
        duplicates=_duplicates(connection),
    )


def _duplicates(connection: Connection) -> Counter[Key]:
    duplicates: Counter[Key] = Counter()
    for row in connection.execute("select * from raw.ingest_duplicates"):
        duplicates[row["property_id"], row["occurred_on"]] += row["occurrences"]
    return duplicates


def _hit(row: dict[str, Any]) -> Hit:
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
        path=row["path"],
        at=row["timestamp"].astimezone(UTC),
        traffic_source=row["traffic_source"],
        is_entrance=row["is_entrance"],
        is_exit=row["is_exit"],
        is_conversion=row["is_conversion"],
        ttfb_ms=measured.get("ttfb"),
        dedupe_key=row["dedupe_key"],
        session_id=row["session_id"],
        device_type=row["device_type"],
        country_code=row["country_code"] or "unknown",
        referrer=row["referrer"],
        utm=None if utm is None else tuple(utm.get(part) for part in UTM_PARTS),
        vitals=vitals,
        engaged_ms=number(props, "engagedTimeMs", 86_400_000),
        scroll_percent=number(props, "scrollDepthPercent", 100),
    )


def number(props: Any, key: str, most: float) -> float | None:
    """A JSON number of props between 0 and `most`; None for whatever else stands there."""
    value = props.get(key) if isinstance(props, dict) else None
    # type() and not isinstance(): true and false are integers to Python.
    return float(value) if type(value) in (int, float) and 0 <= value <= most else None

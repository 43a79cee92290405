"""An event as it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID


class Utm(NamedTuple):
    """The campaign parameters of an event or a session; at least one is set."""

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    term: str | None = None
    content: str | None = None


# Nobody changes one. To have Python forbid it would take longer than all else that makes one.
@dataclass(slots=True)
class Event:
    """A row of raw.events that has no session yet. `props` is JSON text.

    `arrival_id` is of this one arrival, also where the client numbers its events and sends one of
    them again. `claimed_on` is the UTC day of the time as claimed, where the client said when it
    sent; None where the identity of the event fixes its day. `occurred_on` is the UTC day until the
    event is stored, and then that of its property. `earlier_keys` are the dedupe keys under which
    apps of before stored the same event. `page` is the page of the path, None where they are the
    same.
    """

    id: UUID
    arrival_id: UUID
    visitor_id: UUID
    anon_id: str
    dedupe_key: str
    event_type: str
    path: str
    occurred_at: datetime
    occurred_on: date
    ip_hash: str | None
    ua_hash: str | None
    referrer: str | None
    utm: Utm | None
    props: str | None
    property_id: str
    traffic_source: str
    device_type: str
    country_code: str | None
    is_entrance: bool
    is_exit: bool
    is_conversion: bool
    view_id: UUID | None
    page: str | None
    claimed_on: date | None
    earlier_keys: tuple[str, ...]

    @property
    def days(self) -> set[date]:
        """The days on which the same event may be stored already.

        Each arrival moves its time by what the clocks say then, and so may land on another day:
        docs/decisions/0030.
        """
        if self.claimed_on is None:
            return {self.occurred_on}
        return {
            day + timedelta(days=days)
            for day in (self.claimed_on, self.occurred_on)
            for days in (-1, 0, 1)
        }

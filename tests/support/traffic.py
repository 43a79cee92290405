"""Events as a test sends them, each with every answer that it got."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from ingest_app.enrichment.identity import visitor_id

UNAVAILABLE = {"ok": False, "error": "unavailable"}
IDS = {"ok", "eventId", "visitorId", "sessionId"}
# Few, so that events of one visitor meet in several workers at once.
VISITORS = 40
POISON = "/poison"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending of an event: a status, or None where the connection ended without an answer."""

    status: int | None
    outcome: str
    event_id: str | None
    began: datetime
    ended: datetime


@dataclass(slots=True)
class Sent:
    """An event and what became of each sending of it."""

    body: dict[str, Any]
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def path(self) -> str:
        return str(self.body["path"])

    @property
    def is_taken(self) -> bool:
        """Whether the server has said that it will be in the database."""
        return any(attempt.status == 202 for attempt in self.attempts)

    @property
    def may_be_stored(self) -> bool:
        """Whether it may be in the database, if only because an answer got lost."""
        return any(attempt.status in (202, None) for attempt in self.attempts)


class Traffic:
    """Everything that was sent for one property. Safe to share between threads.

    Of three events one has an id of its own and a timestamp, as a careful snippet sends them, one
    has a timestamp alone, and one has neither.
    """

    def __init__(self, property_id: str) -> None:
        self.property_id = property_id
        self.sent: list[Sent] = []
        # What no answer should look like; a test expects none of it.
        self.oddities: list[str] = []
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def event(self, name: str, number: int, *, kind: int, **fields: Any) -> Sent:
        """A new event with a path that no other has; `fields` go into its body."""
        body = {
            "anonId": f"{self.property_id}-{number % VISITORS}",
            "eventType": "page_view",
            "path": f"/{self.property_id}/{name}/{number}",
            "traffic": {"propertyId": self.property_id},
        }
        if kind % 3 < 2:
            body["timestamp"] = datetime.now(UTC).isoformat()
        if kind % 3 == 0:
            body["eventId"] = str(uuid4())
        sent = Sent(body | fields)
        with self._lock:
            self.sent.append(sent)
        return sent

    def events(self, name: str, count: int, **fields: Any) -> list[Sent]:
        """So many new events, of each kind in turn."""
        return [self.event(name, number, kind=number, **fields) for number in range(count)]

    @property
    def counts(self) -> Counter[str]:
        """How many sendings came to what: an outcome's word, a refusal's status, `cut`."""
        with self._lock:
            return self._counts.copy()

    @property
    def taken(self) -> int:
        """How many sendings were answered with 202."""
        counts = self.counts
        return counts["accepted"] + counts["duplicate"] + counts["spooled"]

    def note_cut(self, sent: Sent, began: datetime) -> None:
        """The connection ended before there was an answer."""
        self._note(sent, Attempt(None, "cut", None, began, datetime.now(UTC)))

    def note(self, sent: Sent, status: int, word: str | None, answer: Any, began: datetime) -> None:
        """An event's own answer, alone or as an item of a batch's."""
        outcome = str(word) if status == 202 else str(status)
        event_id = answer.get("eventId") if isinstance(answer, Mapping) else None
        if problem := _oddity(sent, status, word, answer):
            self.odd(f"{problem}: {status} {word} {json.dumps(answer)[:300]}")
        self._note(sent, Attempt(status, outcome, event_id, began, datetime.now(UTC)))

    def odd(self, what: str) -> None:
        """Note what no answer should look like."""
        with self._lock:
            self.oddities.append(what)

    def _note(self, sent: Sent, attempt: Attempt) -> None:
        with self._lock:
            sent.attempts.append(attempt)
            self._counts[attempt.outcome] += 1


def _oddity(sent: Sent, status: int, word: str | None, answer: Any) -> str | None:
    if not isinstance(answer, dict):
        return "not a JSON object"
    if status == 503:
        return None if answer == UNAVAILABLE else "a 503 of another shape"
    if status == 400:
        is_refusal = answer.get("error") == "invalid_request" and answer.get("ok") is False
        is_due = is_refusal and sent.path.endswith(POISON)
        return None if is_due else "a refusal that is not due"
    if status != 202:
        return "a status that is not due"
    if word not in ("accepted", "duplicate", "spooled"):
        return "an outcome that does not exist"
    keys = IDS | {"spooled"} if word == "spooled" else IDS
    if set(answer) != keys or answer["ok"] is not True:
        return "an answer of another shape"
    if word == "spooled" and (answer["spooled"] is not True or answer["sessionId"] is not None):
        return "an answer of another shape"
    if word != "spooled" and answer["sessionId"] is None:
        return "a committed event without a session"
    if answer["visitorId"] != str(visitor_id(sent.body["anonId"])):
        return "another visitor's id"
    if answer["eventId"] != sent.body.get("eventId", answer["eventId"]):
        return "another event's id"
    return None

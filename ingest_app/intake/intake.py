"""The way of every event, alone or in a batch: parse, refuse or derive, commit."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic_core import from_json

from ingest_app.enrichment.body import MAX_EVENT_BYTES, EventBody, Traffic
from ingest_app.enrichment.clock import event_time
from ingest_app.enrichment.event import RequestContext, build_event
from ingest_app.enrichment.property_id import resolve_property_id
from ingest_app.enrichment.row import Event
from ingest_app.refusals import Issue, Reason, Refusal, field_paths, validated
from ingest_app.settings import Settings
from ingest_app.store.committer import Committer
from ingest_app.store.ledger import RejectionLedger
from ingest_app.store.outcomes import RefusedByDatabase, SpooledEvent, Stored, TooOld
from ingest_app.store.property_settings import PropertySettings

logger = logging.getLogger(__name__)

EVENT_FIELDS = frozenset(field_paths(EventBody))


@dataclass(frozen=True, slots=True)
class Trapped:
    """A filled honeypot: answered kindly, stored nowhere."""


IntakeOutcome = Stored | SpooledEvent | Trapped | Refusal


class Intake:
    """Takes what clients send. One of it serves every request of a process."""

    def __init__(
        self,
        settings: Settings,
        committer: Committer,
        ledger: RejectionLedger,
        properties: PropertySettings,
    ) -> None:
        self._settings = settings
        self._committer = committer
        self._ledger = ledger
        self._properties = properties

    def take(
        self, sent: Sequence[bytes], context: RequestContext, *, endpoint: str
    ) -> list[IntakeOutcome]:
        """Commit the events that are valid; the outcomes are in the order of what was sent.

        Each of `sent` is the JSON text of one event. A refusal of one is no other's concern. Raises
        UnavailableError when neither the database nor the spool takes them.
        """
        outcomes: list[IntakeOutcome | None] = [None] * len(sent)
        events: dict[int, Event] = {}
        bounds = self._bounds_of_time(context)
        for place, raw in enumerate(sent):
            try:
                body = _parse(raw)
                if body.honeypot:
                    outcomes[place] = Trapped()
                    continue
                claimed = body.traffic.property_id if body.traffic else None
                property_id = resolve_property_id(claimed, context.host)
                self._properties.check(property_id, context.page)
                self._check_time(body, context, *bounds)
            except Refusal as refusal:
                self.refuse(refusal, context, endpoint=endpoint, raw=raw)
                outcomes[place] = refusal
            else:
                events[place] = build_event(
                    body, context, pepper=self._settings.pepper, site_of=self._properties.of
                )
        if events:
            committed = self._committer.commit(list(events.values()))
            for place, outcome in zip(events, committed, strict=True):
                if isinstance(outcome, Stored | SpooledEvent):
                    outcomes[place] = outcome
                else:
                    refused = _refusal(outcome)
                    self.refuse(refused, context, endpoint=endpoint, raw=sent[place])
                    outcomes[place] = refused
        return [outcome for outcome in outcomes if outcome is not None]

    def refuse(
        self, refusal: Refusal, context: RequestContext, *, endpoint: str, raw: bytes = b""
    ) -> None:
        """Count a refusal, for the property that the body names where it can be read."""
        self._ledger.record(
            property_id=_claimed_property(raw, context),
            endpoint=endpoint,
            reason=refusal.ledger_reason(EVENT_FIELDS),
            status_code=refusal.status_code,
        )

    def _bounds_of_time(self, context: RequestContext) -> tuple[datetime, datetime]:
        """Between which moments the events of a request may lie."""
        earliest = context.now - timedelta(days=self._settings.event_age_limit_days)
        return earliest, context.now + timedelta(hours=self._settings.max_event_ahead_hours)

    def _check_time(
        self, body: EventBody, context: RequestContext, earliest: datetime, latest: datetime
    ) -> None:
        if body.timestamp is None:
            if body.event_id is not None:
                raise _bad_field("timestamp", "is required beside eventId")
            if body.sent_at is not None:
                raise _bad_field("timestamp", "is required beside sentAt")
            return
        at = event_time(body.timestamp, body.sent_at, context.now)
        if earliest <= at <= latest:
            return
        if at > latest:
            hours = self._settings.max_event_ahead_hours
            message = f"must be at most {hours} hours ahead of the server's clock"
        else:
            message = f"must be at most {self._settings.event_age_limit_days} days old"
        if at != body.timestamp:
            message += ", once sentAt has moved it"
        raise _bad_field("timestamp", message, reason=Reason.BAD_TIMESTAMP)


def _refusal(outcome: TooOld | RefusedByDatabase) -> Refusal:
    """The answer to an event in which nothing is wrong by itself."""
    if isinstance(outcome, TooOld):
        message = f"must not lie before {outcome.oldest_day}: earlier days are closed"
        return _bad_field("timestamp", message, reason=Reason.BAD_TIMESTAMP)
    # The log names the rule. The client is told nothing of the inside of the database.
    logger.warning(
        "the database refuses an event: %s %s", outcome.sqlstate, outcome.constraint or ""
    )
    issue = Issue("", "the database refuses this event by a rule of its own")
    return Refusal(Reason.REFUSED_BY_DATABASE, [issue])


def _bad_field(path: str, message: str, *, reason: Reason = Reason.INVALID_REQUEST) -> Refusal:
    return Refusal(reason, [Issue(path, message)])


def _parse(raw: bytes) -> EventBody:
    if len(raw) > MAX_EVENT_BYTES:
        message = f"an event must be at most {MAX_EVENT_BYTES} bytes"
        raise Refusal(Reason.TOO_LARGE, [Issue("", message)])
    return validated(EventBody.model_validate_json, raw)


def _claimed_property(raw: bytes, context: RequestContext) -> str:
    claimed = None
    try:
        body = from_json(raw)
        traffic = body.get("traffic") if isinstance(body, dict) else None
        if isinstance(traffic, dict):
            claimed = Traffic.model_validate({"propertyId": traffic.get("propertyId")}).property_id
    except ValueError:
        claimed = None
    return resolve_property_id(claimed, context.host)

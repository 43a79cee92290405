"""Capture: a form becomes a lead, an event, a submission and a line of consent, or nothing at all."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.errors import SerializationFailure
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from pydantic_core import to_json

from ingest_app.enrichment.body import EventBody, Traffic
from ingest_app.enrichment.dedupe import identity_keys, time_token
from ingest_app.enrichment.event import RequestContext, build_event
from ingest_app.enrichment.hashing import both_forms, keyed_hash
from ingest_app.enrichment.identity import new_id
from ingest_app.enrichment.property_id import resolve_property_id
from ingest_app.enrichment.row import Event
from ingest_app.leads.address import address_hash
from ingest_app.leads.body import CaptureBody, Consent
from ingest_app.leads.consent import consent_after, record_consent
from ingest_app.leads.database import LeadDatabase
from ingest_app.leads.domains import domain_class
from ingest_app.leads.queue import Kind, enqueue
from ingest_app.metrics import Metrics
from ingest_app.refusals import Issue, Reason, Refusal
from ingest_app.settings import Settings
from ingest_app.store import statements
from ingest_app.store.poison import FAULTS_OF_A_ROW
from ingest_app.store.property_settings import PropertySettings

logger = logging.getLogger(__name__)

# The same form from the same visitor within this time is the same submission, sent again.
REPEAT_WINDOW = timedelta(minutes=10)
# Where more people share an address and an agent, the link says nothing.
MAX_HEURISTIC_LINKS = 20
HEURISTIC_CONFIDENCE = 0.5
FORM_SUBMIT = "form_submit"
ACCEPTED, REJECTED = "accepted", "rejected"

# Two sendings of one form come one after the other, also where their visitor is new to both.
LOCK_FINGERPRINT = "select pg_advisory_xact_lock(%(key)s)"
# What fell into the trap is not repeated by a form that did not, nor the other way round. Express
# consent after a withdrawal is said anew, however like the first it is.
SELECT_SUBMISSION = """
    select id, session_id, lead_id, occurred_on as day
    from raw.form_submissions
    where
        visitor_id = %(visitor_id)s
        and fingerprint = %(fingerprint)s
        and captured_at > %(since)s
        and validation_status = %(validation_status)s
        and (
            id = %(id)s
            or not %(is_express)s
            or not exists (
                select from raw.leads
                where leads.id = form_submissions.lead_id and consent_status = 'withdrawn'
            )
        )
    order by captured_at desc
    limit 1
"""
INSERT_LEAD = """
    insert into raw.leads (
        id, email, consent_status, source_channel, email_domain_class,
        first_captured_at, last_captured_at
    )
    values (
        %(id)s, %(email)s, %(consent_status)s, %(source_channel)s, %(email_domain_class)s,
        %(at)s, %(at)s
    )
    on conflict (email) do nothing
"""
LOCK_LEAD = "select id, consent_status from raw.leads where email = %(email)s for update"
UPDATE_LEAD = """
    update raw.leads
    set
        consent_status = %(consent_status)s,
        source_channel = coalesce(source_channel, %(source_channel)s),
        first_captured_at = least(first_captured_at, %(at)s),
        last_captured_at = greatest(last_captured_at, %(at)s),
        updated_at = greatest(updated_at, statement_timestamp())
    where id = %(id)s
"""
IS_SUPPRESSED = "select from raw.suppressions where email_hash = %(email_hash)s"
UNSUPPRESS = "delete from raw.suppressions where email_hash = %(email_hash)s"
LINK_VISITOR = """
    insert into raw.lead_identities (id, lead_id, visitor_id, link_source, confidence)
    values (%(id)s, %(lead_id)s, %(visitor_id)s, 'form_submit', 1)
    on conflict (visitor_id, lead_id, link_source) do nothing
"""
# In order of id, as all who lock several visitors do. Who has no session fell into the trap.
LINK_NEIGHBOURS = """
    insert into raw.lead_identities (id, lead_id, visitor_id, link_source, confidence)
    select gen_random_uuid(), %(lead_id)s, neighbours.id, 'same_ip_ua_window', %(confidence)s
    from (
        select id
        from raw.visitors
        where
            last_ip_hash = any(%(ip_hashes)s)
            and last_ua_hash = any(%(ua_hashes)s)
            and last_seen_at between %(at)s - %(window)s and %(at)s + %(window)s
            and exists (select from raw.sessions where sessions.visitor_id = visitors.id)
            and not exists (
                select from raw.lead_identities
                where
                    lead_identities.visitor_id = visitors.id
                    and lead_identities.lead_id = %(lead_id)s
            )
        order by last_seen_at desc
        limit %(most)s
    ) as neighbours
    order by neighbours.id
    on conflict (visitor_id, lead_id, link_source) do nothing
"""
# A form that fell into the trap makes a visitor, and no event of one.
INSERT_VISITOR = """
    insert into raw.visitors (
        id, anon_id, first_seen_at, last_seen_at,
        first_ip_hash, first_ua_hash, last_ip_hash, last_ua_hash
    )
    values (
        %(id)s, %(anon_id)s, %(at)s, %(at)s, %(ip_hash)s, %(ua_hash)s, %(ip_hash)s, %(ua_hash)s
    )
    on conflict do nothing
"""
INSERT_SUBMISSION = """
    insert into raw.form_submissions (
        id, visitor_id, session_id, lead_id, form_name, path, payload, validation_status,
        is_first_capture, captured_at, fingerprint, occurred_on
    )
    values (
        %(id)s, %(visitor_id)s, %(session_id)s, %(lead_id)s, %(form_name)s, %(path)s, %(payload)s,
        %(validation_status)s, %(is_first_capture)s, %(at)s, %(fingerprint)s,
        raw.day_of(%(property_id)s, %(at)s)
    )
"""


@dataclass(frozen=True, slots=True)
class Captured:
    """The ids of a capture; of the first, for a form that was sent again."""

    lead_id: UUID
    visitor_id: UUID
    session_id: UUID | None
    heuristic_links: int
    is_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class _Form:
    """What a form comes to before the database is asked."""

    body: CaptureBody
    event: Event
    submission_id: UUID
    fingerprint: str
    email_hash: str
    # As they are stored, and as apps of before stored them (docs/decisions/0052).
    ip_hashes: list[str]
    ua_hashes: list[str]


class Captures:
    """Takes forms. One of it serves every request of a process."""

    def __init__(
        self,
        settings: Settings,
        database: LeadDatabase,
        metrics: Metrics,
        properties: PropertySettings,
    ) -> None:
        self._settings = settings
        self._database = database
        self._metrics = metrics
        self._properties = properties

    def take(self, body: CaptureBody, context: RequestContext) -> Captured:
        """Commit a form; it is stored as a whole once this returns.

        One that fell into the trap is kept as rejected and answered like any other. Raises Refusal
        and UnavailableError.
        """
        property_id = resolve_property_id(body.property_id, context.host)
        self._properties.check(property_id, context.page)
        form = self._form(body, context)
        try:
            if body.honeypot:
                return self._database.transact(
                    lambda connection: self._keep_trapped(connection, form)
                )
            captured = self._database.transact(
                lambda connection: self._capture(connection, form), [form.event]
            )
        except FAULTS_OF_A_ROW as error:
            logger.warning("the database refuses a form", exc_info=error)
            issue = Issue("", "the database refuses this form by a rule of its own")
            raise Refusal(Reason.REFUSED_BY_DATABASE, [issue]) from None
        self._metrics.received()
        if captured.is_duplicate:
            self._metrics.duplicate()
        else:
            self._metrics.accepted()
        return captured

    def _form(self, body: CaptureBody, context: RequestContext) -> _Form:
        pepper = self._settings.pepper
        # The property as it counts: one form on two sites is two.
        property_id = resolve_property_id(body.property_id, context.host)
        said = {**body.model_dump(mode="json", exclude={"honeypot"}), "property_id": property_id}
        if body.anon_id is None:
            # Without a visitor's id, whose form it is can be told by this alone.
            said |= {"address": context.address, "agent": context.user_agent}
        fingerprint = str(keyed_hash(pepper, to_json(said).decode()))
        submission_id = new_id()
        event_body = EventBody.model_construct(
            anon_id=body.anon_id or f"form-{fingerprint[:32]}",
            event_type=FORM_SUBMIT,
            path=body.path,
            referrer=body.referrer,
            utm=body.utm,
            traffic=Traffic.model_construct(property_id=body.property_id),
            props={"formName": body.form_name},
        )
        event = build_event(event_body, context, pepper=pepper, site_of=self._properties.of)
        # A form that is sent again is known by its fingerprint. By what it says alone, two people
        # who share a browser would be one.
        key, *_ = identity_keys(
            anon_id=event.anon_id,
            event_id=submission_id,
            time_token=time_token(event.occurred_at, context.now),
        )
        return _Form(
            body,
            replace(event, id=submission_id, dedupe_key=key, earlier_keys=()),
            submission_id,
            fingerprint,
            address_hash(pepper, body.email),
            _forms_of(keyed_hash(pepper, context.address)),
            _forms_of(keyed_hash(pepper, context.user_agent)),
        )

    def _capture(self, connection: Connection[Any], form: _Form) -> Captured:
        if known := _known_submission(connection, form, ACCEPTED):
            if known["id"] != form.submission_id:
                connection.execute(
                    statements.INSERT_DUPLICATES,
                    statements.duplicate_rows([(form.event, known["day"])]),
                )
            return Captured(
                known["lead_id"],
                form.event.visitor_id,
                known["session_id"],
                0,
                is_duplicate=known["id"] != form.submission_id,
            )
        stored = self._database.store(connection, form.event)
        lead_id, is_new = self._lead(connection, form)
        at = form.event.occurred_at
        _insert_submission(
            connection,
            form,
            session_id=stored.session_id,
            lead_id=lead_id,
            payload=form.body.payload,
            validation_status=ACCEPTED,
            is_first_capture=is_new,
        )
        self._database.keep_properties(connection, form.event, form.submission_id)
        record_consent(
            connection,
            lead_id,
            form.body.consent_status,
            at=at,
            channel=form.body.source_channel,
            text=form.body.consent_text,
            form_name=form.body.form_name,
            path=form.body.path,
        )
        connection.execute(
            LINK_VISITOR,
            {"id": new_id(), "lead_id": lead_id, "visitor_id": form.event.visitor_id},
        )
        links = self._link_neighbours(connection, form, lead_id)
        if self._settings.lead_webhook_url:
            enqueue(connection, Kind.CAPTURED, lead_id, submission_id=form.submission_id)
        return Captured(lead_id, form.event.visitor_id, stored.session_id, links)

    def _lead(self, connection: Connection[Any], form: _Form) -> tuple[UUID, bool]:
        """The lead of the address, and whether it is new; locked until the transaction ends."""
        body = form.body
        values: dict[str, Any] = {
            "id": new_id(),
            "email": body.email,
            "consent_status": body.consent_status,
            "source_channel": body.source_channel,
            "email_domain_class": domain_class(body.email.rpartition("@")[2]),
            "at": form.event.occurred_at,
        }
        if connection.execute(INSERT_LEAD, values).rowcount:
            self._check_suppression(connection, form)
            return values["id"], True
        found = connection.execute(LOCK_LEAD, values).fetchone()
        if found is None:
            # It was erased just now.
            raise SerializationFailure("the lead was there and is gone")
        lead_id, before = found
        values |= {"id": lead_id, "consent_status": consent_after(before, body.consent_status)}
        connection.execute(UPDATE_LEAD, values)
        return lead_id, False

    def _check_suppression(self, connection: Connection[Any], form: _Form) -> None:
        values = {"email_hash": form.email_hash}
        if form.body.consent_status is Consent.EXPRESS:
            connection.execute(UNSUPPRESS, values)
        elif connection.execute(IS_SUPPRESSED, values).fetchone() is not None:
            message = "must be express: without it this address is not taken"
            raise Refusal(Reason.SUPPRESSED, [Issue("consentStatus", message)])

    def _link_neighbours(self, connection: Connection[Any], form: _Form, lead_id: UUID) -> int:
        window = timedelta(minutes=self._settings.heuristic_link_window_minutes)
        if not window or not form.ip_hashes or not form.ua_hashes:
            return 0
        return connection.execute(
            LINK_NEIGHBOURS,
            {
                "lead_id": lead_id,
                "ip_hashes": form.ip_hashes,
                "ua_hashes": form.ua_hashes,
                "at": form.event.occurred_at,
                "window": window,
                "most": MAX_HEURISTIC_LINKS,
                "confidence": HEURISTIC_CONFIDENCE,
            },
        ).rowcount

    def _keep_trapped(self, connection: Connection[Any], form: _Form) -> Captured:
        # Ids that lead nowhere: what sends such forms learns nothing from the answer.
        answer = Captured(new_id(), form.event.visitor_id, new_id(), 0)
        if _known_submission(connection, form, REJECTED):
            return answer
        event, body = form.event, form.body
        connection.execute(
            INSERT_VISITOR,
            {
                "id": event.visitor_id,
                "anon_id": event.anon_id,
                "at": event.occurred_at,
                "ip_hash": event.ip_hash,
                "ua_hash": event.ua_hash,
            },
        )
        kept = {"payload": body.payload, "honeypot": (body.honeypot or "")[:1000]}
        is_erased = connection.execute(IS_SUPPRESSED, {"email_hash": form.email_hash}).fetchone()
        if is_erased is None:
            kept["email"] = body.email
        _insert_submission(
            connection,
            form,
            session_id=None,
            lead_id=None,
            payload=kept,
            validation_status=REJECTED,
            is_first_capture=False,
        )
        self._database.keep_properties(connection, event, form.submission_id)
        return answer


def _forms_of(digits: str | None) -> list[str]:
    return [] if digits is None else [*both_forms(digits)]


def _known_submission(
    connection: Connection[Any], form: _Form, validation_status: str
) -> dict[str, Any] | None:
    """The submission that this one repeats; from now on nobody else stores it."""
    key = int.from_bytes(bytes.fromhex(form.fingerprint[:16]), signed=True)
    connection.execute(LOCK_FINGERPRINT, {"key": key})
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            SELECT_SUBMISSION,
            {
                "visitor_id": form.event.visitor_id,
                "fingerprint": form.fingerprint,
                "since": form.event.occurred_at - REPEAT_WINDOW,
                "validation_status": validation_status,
                "id": form.submission_id,
                "is_express": form.body.consent_status is Consent.EXPRESS,
            },
        ).fetchone()


def _insert_submission(
    connection: Connection[Any],
    form: _Form,
    *,
    session_id: UUID | None,
    lead_id: UUID | None,
    payload: dict[str, Any] | None,
    validation_status: str,
    is_first_capture: bool,
) -> None:
    connection.execute(
        INSERT_SUBMISSION,
        {
            "id": form.submission_id,
            "visitor_id": form.event.visitor_id,
            "session_id": session_id,
            "lead_id": lead_id,
            "form_name": form.body.form_name,
            "path": form.body.path,
            "payload": None if payload is None else Jsonb(payload),
            "validation_status": validation_status,
            "is_first_capture": is_first_capture,
            "at": form.event.occurred_at,
            "property_id": form.event.property_id,
            "fingerprint": form.fingerprint,
        },
    )

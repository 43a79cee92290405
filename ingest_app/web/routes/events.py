"""`POST /v1/events` and `POST /v1/events/batch`."""

from __future__ import annotations

from itertools import islice
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from ingest_app.enrichment.body import MAX_BATCH_EVENTS, MAX_EVENT_BYTES
from ingest_app.intake.intake import IntakeOutcome, Trapped
from ingest_app.intake.json_array import array_elements
from ingest_app.refusals import Issue, Reason, Refusal
from ingest_app.store.outcomes import SpooledEvent
from ingest_app.web.limits import charge
from ingest_app.web.routes.reading import JSON_TYPES, mimetype, read_body, request_context
from ingest_app.web.services import Services

blueprint = Blueprint("events", __name__)

SINGLE = "/v1/events"
BATCH = "/v1/events/batch"
MAX_BATCH_BYTES = 1024 * 1024
LINE_TYPES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
# Says accepted, duplicate or spooled. The body of the answer is the same for an event and its
# duplicate.
OUTCOME_HEADER = "Footfall-Outcome"


@blueprint.post(SINGLE)
def post_event() -> tuple[Response, int]:
    """Commit one event; the answer carries the ids that the database returned."""
    services = Services.of(current_app)
    context = request_context(services.settings)
    try:
        raw = read_body(MAX_EVENT_BYTES, types=JSON_TYPES)
    except Refusal as refusal:
        services.intake.refuse(refusal, context, endpoint=SINGLE)
        raise
    [outcome] = services.intake.take([raw], context, endpoint=SINGLE)
    if isinstance(outcome, Refusal):
        raise outcome
    answer = jsonify(_result_body(outcome))
    if not isinstance(outcome, Trapped):
        answer.headers[OUTCOME_HEADER] = _outcome_word(outcome)
    return answer, 202


@blueprint.post(BATCH)
def post_batch() -> tuple[Response, int]:
    """Commit up to 500 events together; the answer tells what became of each, in order."""
    services = Services.of(current_app)
    context = request_context(services.settings)
    try:
        raw = read_body(MAX_BATCH_BYTES, types=JSON_TYPES | LINE_TYPES, may_be_gzip=True)
        sent = split_batch(raw, is_lines=_is_lines(raw, mimetype(request.environ)))
    except Refusal as refusal:
        services.intake.refuse(refusal, context, endpoint=BATCH)
        raise
    charge(len(sent))
    outcomes = services.intake.take(sent, context, endpoint=BATCH)
    words = [_outcome_word(outcome) for outcome in outcomes]
    results = [
        {"outcome": word, **_result_body(outcome)}
        for word, outcome in zip(words, outcomes, strict=True)
    ]
    answer = jsonify(
        {
            "ok": True,
            "accepted": words.count("accepted"),
            "duplicate": words.count("duplicate"),
            "spooled": words.count("spooled"),
            "rejected": words.count("rejected"),
            "results": results,
        }
    )
    return answer, 202


def _is_lines(raw: bytes, content_type: str) -> bool:
    # Plain text may be an array or lines: a beacon cannot name another type.
    is_array = raw.lstrip()[:1] == b"["
    return content_type in LINE_TYPES or (content_type == "text/plain" and not is_array)


def split_batch(raw: bytes, *, is_lines: bool) -> list[bytes]:
    """The JSON texts of the events in a JSON array, or on the lines of NDJSON.

    Raises Refusal where there is no event, more than 500, or no end of the array. A line or an element
    that is not JSON is for its own event to answer for.
    """
    if is_lines:
        sent = [line for line in raw.splitlines() if line.strip()]
    else:
        try:
            sent = list(islice(array_elements(raw), MAX_BATCH_EVENTS + 1))
        except ValueError as error:
            raise _bad_batch(str(error)) from None
    if not sent:
        raise _bad_batch("must hold at least one event, in a JSON array or on a line each")
    if len(sent) > MAX_BATCH_EVENTS:
        raise _bad_batch(f"must hold at most {MAX_BATCH_EVENTS} events")
    return sent


def _bad_batch(message: str) -> Refusal:
    return Refusal(Reason.INVALID_REQUEST, [Issue("", message)])


def _outcome_word(outcome: IntakeOutcome) -> str:
    if isinstance(outcome, Refusal):
        return "rejected"
    if isinstance(outcome, Trapped):
        return "ignored"
    if isinstance(outcome, SpooledEvent):
        return "spooled"
    return "duplicate" if outcome.is_duplicate else "accepted"


def _result_body(outcome: IntakeOutcome) -> dict[str, Any]:
    if isinstance(outcome, Refusal):
        return outcome.body()
    if isinstance(outcome, Trapped):
        return {"ok": True}
    if isinstance(outcome, SpooledEvent):
        return {
            "ok": True,
            "eventId": outcome.event_id,
            "visitorId": outcome.visitor_id,
            "sessionId": None,
            "spooled": True,
        }
    return {
        "ok": True,
        "eventId": outcome.event_id,
        "visitorId": outcome.visitor_id,
        "sessionId": outcome.session_id,
    }

"""`POST /v1/events`: one event a request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, current_app, jsonify, request
from pydantic import ValidationError
from pydantic_core import from_json
from werkzeug.exceptions import RequestEntityTooLarge

from ingest_app.enrichment.client_address import client_address
from ingest_app.enrichment.hosts import normal_host
from ingest_app.enrichment.property_id import resolve_property_id
from ingest_app.errors import Issue, Refusal, invalid_request
from ingest_app.events import RequestContext, build_event
from ingest_app.schemas import EventBody, Traffic
from ingest_app.services import Services

blueprint = Blueprint("events", __name__)

ENDPOINT = "/v1/events"
MAX_BODY_BYTES = 64 * 1024
# A beacon cannot name its content type without a preflight, so plain text is taken for JSON.
JSON_TYPES = frozenset({"", "application/json", "text/plain"})
# Says whether an accepted event was new; its body is the same for a duplicate.
OUTCOME_HEADER = "Footfall-Outcome"


@blueprint.post(ENDPOINT)
def post_event() -> tuple[Response, int]:
    """Validate, derive, commit; the answer carries the ids that the database returned."""
    services = Services.of(current_app)
    context = request_context(services)
    raw = b""
    try:
        raw = _read_body()
        body = _parse(raw)
        if body.honeypot:
            return jsonify({"ok": True}), 202
        _check_time(body, context, services)
    except Refusal as refusal:
        services.rejections.record(
            property_id=_claimed_property(raw, context),
            endpoint=ENDPOINT,
            reason=refusal.reason,
            status_code=refusal.status_code,
        )
        raise
    event = build_event(body, context, pepper=services.settings.pepper)
    [stored] = services.writer.write([event])
    answer = jsonify(
        {
            "ok": True,
            "eventId": str(stored.event_id),
            "visitorId": str(stored.visitor_id),
            "sessionId": None if stored.session_id is None else str(stored.session_id),
        }
    )
    answer.headers[OUTCOME_HEADER] = "duplicate" if stored.is_duplicate else "accepted"
    return answer, 202


def request_context(services: Services) -> RequestContext:
    """What the server itself knows of the request at hand."""
    return RequestContext(
        now=datetime.now(UTC),
        host=normal_host(request.environ.get("HTTP_HOST")),
        address=client_address(
            request.remote_addr,
            request.headers.get("X-Forwarded-For"),
            services.settings.trusted_proxies,
        ),
        user_agent=request.headers.get("User-Agent") or None,
    )


def _read_body() -> bytes:
    if request.mimetype not in JSON_TYPES or request.headers.get("Content-Encoding"):
        raise Refusal(
            415,
            "unsupported_media_type",
            [Issue("", "send JSON as application/json or text/plain, not encoded")],
        )
    # One byte more than is allowed: a body without a length is cut there, not refused.
    request.max_content_length = MAX_BODY_BYTES + 1
    try:
        raw = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise _too_large() from None
    if len(raw) > MAX_BODY_BYTES:
        raise _too_large()
    return raw


def _too_large() -> Refusal:
    return Refusal(
        413, "too_large", [Issue("", f"the body must be at most {MAX_BODY_BYTES} bytes")]
    )


def _parse(raw: bytes) -> EventBody:
    try:
        return EventBody.model_validate_json(raw)
    except ValidationError as error:
        raise invalid_request(error) from None


def _check_time(body: EventBody, context: RequestContext, services: Services) -> None:
    if body.timestamp is None:
        return
    days = services.settings.event_age_limit_days
    hours = services.settings.max_event_ahead_hours
    if body.timestamp > context.now + timedelta(hours=hours):
        message = f"must be at most {hours} hours ahead of the server's clock"
    elif body.timestamp < context.now - timedelta(days=days):
        message = f"must be at most {days} days old"
    else:
        return
    raise Refusal(400, "invalid_request", [Issue("timestamp", message)], reason="bad_timestamp")


def _claimed_property(raw: bytes, context: RequestContext) -> str:
    """The property that a refused body names, where it names one that is well-formed."""
    claimed = None
    try:
        body = from_json(raw)
        traffic = body.get("traffic") if isinstance(body, dict) else None
        if isinstance(traffic, dict):
            claimed = Traffic.model_validate({"propertyId": traffic.get("propertyId")}).property_id
    except ValueError:
        claimed = None
    return resolve_property_id(claimed, context.host)

"""`/v1/leads`: capture, unsubscribing, erasure, and the list for whoever has an admin key."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, request
from pydantic_core import from_json

from ingest_app.enrichment.body import Traffic
from ingest_app.enrichment.property_id import resolve_property_id
from ingest_app.leads.access import Purpose
from ingest_app.leads.address import address_hash
from ingest_app.leads.body import MAX_CAPTURE_BYTES, AddressBody, CaptureBody
from ingest_app.leads.capture import Captured
from ingest_app.leads.consent import withdraw_by_email, withdraw_by_id
from ingest_app.leads.erasure import erase_lead
from ingest_app.leads.export import FIRST, page_of_leads
from ingest_app.refusals import Reason, Refusal, field_paths, validated
from ingest_app.web.admin_keys import HEADER
from ingest_app.web.leads.forms import (
    FORM_TYPES,
    form_as_json,
    form_fields,
    last_filled,
    path_of_page,
)
from ingest_app.web.leads.local_path import HOME, local_path
from ingest_app.web.leads.page import page
from ingest_app.web.leads.parameters import LeadsParameters
from ingest_app.web.reports.parameters import read_parameters
from ingest_app.web.routes.reading import JSON_TYPES, read_body, request_context
from ingest_app.web.services import Services

blueprint = Blueprint("leads", __name__, url_prefix="/v1/leads")

CAPTURE = "/v1/leads/capture"
CAPTURE_FIELDS = frozenset(field_paths(CaptureBody))
MAX_ADDRESS_BYTES = 4 * 1024
EXPECTED = "send JSON, or a form"
# After these the same may be sent again.
FOR_NOW = frozenset({408, 429, 500, 503})


@blueprint.after_request
def show_what_is_wrong(answer: Response) -> Response:
    """An error as a page, where a browser sent a form by itself and somebody looks at the answer."""
    is_form = request.path == CAPTURE and request.mimetype in FORM_TYPES
    if answer.status_code < 400 or not (is_form or "token" in (request.view_args or {})):
        return answer
    issues = (answer.get_json(silent=True) or {}).get("issues", [])
    shown = page(
        "This form could not be taken" if is_form else "This did not work",
        [
            *(f"{issue['path']}: {issue['message']}".removeprefix(": ") for issue in issues),
            "Nothing has changed. Please go back in a minute and send it again."
            if answer.status_code in FOR_NOW
            else "Please go back and try again.",
        ],
        status=answer.status_code,
    )
    if wait := answer.headers.get("Retry-After"):
        shown.headers["Retry-After"] = wait
    return shown


@blueprint.post("/capture")
def capture() -> Response:
    """Take a form: JSON is answered by JSON, a browser is sent on to a page of this site."""
    if request.mimetype not in FORM_TYPES:
        captured, _ = _take()
        return jsonify(
            {
                "ok": True,
                "leadId": captured.lead_id,
                "visitorId": captured.visitor_id,
                "sessionId": captured.session_id,
                "heuristicLinksCreated": captured.heuristic_links,
            }
        )
    _, target = _take()
    return Response(status=303, headers={"Location": target, "Cache-Control": "no-store"})


def _take() -> tuple[Captured, str]:
    """What became of the body at hand, and where a browser goes from here."""
    services = Services.of(current_app)
    context = request_context(services.settings)
    raw = b""
    target = HOME
    try:
        raw = read_body(MAX_CAPTURE_BYTES, types=JSON_TYPES | FORM_TYPES, expected=EXPECTED)
        if request.mimetype in FORM_TYPES:
            fields = form_fields(raw)
            target = local_path((last_filled(fields.get("path", [])) or "").strip())
            raw = form_as_json(fields, path_of_page())
        return services.captures.take(
            validated(CaptureBody.model_validate_json, raw), context
        ), target
    except Refusal as refusal:
        services.ledger.record(
            property_id=resolve_property_id(_claimed_property(raw), context.host),
            endpoint=CAPTURE,
            reason=refusal.ledger_reason(CAPTURE_FIELDS),
            status_code=refusal.status_code,
        )
        raise


def _claimed_property(raw: bytes) -> str | None:
    try:
        body = from_json(raw)
        claimed = body.get("propertyId") if isinstance(body, dict) else None
        return Traffic.model_validate({"propertyId": claimed}).property_id
    except ValueError:
        return None


@blueprint.post("/unsubscribe")
def unsubscribe() -> Response:
    """Withdraw the consent of an address."""
    services = Services.of(current_app)
    email = _address()
    is_known = services.leads.transact(
        lambda connection: withdraw_by_email(
            connection, email, channel="unsubscribe", has_webhook=services.has_webhook
        )
    )
    return _done(is_known)


@blueprint.get("/unsubscribe/<token>")
def ask_to_unsubscribe(token: str) -> Response:
    """One page with one button. Mail scanners follow links, so this changes nothing."""
    del token
    return page("Unsubscribe", ["No more messages to your address?"], button="Unsubscribe")


@blueprint.post("/unsubscribe/<token>")
def unsubscribe_by_link(token: str) -> Response:
    """Withdraw the consent of whom the link was made for: by the button, or by one click (RFC 8058).

    The answer is the same for a link that is nobody's.
    """
    services = Services.of(current_app)
    lead_id = services.links.lead_id(token)
    is_one_click = request.form.get("List-Unsubscribe") == "One-Click"
    channel = "unsubscribe_one_click" if is_one_click else "unsubscribe_link"
    if lead_id is not None:
        services.leads.transact(
            lambda connection: withdraw_by_id(
                connection, lead_id, channel=channel, has_webhook=services.has_webhook
            )
        )
    return page("Unsubscribed", ["You will get no more messages from us."])


@blueprint.post("/delete")
def delete() -> Response:
    """Erase a lead."""
    services = Services.of(current_app)
    fingerprint = services.admin_keys.check(request.headers.get(HEADER))
    email = _address()
    erased = services.leads.transact(
        lambda connection: erase_lead(
            connection,
            email,
            email_hash=address_hash(services.settings.pepper, email),
            actor=f"key {fingerprint}",
        )
    )
    return _done(not erased.found_nothing)


@blueprint.get("")
def leads() -> Response:
    """A page of leads in the order in which they came."""
    services = Services.of(current_app)
    fingerprint = services.admin_keys.check(request.headers.get(HEADER))
    asked = read_parameters(LeadsParameters, request.args)
    found = services.lead_reader.transact(
        lambda connection: page_of_leads(
            connection,
            asked.filters,
            services.links,
            purpose=Purpose.LIST,
            actor=f"key {fingerprint}",
            after=asked.cursor or FIRST,
            limit=asked.limit,
        )
    )
    answer = jsonify({"ok": True, "leads": found.leads, "nextCursor": found.next_after})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _address() -> str:
    raw = read_body(MAX_ADDRESS_BYTES, types=JSON_TYPES)
    return validated(AddressBody.model_validate_json, raw).email


def _done(is_known: bool) -> Response:
    if not is_known:
        raise Refusal(Reason.NOT_FOUND)
    return jsonify({"ok": True})

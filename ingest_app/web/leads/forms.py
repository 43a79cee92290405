"""A form that a browser sends by itself, as the JSON that a script would send."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import request
from pydantic_core import to_json
from werkzeug.formparser import FormDataParser

from ingest_app.enrichment.row import Utm
from ingest_app.leads.body import CaptureBody
from ingest_app.refusals import Issue, Reason, Refusal

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
FORM_TYPES = frozenset({URLENCODED, MULTIPART})
# Fields of a form that are not among the fields of the body as they are.
UTM_FIELDS = {f"utm_{name}": name for name in Utm._fields}
NOT_IN_A_FORM = {"payload", "utm"}
# Filled by browsers, and nothing that a person said.
OF_THE_BROWSER = {"_charset_"}

FIELDS = frozenset(
    field.alias or name
    for name, field in CaptureBody.model_fields.items()
    if name not in NOT_IN_A_FORM
)


def form_fields(raw: bytes) -> dict[str, list[str]]:
    """The fields of the body at hand with their values, files left out.

    Raises Refusal for a body that is no form.
    """
    try:
        _, fields, _ = FormDataParser(silent=False, max_form_parts=500).parse(
            io.BytesIO(raw), request.mimetype, len(raw), request.mimetype_params
        )
    except Exception as error:
        # The parser has errors of its own, of HTTP and of the language.
        raise Refusal(Reason.INVALID_REQUEST, [Issue("", "is not a form")]) from error
    return dict(fields.lists())


def form_as_json(fields: dict[str, list[str]], page_path: str | None) -> bytes:
    """The body that the form stands for: what has no place in it is payload.

    A field that was left blank is absent, as browsers send those too. `page_path` is the path of the
    page with the form, for a form that does not say it.
    """
    body: dict[str, Any] = {}
    utm: dict[str, str] = {}
    payload: dict[str, str | list[str]] = {}
    for name, values in fields.items():
        if name in OF_THE_BROWSER:
            continue
        if name in FIELDS or name in UTM_FIELDS:
            if filled := last_filled(values):
                if name in FIELDS:
                    body[name] = filled
                else:
                    utm[UTM_FIELDS[name]] = filled
        else:
            payload[name] = values[0] if len(values) == 1 else values
    if page_path:
        body.setdefault("path", page_path)
    if utm:
        body["utm"] = utm
    if payload:
        body["payload"] = payload
    return to_json(body)


def path_of_page() -> str | None:
    """The path of the page that the browser names as the one with the form."""
    try:
        return urlsplit(request.headers.get("Referer", "")).path[:2048] or None
    except ValueError:
        return None


def last_filled(values: Sequence[str]) -> str | None:
    """What a field says that is there several times: a box that is ticked comes after its default."""
    return next((value for value in reversed(values) if value.strip()), None)

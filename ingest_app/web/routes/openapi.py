"""`GET /openapi.json`."""

from __future__ import annotations

from functools import cache

from flask import Blueprint, Response, jsonify

from ingest_app.web.openapi import openapi_document

blueprint = Blueprint("openapi", __name__)


@cache
def _document() -> dict[str, object]:
    return openapi_document()


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The document that describes this very server."""
    return jsonify(_document())

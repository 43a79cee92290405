"""`GET /v1/healthz`: the process is alive."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

blueprint = Blueprint("health", __name__)


@blueprint.get("/v1/healthz")
def healthz() -> Response:
    """Says nothing of the database, so that a restart of it does not restart the app."""
    return jsonify({"ok": True})

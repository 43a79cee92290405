"""`GET /v1/healthz`: the process is alive. `GET /v1/readyz`: it can do its work."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify

from ingest_app.web.services import Services

blueprint = Blueprint("health", __name__)


@blueprint.get("/v1/healthz")
def healthz() -> Response:
    """Says nothing of the database, so that a restart of it does not restart the app."""
    return jsonify({"ok": True})


@blueprint.get("/v1/readyz")
def readyz() -> tuple[Response, int]:
    """200 where every check passes that is needed, else 503; the body names each."""
    checks = Services.of(current_app).readiness.checks()
    is_ready = all(check.is_ok or not check.is_needed for check in checks.values())
    answer = jsonify(
        {
            "ok": is_ready,
            "checks": {
                name: {
                    "ok": check.is_ok,
                    **({"message": check.message} if check.message else {}),
                    **check.facts,
                }
                for name, check in checks.items()
            },
        }
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer, 200 if is_ready else 503

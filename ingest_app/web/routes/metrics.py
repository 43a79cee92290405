"""`GET /metrics` for Prometheus."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import NotFound

from ingest_app.settings import Settings
from ingest_app.web.peers import is_loopback, is_trusted
from ingest_app.web.services import Services

blueprint = Blueprint("metrics", __name__)

# Each of them says that a proxy has passed the request on.
FORWARDING_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")


@blueprint.get("/metrics")
def metrics() -> Response:
    """All workers together. Not found, for whoever does not ask from near by."""
    services = Services.of(current_app)
    if not is_near(services.settings):
        raise NotFound
    body, content_type = services.metrics.exposition()
    return Response(body, content_type=content_type)


def is_near(settings: Settings) -> bool:
    """Whether this machine or a trusted peer asks for itself, and not for someone behind it."""
    if any(name in request.headers for name in FORWARDING_HEADERS):
        return False
    return is_loopback(request.remote_addr) or is_trusted(request.remote_addr, settings)

"""A Flask app with one route that does nothing: what the server itself can take.

The only place that knows how `footfall serve` puts a Flask app on its server.
"""

from __future__ import annotations

from flask import Flask, request

from ingest_app.web.gate import BodyGate

ANSWER = (b'{"ok":true}', 202, {"Content-Type": "application/json"})


def create_wsgi_app() -> Flask:
    """The app alone."""
    app = Flask(__name__, static_folder=None)

    @app.post("/v1/events")
    def post_event() -> tuple[bytes, int, dict[str, str]]:
        # A body that nobody reads costs the connection.
        request.get_data(cache=False)
        return ANSWER

    @app.get("/v1/healthz")
    def healthz() -> str:
        return "alive"

    return app


def create_gated_app() -> BodyGate:
    """The app behind the gate of `footfall serve`, on the road that single posts take."""
    return BodyGate(
        create_wsgi_app().wsgi_app, is_light=lambda _environ: True, on_stop=lambda: None
    )

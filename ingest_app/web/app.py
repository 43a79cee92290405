"""Makes the app, and what a worker process of the server runs."""

from __future__ import annotations

from flask import Flask

from ingest_app.settings import Settings, load_settings
from ingest_app.web import dashboard
from ingest_app.web.cors import init_cors
from ingest_app.web.demo import routes as demo
from ingest_app.web.errors import register_error_handlers
from ingest_app.web.gate import BodyGate
from ingest_app.web.json_provider import PydanticJson
from ingest_app.web.lean_flask import LeanFlask
from ingest_app.web.limits import init_limits, is_in_memory
from ingest_app.web.logs import log_requests
from ingest_app.web.other_names import answer_to_other_names
from ingest_app.web.routes import events, health, leads, metrics, openapi, reporting, snippet
from ingest_app.web.services import EXTENSION, Services


def create_app(settings: Settings | None = None) -> Flask:
    """Make the app of one worker process; call it after the fork, for it starts threads.

    Raises SettingsError when the environment is wrong.
    """
    settings = settings or load_settings()
    app = LeanFlask("ingest_app", static_folder=None)
    app.json = PydanticJson(app)
    services = Services.connect(settings)
    app.extensions[EXTENSION] = services
    log_requests(app, settings, services.metrics)
    register_error_handlers(app)
    init_cors(app, settings.cors_allowed_origins)
    init_limits(app, settings, services.ledger)
    app.register_blueprint(dashboard.blueprint)
    app.register_blueprint(events.blueprint)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(leads.blueprint)
    app.register_blueprint(metrics.blueprint)
    app.register_blueprint(openapi.blueprint)
    app.register_blueprint(reporting.blueprint)
    app.register_blueprint(snippet.blueprint)
    if settings.database_url is None:
        app.register_blueprint(demo.blueprint)
    answer_to_other_names(app, settings)
    return app


def create_server_app() -> BodyGate:
    """Make what one worker process of the server runs."""
    app = create_app()
    services = Services.of(app)
    may_be_light = _limits_are_in_memory(services.settings)
    return BodyGate(
        app.wsgi_app,
        is_light=lambda environ: may_be_light and environ["PATH_INFO"] == events.SINGLE,
        on_stop=services.close,
    )


def _limits_are_in_memory(settings: Settings) -> bool:
    # Elsewhere, a request waits for the network before anything else.
    return not settings.rate_limits_enabled or is_in_memory(settings)

"""Footfall's app: takes page events over HTTP and writes them to PostgreSQL.

The rooms in it are folders. None imports from one above it; tests/ingest_app/test_rooms.py has
their order. Here are `create_app` for Flask, and what every room may use: settings, refusals, metrics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from ingest_app.settings import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """Make the app of one worker process. See `web.app.create_app`."""
    # Imported here: commands that need no server do not wait for Flask.
    from ingest_app.web import app

    return app.create_app(settings)

"""Which database it is, and the pool of connections to it."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg_pool import ConnectionPool

from ingest_app.embedded import EmbeddedPostgres
from ingest_app.settings import Settings

# Builds count on no ingest transaction living longer than their grace of ten minutes.
SESSION_OPTIONS = "-c statement_timeout=15s -c idle_in_transaction_session_timeout=30s"


def embedded_postgres(settings: Settings) -> EmbeddedPostgres:
    """The embedded database of the data folder."""
    return EmbeddedPostgres(settings.data_dir / "postgres", settings.db_port)


def database_url(settings: Settings) -> str:
    """DATABASE_URL, or else where the embedded database is."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return embedded_postgres(settings).url


def open_pool(url: str, *, size: int) -> ConnectionPool[Connection[Any]]:
    """A pool for one worker process. Open it after the fork; connections come on demand."""
    return ConnectionPool(
        url,
        min_size=1,
        max_size=size,
        timeout=10,
        kwargs={"application_name": "footfall-ingest", "options": SESSION_OPTIONS},
        name="ingest",
        open=True,
    )

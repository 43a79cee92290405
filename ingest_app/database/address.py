"""Which database it is: that of DATABASE_URL, or else the embedded one."""

from __future__ import annotations

from ingest_app.database.embedded import EmbeddedPostgres
from ingest_app.settings import Settings


def embedded_postgres(settings: Settings) -> EmbeddedPostgres:
    """The embedded database of the data folder."""
    return EmbeddedPostgres(settings.data_dir / "postgres", settings.db_port, has_bi_role=True)


def database_url(settings: Settings) -> str:
    """DATABASE_URL, or else where the embedded database is."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return embedded_postgres(settings).url


def database_at_hand(settings: Settings) -> str:
    """The same for who needs it now. Raises EmbeddedPostgresError where the embedded one is stopped.

    A server keeps its `database_url` and spools until the database is back.
    """
    if settings.database_url is None:
        return embedded_postgres(settings).running_url
    return database_url(settings)

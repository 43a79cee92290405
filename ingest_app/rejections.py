"""Keeps count of what was refused: received = accepted + duplicate + rejected."""

from __future__ import annotations

import logging
from typing import Any

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool, PoolTimeout

from ingest_app.enrichment.identity import new_id

logger = logging.getLogger(__name__)

INSERT_REJECTION = """
    insert into raw.ingest_rejections (id, property_id, endpoint, reason, status_code)
    values (%(id)s, %(property_id)s, %(endpoint)s, %(reason)s, %(status_code)s)
"""


class RejectionLedger:
    """Writes raw.ingest_rejections."""

    def __init__(self, pool: ConnectionPool[Connection[Any]]) -> None:
        self._pool = pool

    def record(self, *, property_id: str, endpoint: str, reason: str, status_code: int) -> None:
        """Count one refusal. A database that is away costs the count, never the answer."""
        try:
            with self._pool.connection() as connection:
                connection.execute(
                    INSERT_REJECTION,
                    {
                        "id": new_id(),
                        "property_id": property_id,
                        "endpoint": endpoint,
                        "reason": reason,
                        "status_code": status_code,
                    },
                )
        except (psycopg.Error, PoolTimeout):
            logger.exception("a rejection (%s, %s) could not be recorded", endpoint, reason)

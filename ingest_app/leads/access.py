"""The audit of addresses: each time that some leave the database, or one is erased."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from ingest_app.enrichment.identity import new_id

INSERT_ACCESS = """
    insert into raw.lead_accesses (id, purpose, actor, leads, filters)
    values (%(id)s, %(purpose)s, %(actor)s, %(leads)s, %(filters)s)
"""


class Purpose(StrEnum):
    """What addresses were used for."""

    LIST = "list"
    EXPORT = "export"
    WEBHOOK = "webhook"
    LINK = "link"
    ERASE = "erase"


def record_access(
    connection: Connection[Any],
    purpose: Purpose,
    *,
    actor: str,
    leads: int,
    filters: Mapping[str, Any] | None = None,
) -> None:
    """Write down a use, in the transaction of the use itself. Nothing in it may name a person."""
    connection.execute(
        INSERT_ACCESS,
        {
            "id": new_id(),
            "purpose": purpose,
            "actor": actor,
            "leads": leads,
            "filters": Jsonb(dict(filters)) if filters else None,
        },
    )

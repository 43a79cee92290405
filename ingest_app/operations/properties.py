"""What is set for properties, read and changed by the owner of schema raw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from ingest_app.database.connection import READ, WORK, connect
from ingest_app.enrichment.hosts import normal_host

SELECT_PROPERTIES = """
    select property_id, hosts, created_at, updated_at
    from raw.properties
    where %(property_id)s::text is null or property_id = %(property_id)s
    order by property_id collate "C"
"""
SET_HOSTS = """
    insert into raw.properties as known (property_id, hosts)
    values (%(property_id)s, %(hosts)s)
    on conflict (property_id) do update set hosts = excluded.hosts, updated_at = now()
    returning property_id, hosts, created_at, updated_at
"""


@dataclass(frozen=True, slots=True)
class Property:
    """What is set for a property; without hosts it takes events from everywhere."""

    property_id: str
    hosts: list[str]
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Its fields as JSON has them."""
        return {
            "propertyId": self.property_id,
            "hosts": self.hosts,
            "createdAt": self.created_at and self.created_at.isoformat(),
            "updatedAt": self.updated_at and self.updated_at.isoformat(),
        }


def read_hosts(texts: Iterable[str]) -> list[str]:
    """Host names as browsers spell them, each once. Raises ValueError for what is none."""
    hosts = set()
    for text in texts:
        host = normal_host(text, keeps_www=True)
        if host is None:
            raise ValueError(
                f"{text!r} is not a host such as shop.example: name each host by itself, without "
                "scheme, path or wildcard"
            )
        hosts.add(host)
    return sorted(hosts)


def list_properties(url: str) -> list[Property]:
    """Every property for which something was set, by name. Raises psycopg.Error."""
    with connect(url, READ, name="footfall-properties") as connection:
        return _select(connection, None)


def show_property(url: str, property_id: str) -> Property:
    """One property, as all are where nothing was set for it. Raises psycopg.Error."""
    with connect(url, READ, name="footfall-properties") as connection:
        found = _select(connection, property_id)
    return found[0] if found else Property(property_id, [])


def set_hosts(url: str, property_id: str, hosts: Iterable[str]) -> Property:
    """Bind a property to hosts as `read_hosts` gives them, or to none. Raises psycopg.Error."""
    values = {"property_id": property_id, "hosts": list(hosts)}
    with (
        connect(url, WORK, name="footfall-properties") as connection,
        connection.cursor(row_factory=class_row(Property)) as cursor,
    ):
        [changed] = cursor.execute(SET_HOSTS, values).fetchall()
    return changed


def _select(connection: Connection[Any], property_id: str | None) -> list[Property]:
    with connection.cursor(row_factory=class_row(Property)) as cursor:
        return cursor.execute(SELECT_PROPERTIES, {"property_id": property_id}).fetchall()

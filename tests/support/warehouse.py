"""Reads the marts the way the recount tells them."""

from __future__ import annotations

from typing import Any

import psycopg

from tests.support.recount import Key

Connection = psycopg.Connection[dict[str, Any]]


def read_mart(connection: Connection, mart: str) -> dict[Key, dict[str, Any]]:
    """A daily mart by property and day, without the time it was made."""
    rows = connection.execute(f"select * from analytics.{mart}").fetchall()
    return {
        (row.pop("property_id"), row.pop("day")): {
            name: value for name, value in row.items() if name != "generated_at"
        }
        for row in rows
    }


def generation_times(connection: Connection, mart: str) -> dict[Key, Any]:
    """When each row of a daily mart was made."""
    rows = connection.execute(f"select property_id, day, generated_at from analytics.{mart}")
    return {(row["property_id"], row["day"]): row["generated_at"] for row in rows}

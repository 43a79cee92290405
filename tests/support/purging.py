"""What retention does to raw, and what it must not do to marts."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

from tests.support.recount.facts import Hit, read_facts
from tests.support.recount.grouping import Rows
from tests.support.recount.marts import KEYS

Connection = psycopg.Connection[dict[str, Any]]

PURGE = (
    "insert into raw.retention_purges (id, purged_before) values (gen_random_uuid(), %(day)s)",
    "delete from raw.events where occurred_on < %(day)s",
    "delete from raw.sessions where not exists ("
    "   select from raw.events"
    "   where events.visitor_id = sessions.visitor_id and events.session_id = sessions.id"
    ")",
    "delete from raw.visitors where not exists ("
    "   select from raw.events where events.visitor_id = visitors.id"
    ") and not exists ("
    "   select from raw.form_submissions where form_submissions.visitor_id = visitors.id"
    ")",
)


def purge(connection: Connection, horizon: date) -> None:
    """Raw events of the days before, and what nothing refers to any more."""
    with connection.transaction():
        for statement in PURGE:
            connection.execute(statement, {"day": horizon})


def rows_before(connection: Connection, horizon: date) -> dict[str, list[str]]:
    """Every mart's rows of the days before, as they stand, the times they were made too."""
    return {
        mart: [
            row["row"]
            for row in connection.execute(
                f"select mart::text as row from analytics.{mart} as mart "
                "where day < %s order by mart::text",
                (horizon,),
            )
        ]
        for mart in KEYS
    }


def rows_since(mart: str, rows: Rows, horizon: date) -> Rows:
    """Those of the other days."""
    return {
        key: row
        for key, row in rows.items()
        if dict(zip(KEYS[mart], key, strict=True)).get("day", row.get("day")) >= horizon
    }


def with_what_is_purged(known: list[Hit], connection: Connection) -> list[Hit]:
    """What raw has now, and of what was known before that which it has no more."""
    held = read_facts(connection).hits
    keys = {hit.dedupe_key for hit in held}
    return [*held, *(hit for hit in known if hit.dedupe_key not in keys)]

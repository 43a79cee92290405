"""What stands under the name of a property, in raw and in the marts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row, scalar_row

from ingest_app.database.ownership import MARTS, owners_of_marts

# In which tables of raw a name stands, and in how many rows.
COUNTS = """
    select
        (select count(*) from raw.events where property_id = %(name)s) as events,
        (select count(*) from raw.ingest_duplicates where property_id = %(name)s) as duplicates,
        (select count(*) from raw.ingest_rejections where property_id = %(name)s) as rejections,
        (
            select count(*) from raw.submission_properties where property_id = %(name)s
        ) as submissions,
        (select count(*) from raw.properties where property_id = %(name)s) as settings
"""
DAYS = """
    select distinct occurred_on as day from raw.events where property_id = any(%(names)s)
    union
    select occurred_on from raw.ingest_duplicates where property_id = any(%(names)s)
    union
    select occurred_on from raw.ingest_rejections where property_id = any(%(names)s)
    union
    select form_submissions.occurred_on
    from raw.submission_properties
    inner join raw.form_submissions
        on submission_properties.visitor_id = form_submissions.visitor_id
            and submission_properties.submission_id = form_submissions.id
    where submission_properties.property_id = any(%(names)s)
    order by day
"""
HAS_PURGED = "select exists (select from raw.retention_purges)"
HELD_FROM = "select coalesce(max(purged_before), '-infinity') from raw.retention_purges"
MARTS_WITH_DAYS = """
    select pg_class.relname
    from pg_class
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    inner join pg_attribute on pg_class.oid = pg_attribute.attrelid
    where
        pg_namespace.nspname = %(schema)s
        and pg_class.relkind = 'r'
        and pg_attribute.attname in ('property_id', 'day')
        and not pg_attribute.attisdropped
    group by pg_class.relname
    having count(*) = 2
    order by pg_class.relname
"""


@dataclass(slots=True)
class Moved:
    """What has the new name, or would get it.

    `days` are those that the next build counts anew, `closed_days` those that marts alone know.
    `mart_rows` is None where the marts belong to `mart_owner`, or were not looked at. `is_all` is false
    where marts of another role may know more of the old name than raw does.
    """

    old: str
    new: str
    events: int = 0
    duplicates: int = 0
    rejections: int = 0
    submissions: int = 0
    settings: int = 0
    days: int = 0
    closed_days: int = 0
    mart_rows: int | None = None
    mart_owner: str | None = None
    is_all: bool = True

    def rows(self) -> dict[str, int]:
        """How many rows of what, by the words for it."""
        rows = {
            "events": self.events,
            "duplicates, rows": self.duplicates,
            "refusals, rows": self.rejections,
            "properties of submissions": self.submissions,
            "days that marts alone know": self.closed_days,
        }
        return rows if self.mart_rows is None else rows | {"mart rows": self.mart_rows}

    def as_json(self) -> dict[str, Any]:
        """Its fields as JSON has them."""
        return {
            "from": self.old,
            "to": self.new,
            "events": self.events,
            "duplicates": self.duplicates,
            "rejections": self.rejections,
            "submissions": self.submissions,
            "days": self.days,
            "closedDays": self.closed_days,
            "martRows": self.mart_rows,
            "martOwner": self.mart_owner,
        }

    @property
    def is_nothing(self) -> bool:
        """Whether the old name stands nowhere, as far as it may be looked for."""
        counted = (self.events, self.duplicates, self.rejections, self.submissions, self.settings)
        return not (any(counted) or self.closed_days)


def counted(connection: Connection[Any], old: str, new: str) -> Moved:
    """What stands under the old name, and would get the new one."""
    with connection.cursor(row_factory=dict_row) as cursor:
        [counts] = cursor.execute(COUNTS, {"name": old}).fetchall()
    return Moved(
        old,
        new,
        **counts,
        days=len(days_of(connection, [old])),
        closed_days=_closed_days(connection, old),
        is_all=not (owners_of_marts(connection) and _has_purged(connection)),
    )


def days_of(connection: Connection[Any], names: list[str]) -> list[date]:
    """The days on which raw has rows under the names."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(DAYS, {"names": names}).fetchall()


def _closed_days(connection: Connection[Any], name: str) -> int:
    """Days of the property that marts alone know, where they belong to the role."""
    if owners_of_marts(connection):
        return 0
    with connection.cursor(row_factory=scalar_row) as cursor:
        marts = cursor.execute(MARTS_WITH_DAYS, {"schema": MARTS}).fetchall()
        if not marts:
            return 0
        selects = sql.SQL(" union ").join(
            sql.SQL("select day from {} where property_id = %(name)s and day < ({})").format(
                sql.Identifier(MARTS, mart), sql.SQL(HELD_FROM)
            )
            for mart in marts
        )
        query = sql.SQL("select count(*) from ({}) as closed").format(selects)
        [days] = cursor.execute(query, {"name": name}).fetchall()
    return int(days)


def _has_purged(connection: Connection[Any]) -> bool:
    [(has_purged,)] = connection.execute(HAS_PURGED).fetchall()
    return bool(has_purged)

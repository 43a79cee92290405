"""Which days wait for a build: nobody may take their raw rows before it has counted them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from psycopg import Connection, sql
from psycopg.rows import class_row

from ingest_app.operations.macros import macro

# As `late_commit_grace_minutes` of dbt_project.yml.
GRACE_MINUTES = 10

# They belong to dbt. A plain table of the server's own types runs no code of its owner when it is
# read; a view, a policy on its rows, or a cast from a type of the owner's would, with the rights of
# who purges. Locked first, so that it stays what it is.
BUILD_STATE = ("rollup_watermarks", "rollup_owed_days")
IS_THERE = "select to_regclass(%(table)s) is not null"
HOLD_TABLE = "lock table {} in access share mode"
IS_PLAIN = """
    select
        relkind = 'r'
        and not relrowsecurity
        and not exists (
            select from pg_attribute
            inner join pg_type on pg_attribute.atttypid = pg_type.oid
            where pg_attribute.attrelid = pg_class.oid
                and pg_attribute.attnum > 0
                and not pg_attribute.attisdropped
                and pg_type.typnamespace != 'pg_catalog'::regnamespace
        )
    from pg_class
    where oid = %(table)s::regclass
"""
# A mart that is gone waits for nothing.
OF_MARTS_THAT_ARE_THERE = """
    select distinct since, received_through, snapshot
    from ({}) as known
    where to_regclass('analytics.' || quote_ident(mart)) is not null
"""
OWED = "select min(day) as day from analytics_state.rollup_owed_days where day < %(horizon)s"
# What builds touch of days before the horizon, by the rows of each table. A later report of a page view
# takes the earlier one off its day, and a later submission may say that its lead was seen before.
WAITING = """
    select min(events.occurred_on) as day
    from raw.events
    where events.occurred_on < %(horizon)s and {events}
    union all
    select min(earlier.occurred_on)
    from raw.events
    inner join raw.events as earlier
        on events.visitor_id = earlier.visitor_id and events.view_id = earlier.view_id
    where earlier.occurred_on < %(horizon)s and events.view_id is not null and {events}
    union all
    select min(firsts.occurred_on)
    from raw.form_submissions as firsts
    where
        firsts.is_first_capture
        and coalesce(firsts.lead_id, firsts.erased_lead_id, firsts.id) in (
            select coalesce(form_submissions.lead_id, form_submissions.erased_lead_id)
            from raw.form_submissions
            where {form_submissions}
        )
    union all
    select min(form_submissions.occurred_on)
    from raw.form_submissions
    where {form_submissions}
    union all
    select min(ingest_rejections.occurred_on)
    from raw.ingest_rejections
    where {ingest_rejections}
    union all
    select min(ingest_duplicates.occurred_on)
    from raw.ingest_duplicates
    where {ingest_duplicates}
    union all
    select min(touched.day)
    from raw.erasures
    cross join unnest(erasures.touched_days) as touched (day)
    where {erasures}
"""
TABLES = ("events", "form_submissions", "ingest_rejections", "ingest_duplicates", "erasures")
OLDEST = "select min(waiting.day) from ({}) as waiting where waiting.day < %(horizon)s"

FOLLOWING = """
    with uncounted as materialized (
        select distinct events.visitor_id
        from raw.events
        where events.occurred_on < %(horizon)s and ({})
    )

    select events.occurred_on as day
    from uncounted
    inner join raw.events on uncounted.visitor_id = events.visitor_id
    where events.occurred_on >= %(horizon)s
    union
    select form_submissions.occurred_on
    from uncounted
    inner join raw.form_submissions on uncounted.visitor_id = form_submissions.visitor_id
    where form_submissions.occurred_on >= %(horizon)s
    order by day
"""


class UnreadableStateError(Exception):
    """What builds remember is not in the tables that builds make."""


class Watermark(NamedTuple):
    """How far a mart has counted, as is_newly_received() takes it: texts of the server's own types."""

    since: str
    received_through: str
    snapshot: str | None


def oldest_uncounted(connection: Connection[Any], horizon: date) -> date | None:
    """The oldest day before the horizon that waits for a build. In a transaction.

    Raises UnreadableStateError.
    """
    if not _has_state(connection):
        return None
    statements = [OWED, *_waiting(_watermarks(connection))]
    query = OLDEST.format(" union all ".join(statements))
    [(day,)] = connection.execute(query.encode(), {"horizon": horizon}).fetchall()
    return day if isinstance(day, date) else None


def days_that_follow(connection: Connection[Any], horizon: date) -> list[date]:
    """Days since the horizon that say something else once the events before it are gone uncounted.

    An event of before has made its visitor older, or moved a session. Builds have yet to see that,
    and later they find no such event. In a transaction. Raises UnreadableStateError.
    """
    watermarks = _watermarks(connection) if _has_state(connection) else []
    if not watermarks:
        return []
    is_newly_received = macro("touched/is_newly_received.sql")
    conditions = " or ".join(f"({is_newly_received('events', each)})" for each in watermarks)
    query = FOLLOWING.format(conditions)
    return [day for (day,) in connection.execute(query.encode(), {"horizon": horizon})]


def _has_state(connection: Connection[Any]) -> bool:
    for name in BUILD_STATE:
        table = {"table": f"analytics_state.{name}"}
        if not _is(connection, IS_THERE, table):
            # No build has ever begun, so nothing waits for the next one.
            return False
        connection.execute(sql.SQL(HOLD_TABLE).format(sql.Identifier("analytics_state", name)))
        if not _is(connection, IS_PLAIN, table):
            raise UnreadableStateError(f"analytics_state.{name} is no plain table: it is not read")
    return True


def _watermarks(connection: Connection[Any]) -> list[Watermark]:
    known = macro("touched/counted_until.sql", var={"late_commit_grace_minutes": GRACE_MINUTES}.get)
    with connection.cursor(row_factory=class_row(Watermark)) as cursor:
        return cursor.execute(OF_MARTS_THAT_ARE_THERE.format(known()).encode()).fetchall()


def _waiting(watermarks: Iterable[Watermark]) -> list[str]:
    is_newly_received = macro("touched/is_newly_received.sql")
    return [
        WAITING.format(**{table: is_newly_received(table, watermark) for table in TABLES})
        for watermark in watermarks
    ]


def _is(connection: Connection[Any], query: str, values: dict[str, str]) -> bool:
    [(answer,)] = connection.execute(query.encode(), values).fetchall()
    return bool(answer)

"""Sessions and visitors that nothing refers to any more, once their events are purged.

Both tables are walked in order of visitors, a page at a time. What looks orphaned is looked at again
when its visitor is locked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

PAGE_ROWS = 5_000
NO_ID = UUID(int=0)

# No clock is more than twelve hours behind: then the days before the horizon are over everywhere.
IS_ORPHANED_SESSION = """
    sessions.last_event_at < (%(horizon)s::timestamp + interval '12 hours') at time zone 'UTC'
    and not exists (
        select from raw.events
        where events.visitor_id = sessions.visitor_id and events.session_id = sessions.id
    )
    and not exists (
        select from raw.form_submissions
        where form_submissions.visitor_id = sessions.visitor_id
            and form_submissions.session_id = sessions.id
    )
"""
IS_ORPHANED_VISITOR = """
    visitors.last_seen_at < (%(horizon)s::timestamp + interval '12 hours') at time zone 'UTC'
    and not exists (select from raw.events where events.visitor_id = visitors.id)
    and not exists (select from raw.sessions where sessions.visitor_id = visitors.id)
    and not exists (select from raw.lead_identities where lead_identities.visitor_id = visitors.id)
    and not exists (
        select from raw.form_submissions where form_submissions.visitor_id = visitors.id
    )
"""
PAGE_OF_SESSIONS = f"""
    select visitor_id, id, {IS_ORPHANED_SESSION} as is_orphaned
    from raw.sessions
    where (visitor_id, id) > (%(after_visitor_id)s, %(after_id)s)
    order by visitor_id, id
    limit %(limit)s
"""  # noqa: S608
PAGE_OF_VISITORS = f"""
    select id as visitor_id, id, {IS_ORPHANED_VISITOR} as is_orphaned
    from raw.visitors
    where id > %(after_visitor_id)s
    order by id
    limit %(limit)s
"""  # noqa: S608
# A writer locks the visitor before it looks at sessions. Whoever has this lock therefore sees all
# that refers to them, in a statement that begins after it, and nobody adds to it.
LOCK_VISITORS = """
    select id from raw.visitors where id = any(%(visitor_ids)s) order by id for update skip locked
"""
DELETE_SESSIONS = f"""
    delete from raw.sessions
    where sessions.visitor_id = any(%(visitor_ids)s) and sessions.id = any(%(ids)s)
        and {IS_ORPHANED_SESSION}
"""  # noqa: S608
DELETE_VISITORS = f"""
    delete from raw.visitors where visitors.id = any(%(visitor_ids)s) and {IS_ORPHANED_VISITOR}
"""  # noqa: S608

# As it will be once the events are gone.
COUNT_SESSIONS = """
    select count(*) from raw.sessions
    where sessions.last_event_at < (%(horizon)s::timestamp + interval '12 hours') at time zone 'UTC'
        and not exists (
            select from raw.events
            where events.visitor_id = sessions.visitor_id and events.session_id = sessions.id
                and events.occurred_on >= %(horizon)s
        )
        and not exists (
            select from raw.form_submissions
            where form_submissions.visitor_id = sessions.visitor_id
                and form_submissions.session_id = sessions.id
        )
"""
COUNT_VISITORS = """
    select count(*) from raw.visitors
    where visitors.last_seen_at < (%(horizon)s::timestamp + interval '12 hours') at time zone 'UTC'
        and not exists (
            select from raw.events
            where events.visitor_id = visitors.id and events.occurred_on >= %(horizon)s
        )
        and not exists (
            select from raw.sessions
            where sessions.visitor_id = visitors.id
                and sessions.last_event_at >= (%(horizon)s::timestamp + interval '12 hours') at time zone 'UTC'
        )
        and not exists (
            select from raw.lead_identities where lead_identities.visitor_id = visitors.id
        )
        and not exists (
            select from raw.form_submissions where form_submissions.visitor_id = visitors.id
        )
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """A table of which rows can be orphaned, and the column of raw.retention_purges for them."""

    table: str
    column: str
    page: str
    delete: str
    count: str


SESSIONS = Kind("sessions", "sessions_deleted", PAGE_OF_SESSIONS, DELETE_SESSIONS, COUNT_SESSIONS)
VISITORS = Kind("visitors", "visitors_deleted", PAGE_OF_VISITORS, DELETE_VISITORS, COUNT_VISITORS)


def orphans_by_page(
    connection: Connection[Any], kind: Kind, horizon: date
) -> Iterator[tuple[list[dict[str, Any]], float]]:
    """What looks orphaned on each page, and how far that is through the table, 0 to 1."""
    after = (NO_ID, NO_ID)
    while rows := _page(connection, kind, horizon, after):
        after = (rows[-1]["visitor_id"], rows[-1]["id"])
        # Ids of visitors are hashes: how far one lies tells how many lie before it.
        yield [row for row in rows if row["is_orphaned"]], after[0].int / 2**128


def _page(
    connection: Connection[Any], kind: Kind, horizon: date, after: tuple[UUID, UUID]
) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            kind.page.encode(),
            {
                "horizon": horizon,
                "after_visitor_id": after[0],
                "after_id": after[1],
                "limit": PAGE_ROWS,
            },
        ).fetchall()


def delete_orphans(
    connection: Connection[Any], kind: Kind, horizon: date, orphans: Sequence[dict[str, Any]]
) -> int:
    """Delete those that are orphaned still, in a transaction of the caller's; how many they were."""
    locked = connection.execute(
        LOCK_VISITORS, {"visitor_ids": list({row["visitor_id"] for row in orphans})}
    ).fetchall()
    return connection.execute(
        kind.delete.encode(),
        {
            "horizon": horizon,
            "visitor_ids": [visitor_id for (visitor_id,) in locked],
            "ids": [row["id"] for row in orphans],
        },
    ).rowcount

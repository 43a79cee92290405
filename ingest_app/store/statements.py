"""The statements of the writer, each beside what fills it.

Every statement takes the rows of a whole batch as one JSON array, so that a batch of any size is
one statement of one text; events go by COPY. Arrays of each column, the usual way, cost the driver
three times as much (docs/decisions/0013).

On Citus a batch is of one shard, and each statement says so where `shard:` stands in it: then it goes as
it is to the node of that shard (docs/decisions/0064).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, LiteralString
from uuid import UUID

from pydantic_core import to_json

from ingest_app.database.connection import INGEST
from ingest_app.enrichment.row import Event, Utm
from ingest_app.store.sessions import Hit, Session

Rows = dict[str, str]

# No event is committed for a day that a purge has closed. The purge needs a lock that conflicts
# with this one before it writes its horizon. A batch that comes later sees the horizon. A batch
# that came first is awaited, and what it wrote is purged. The same holds for the names that
# properties no longer have (docs/decisions/0047). With the setting, which plain PostgreSQL does not know,
# Citus takes the lock on the coordinator alone: there the purge comes first, and no other node is asked.
HOLD_GROUND = """
    set local citus.enable_ddl_propagation = off;
    lock table only raw.events in row exclusive mode;
    select
        (select max(purged_before) from raw.retention_purges) as oldest_day,
        (
            select json_object_agg(alias, property_id) from raw.property_aliases
        ) as names,
        exists (select from raw.property_zones) as has_zones
"""

# For the rest of a transaction nodes wait for locks no longer than this session does. Each is a message
# of its own, for Citus passes on the text of a whole one.
WAIT_ON_NODES_AS_HERE: tuple[LiteralString, ...] = (
    "set local citus.propagate_set_commands = 'local'",
    f"set local lock_timeout = '{INGEST.lock_seconds}s'",
)

# The days of events, in their order. The database decides, by one copy of the rules of zones. A change
# of a zone needs a lock that conflicts with the one above, so each event has its day from a history
# that holds when it is committed.
SELECT_DAYS = """
    select raw.day_of(sent.property_id, sent.at)
    from rows from (json_to_recordset(%(rows)s::json) as (property_id text, at timestamptz))
        with ordinality as sent (property_id, at, place)
    order by sent.place
"""

# A look-up by the key for each row. The planner cannot turn it into a scan, however stale its
# statistics are. The days stand there once more: by them partitions are pruned before any is
# opened.
SELECT_STORED = """
    select
        stored.dedupe_key,
        stored.occurred_on as day,
        stored.id as event_id,
        stored.visitor_id,
        stored.session_id
    from json_to_recordset(%(rows)s::json)
        as sent (visitor_id uuid, day date, keys text[])
    cross join unnest(sent.keys) as key
    cross join lateral (
        select
            events.dedupe_key, events.occurred_on, events.id, events.visitor_id, events.session_id
        from raw.events
        where events.visitor_id = sent.visitor_id
            and events.occurred_on = sent.day
            and events.occurred_on = any(%(days)s::date[])
            and events.dedupe_key = key
            /* shard: events.visitor_id */
        limit 1
    ) as stored
"""


@cache
def on_shard(statement: str) -> bytes:
    """The statement for visitors of one shard, whose ids are its parameter `visitors`."""
    marked = r"/\* shard: (\S+) \*/"
    return re.sub(marked, r"and \1 = any(%(visitors)s::uuid[])", statement).encode()


def _rows(rows: Iterable[Mapping[str, Any]]) -> str:
    return to_json(list(rows)).decode()


def day_rows(events: Iterable[Event]) -> Rows:
    """What decides the day of each event."""
    return {
        "rows": _rows(
            {"property_id": event.property_id, "at": event.occurred_at} for event in events
        )
    }


def event_keys(events: Sequence[Event]) -> dict[str, Any]:
    """The primary keys under which events may be stored, those of before too, and their days."""
    keys = (
        {
            "visitor_id": event.visitor_id,
            "day": day,
            "keys": (event.dedupe_key, *event.earlier_keys),
        }
        for event in events
        for day in event.days
    )
    return {"rows": _rows(keys), "days": list({day for event in events for day in event.days})}


# The two clocks of a row (docs/decisions/0025). `created_at` is no later than the arrival of any
# event of the visitor. `updated_at` is no earlier than the last change. `now()` would not do: it is
# the start of the transaction, and the transaction that began first may commit last.
UPSERT_VISITORS = """
    insert into raw.visitors as known (
        id, anon_id, first_seen_at, last_seen_at,
        first_ip_hash, first_ua_hash, last_ip_hash, last_ua_hash, updated_at
    )
    select seen.*, clock_timestamp()
    from json_to_recordset(%(rows)s::json) as seen (
        id uuid, anon_id text, first_seen_at timestamptz, last_seen_at timestamptz,
        first_ip_hash text, first_ua_hash text, last_ip_hash text, last_ua_hash text
    )
    order by seen.id
    on conflict (id) do update set
        first_ip_hash = case
            when excluded.first_seen_at < known.first_seen_at then excluded.first_ip_hash
            else known.first_ip_hash
        end,
        first_ua_hash = case
            when excluded.first_seen_at < known.first_seen_at then excluded.first_ua_hash
            else known.first_ua_hash
        end,
        last_ip_hash = case
            when excluded.last_seen_at > known.last_seen_at then excluded.last_ip_hash
            else known.last_ip_hash
        end,
        last_ua_hash = case
            when excluded.last_seen_at > known.last_seen_at then excluded.last_ua_hash
            else known.last_ua_hash
        end,
        first_seen_at = least(known.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at),
        created_at = least(known.created_at, excluded.created_at),
        updated_at = greatest(known.updated_at, excluded.updated_at)
"""


def visitor_rows(by_visitor: Mapping[UUID, Sequence[Event]]) -> Rows:
    """One row a visitor, from its events in order of time."""
    return {
        "rows": _rows(
            {
                "id": visitor_id,
                "anon_id": events[0].anon_id,
                "first_seen_at": events[0].occurred_at,
                "last_seen_at": events[-1].occurred_at,
                "first_ip_hash": events[0].ip_hash,
                "first_ua_hash": events[0].ua_hash,
                "last_ip_hash": events[-1].ip_hash,
                "last_ua_hash": events[-1].ua_hash,
            }
            for visitor_id, events in by_visitor.items()
        )
    }


# For each moment: the last two sessions that began by then, and the next two after it. A window of
# time would not do: where many people share an anonymous id, it holds thousands of sessions. Of
# sessions that begin at one moment the order is by their last event, and the one that has not ended
# is last.
SELECT_SESSIONS = """
    select distinct on (sessions.visitor_id, sessions.id) sessions.*
    from json_to_recordset(%(rows)s::json) as moments (visitor_id uuid, at timestamptz)
    cross join lateral (
        (
            select * from raw.sessions
            where sessions.visitor_id = moments.visitor_id and sessions.started_at <= moments.at
                /* shard: sessions.visitor_id */
            order by
                sessions.started_at desc,
                sessions.last_event_at desc,
                sessions.ended_at desc nulls first
            limit 2
        )
        union all
        (
            select * from raw.sessions
            where sessions.visitor_id = moments.visitor_id and sessions.started_at > moments.at
                /* shard: sessions.visitor_id */
            order by
                sessions.started_at,
                sessions.last_event_at,
                sessions.ended_at nulls last
            limit 2
        )
    ) as sessions
"""


def moment_rows(by_visitor: Mapping[UUID, Sequence[Event]]) -> Rows:
    """The moments at which each visitor has events."""
    return {
        "rows": _rows(
            {"visitor_id": visitor_id, "at": at}
            for visitor_id, events in by_visitor.items()
            for at in {event.occurred_at for event in events}
        )
    }


SELECT_SESSIONS_BY_ID = """
    select * from raw.sessions
    where visitor_id = %(visitor_id)s and id = any(%(session_ids)s)
"""


def read_session(row: dict[str, Any]) -> Session:
    """A row of raw.sessions as the timeline takes it."""
    utm = Utm(**{name: row[f"utm_{name}"] for name in Utm._fields})
    return Session(
        id=row["id"],
        started_at=row["started_at"],
        last_event_at=row["last_event_at"],
        ended_at=row["ended_at"],
        landing_path=row["landing_path"],
        referrer=row["referrer"],
        utm=utm if any(utm) else None,
        is_coarse=row["is_coarse"],
    )


# Of the sessions that have events at the last moment, the one that is last: all the others end at
# it. Sessions that begin and end at one moment follow each other by their campaigns. The condition
# on the days prunes partitions; a day of a zone lies no further than one from the UTC day.
SELECT_LAST_HIT = """
    with last_moment as (
        select "timestamp" as at
        from raw.events
        where visitor_id = %(visitor_id)s and session_id is not null
            and "timestamp" >= %(since)s and "timestamp" < %(before)s
            and occurred_on between (%(since)s::timestamptz at time zone 'UTC')::date - 1
                and (%(before)s::timestamptz at time zone 'UTC')::date + 1
        order by "timestamp" desc
        limit 1
    )
    select
        events."timestamp" as at, events.dedupe_key as key, events.path, events.referrer, events.utm,
        events.session_id, events.is_entrance, events.traffic_source, events.occurred_on as day
    from raw.events
    inner join raw.sessions
        on events.visitor_id = sessions.visitor_id and events.session_id = sessions.id
    where events.visitor_id = %(visitor_id)s
        and events."timestamp" = (select at from last_moment)
        and events.occurred_on between (%(since)s::timestamptz at time zone 'UTC')::date - 1
            and (%(before)s::timestamptz at time zone 'UTC')::date + 1
    order by
        sessions.started_at desc,
        sessions.last_event_at desc,
        sessions.ended_at desc nulls first,
        coalesce(sessions.utm_source, '') collate "C" desc,
        coalesce(sessions.utm_medium, '') collate "C" desc,
        coalesce(sessions.utm_campaign, '') collate "C" desc,
        coalesce(sessions.utm_term, '') collate "C" desc,
        coalesce(sessions.utm_content, '') collate "C" desc
    limit 1
"""

SELECT_HITS = """
    select
        "timestamp" as at, dedupe_key as key, path, referrer, utm, session_id, is_entrance,
        traffic_source, occurred_on as day
    from raw.events
    where visitor_id = %(visitor_id)s and session_id is not null
        and "timestamp" >= %(since)s and ("timestamp", dedupe_key) > (%(since)s, %(after)s)
        and occurred_on >= (%(since)s::timestamptz at time zone 'UTC')::date - 1
    order by "timestamp", dedupe_key
    limit %(limit)s
"""


def read_hit(row: dict[str, Any]) -> Hit:
    """A stored event as the cut takes it."""
    utm = None if row["utm"] is None else Utm(**row["utm"])
    return Hit(**{**row, "utm": utm})


# Not `now()`: a session may take events that another writer stored after this transaction began.
#
# A submission counts for each property on which its visitor had an event before it. An event that
# comes late adds such rows here. The lateral part is a look-up by the visitor; `offset 0` keeps it
# one. Nearly always it finds nothing, and a statement of its own costs as much as the sessions do.
UPSERT_SESSIONS = """
    with extended as (
        insert into raw.submission_properties as known (visitor_id, submission_id, property_id)
        select seen.visitor_id, submissions.id, seen.property_id
        from json_to_recordset(%(properties)s::json)
            as seen (visitor_id uuid, property_id text, first_at timestamptz)
        cross join lateral (
            select form_submissions.id
            from raw.form_submissions
            where form_submissions.visitor_id = seen.visitor_id
                and form_submissions.captured_at >= seen.first_at
                /* shard: form_submissions.visitor_id */
            offset 0
        ) as submissions
        on conflict (visitor_id, submission_id, property_id) do update
        set created_at = excluded.created_at
        where excluded.created_at < known.created_at
    )
    insert into raw.sessions as known (
        visitor_id, id, started_at, last_event_at, ended_at, landing_path, referrer,
        utm_source, utm_medium, utm_campaign, utm_term, utm_content, is_coarse, updated_at
    )
    select changed.*, clock_timestamp()
    from json_to_recordset(%(rows)s::json) as changed (
        visitor_id uuid, id uuid, started_at timestamptz, last_event_at timestamptz,
        ended_at timestamptz, landing_path text, referrer text,
        utm_source text, utm_medium text, utm_campaign text, utm_term text, utm_content text,
        is_coarse boolean
    )
    on conflict (visitor_id, id) do update set
        started_at = excluded.started_at,
        last_event_at = excluded.last_event_at,
        ended_at = excluded.ended_at,
        landing_path = excluded.landing_path,
        referrer = excluded.referrer,
        utm_source = excluded.utm_source,
        utm_medium = excluded.utm_medium,
        utm_campaign = excluded.utm_campaign,
        utm_term = excluded.utm_term,
        utm_content = excluded.utm_content,
        is_coarse = excluded.is_coarse,
        updated_at = greatest(known.updated_at, excluded.updated_at)
"""


def session_rows(changed: Iterable[tuple[UUID, Session]]) -> Rows:
    """One row a session, each with its visitor."""
    return {
        "rows": _rows(
            {
                "visitor_id": visitor_id,
                "id": session.id,
                "started_at": session.started_at,
                "last_event_at": session.last_event_at,
                "ended_at": session.ended_at,
                "landing_path": session.landing_path,
                "referrer": session.referrer,
                "is_coarse": session.is_coarse,
            }
            | {f"utm_{name}": value for name, value in (session.utm or Utm())._asdict().items()}
            for visitor_id, session in changed
        )
    }


def property_rows(by_visitor: Mapping[UUID, Sequence[Event]]) -> Rows:
    """The first event of each visitor on each property, given in order of time."""
    first: dict[tuple[UUID, str], Event] = {}
    for visitor_id, events in by_visitor.items():
        for event in events:
            first.setdefault((visitor_id, event.property_id), event)
    return {
        "properties": _rows(
            {"visitor_id": visitor_id, "property_id": property_id, "first_at": event.occurred_at}
            for (visitor_id, property_id), event in first.items()
        )
    }


MOVE_EVENTS = """
    update raw.events
    set session_id = moved.session_id
    from json_to_recordset(%(rows)s::json)
        as moved (visitor_id uuid, day date, dedupe_key text, session_id uuid)
    where events.visitor_id = moved.visitor_id
        and events.occurred_on = moved.day
        and events.dedupe_key = moved.dedupe_key
        /* shard: events.visitor_id */
"""


def moved_rows(moved: Iterable[tuple[UUID, Hit, UUID]]) -> Rows:
    """Stored events of a visitor and the session that each belongs to now."""
    return {
        "rows": _rows(
            {
                "visitor_id": visitor_id,
                "day": hit.day,
                "dedupe_key": hit.key,
                "session_id": session_id,
            }
            for visitor_id, hit, session_id in moved
        )
    }


# A submission has the id of its event, and stays in the session of it.
MOVE_SUBMISSIONS = """
    update raw.form_submissions
    set session_id = moved.session_id
    from json_to_recordset(%(rows)s::json)
        as moved (visitor_id uuid, day date, dedupe_key text, session_id uuid)
    inner join raw.events
        on moved.visitor_id = events.visitor_id
            and moved.day = events.occurred_on
            and moved.dedupe_key = events.dedupe_key
    where form_submissions.visitor_id = events.visitor_id
        and form_submissions.id = events.id
        /* shard: form_submissions.visitor_id */
        /* shard: events.visitor_id */
"""

DELETE_SESSIONS = """
    delete from raw.sessions
    using json_to_recordset(%(rows)s::json) as merged (visitor_id uuid, id uuid)
    where sessions.visitor_id = merged.visitor_id and sessions.id = merged.id
        /* shard: sessions.visitor_id */
"""


def merged_rows(merged: Iterable[tuple[UUID, UUID]]) -> Rows:
    """The sessions to delete, by visitor and id: all of their events were moved to other sessions."""
    return {
        "rows": _rows(
            {"visitor_id": visitor_id, "id": session_id} for visitor_id, session_id in merged
        )
    }


_INTO_EVENTS: LiteralString = """
    raw.events (
        id, visitor_id, session_id, dedupe_key, event_type, path, "timestamp", occurred_on,
        ip_hash, ua_hash, referrer, utm, props, property_id, traffic_source, device_type,
        country_code, is_entrance, is_exit, is_conversion, view_id, page
    )
"""
COPY_EVENTS: LiteralString = f"copy {_INTO_EVENTS} from stdin (format binary)"
INSERT_EVENT: LiteralString = f"insert into {_INTO_EVENTS} values ({'%s, ' * 21} %s)"  # noqa: S608
# A binary row does not say of what type its values are. JSON goes as bytes that are ready, and labels of
# an enum as text.
EVENT_TYPES = (
    *("uuid", "uuid", "uuid", "varchar", "varchar", "varchar", "timestamptz", "date"),
    *("varchar", "varchar", "varchar", "bytea", "bytea", "varchar", "text", "text"),
    *("varchar", "bool", "bool", "bool", "uuid", "varchar"),
)
# In binary, jsonb is its text behind the number of its form.
_JSONB = b"\x01"


def event_rows(
    events: Iterable[Event], session_ids: Mapping[str, UUID]
) -> Iterator[tuple[object, ...]]:
    """A row an event, as COPY_EVENTS and EVENT_TYPES have it; `session_ids` are by dedupe key."""
    for event in events:
        yield (
            event.id,
            event.visitor_id,
            session_ids[event.dedupe_key],
            event.dedupe_key,
            event.event_type,
            event.path,
            event.occurred_at,
            event.occurred_on,
            event.ip_hash,
            event.ua_hash,
            event.referrer,
            _utm_jsonb(event.utm),
            None if event.props is None else _JSONB + event.props.encode(),
            event.property_id,
            event.traffic_source,
            event.device_type,
            event.country_code,
            event.is_entrance,
            event.is_exit,
            event.is_conversion,
            event.view_id,
            event.page,
        )


def with_json_as_text(row: Iterable[object]) -> tuple[object, ...]:
    """The same row, as INSERT_EVENT takes it."""
    return tuple(
        value[len(_JSONB) :].decode() if isinstance(value, bytes) else value for value in row
    )


def _utm_jsonb(utm: Utm | None) -> bytes | None:
    if utm is None:
        return None
    set_values = {name: value for name, value in utm._asdict().items() if value is not None}
    return _JSONB + to_json(set_values)


# When the answer to a COMMIT is lost, the batch is written again. The arrival still counts once.
INSERT_DUPLICATES = """
    insert into raw.ingest_duplicates (id, property_id, occurred_on)
    select *
    from json_to_recordset(%(rows)s::json) as again (id uuid, property_id text, occurred_on date)
    on conflict do nothing
"""


def duplicate_rows(duplicates: Iterable[tuple[Event, date]]) -> Rows:
    """One row an event that was stored before, on the day of its first."""
    return {
        "rows": _rows(
            {"id": event.arrival_id, "property_id": event.property_id, "occurred_on": day}
            for event, day in duplicates
        )
    }

"""The statements of the writer, each beside what fills it.

Every statement takes whole columns and unnests them, so that a batch of any size is one
statement of one text.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from ingest_app.enrichment.identity import new_id
from ingest_app.events import Event
from ingest_app.sessions import Hit, Session, Utm

Columns = dict[str, list[Any]]

SELECT_STORED = """
    select
        events.dedupe_key,
        events.id as event_id,
        events.visitor_id,
        events.session_id
    from unnest(%(visitor_ids)s::uuid[], %(days)s::date[], %(dedupe_keys)s::text[])
        as sent (visitor_id, day, dedupe_key)
    inner join raw.events
        on events.visitor_id = sent.visitor_id
        and events.occurred_on = sent.day
        and events.dedupe_key = sent.dedupe_key
"""


def event_keys(events: Sequence[Event]) -> Columns:
    """The primary keys of events."""
    return {
        "visitor_ids": [event.visitor_id for event in events],
        "days": [event.occurred_on for event in events],
        "dedupe_keys": [event.dedupe_key for event in events],
    }


UPSERT_VISITORS = """
    insert into raw.visitors as known (
        id, anon_id, first_seen_at, last_seen_at,
        first_ip_hash, first_ua_hash, last_ip_hash, last_ua_hash
    )
    select *
    from unnest(
        %(ids)s::uuid[], %(anon_ids)s::text[],
        %(first_seen_at)s::timestamptz[], %(last_seen_at)s::timestamptz[],
        %(first_ip_hash)s::text[], %(first_ua_hash)s::text[],
        %(last_ip_hash)s::text[], %(last_ua_hash)s::text[]
    ) as seen (id)
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
        updated_at = excluded.updated_at
"""


def visitor_columns(by_visitor: Mapping[UUID, Sequence[Event]]) -> Columns:
    """One row a visitor, from its events in order of time."""
    first = [events[0] for events in by_visitor.values()]
    last = [events[-1] for events in by_visitor.values()]
    return {
        "ids": list(by_visitor),
        "anon_ids": [event.anon_id for event in first],
        "first_seen_at": [event.occurred_at for event in first],
        "last_seen_at": [event.occurred_at for event in last],
        "first_ip_hash": [event.ip_hash for event in first],
        "first_ua_hash": [event.ua_hash for event in first],
        "last_ip_hash": [event.ip_hash for event in last],
        "last_ua_hash": [event.ua_hash for event in last],
    }


# The sessions that begin in the window, the one before it and the one after it.
SELECT_SESSIONS = """
    select sessions.*
    from unnest(%(visitor_ids)s::uuid[], %(since)s::timestamptz[], %(until)s::timestamptz[])
        as span (visitor_id, since, until)
    cross join lateral (
        (
            select * from raw.sessions
            where sessions.visitor_id = span.visitor_id
                and sessions.started_at between span.since and span.until
        )
        union all
        (
            select * from raw.sessions
            where sessions.visitor_id = span.visitor_id and sessions.started_at < span.since
            order by sessions.started_at desc
            limit 1
        )
        union all
        (
            select * from raw.sessions
            where sessions.visitor_id = span.visitor_id and sessions.started_at > span.until
            order by sessions.started_at
            limit 1
        )
    ) as sessions
    order by sessions.visitor_id, sessions.started_at
"""

SELECT_ALL_SESSIONS = """
    select * from raw.sessions
    where visitor_id = %(visitor_id)s
    order by started_at
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
    )


SELECT_HITS = """
    select "timestamp" as at, dedupe_key as key, path, referrer, utm, session_id
    from raw.events
    where visitor_id = %(visitor_id)s and session_id = any(%(session_ids)s)
        and occurred_on between %(first_day)s and %(last_day)s
"""


def read_hit(row: dict[str, Any]) -> Hit:
    """A stored event as the cut takes it."""
    utm = None if row["utm"] is None else Utm(**row["utm"])
    return Hit(row["at"], row["key"], row["path"], row["referrer"], utm, row["session_id"])


UPSERT_SESSIONS = """
    insert into raw.sessions as known (
        visitor_id, id, started_at, last_event_at, ended_at, landing_path, referrer,
        utm_source, utm_medium, utm_campaign, utm_term, utm_content
    )
    select *
    from unnest(
        %(visitor_ids)s::uuid[], %(ids)s::uuid[],
        %(started_at)s::timestamptz[], %(last_event_at)s::timestamptz[],
        %(ended_at)s::timestamptz[], %(landing_path)s::text[], %(referrer)s::text[],
        %(utm_source)s::text[], %(utm_medium)s::text[], %(utm_campaign)s::text[],
        %(utm_term)s::text[], %(utm_content)s::text[]
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
        updated_at = excluded.updated_at
"""


def session_columns(changed: Sequence[tuple[UUID, Session]]) -> Columns:
    """One row a session, each with its visitor."""
    utms = [session.utm or Utm() for _, session in changed]
    return {
        "visitor_ids": [visitor_id for visitor_id, _ in changed],
        "ids": [session.id for _, session in changed],
        "started_at": [session.started_at for _, session in changed],
        "last_event_at": [session.last_event_at for _, session in changed],
        "ended_at": [session.ended_at for _, session in changed],
        "landing_path": [session.landing_path for _, session in changed],
        "referrer": [session.referrer for _, session in changed],
        **{f"utm_{name}": [getattr(utm, name) for utm in utms] for name in Utm._fields},
    }


MOVE_EVENTS = """
    update raw.events
    set session_id = moved.session_id
    from unnest(
        %(visitor_ids)s::uuid[], %(days)s::date[], %(dedupe_keys)s::text[], %(session_ids)s::uuid[]
    ) as moved (visitor_id, day, dedupe_key, session_id)
    where events.visitor_id = moved.visitor_id
        and events.occurred_on = moved.day
        and events.dedupe_key = moved.dedupe_key
"""


def moved_columns(moved: Sequence[tuple[UUID, Hit, UUID]]) -> Columns:
    """Stored events of a visitor and the session that each belongs to now."""
    return {
        "visitor_ids": [visitor_id for visitor_id, _, _ in moved],
        "days": [hit.at.date() for _, hit, _ in moved],
        "dedupe_keys": [hit.key for _, hit, _ in moved],
        "session_ids": [session_id for _, _, session_id in moved],
    }


DELETE_SESSIONS = """
    delete from raw.sessions
    using unnest(%(visitor_ids)s::uuid[], %(ids)s::uuid[]) as merged (visitor_id, id)
    where sessions.visitor_id = merged.visitor_id and sessions.id = merged.id
"""


def merged_columns(merged: Sequence[tuple[UUID, UUID]]) -> Columns:
    """Sessions, by visitor and id, that went up in others."""
    return {
        "visitor_ids": [visitor_id for visitor_id, _ in merged],
        "ids": [session_id for _, session_id in merged],
    }


INSERT_EVENTS = """
    insert into raw.events (
        id, visitor_id, session_id, dedupe_key, event_type, path, "timestamp", occurred_on,
        ip_hash, ua_hash, referrer, utm, props, property_id, traffic_source, device_type,
        country_code, is_entrance, is_exit, is_conversion
    )
    select *
    from unnest(
        %(ids)s::uuid[], %(visitor_ids)s::uuid[], %(session_ids)s::uuid[], %(dedupe_keys)s::text[],
        %(event_types)s::text[], %(paths)s::text[], %(timestamps)s::timestamptz[],
        %(days)s::date[], %(ip_hashes)s::text[], %(ua_hashes)s::text[], %(referrers)s::text[],
        %(utms)s::jsonb[], %(props)s::jsonb[], %(property_ids)s::text[],
        %(traffic_sources)s::raw.traffic_source[], %(device_types)s::raw.device_type[],
        %(country_codes)s::text[], %(entrances)s::boolean[], %(exits)s::boolean[],
        %(conversions)s::boolean[]
    )
    on conflict (visitor_id, occurred_on, dedupe_key) do nothing
    returning id as event_id, dedupe_key, visitor_id, session_id
"""


def event_columns(events: Sequence[Event], homes: Mapping[str, UUID]) -> Columns:
    """One row an event; `homes` is the session of each dedupe key."""
    return {
        **event_keys(events),
        "ids": [event.id for event in events],
        "session_ids": [homes[event.dedupe_key] for event in events],
        "event_types": [event.event_type for event in events],
        "paths": [event.path for event in events],
        "timestamps": [event.occurred_at for event in events],
        "ip_hashes": [event.ip_hash for event in events],
        "ua_hashes": [event.ua_hash for event in events],
        "referrers": [event.referrer for event in events],
        "utms": [_utm_json(event.utm) for event in events],
        "props": [event.props for event in events],
        "property_ids": [event.property_id for event in events],
        "traffic_sources": [event.traffic_source for event in events],
        "device_types": [event.device_type for event in events],
        "country_codes": [event.country_code for event in events],
        "entrances": [event.is_entrance for event in events],
        "exits": [event.is_exit for event in events],
        "conversions": [event.is_conversion for event in events],
    }


def _utm_json(utm: Utm | None) -> str | None:
    if utm is None:
        return None
    set_values = {name: value for name, value in utm._asdict().items() if value is not None}
    return json.dumps(set_values, ensure_ascii=False)


INSERT_DUPLICATES = """
    insert into raw.ingest_duplicates (id, property_id, occurred_on, occurrences)
    select *
    from unnest(
        %(ids)s::uuid[], %(property_ids)s::text[], %(days)s::date[], %(occurrences)s::integer[]
    )
"""


def duplicate_columns(duplicates: Sequence[Event]) -> Columns:
    """One row for each property and day of the duplicates, with how many there were."""
    counts = Counter((event.property_id, event.occurred_on) for event in duplicates)
    return {
        "ids": [new_id() for _ in counts],
        "property_ids": [property_id for property_id, _ in counts],
        "days": [day for _, day in counts],
        "occurrences": list(counts.values()),
    }

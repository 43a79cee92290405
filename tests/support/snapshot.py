"""What is stored, in a form in which two databases can be compared."""

from __future__ import annotations

from typing import Any

import psycopg

Connection = psycopg.Connection[dict[str, Any]]


def snapshot(connection: Connection) -> tuple[list[Any], ...]:
    """Everything stored, but for ids, which are made at random, and the database's clock."""
    visitors = connection.execute(
        "select anon_id, first_seen_at, last_seen_at, first_ua_hash, last_ua_hash "
        "from raw.visitors order by anon_id"
    ).fetchall()
    # By every column: a campaign that leaves and comes back within a moment makes two sessions that
    # differ in their path alone.
    sessions = connection.execute(
        "select visitor_id, started_at, utm_source, landing_path, last_event_at, ended_at, "
        "referrer, utm_medium from raw.sessions order by 1, 2, 3, 4, 5, 6, 7, 8"
    ).fetchall()
    events = connection.execute(
        "select events.dedupe_key, path, events.referrer, utm, "
        "   sessions.started_at, sessions.utm_source "
        "from raw.events inner join raw.sessions "
        "   on sessions.visitor_id = events.visitor_id and sessions.id = events.session_id "
        "order by dedupe_key"
    ).fetchall()
    return visitors, sessions, events

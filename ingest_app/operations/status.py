"""Is all well? One line for each thing that an operator watches."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, errors

from ingest_app.database.address import database_at_hand
from ingest_app.database.connection import READ, connect
from ingest_app.database.distribution import is_distributed, look_at
from ingest_app.database.embedded import EmbeddedPostgresError
from ingest_app.database.ownership import OwnedByOthersError, refuse_what_others_own
from ingest_app.database.schema import is_current
from ingest_app.operations.discrepancy.check import compare_with_raw
from ingest_app.operations.discrepancy.findings import NothingBuiltError
from ingest_app.operations.discrepancy.marts import CONTRACT_MARTS
from ingest_app.operations.purge import IS_LOCKED
from ingest_app.operations.retention_ages import read_known
from ingest_app.settings import Settings
from ingest_app.store.spool import FILE_NAME, FOLDER_NAME, Spool

# A daily build may begin late and take its time; so may a daily purge.
BUILD_LAG_LIMIT = timedelta(hours=26)
RETENTION_SLACK = timedelta(days=2)
# The drain asks twice a second; what waits longer is held up.
SPOOL_AGE_LIMIT_SECONDS = 60
DAYS_CHECKED = 3

# By the day of receipt, all three: a log of last month that is replayed today is received today.
RECEIVED = """
    created_at >= %(day)s::date::timestamp at time zone 'UTC'
    and created_at < (%(day)s::date + 1)::timestamp at time zone 'UTC'
"""
ACCEPTED = f"select count(*) from raw.events where {RECEIVED}"  # noqa: S608
DUPLICATE = f"""
    select coalesce(sum(occurrences), 0) from raw.ingest_duplicates where {RECEIVED}
"""  # noqa: S608
REJECTED = f"""
    select coalesce(sum(occurrences), 0) from raw.ingest_rejections
    where {RECEIVED} and (endpoint = '/v1/events' or endpoint like '/v1/events/%%')
"""  # noqa: S608
COARSE = """
    select visitor_id, count(*) over ()
    from raw.sessions
    where is_coarse and updated_at >= %(since)s
    group by visitor_id
    order by count(*) desc, visitor_id
    limit 1
"""
LAST_BUILD = """
    select min(received_through), max(built_at) from analytics_state.rollup_watermarks
"""
LATEST_PURGE = f"""
    select
        created_at, finished_at, purged_before, events_deleted, ({IS_LOCKED}) as is_running
    from raw.retention_purges
    order by created_at desc
    limit 1
"""  # noqa: S608
WAITING_ERASURES = """
    select count(distinct visitor_id), min(created_at) from raw.erasures where visitor_id is not null
"""
NOT_KNOWN = "not known: the database does not answer"
NODE_IS_AWAY = "not known: a node does not answer"
NO_BUILD = "no build yet: run `footfall dbt build`"
NO_SCHEMA = (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedColumn)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing, whether it is well, and in words."""

    name: str
    is_ok: bool
    text: str


def check(settings: Settings) -> list[Line]:
    """Every line, whatever of it can be found out. Starts nothing and changes nothing."""
    now = datetime.now(UTC)
    received = ("received today", "received yesterday", "sessions")
    names = (
        *("schema", *received, "last build", "oldest raw event"),
        *("last purge", "erasures", "discrepancies"),
    )
    try:
        url = database_at_hand(settings)
        with connect(url, READ, name="footfall-status", autocommit=True) as connection:
            version = connection.info.parameter_status("server_version")
            lines = [Line("database", True, f"PostgreSQL {version}")]
            if is_distributed(connection):
                lines.append(_nodes(connection))
            lines += _ask(connection, settings, now)
        lines.append(_discrepancies(url, now.date()))
    except (psycopg.Error, EmbeddedPostgresError) as error:
        first = str(error).strip().partition("\n")[0]
        lines = [Line("database", False, f"does not answer: {first}")]
        lines += [Line(name, False, NOT_KNOWN) for name in names]
    lines.insert(-1, _spool(settings.data_dir / FOLDER_NAME / FILE_NAME))
    return lines


def _ask(connection: Connection[Any], settings: Settings, now: datetime) -> list[Line]:
    today = now.date()
    lines: list[Line] = [
        Line("schema", True, "as this version needs it")
        if is_current(connection)
        else Line("schema", False, "not this version's: run `footfall up` or `footfall init-db`")
    ]
    checks: list[tuple[str, Callable[[], Line]]] = [
        ("received today", lambda: _received(connection, "received today", today)),
        (
            "received yesterday",
            lambda: _received(connection, "received yesterday", today - timedelta(days=1)),
        ),
        ("sessions", lambda: _sessions(connection, now)),
        ("last build", lambda: _last_build(connection, now)),
        ("oldest raw event", lambda: _oldest(connection, settings, today)),
        ("last purge", lambda: _last_purge(connection, settings, now)),
        ("erasures", lambda: _erasures(connection, now)),
    ]
    for name, ask in checks:
        try:
            lines.append(ask())
        except NO_SCHEMA:
            text = NO_BUILD if name == "last build" else "the schema is not there"
            lines.append(Line(name, False, text))
        except errors.ConnectionFailure:
            lines.append(Line(name, False, NODE_IS_AWAY))
        except OwnedByOthersError as error:
            lines.append(Line(name, False, str(error)))
    return lines


def _nodes(connection: Connection[Any]) -> Line:
    found = look_at(connection)
    if found.away:
        return Line("nodes", False, f"{', '.join(found.away)} of {len(found.nodes)} do not answer")
    text = (
        f"{len(found.nodes)} answer; {sum(found.shards)} shards, {_range(found.shards)} a node; "
        f"visitors a shard: {_range(found.visitors)}"
    )
    return Line("nodes", True, text)


def _range(counts: Sequence[int]) -> str:
    least, most = min(counts, default=0), max(counts, default=0)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def _received(connection: Connection[Any], name: str, day: date) -> Line:
    accepted, duplicate, rejected = (
        int(_row(connection, query, {"day": day})[0]) for query in (ACCEPTED, DUPLICATE, REJECTED)
    )
    received = accepted + duplicate + rejected
    text = f"{received:,} = {accepted:,} accepted + {duplicate:,} duplicate + {rejected:,} rejected"
    # Where most is refused, a sender is broken.
    if rejected * 2 > received:
        return Line(name, False, f"{text}; more than half was rejected")
    return Line(name, True, text)


def _sessions(connection: Connection[Any], now: datetime) -> Line:
    since = now - timedelta(days=DAYS_CHECKED)
    found = connection.execute(COARSE, {"since": since}).fetchone()
    if found is None:
        return Line("sessions", True, f"none cut coarsely since {since:%Y-%m-%d}")
    visitor_id, visitors = found
    text = (
        f"{visitors:,} visitors have too many events to cut; "
        f"is the anonId of visitor {visitor_id} everyone's?"
    )
    return Line("sessions", False, text)


def _last_build(connection: Connection[Any], now: datetime) -> Line:
    refuse_what_others_own(connection)
    through, built_at = _row(connection, LAST_BUILD)
    if through is None:
        return Line("last build", False, NO_BUILD)
    lag = now - through
    return Line(
        "last build",
        lag <= BUILD_LAG_LIMIT,
        f"{built_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC; rolled up through "
        f"{through.astimezone(UTC):%Y-%m-%d %H:%M}, {_hours(lag)} behind",
    )


def _oldest(connection: Connection[Any], settings: Settings, today: date) -> Line:
    day = read_known(connection).oldest_day
    if day is None:
        return Line("oldest raw event", True, "none")
    age = today - day
    limit = timedelta(days=settings.raw_retention_days) + RETENTION_SLACK
    text = f"{day}, {age.days} days old; kept for {settings.raw_retention_days}"
    return Line("oldest raw event", age <= limit, text)


def _last_purge(connection: Connection[Any], settings: Settings, now: datetime) -> Line:
    rows = connection.execute(LATEST_PURGE).fetchall()
    if not rows:
        day = read_known(connection).oldest_day
        retention = timedelta(days=settings.raw_retention_days) + RETENTION_SLACK
        is_due = day is not None and now.date() - day > retention
        return Line("last purge", not is_due, "never" + (", and one is due" if is_due else ""))
    began, finished, before, events, is_running = rows[0]
    if finished is None and is_running:
        return Line("last purge", True, f"under way since {began.astimezone(UTC):%H:%M} UTC")
    if finished is None:
        text = f"that of {began.astimezone(UTC):%Y-%m-%d %H:%M} UTC was interrupted: run it again"
        return Line("last purge", False, text)
    text = (
        f"{finished.astimezone(UTC):%Y-%m-%d %H:%M} UTC, {events:,} events before {before} deleted"
    )
    return Line("last purge", True, text)


def _erasures(connection: Connection[Any], now: datetime) -> Line:
    waiting, since = _row(connection, WAITING_ERASURES)
    if not waiting:
        return Line("erasures", True, "none waits")
    text = (
        f"{waiting} visitors are still in marts, the first since {since.astimezone(UTC):%Y-%m-%d}"
    )
    return Line("erasures", now - since <= BUILD_LAG_LIMIT, f"{text}; a build takes them out")


def _spool(file: Path) -> Line:
    if not file.exists():
        return Line("spool", True, "empty: nothing was ever spooled here")
    # A bound that no spool has reached: this one is only looked at.
    spool = Spool(file, max_bytes=2**40)
    try:
        depth = spool.depth()
    except (sqlite3.Error, OSError) as error:
        return Line("spool", False, f"does not answer: {error}")
    finally:
        spool.close()
    is_ok = (
        not depth.refused and not depth.newer and depth.oldest_seconds <= SPOOL_AGE_LIMIT_SECONDS
    )
    text = f"{depth.events:,} events wait"
    if depth.events:
        text += f", the oldest for {depth.oldest_seconds:,.0f} s"
    if depth.newer:
        text += f"; {depth.newer:,} were written by a newer app, and wait for it"
    if depth.refused:
        text += f"; {depth.refused:,} were refused by the database and are kept"
    return Line("spool", is_ok, text)


def _discrepancies(url: str, today: date) -> Line:
    first, last = today - timedelta(days=DAYS_CHECKED), today - timedelta(days=1)
    try:
        found = compare_with_raw(url, first=first, last=last, names=CONTRACT_MARTS).differences
    except (NothingBuiltError, *NO_SCHEMA):
        return Line("discrepancies", False, NO_BUILD)
    except errors.ConnectionFailure:
        return Line("discrepancies", False, NODE_IS_AWAY)
    except OwnedByOthersError as error:
        return Line("discrepancies", False, str(error))
    text = f"{len(found)} in the daily rollups from {first} to {last}"
    return Line("discrepancies", not found, text)


def _row(
    connection: Connection[Any], query: str, values: dict[str, Any] | None = None
) -> tuple[Any, ...]:
    [row] = connection.execute(query.encode(), values).fetchall()
    return tuple(row)


def _hours(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"

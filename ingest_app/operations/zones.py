"""The zone by which a property cuts its days, set by the owner of schema raw.

Everything happens in one transaction in which nobody stores anything: so each row that is stored before
or after has its day from a history that holds. Events that come meanwhile wait in the spool.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any
from zoneinfo import available_timezones

from psycopg import Connection

from ingest_app.database.connection import WORK, connect
from ingest_app.database.schema import ENSURE_PARTITION, SchemaError, patiently
from ingest_app.enrichment.identity import new_id

# Places, as the IANA database names them: no alias of a country, no offset, no rule in place of a name.
_PLACE = re.compile(
    r"(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/.+"
)
UTC_NAME = "UTC"

IS_KNOWN = "select exists (select from pg_timezone_names where name = %(time_zone)s)"
# Writers of events take the first of these before anything else, so that none of them holds another.
LOCK = """
    lock table only raw.events in share row exclusive mode;
    lock table raw.property_zones, raw.form_submissions, raw.ingest_rejections
    in share row exclusive mode
"""
# The first day of which nothing is stored and nothing has begun, by the clocks of before and after.
NEXT_DAY = """
    select max(days.day) + 1
    from (
        select now() as instant
        union all
        select max("timestamp") from raw.events where property_id = %(property_id)s
    ) as latest
    cross join lateral (
        values
        (raw.day_of(%(property_id)s, latest.instant)),
        ((latest.instant at time zone %(time_zone)s)::date)
    ) as days (day)
"""
# Rows of a property that is being moved have their days by its zone already, under a name without one.
MOVES = """
    select alias, property_id from raw.property_aliases
    where alias = %(property_id)s or (property_id = %(property_id)s and moved_at is null)
"""
HORIZON = "select max(purged_before) from raw.retention_purges"
# Days begin on a quarter of an hour: this is the last one that is closed, and the next one is not.
LAST_CLOSED = """
    select max(quarters.instant)
    from generate_series(
        (%(horizon)s::date - 1)::timestamp at time zone 'UTC',
        (%(horizon)s::date + 1)::timestamp at time zone 'UTC',
        interval '15 minutes'
    ) as quarters (instant)
    where raw.day_of(%(property_id)s, quarters.instant) < %(horizon)s
"""
IS_MOVED_OVER_HORIZON = """
    select
        raw.day_of(%(property_id)s, %(instant)s) >= %(horizon)s
        or raw.day_of(%(property_id)s, %(instant)s + interval '15 minutes') < %(horizon)s
"""
ZONE_BEFORE = """
    select time_zone from raw.property_zones
    where property_id = %(property_id)s and from_day < %(from_day)s
    order by from_day desc
    limit 1
"""
FORGET_LATER = """
    delete from raw.property_zones
    where property_id = %(property_id)s and from_day >= %(from_day)s
"""
ADD = """
    insert into raw.property_zones (property_id, from_day, time_zone)
    values (%(property_id)s, %(from_day)s, %(time_zone)s)
"""
NAME_LATEST = """
    insert into raw.properties as known (property_id, time_zone)
    values (%(property_id)s, %(time_zone)s)
    on conflict (property_id) do update
    set time_zone = excluded.time_zone, updated_at = now()
"""
# Clocks differ by 26 hours at most: what is to be on the day or later was no more than two days before.
# Kept apart, as only the coordinator of Citus knows zones.
MOVED = """
    create temporary table footfall_moved on commit drop as
    with found as materialized (
        select visitor_id, id, dedupe_key, occurred_on as old_day, property_id, "timestamp"
        from raw.events
        where property_id = %(property_id)s and occurred_on >= %(from_day)s::date - 2
    ),

    anew as materialized (
        select visitor_id, id, dedupe_key, old_day, raw.day_of(property_id, "timestamp") as new_day
        from found
    )

    select * from anew where old_day <> new_day
"""
MONTHS = "select distinct date_trunc('month', new_day)::date from footfall_moved"
MOVE_EVENTS = """
    update raw.events
    set occurred_on = moved.new_day
    from footfall_moved as moved
    where events.visitor_id = moved.visitor_id
        and events.occurred_on = moved.old_day
        and events.dedupe_key = moved.dedupe_key
"""
# A form has the id of its event.
MOVE_SUBMISSIONS = """
    update raw.form_submissions
    set occurred_on = moved.new_day
    from footfall_moved as moved
    where form_submissions.visitor_id = moved.visitor_id and form_submissions.id = moved.id
"""
MOVE_REJECTIONS = """
    with moved as (
        select ingest_rejections.id, ingest_rejections.occurred_on as old_day, anew.new_day
        from raw.ingest_rejections
        cross join lateral (
            select raw.day_of(
                ingest_rejections.property_id, ingest_rejections.occurred_at
            ) as new_day
            offset 0
        ) as anew
        where ingest_rejections.property_id = %(property_id)s
            and ingest_rejections.occurred_on >= %(from_day)s::date - 2
            and ingest_rejections.occurred_on <> anew.new_day
    ),

    updated as (
        update raw.ingest_rejections
        set occurred_on = moved.new_day
        from moved
        where ingest_rejections.id = moved.id
    )

    select count(*), min(least(old_day, new_day)) from moved
"""
FIRST_MOVED = "select min(least(old_day, new_day)) from footfall_moved"
# What stays on its day has other hours by other clocks.
FIRST_STORED = """
    select min(occurred_on)
    from raw.events
    where property_id = %(property_id)s and occurred_on >= %(from_day)s
"""
# A visitor who came on a moved day has come back on a later one, of whichever property.
OWE_DAYS = """
    insert into raw.erasures (id, touched_days)
    select %(id)s, array_agg(day::date order by day)
    from generate_series(
        %(first)s::timestamp,
        greatest((select max(occurred_on) from raw.events), %(first)s::date)::timestamp + interval '1 day',
        interval '1 day'
    ) as days (day)
"""


class ZoneError(Exception):
    """The zone was not set, and nothing was changed; the message says why."""


@dataclass(frozen=True, slots=True)
class ZoneChange:
    """What was done: the first day of the zone, None where it was that before, and what moved.

    Builds owe the days from `owed_from` on; None where nothing stored has another day or hour.
    """

    from_day: date | None
    events_moved: int = 0
    rejections_moved: int = 0
    first_moved: date | None = None
    owed_from: date | None = None


def read_time_zone(text: str) -> str:
    """The name of a zone as the IANA database spells it. Raises ValueError for what is none."""
    name = text.strip()
    if name.upper() == UTC_NAME:
        return UTC_NAME
    by_lower = {known.lower(): known for known in available_timezones() if _PLACE.fullmatch(known)}
    if name.lower() not in by_lower:
        raise ValueError(
            f"{text!r} is no time zone: name a place of the IANA database such as Europe/Berlin, "
            "Asia/Kathmandu or America/Argentina/Salta, or UTC"
        )
    return by_lower[name.lower()]


def set_time_zone(
    url: str, property_id: str, time_zone: str, from_day: date | None = None
) -> ZoneChange:
    """Let the zone cut the property's days from a day on, by itself the first that is untouched.

    With `from_day`, rows that are stored move to their days, and builds owe all days from there on. The
    name is one of read_time_zone(). Raises ZoneError and psycopg.Error; nothing is changed then.
    """
    values = {"property_id": property_id, "time_zone": time_zone, "from_day": from_day}
    with connect(url, WORK, name="footfall-properties", autocommit=True) as connection:
        if not _value(connection, IS_KNOWN, values):
            raise ZoneError(
                f"the database does not know the time zone {time_zone}: its rules of zones are older "
                "than those of this app; name one that both know"
            )
        try:
            return patiently(connection, partial(_set, connection, values))
        except SchemaError:
            raise ZoneError(
                "something else has used raw.events all the time; set the zone again later"
            ) from None


def _set(connection: Connection[Any], values: dict[str, Any]) -> ZoneChange:
    connection.execute(LOCK, prepare=False)
    for alias, known in connection.execute(MOVES, values).fetchall():
        if alias == values["property_id"]:
            raise ZoneError(f"{alias} is another name of {known}: set it for {known}")
        raise ZoneError(f"{alias} is on its way to {known}: set the zone once it is there")
    moves = values["from_day"] is not None
    if not moves:
        values = {**values, "from_day": _value(connection, NEXT_DAY, values)}
    horizon = _value(connection, HORIZON)
    if horizon is not None and values["from_day"] <= horizon:
        raise ZoneError(
            f"days before {horizon} are closed, since their raw rows are purged: name a day from "
            f"{horizon + timedelta(days=1)} on"
        )
    values = {**values, "horizon": horizon}
    values["instant"] = _value(connection, LAST_CLOSED, values)
    before = connection.execute(ZONE_BEFORE, values).fetchone()
    forgotten = connection.execute(FORGET_LATER, values).rowcount
    is_new = values["time_zone"] != (before[0] if before else UTC_NAME)
    if is_new:
        connection.execute(ADD, values)
    if horizon is not None and _value(connection, IS_MOVED_OVER_HORIZON, values):
        # A retry of what is purged would be stored once more, or what is stored be counted nowhere.
        raise ZoneError(
            f"these clocks differ by more than a day from those of before, and days before {horizon} "
            f"are closed: name a day from {horizon + timedelta(days=2)} on"
        )
    connection.execute(NAME_LATEST, values)
    if not is_new and not forgotten:
        return ZoneChange(None)
    if not moves:
        return ZoneChange(values["from_day"])
    return move_days(connection, property_id=values["property_id"], from_day=values["from_day"])


def move_days(connection: Connection[Any], property_id: str, from_day: date) -> ZoneChange:
    """Move rows to their days by the history that is there, in a transaction that holds LOCK."""
    values = {"property_id": property_id, "from_day": from_day}
    connection.execute(MOVED, values)
    for (month,) in connection.execute(MONTHS).fetchall():
        connection.execute(ENSURE_PARTITION, {"day": month})
    first = _value(connection, FIRST_MOVED)
    events = connection.execute(MOVE_EVENTS).rowcount
    connection.execute(MOVE_SUBMISSIONS)
    [(rejections, first_rejection)] = connection.execute(MOVE_REJECTIONS, values).fetchall()
    first_moved = _earliest(first, first_rejection)
    owed_from = _earliest(first_moved, _value(connection, FIRST_STORED, values))
    if owed_from is not None:
        connection.execute(OWE_DAYS, {"id": new_id(), "first": owed_from})
    return ZoneChange(from_day, events, rejections, first_moved, owed_from)


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _value(connection: Connection[Any], query: str, values: dict[str, Any] | None = None) -> Any:
    [(value,)] = connection.execute(query.encode(), values).fetchall()
    return value

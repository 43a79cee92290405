"""A visitor who goes from one property to another makes a visit on each.

The expected numbers are worked out by hand.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from ingest_app.database.marts import upgrade_marts
from ingest_app.enrichment.identity import visitor_id
from ingest_app.operations.discrepancy.check import compare_with_raw
from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.dbt import Dbt
from tests.support.purging import purge

Connection = psycopg.Connection[dict[str, Any]]

A, B = "a.example", "b.example"
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = [FIRST.date() + timedelta(days=n) for n in range(5)]
NEWS = {"source": "news", "medium": "email", "campaign": "spring"}
MODELS = ("+sessions", "+daily_campaigns", "+leads")


def seen(
    visitor: str, property_id: str, clock: str, *, day: int = 0, path: str = "/", **fields: Any
) -> dict[str, Any]:
    """A page view; what is not a field of the body is one of its traffic."""
    outer = {name: fields.pop(name) for name in ("utm", "referrer") if name in fields}
    return {
        "anonId": visitor,
        "eventType": "page_view",
        "path": path,
        "timestamp": f"{DAYS[day]}T{clock}:00Z",
        "traffic": {"propertyId": property_id, **fields},
    } | outer


FIRST_ARRIVALS = [
    seen("there-and-back", A, "10:00", path="/in", referrer="https://www.google.com/"),
    seen(
        "there-and-back", B, "10:05", path="/b1", referrer="https://a.example/", engagedTimeMs=4_000
    ),
    seen("there-and-back", B, "10:06", path="/b2", engagedTimeMs=5_000, isConversion=True),
    seen("there-and-back", A, "10:10", path="/out", engagedTimeMs=7_000),
    # By a campaign to A, and on to B of its own accord.
    seen("by-campaign", A, "12:00", utm=NEWS, referrer="https://mail.example/"),
    seen("by-campaign", B, "12:05", referrer="https://a.example/", isConversion=True),
    seen("by-campaign", B, "12:06"),
    # To B first, and by a campaign to B as well: A was not where the campaign led.
    seen("other-door", B, "13:00", utm=NEWS),
    seen("other-door", A, "13:01"),
    # Over a midnight, with the other property on its far side.
    seen("over-midnight", A, "23:50"),
    seen("over-midnight", B, "00:10", day=1),
    seen("over-midnight", B, "00:20", day=1),
    # Days that nobody else is on.
    seen("split-late", B, "23:40", day=3),
    seen("split-late", B, "00:05", day=4),
]
LATER = [
    # The far side has begun on the near one.
    seen("over-midnight", B, "23:55", path="/late"),
    # A campaign splits the visit; what follows it begins on a day of which nothing came.
    seen("split-late", A, "23:50", day=3, utm=NEWS),
    # Another property opens the visit; the campaign is that of another one then.
    seen("other-door", A, "12:50", path="/before"),
]


def visits(connection: Connection, visitor: str, *columns: str) -> dict[tuple[Any, ...], Any]:
    """Columns of the rows of a visitor, by property and the clock at which each began."""
    rows = connection.execute(
        "select *, to_char(started_at at time zone 'UTC', 'HH24:MI') as begun,"
        " to_char(ended_at at time zone 'UTC', 'HH24:MI') as ended"
        " from analytics.sessions where visitor_id = %s",
        (visitor_id(visitor),),
    ).fetchall()
    return {
        (row["property_id"], row["begun"]): tuple(row[column] for column in columns) for row in rows
    }


def campaigns(connection: Connection) -> dict[tuple[str, date], tuple[int, ...]]:
    rows = connection.execute(
        "select property_id, day, sessions, visitors, page_views, conversions"
        " from analytics.daily_campaigns"
    ).fetchall()
    return {(row["property_id"], row["day"]): tuple(list(row.values())[2:]) for row in rows}


def session_ids(connection: Connection, entry_path: str) -> set[Any]:
    found = connection.execute(
        "select session_id from analytics.sessions where entry_path = %s", (entry_path,)
    )
    return {row["session_id"] for row in found}


def assert_all_equals_raw(database: str) -> None:
    names = ("sessions", "daily_campaigns", "leads")
    found = compare_with_raw(database, first=DAYS[0], last=DAYS[-1], names=names)
    assert found.differences == []


def adds_up_to_what_each_property_saw(connection: Connection) -> bool:
    """By property and in all: events, page views and conversions of visits are those of raw."""
    said = (
        "select property_id, {events}, {views}, {conversions}::bigint"
        " from {rows} group by property_id order by property_id"
    )
    mart = said.format(
        events="sum(events)::bigint as events",
        views="sum(page_views)::bigint as views",
        conversions="sum(conversions)",
        rows="analytics.sessions",
    )
    raw = said.format(
        events="count(*) as events",
        views="count(*) filter (where event_type = 'page_view') as views",
        conversions="count(*) filter (where is_conversion)",
        rows="raw.events",
    )
    return [tuple(row.values()) for row in connection.execute(mart)] == [
        tuple(row.values()) for row in connection.execute(raw)
    ]


@pytest.fixture(scope="module", autouse=True)
def built(database: str, writer: Writer, dbt: Dbt) -> None:
    writer.write(events(FIRST_ARRIVALS))
    dbt.run_models("--select", *MODELS)


def test_each_property_has_a_visit_of_its_own(connection: Connection) -> None:
    of_both = visits(
        connection,
        "there-and-back",
        *("ended", "duration_ms", "entry_path", "exit_path", "page_views", "conversions"),
        *("engaged_ms", "is_bounce", "is_converted", "traffic_source"),
    )
    assert of_both == {
        (A, "10:00"): (
            *("10:10", 600_000, "/in", "/out", 2, 0),
            *(7_000, False, False, "organic_search"),
        ),
        (B, "10:05"): ("10:06", 60_000, "/b1", "/b2", 2, 1, 9_000, False, True, "referral"),
    }
    [sessions] = connection.execute(
        "select count(*) as visits, count(distinct session_id) as sessions"
        " from analytics.sessions where visitor_id = %s",
        (visitor_id("there-and-back"),),
    ).fetchall()
    assert tuple(sessions.values()) == (2, 1)
    # One view on A, and nothing that the other property saw keeps it from being a bounce.
    assert visits(connection, "by-campaign", "is_bounce", "is_converted", "referrer") == {
        (A, "12:00"): (True, False, "https://mail.example/"),
        (B, "12:05"): (False, True, None),
    }


def test_a_campaign_counts_where_it_led(connection: Connection) -> None:
    by_property = visits(connection, "by-campaign", "utm_source", "utm_medium", "utm_campaign")
    assert by_property == {(A, "12:00"): ("news", "email", "spring"), (B, "12:05"): (None,) * 3}
    assert campaigns(connection) == {(A, DAYS[0]): (1, 1, 1, 0), (B, DAYS[0]): (1, 1, 1, 0)}


def test_a_visit_counts_for_the_day_on_which_the_property_saw_it_begin(
    connection: Connection,
) -> None:
    assert visits(connection, "over-midnight", "day", "events") == {
        (A, "23:50"): (DAYS[0], 1),
        (B, "00:10"): (DAYS[1], 2),
    }


def test_totals_by_property_add_up(connection: Connection, database: str) -> None:
    assert adds_up_to_what_each_property_saw(connection)
    assert_all_equals_raw(database)


def test_what_comes_late_and_what_is_purged(
    connection: Connection, database: str, writer: Writer, dbt: Dbt
) -> None:
    # Builds look anew at what came or changed in the last minutes; this did not.
    connection.execute(
        "update raw.events set created_at = (created_at at time zone 'UTC' - interval '1 day') at time zone 'UTC'"
    )
    connection.execute(
        "update raw.sessions set updated_at = (updated_at at time zone 'UTC' - interval '1 day') at time zone 'UTC'"
    )
    writer.write(events(LATER))
    dbt.run_models("--select", *MODELS)
    assert visits(connection, "over-midnight", "day", "events", "entry_path") == {
        (A, "23:50"): (DAYS[0], 1, "/"),
        (B, "23:55"): (DAYS[0], 3, "/late"),
    }
    assert visits(connection, "split-late", "day", "events", "utm_campaign") == {
        (B, "23:40"): (DAYS[3], 1, None),
        (A, "23:50"): (DAYS[3], 1, "spring"),
        (B, "00:05"): (DAYS[4], 1, None),
    }
    assert visits(connection, "other-door", "utm_campaign", "events") == {
        (A, "12:50"): (None, 1),
        (B, "13:00"): ("spring", 1),
        (A, "13:01"): (None, 1),
    }
    assert adds_up_to_what_each_property_saw(connection)
    assert_all_equals_raw(database)

    # The first day is closed. What goes on beyond it keeps its rows, and a property that is new to
    # the visit gets one without its campaign.
    before = visits(connection, "over-midnight", "day", "events")
    purge(connection, DAYS[1])
    writer.write(events([seen("over-midnight", "c.example", "00:30", day=1, path="/c")]))
    connection.execute(
        "insert into raw.erasures (id, visitor_id, touched_days) values (gen_random_uuid(), %s, '{}')",
        (visitor_id("there-and-back"),),
    )
    [session_id] = session_ids(connection, "/in")
    dbt.run_models("--select", *MODELS)
    # Erased, and still one session of two visits.
    assert session_ids(connection, "/in") == session_ids(connection, "/b1") != {session_id}
    assert visits(connection, "there-and-back") == {}
    assert visits(connection, "over-midnight", "day", "events") == before | {
        ("c.example", "00:30"): (DAYS[1], 1)
    }
    assert_all_equals_raw(database)


# One row a session, for the property of its first event, with everything that all of them saw.
AS_BEFORE = """
    update analytics.sessions
    set events = whole.events, page_views = whole.page_views, ended_at = whole.ended_at
    from (
        select
            session_id,
            sum(events) as events,
            sum(page_views) as page_views,
            max(ended_at) as ended_at
        from analytics.sessions
        group by session_id
    ) as whole
    where sessions.session_id = whole.session_id;
    delete from analytics.sessions using analytics.sessions as earlier
    where
        sessions.session_id = earlier.session_id
        and sessions.started_at > earlier.started_at;
    alter table analytics.sessions
    drop constraint sessions_pkey,
    add constraint sessions_pkey primary key (session_id);
    update analytics_state.rollup_shapes set shape = 1 where name = 'sessions'
"""


def test_rows_of_sessions_are_divided_as_far_as_raw_holds_them(
    connection: Connection, database: str, dbt: Dbt
) -> None:
    def rows(of_days: str) -> list[dict[str, Any]]:
        return connection.execute(
            "select session_id, property_id, day, events, started_at, ended_at"
            f" from analytics.sessions where day {of_days} %s order by 1, 2",
            (DAYS[1],),
        ).fetchall()

    held = rows(">=")
    assert len({row["session_id"] for row in held}) < len(held)
    connection.execute(AS_BEFORE)
    closed = rows("<")
    assert len(rows(">=")) < len(held)
    upgraded = upgrade_marts(database)
    assert [(upgrade.name, upgrade.shape) for upgrade in upgraded] == [
        ("sessions", 2),
        ("sessions", 3),
        ("sessions", 4),
    ]
    dbt.run_models("--select", *MODELS)
    # What B saw of the night is in the row of the day before, which is closed, and in one of its own.
    night = visits(connection, "over-midnight", "day", "events")
    assert night.pop((B, "00:10")) == (DAYS[1], 2)
    assert night == {(A, "23:50"): (DAYS[0], 5), ("c.example", "00:30"): (DAYS[1], 1)}
    assert [row for row in rows(">=") if row["property_id"] != B or row["day"] != DAYS[1]] == held
    assert rows("<") == closed
    assert_all_equals_raw(database)

"""Two properties become one on days that raw no longer holds: every mart is what raw would have said.

What is expected is a recount in Python of what raw held before the purge, with the one name for both, and
numbers by hand. The marts belong to another role than raw, which is the harder case.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest

from ingest_app.database.roles import DBT
from ingest_app.operations.moves.command import move_property
from tests.support.arrivals import events, writing
from tests.support.captures import capture
from tests.support.citus import DISTRIBUTED
from tests.support.cli import footfall
from tests.support.dbt import Dbt, DbtProcess
from tests.support.purging import purge
from tests.support.recount.dimensions import weekly_pages
from tests.support.recount.facts import RawFacts, read_facts
from tests.support.recount.grouping import Rows
from tests.support.recount.marts import recount_marts
from tests.support.recount.reading import differences, read_rows
from tests.support.roles import As

Connection = psycopg.Connection[dict[str, Any]]

OLD, NEW, OTHER = "old.example", "new.example", "other.example"
ONE, TWO, GONE = "one.example", "two.example", "gone.example"
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = [FIRST.date() + timedelta(days=n) for n in range(6)]
HORIZON = DAYS[4]
LEADS = [UUID(int=number) for number in range(1, 7)]

# Made of marts, and built later.
LATER = ["daily_web_vitals", "page_recency", "visitor_recency"]
# What nobody can know of both any more. Where one of these is null, the rest of the row still holds.
MAY_BE_NULL = {
    "daily_hours": {"visitors", "visitors_once"},
    "daily_pages": {
        *("entering_visitors", "entering_people"),
        *("median_engaged_ms", "people_median_engaged_ms"),
    },
}


def visits(seed: int) -> Iterator[dict[str, Any]]:
    """Visitors who go to and fro between the properties, over midnights and over the horizon."""
    chance = random.Random(seed)
    for visitor in range(24):
        # Few are a bot at times, and most never.
        device = "bot" if visitor % 6 == 0 else "tablet"
        for day in chance.sample(range(6), chance.randint(1, 4)):
            at = FIRST + timedelta(days=day, minutes=chance.randint(0, 1439))
            for _ in range(chance.randint(1, 5)):
                event_type = chance.choice(["page_view"] * 4 + ["form_start", "form_submit"])
                body: dict[str, Any] = {
                    "anonId": f"visitor-{visitor:04}",
                    "eventType": event_type,
                    "path": chance.choice(["/", "/a", "/b", f"/{chance.randint(1, 12)}"]),
                    "timestamp": at.isoformat(),
                    "traffic": {
                        "propertyId": chance.choice([OLD, OLD, NEW, NEW, OTHER]),
                        "deviceType": chance.choice(["desktop", "mobile", device]),
                        "countryCode": chance.choice(["de", "fr"]),
                        "isEntrance": chance.random() < 0.4,
                        "isConversion": chance.random() < 0.1,
                        "isExit": chance.random() < 0.2,
                        "engagedTimeMs": chance.randint(0, 20_000),
                        "scrollDepthPercent": chance.randint(0, 100),
                        "webVitals": {"ttfbMs": chance.randint(50, 900)},
                    },
                    "props": {"formName": chance.choice("fg")},
                }
                if chance.random() < 0.2:
                    body["utm"] = {"source": "letter", "campaign": chance.choice("xy")}
                if chance.random() < 0.2:
                    body["referrer"] = f"https://{chance.choice('ab')}.example/"
                yield body
                # No two at one instant: which of them is first is decided by a key, which marts forget.
                at += timedelta(
                    minutes=chance.choice([0, 1, 7, 25, 50, 100]),
                    milliseconds=chance.randint(1, 999),
                )


def seen(
    visitor: str, property_id: str, clock: str, path: str = "/", *, day: int = 0, **traffic: Any
) -> dict[str, Any]:
    return {
        "anonId": visitor,
        "eventType": "page_view",
        "path": path,
        "timestamp": f"{DAYS[day]}T{clock}:00Z",
        "traffic": {"propertyId": property_id, "deviceType": "desktop", **traffic},
    }


# What is known of both, and what nobody can know, on the first day.
BY_HAND = [
    # Entered /p on both within an hour. Of one sample each, the median is known.
    seen("was-on-both", ONE, "10:05", "/p", isEntrance=True, engagedTimeMs=1000),
    seen("was-on-both", TWO, "10:50", "/p", isEntrance=True, engagedTimeMs=3000),
    # Was on the one before and after 13:00, and on the other in that hour.
    *(
        seen("goes-to-and-fro", ONE, clock)
        for clock in ("12:20", "12:45", "13:10", "13:35", "14:02")
    ),
    seen("goes-to-and-fro", TWO, "13:20"),
    # Two who never met: all of /q is known, but for the median of three samples.
    seen("only-one", ONE, "16:00", "/q", isEntrance=True, engagedTimeMs=1000),
    seen("only-two", TWO, "16:10", "/q", isEntrance=True, engagedTimeMs=2000),
    seen("only-two", TWO, "16:20", "/q", engagedTimeMs=9000),
    # A bot on the one and a person on the other, in one hour.
    seen("a-bot-at-times", ONE, "18:00", deviceType="bot"),
    seen("a-bot-at-times", TWO, "18:30"),
    # Eleven paths that are entered more often: /z is in no list of the one, and something was converted.
    *(
        seen("goes-around", ONE, clock, f"/{number}", isEntrance=True)
        for number in range(11)
        for clock in ("20:00", "20:10")
    ),
    seen("goes-around", ONE, "20:01", "/z", isEntrance=True, isConversion=True),
    *(seen("goes-around", TWO, f"20:0{n}", "/z", isEntrance=True) for n in range(3, 6)),
    # Came to the one, and then to the other on a day on which nobody was on the first.
    *(seen(visitor, ONE, "09:00") for visitor in ("comes-later", "comes-later-too")),
    *(seen(visitor, TWO, "09:00", day=1) for visitor in ("comes-later", "comes-later-too")),
    # At one instant on both: the visit is that of the letter.
    seen("has-a-letter", TWO, "07:00", "/direct"),
    seen("has-a-letter", ONE, "07:00", "/letter") | {"utm": {"source": "letter"}},
    seen("has-a-letter", TWO, "07:05", "/end"),
    # Of a property of which raw has nothing any more.
    seen("was-there", GONE, "09:30"),
    # On the one before the horizon, and on the other after it.
    seen("stays-over-midnight", ONE, "23:50", "/in", day=3),
    seen("stays-over-midnight", TWO, "00:05", "/out", day=4),
    seen("goes-back-over-midnight", TWO, "23:40", "/there", day=3),
    seen("goes-back-over-midnight", ONE, "00:06", "/back", day=4),
]


@pytest.fixture(scope="module")
def dbt(as_role: As, tmp_path_factory: pytest.TempPathFactory, process: DbtProcess) -> Dbt:
    """As the owner of the marts."""
    owner = as_role("footfall")
    with psycopg.connect(as_role("postgres")) as connection:
        connection.execute("alter role footfall createrole")
    for arguments in (DISTRIBUTED, ("--roles",)):
        made = footfall("init-db", *arguments, database=owner)
        assert made.returncode == 0, made.stderr
    return Dbt(as_role(DBT), tmp_path_factory.mktemp("dbt"), process)


@pytest.fixture(scope="module")
def ever(as_role: As, dbt: Dbt) -> Iterator[tuple[Connection, RawFacts]]:
    """Everything is built, and raw has lost four of six days; and what raw held."""
    with (
        writing(as_role("footfall")) as writer,
        psycopg.connect(
            as_role("postgres"), autocommit=True, row_factory=psycopg.rows.dict_row
        ) as connection,
    ):
        bodies = [*visits(1), *BY_HAND]
        writer.write(events(bodies))
        again = [body for body in bodies if body["traffic"]["propertyId"] != GONE]
        writer.write(events(again[::7]))
        for number, property_id in enumerate([OLD, OLD, NEW, TWO]):
            connection.execute(
                "insert into raw.ingest_rejections (id, property_id, endpoint, reason, status_code,"
                " occurrences, occurred_at) values (gen_random_uuid(), %s, '/v1/events', %s, 400, 2, %s)",
                (property_id, ("empty", "malformed")[number % 2], FIRST),
            )
        seen = connection.execute(
            "select visitor_id, max(timestamp) as at from raw.events group by 1 order by 2, 1"
        ).fetchall()
        for lead, row in zip(LEADS, seen[:: len(seen) // len(LEADS)], strict=False):
            capture(connection, lead, row["visitor_id"], row["at"] + timedelta(minutes=1))
        dbt.run_models()
        facts = read_facts(connection)
        purge(connection, HORIZON)
        yield connection, facts


def merged(facts: RawFacts) -> RawFacts:
    """As if nothing had ever had the names that are gone."""
    names = {OLD: NEW, ONE: TWO, GONE: TWO}

    def named(name: str) -> str:
        return names.get(name, name)

    return replace(
        facts,
        hits=[replace(hit, property_id=named(hit.property_id)) for hit in facts.hits],
        rejections=[replace(one, property_id=named(one.property_id)) for one in facts.rejections],
        duplicates=sum(
            (Counter({(named(name), day): n}) for (name, day), n in facts.duplicates.items()),
            Counter(),
        ),
    )


def problems(connection: Connection, expected: dict[str, Rows]) -> str:
    told: list[str] = []
    for mart, rows in expected.items():
        got = read_rows(connection, mart)
        for key, row in got.items():
            for column in MAY_BE_NULL.get(mart, set()):
                if key in rows and row[column] is None:
                    row[column] = rows[key][column]
            for lists in ("top_landing_paths", "people_top_landing_paths"):
                for place, path in enumerate(row.get(lists) or []):
                    if path["conversions"] is None:
                        row[lists][place] = rows[key][lists][place]
        told += differences(mart, rows, got)
    return "\n".join(told)


def value(connection: Connection, query: LiteralString, *values: Any) -> Any:
    [row] = connection.execute(query, values).fetchall()
    [one] = row.values()
    return one


@pytest.fixture(scope="module")
def made_one(
    ever: tuple[Connection, RawFacts], as_role: As, dbt: Dbt
) -> tuple[Connection, dict[str, Rows], dict[str, Rows]]:
    """After both merges and the builds that they waited for; what was there before, and is to be."""
    connection, facts = ever
    before, after = recount_marts(facts), recount_marts(merged(facts))
    assert not problems(connection, before)
    for old, new in ((OLD, NEW), (ONE, TWO), (GONE, TWO)):
        found = move_property(as_role("footfall"), old, new, is_merge=True)
        assert (found.mart_owner, found.mart_rows) == (DBT, None)
        assert found.is_nothing is (old == GONE)
    # A build that dies in the middle of it has changed nothing.
    connection.execute(
        "create function analytics.fail() returns trigger language plpgsql as"
        " $$ begin raise exception 'no'; end $$;"
        "create trigger fail before update on analytics.leads for each statement"
        " execute function analytics.fail()"
    )
    assert "no" in dbt.run("run").output
    connection.execute("drop function analytics.fail cascade")
    assert not problems(connection, before)
    # What is made of marts is owed until it is built.
    dbt.run_models("--exclude", *LATER)
    assert value(
        connection,
        "select array_agg(distinct mart order by mart) from analytics_state.rollup_merged_days",
    ) == sorted(LATER)
    dbt.run_models("--select", *LATER)
    assert value(connection, "select count(*) from analytics_state.rollup_merged_days") == 0
    return connection, before, after


def test_every_mart_is_what_raw_would_have_said(
    made_one: tuple[Connection, dict[str, Rows], dict[str, Rows]],
) -> None:
    connection, _, after = made_one
    told = problems(connection, after)
    assert not told, f"\n{told}"
    # A closed day, and no other one, is of a week that is over.
    of_weeks = weekly_pages(after["daily_pages"])
    assert {key[1] for key in of_weeks} == {DAYS[0] - timedelta(days=6)}
    assert of_weeks == read_rows(connection, "weekly_pages")
    # Visitors, visits, captures and days of both were there to be made one.
    assert value(
        connection, "select count(*) from raw.submission_properties where merged_names != '{}'"
    )
    assert value(
        connection, "select bool_and(marts_moved_at is not null) from raw.property_aliases"
    )


def test_what_nobody_can_know_is_null(
    made_one: tuple[Connection, dict[str, Rows], dict[str, Rows]],
) -> None:
    connection, _, _ = made_one
    assert [
        tuple(row.values())
        for row in connection.execute(
            "select hour, is_bot, visitors, visitors_once, page_views from analytics.daily_hours"
            " where property_id = %s and day = %s order by hour, is_bot",
            (TWO, DAYS[0]),
        )
    ] == [
        (7, False, 1, 1, 3),
        (9, False, 3, 3, 3),
        (10, False, 1, 1, 2),
        (12, False, 1, 1, 2),
        (13, False, None, None, 3),
        (14, False, 1, 1, 1),
        (16, False, 2, 2, 3),
        (18, False, 1, 1, 1),
        (18, True, 1, None, 1),
        (20, False, 1, 1, 26),
    ]
    assert [
        tuple(row.values())
        for row in connection.execute(
            "select path, visitors, entering_visitors, entering_people, median_engaged_ms"
            " from analytics.daily_pages"
            " where property_id = %s and day = %s and path = any(%s) order by path",
            (TWO, DAYS[0], ["/p", "/q", "/z"]),
        )
    ] == [("/p", 1, None, None, 2000), ("/q", 2, 2, 2, None), ("/z", 1, None, None, None)]
    paths = value(
        connection,
        "select top_landing_paths from analytics.daily_metric_rollups"
        " where property_id = %s and day = %s",
        TWO,
        DAYS[0],
    )
    assert {path["path"]: path["conversions"] for path in paths if path["conversions"] != 0} == {
        "/z": None
    }
    assert {path["path"]: path["entrances"] for path in paths}["/z"] == 4
    assert len(paths) == 10


def test_a_visit_that_went_over_the_horizon_is_of_the_day_on_which_it_began(
    made_one: tuple[Connection, dict[str, Rows], dict[str, Rows]],
) -> None:
    connection, _, _ = made_one
    assert [
        tuple(visit.values())
        for visit in connection.execute(
            "select day, page_views::integer, duration_ms::integer, entry_path, exit_path"
            " from analytics.sessions where property_id = %s and exit_path in ('/out', '/back')"
            " order by duration_ms",
            (TWO,),
        )
    ] == [(DAYS[3], 2, 900_000, "/in", "/out"), (DAYS[3], 2, 1_560_000, "/there", "/back")]


def test_published_numbers_that_moved_are_told_and_compared(
    made_one: tuple[Connection, dict[str, Rows], dict[str, Rows]],
) -> None:
    connection, before, after = made_one
    key = (NEW, DAYS[1])
    moved = {
        row["measure"]: (row["value_before"], row["value_after"])
        for row in connection.execute(
            "select * from analytics.rollup_restatements"
            " where mart = 'daily_metric_rollups' and (property_id, day) = (%s, %s)",
            key,
        )
    }
    rows = before["daily_metric_rollups"][key], after["daily_metric_rollups"][key]
    assert moved == {
        measure: (rows[0][measure], rows[1][measure])
        for measure, was in rows[0].items()
        if type(was) is int and was != rows[1][measure]
    }
    assert "total_page_views" in moved
    assert value(
        connection,
        "select array_agg(distinct value_after) from analytics.rollup_restatements"
        " where property_id = %s and day = %s",
        OLD,
        DAYS[1],
    ) == [None]
    compared = connection.execute(
        "select distinct on (property_id, day, status) * from analytics.rollup_reconciliation"
        " where measure = 'unique_visitors' and property_id in (%s, %s)",
        (OLD, NEW),
    ).fetchall()
    assert {(row["property_id"], row["day"]): row["rollup_value"] for row in compared} == {
        key: row["unique_visitors"]
        for key, row in after["daily_metric_rollups"].items()
        if key[0] == NEW
    }
    assert value(
        connection, "select array_agg(distinct status) from analytics.rollup_reconciliation"
    ) == ["equal"]

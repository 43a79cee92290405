"""The whole way on a database set up strangely, by roles, beside a reader that never ends."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import dict_row

from ingest_app.database.connection import WORK, fix_session, parameters
from ingest_app.database.ownership import DBT_SCHEMAS
from ingest_app.database.roles import APP, BI, DBT
from ingest_app.enrichment.identity import visitor_id
from tests.support.arrivals import events, writing
from tests.support.citus import CITUS, DISTRIBUTED, pass_grace
from tests.support.cli import footfall
from tests.support.dbt import Dbt, DbtProcess
from tests.support.recount.facts import read_facts
from tests.support.recount.marts import KEYS
from tests.support.recount.reading import assert_marts_equal_recount
from tests.support.recount.reports import metrics
from tests.support.recount.windows import Window
from tests.support.roles import As
from tests.support.server import serving
from tests.support.strange import make_strange
from tests.support.visits import page_view, random_visit

Connection = psycopg.Connection[dict[str, Any]]

KEY = "a key"
PROPERTIES = ("shop.example", "docs.example")
pytestmark = pytest.mark.usefixtures("days_of_today")

TODAY = datetime.now(UTC).date()
MIDNIGHT = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
DAYS = [MIDNIGHT - timedelta(days=n) for n in range(2, 12)]
# Clocks are put forward on the sixth, at midnight, where the database believes to be.
NO_MIDNIGHT = (date(2026, 9, 1), date(2026, 9, 10))
STRAY = "visitor-of-the-zone"
ERASED = "visitor-0003"
# What builds of earlier versions waited for, and anyone may take.
PUBLIC_LOCKS = (
    "footfall.build_state",
    *(f"footfall.mart.{mart}" for mart in KEYS),
    "footfall.view.rollup_freshness",
    "footfall.view.stg_web__events",
)


FIXED_BY_DBT = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "standard_conforming_strings": "on",
    "extra_float_digits": "1",
    "transaction_isolation": "read committed",
    "search_path": "pg_catalog, pg_temp",
}
# Whoever moves a watermark leaves what the session has.
LOOKING_ON = (
    "create table analytics_state.seen (name text, setting text)",
    "create function analytics_state.look() returns trigger language plpgsql as $$ begin "
    "insert into analytics_state.seen select names.name, pg_catalog.current_setting(names.name) "
    f"from pg_catalog.unnest('{{{','.join(FIXED_BY_DBT)}}}'::text[]) as names (name); "
    "return new; end $$",
    "create trigger look before insert or update on analytics_state.rollup_watermarks "
    "for each row execute function analytics_state.look()",
)


@pytest.fixture(scope="module", autouse=True)
def _surroundings() -> Iterator[None]:
    """What clients of PostgreSQL take from their environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGTZ", "Europe/Berlin")
        patch.setenv("PGDATESTYLE", "SQL, DMY")
        patch.setenv("PGOPTIONS", "-c extra_float_digits=-15")
        yield


@pytest.fixture(scope="module")
def roles(as_role: As) -> As:
    """A strange database with its roles."""
    owner = as_role("footfall")
    make_strange(owner)
    with psycopg.connect(as_role("postgres")) as connection:
        connection.execute("alter role footfall createrole")
    done = footfall("init-db", "--roles", *DISTRIBUTED, database=owner)
    assert done.returncode == 0, done.stderr
    with psycopg.connect(as_role("postgres")) as connection:
        connection.execute(
            "alter role footfall_dbt set default_transaction_isolation = 'repeatable read'"
        )
        connection.execute("alter role footfall_app set timezone = 'Pacific/Kiritimati'")
    return as_role


@pytest.fixture(scope="module")
def dbt(roles: As, process: DbtProcess, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    # On a cluster the grace alone tells what is new, and a test asks for the very days.
    return Dbt(roles(DBT), tmp_path_factory.mktemp("dbt"), process, has_grace=CITUS is None)


@pytest.fixture(scope="module")
def built(roles: As, dbt: Dbt) -> Dbt:
    """Visits, among them one of three events of which the last to come lies in the middle; built."""
    rng = random.Random(20261128)
    with writing(roles(APP)) as writer:
        for _ in range(80):
            visitor = f"visitor-{rng.randrange(30):04}"
            visit = random_visit(rng, day=rng.choice(DAYS), visitor=visitor, properties=PROPERTIES)
            writer.write(events(visit))
        for hour, minute in ((1, 0), (1, 50), (1, 25)):
            at = DAYS[0] + timedelta(hours=hour, minutes=minute)
            writer.write(events([page_view(STRAY, at)]))
    pass_grace(roles("footfall"))
    # As people call it, with every test.
    run = dbt.run("build")
    assert run.is_success, run.output[-6000:]
    return dbt


@pytest.fixture
def reading(roles: As) -> Iterator[Connection]:
    """A connection of the owner's that says what it reads."""
    with psycopg.connect(
        roles("footfall"), autocommit=True, row_factory=dict_row, **parameters(WORK, name="test")
    ) as connection:
        fix_session(connection, WORK)
        yield connection


@contextmanager
def a_reader_that_never_ends(url: str) -> Iterator[Connection]:
    """A session of BI that has read every mart, and holds all that it may hold."""
    with psycopg.connect(url, row_factory=dict_row) as reader:
        marts = reader.execute(
            "select format('%I.%I', table_schema, table_name) as mart "
            "from information_schema.tables where table_schema = 'analytics'"
        ).fetchall()
        assert len(marts) > len(KEYS)
        for row in marts:
            reader.execute(f"select from {row['mart']} limit 1".encode())
        for name in PUBLIC_LOCKS:
            reader.execute("select pg_advisory_xact_lock(hashtext(%s))", (name,))
        yield reader


def test_marts_equal_a_recount(built: Dbt, reading: Connection) -> None:
    assert_marts_equal_recount(reading)


def test_a_visit_across_midnight_of_the_zone_is_one(built: Dbt, reading: Connection) -> None:
    [session] = reading.execute(
        "select day, events, duration_ms from analytics.sessions where visitor_id = %s",
        (visitor_id(STRAY),),
    ).fetchall()
    assert session == {"day": DAYS[0].date(), "events": 3, "duration_ms": 50 * 60 * 1000}


def test_a_report_answers_what_a_recount_says(
    roles: As, built: Dbt, reading: Connection, tmp_path: Path
) -> None:
    window = Window(DAYS[-1].date(), DAYS[0].date())
    expected = metrics(read_facts(reading), window)
    with serving(roles(APP), tmp_path, ADMIN_API_KEYS=KEY) as server:
        asked = f"/v1/metrics/summary?from={window.from_day}&to={window.to_day}"
        answer = server.request("GET", asked, x_admin_key=KEY)
    assert answer.status == 200, answer.body
    told = {name: answer.body["metrics"][name]["value"] for name in expected}
    assert told == pytest.approx(expected, rel=1e-12)
    assert answer.body["freshness"]["generatedAt"].endswith("+00:00")


def test_a_late_event_and_a_named_rebuild_beside_a_reader_that_never_ends(
    roles: As, built: Dbt, reading: Connection
) -> None:
    with writing(roles(APP)) as writer:
        at = DAYS[1] + timedelta(minutes=1)
        writer.write(events([page_view("visitor-late", at)]))
    done = footfall("rollups", "status", database=roles(DBT))
    assert done.returncode == 0, done.stderr
    [line] = [row for row in done.stdout.splitlines() if row.startswith("daily_metric_rollups ")]
    day = DAYS[1].date().isoformat()
    assert line.split()[-4:] == ["1", day, "to", day]
    days = {"rebuild_from": f"{NO_MIDNIGHT[0]}", "rebuild_to": f"{NO_MIDNIGHT[1]}"}
    with a_reader_that_never_ends(roles(BI)):
        built.run_models("--vars", json.dumps(days))
    touched = reading.execute(
        "select day from analytics_state.rollup_touched_days "
        "where mart = 'daily_metric_rollups' and invocation_id = ("
        "   select invocation_id from analytics_state.rollup_builds "
        "   order by started_at desc limit 1"
        ") order by day"
    ).fetchall()
    september = [NO_MIDNIGHT[0] + timedelta(days=n) for n in range(10)]
    assert [row["day"] for row in touched] == [*september, DAYS[1].date()]
    assert_marts_equal_recount(reading)


def test_a_session_of_a_mart_depends_on_nothing_around_it(built: Dbt, reading: Connection) -> None:
    """As its own transaction has it: most of the SQL would be right without, and all of it need not."""
    reading.execute("set role footfall_dbt")
    for statement in LOOKING_ON:
        reading.execute(statement.encode())
    try:
        built.run_models("--select", "daily_breakdowns")
        seen = {
            row["name"]: row["setting"]
            for row in reading.execute("select name, setting from analytics_state.seen")
        }
    finally:
        reading.execute("drop table analytics_state.seen")
        reading.execute("drop function analytics_state.look() cascade")
        reading.execute("reset role")
    assert seen == FIXED_BY_DBT


@pytest.mark.parametrize("schema", ["raw", *DBT_SCHEMAS])
def test_bi_can_hold_up_nobody(roles: As, built: Dbt, reading: Connection, schema: str) -> None:
    tables = reading.execute(
        "select oid::regclass::text as name from pg_class "
        "where relnamespace = %s::regnamespace and relkind in ('r', 'p', 'v')",
        (schema,),
    ).fetchall()
    assert tables
    for row in tables:
        for statement in (
            f"lock table {row['name']} in row share mode",
            f"lock table {row['name']} in share update exclusive mode",
            f"select from {row['name']} for update",
            f"select from {row['name']} for key share",
        ):
            with (
                psycopg.connect(roles(BI)) as connection,
                pytest.raises(InsufficientPrivilege),
            ):
                connection.execute(statement.encode())


def test_a_view_with_another_query_is_replaced_and_one_with_the_same_is_not(
    built: Dbt, reading: Connection
) -> None:
    version = (
        "select xmin::text as version from pg_class "
        "where oid = 'analytics.rollup_freshness'::regclass"
    )
    rule = (
        "select xmin::text as version from pg_rewrite "
        "where ev_class = 'analytics.rollup_freshness'::regclass"
    )
    before = [reading.execute(query).fetchall() for query in (version, rule)]
    built.run_models("--select", "rollup_freshness")
    assert [reading.execute(query).fetchall() for query in (version, rule)] == before
    reading.execute("set role footfall_dbt")
    reading.execute(
        "create or replace view analytics.rollup_freshness as "
        "select mart, received_through, received_through::date as rolled_up_through, built_at, "
        "compared_at, is_equal from analytics_state.rollup_watermarks where false"
    )
    reading.execute("reset role")
    built.run_models("--select", "rollup_freshness")
    [count] = reading.execute("select count(*) from analytics.rollup_freshness").fetchall()
    assert count["count"] > 0


def test_commands_of_the_owner_and_of_dbt(
    roles: As, built: Dbt, reading: Connection, tmp_path: Path
) -> None:
    owner = roles("footfall")
    window = ("--from", f"{DAYS[-1]:%Y-%m-%d}", "--to", f"{DAYS[0]:%Y-%m-%d}")
    done = footfall("discrepancy", *window, database=roles(DBT))
    assert done.returncode == 0, done.stdout + done.stderr

    done = footfall("status", database=roles(DBT), DATA_DIR=str(tmp_path))
    assert "NOT OK" not in done.stdout, done.stdout

    kept = 6
    held = reading.execute(
        "select count(*) as n from raw.events where occurred_on < %s",
        (TODAY - timedelta(days=kept),),
    ).fetchall()
    done = footfall("purge", "--older-than-days", str(kept), database=owner)
    assert done.returncode == 0, done.stderr
    left = reading.execute("select min(occurred_on) as day from raw.events").fetchall()
    assert held[0]["n"] > 0
    assert left[0]["day"] >= TODAY - timedelta(days=kept)

    done = footfall("erase", "--yes", "--anon-id", ERASED, database=owner, DATA_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    # The owner touches no mart: the build takes the visitor out of them.
    built.run_models()
    for table in ("raw.events", "raw.sessions", "analytics.visitor_days"):
        rows = reading.execute(
            f"select from {table} where visitor_id = %s".encode(), (visitor_id(ERASED),)
        ).fetchall()
        assert not rows, table

    done = footfall("discrepancy", *window, database=roles(DBT))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_build_of_a_read_only_database_says_so(
    roles: As, built: Dbt, reading: Connection
) -> None:
    name = reading.info.dbname
    reading.execute(f"alter database {name} set default_transaction_read_only = on".encode())
    try:
        run = built.run("run")
    finally:
        reading.execute(f"alter database {name} reset default_transaction_read_only".encode())
    assert not run.is_success
    assert "The database takes no writes" in run.output

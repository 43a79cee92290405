"""After an erasure the visitor is nowhere: every table of every schema is walked, and every file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from ingest_app.database.ownership import MARTS
from ingest_app.database.roles import APP, DBT
from ingest_app.enrichment.identity import visitor_id
from ingest_app.operations.erase import (
    DELETED_FROM_RAW,
    EMPTIED_SCHEMA,
    GONE_WITH_OTHERS_IN_RAW,
    LEADS_IN_MARTS,
    LEADS_IN_RAW,
    NO_ONE_IN_RAW,
    NO_ONE_IN_SCHEMAS,
    RENAMED_IN_MARTS,
)
from tests.support.captures import submit
from tests.support.citus import DISTRIBUTED
from tests.support.cli import footfall
from tests.support.dbt import Dbt, DbtProcess
from tests.support.forms import capture, form
from tests.support.roles import As
from tests.support.server import PEPPER, serving

ERASED, OTHER = "visitor-erased", "visitor-other"
ADDRESS = "ada.of.traces@shop.example"
FAILING = ("sessions_equal_raw", "page_views_of_visitors_are_among_their_events")
TABLES = """
    select nspname, relname
    from pg_class
    inner join pg_namespace on relnamespace = pg_namespace.oid
    where
        relkind in ('r', 'p', 'm', 'f') and not relispartition
        and nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    order by 1, 2
"""
# Of tables: a view has no row of its own to forget.
COLUMNS = """
    select table_schema, table_name, column_name
    from information_schema.columns
    inner join information_schema.tables using (table_catalog, table_schema, table_name)
    where
        column_name in ('visitor_id', 'session_id', 'anon_id', 'lead_id', 'email')
        and table_type = 'BASE TABLE'
"""


def tables(url: str) -> list[tuple[str, str]]:
    with psycopg.connect(url) as connection:
        return [(schema, table) for schema, table in connection.execute(TABLES).fetchall()]


def places(url: str, traces: list[str]) -> set[str]:
    """The tables with a row in whose text one of these occurs."""
    found = set()
    with psycopg.connect(url) as connection:
        for schema, table in tables(url):
            query = sql.SQL("select 1 from {} as t where t::text ilike any(%s) limit 1")
            if connection.execute(
                query.format(sql.Identifier(schema, table)), ([f"%{trace}%" for trace in traces],)
            ).fetchall():
                found.add(f"{schema}.{table}")
    return found


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def used(as_role: As, data_dir: Path, process: DbtProcess) -> As:
    """A warehouse with two visitors, and a build of which tests failed and stored the rows."""
    owner = as_role("footfall")
    assert footfall("init-db", *DISTRIBUTED, database=owner).returncode == 0
    with psycopg.connect(as_role("postgres")) as connection:
        connection.execute("alter role footfall createrole")
    assert footfall("init-db", "--roles", database=owner).returncode == 0
    start = datetime.now(UTC) - timedelta(hours=5)
    with serving(as_role(APP), data_dir) as server:
        for anon_id in (ERASED, OTHER):
            for minutes in (0, 1, 90):
                at = (start + timedelta(minutes=minutes)).isoformat()
                event_type = "form_start" if minutes == 1 else "page_view"
                body = {"anonId": anon_id, "eventType": event_type, "path": "/", "timestamp": at}
                assert server.post(body).status == 202
        assert capture(server, form(ADDRESS, anonId=OTHER)).status == 200
    with psycopg.connect(owner) as connection:
        sessions = connection.execute("select visitor_id, id from raw.sessions").fetchall()
        for visitor, session in sessions:
            submit(connection, visitor, datetime.now(UTC), session=session, payload='{"name": "x"}')
    dbt = Dbt(as_role(DBT), data_dir, process, keeps_logs=True)
    dbt.run_models()
    with psycopg.connect(as_role(DBT)) as connection:
        connection.execute("update analytics.sessions set events = events + 1")
        connection.execute("update analytics.visitor_days set page_views = events + 1")
        # As a build leaves it that is cut short.
        connection.execute(
            "create table analytics.sessions__dbt_tmp as select * from analytics.sessions"
        )
    tested = dbt.run("test", "--select", *FAILING)
    assert tested.failed() == {*FAILING}
    return as_role


@pytest.fixture(scope="module")
def traces(used: As) -> list[str]:
    """Whatever names the visitor, and no one else."""
    erased = visitor_id(ERASED)
    with psycopg.connect(used("footfall")) as connection:
        sessions = connection.execute(
            "select id from raw.sessions where visitor_id = %s", (erased,)
        ).fetchall()
        events = connection.execute(
            "select id from raw.events where visitor_id = %s", (erased,)
        ).fetchall()
    assert (len(sessions), len(events)) == (2, 3)
    return [ERASED, str(erased), *(str(row[0]) for row in (*sessions, *events))]


def test_every_table_is_known_to_the_list(used: As) -> None:
    raw = {table for schema, table in tables(used("footfall")) if schema == "raw"}
    assert raw == {
        *DELETED_FROM_RAW,
        *GONE_WITH_OTHERS_IN_RAW,
        *LEADS_IN_RAW,
        *NO_ONE_IN_RAW,
    }
    schemas = {schema for schema, _table in tables(used("footfall"))}
    assert schemas <= {"raw", MARTS, EMPTIED_SCHEMA, *NO_ONE_IN_SCHEMAS}


def test_every_column_that_names_someone_is_known_to_the_list(used: As) -> None:
    with psycopg.connect(used(DBT)) as connection:
        found = {
            (table, column)
            for schema, table, column in connection.execute(COLUMNS).fetchall()
            if schema == MARTS and not table.endswith("__dbt_tmp")
        }
    listed = {(table, column) for table, columns in RENAMED_IN_MARTS.items() for column in columns}
    listed |= {*LEADS_IN_MARTS.items()}
    assert found == listed


@pytest.fixture(scope="module")
def erased(used: As, traces: list[str], data_dir: Path) -> As:
    """The same after `footfall erase` by the owner, who touches no mart."""
    known = places(used("postgres"), traces)
    assert known >= {
        *(f"raw.{table}" for table in DELETED_FROM_RAW if table != "lead_identities"),
        *(f"{MARTS}.{table}" for table in (*RENAMED_IN_MARTS, "sessions__dbt_tmp")),
        *(f"{EMPTIED_SCHEMA}.{test}" for test in FAILING),
    }
    done = footfall(
        *("erase", "--yes", "--anon-id", ERASED),
        database=used("footfall"),
        DATA_DIR=str(data_dir),
    )
    assert done.returncode == 0, done.stderr
    return used


def test_until_a_build_only_marts_know_and_what_tells_them_to_forget(
    erased: As, traces: list[str]
) -> None:
    found = places(erased("postgres"), traces)
    assert {place for place in found if place.startswith("raw.")} == {"raw.erasures"}


def test_the_start_of_any_build_forgets(
    erased: As, traces: list[str], tmp_path: Path, process: DbtProcess
) -> None:
    dbt = Dbt(erased(DBT), tmp_path, process, keeps_logs=True)
    dbt.run_models("--select", "rollup_freshness")
    assert places(erased("postgres"), traces) == set()
    other = str(visitor_id(OTHER))
    assert f"{MARTS}.sessions" in places(erased("postgres"), [other])
    logs = list((tmp_path / "logs").glob("*"))
    assert logs
    assert not any(trace in file.read_text() for file in logs for trace in traces)


def test_an_erased_lead_is_nowhere_after_a_build_of_leads(
    erased: As, data_dir: Path, tmp_path: Path, process: DbtProcess
) -> None:
    with psycopg.connect(erased("footfall")) as connection:
        [(lead_id,)] = connection.execute("select id from raw.leads").fetchall()
    of_lead = [ADDRESS, str(lead_id)]
    assert places(erased("postgres"), [ADDRESS]) == {"raw.leads"}
    assert f"{MARTS}.leads" in places(erased("postgres"), of_lead)
    done = footfall(
        *("erase", "--yes", "--email", ADDRESS),
        database=erased("footfall"),
        DATA_DIR=str(data_dir),
        IP_HASH_PEPPER=PEPPER,
    )
    assert done.returncode == 0, done.stderr
    assert places(erased("postgres"), of_lead) == {f"{MARTS}.leads"}
    Dbt(erased(DBT), tmp_path, process).run_models("--select", "leads")
    assert places(erased("postgres"), of_lead) == set()


def test_no_file_of_the_app_has_the_visitor(erased: As, traces: list[str], data_dir: Path) -> None:
    files = [file for file in data_dir.rglob("*") if file.is_file()]
    assert files
    for file in files:
        content = file.read_bytes()
        assert not any(trace.encode() in content for trace in traces), file

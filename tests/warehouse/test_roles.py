"""The app, dbt and BI, each under its own role, for real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from ingest_app.database.ownership import BI_SCHEMA, DBT_SCHEMAS, MARTS
from ingest_app.database.roles import APP, APP_PRIVILEGES, BI, DBT, DBT_COLUMNS, ROLES
from ingest_app.settings import PROJECT_FOLDER
from tests.support.citus import DISTRIBUTED
from tests.support.cli import footfall
from tests.support.dbt import Dbt, DbtProcess
from tests.support.roles import As
from tests.support.server import serving

# More than the partitions made at the start reach back, and within raw retention.
LAST_MONTH = datetime.now(UTC).replace(day=1) - timedelta(days=10)
BI_SCHEMAS = (MARTS, BI_SCHEMA)
RELATIONS = """
    select nspname || '.' || relname
    from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = %(schema)s and relkind in ('r', 'p', 'v', 'm') and not relispartition
    order by 1
"""


def do(url: str, statement: str) -> list[Any]:
    """The first column of what a statement gives."""
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement.encode())
        return [row[0] for row in cursor.fetchall()] if cursor.description else []


def relations(url: str, schema: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(RELATIONS, {"schema": schema}).fetchall()]


def refused(url: str, statement: str) -> bool:
    try:
        do(url, statement)
    except InsufficientPrivilege:
        return True
    return False


def test_a_role_that_may_not_make_roles_is_told_so(as_role: As) -> None:
    done = footfall("init-db", "--roles", database=as_role("footfall"))
    assert done.returncode == 1
    assert "footfall may not make roles: connect as one that has CREATEROLE" in done.stderr
    assert "Traceback" not in done.stderr
    assert do(as_role("postgres"), "select 1 from pg_roles where rolname like 'footfall\\_%'") == []


@pytest.fixture(scope="module")
def roles(as_role: As, tmp_path_factory: pytest.TempPathFactory, process: DbtProcess) -> As:
    """The same database after a build by its owner, an owner with CREATEROLE, and `--roles` twice."""
    owner = as_role("footfall")
    assert footfall("init-db", *DISTRIBUTED, database=owner).returncode == 0
    # A bare build works though the role does not exist that the marts are granted to, and what it
    # left is handed over.
    assert do(owner, "select rolname from pg_roles where rolname like 'footfall\\_%'") == []
    Dbt(owner, tmp_path_factory.mktemp("dbt-of-owner"), process).build()
    do(as_role("postgres"), "alter role footfall createrole")
    first = footfall("init-db", "--roles", database=owner)
    assert first.returncode == 0, first.stderr
    assert all(f"\\password {role}" in first.stdout for role in ROLES)
    again = footfall("init-db", "--roles", database=owner)
    assert again.returncode == 0, again.stderr
    assert "password" not in again.stdout
    assert "took back" not in again.stdout
    return as_role


@pytest.fixture(scope="module")
def used(roles: As, tmp_path_factory: pytest.TempPathFactory, process: DbtProcess) -> As:
    """The same database after posts to the app and two builds, each under its role."""
    data_dir = tmp_path_factory.mktemp("data")
    dbt = Dbt(roles(DBT), tmp_path_factory.mktemp("dbt"), process)
    month = f"raw.events_{LAST_MONTH:%Y_%m}"
    assert month not in do(roles("footfall"), "select oid::regclass::text from pg_class")
    with serving(roles(APP), data_dir, RATE_LIMITS_ENABLED="false") as app:
        assert app.request("GET", "/v1/readyz").status == 200
        for turn in range(2):
            _post_a_visit(app.post, f"visitor-{turn:04}")
            assert month in do(roles("footfall"), "select oid::regclass::text from pg_class")
            dbt.build()
    return roles


def _post_a_visit(post: Callable[..., Any], visitor: str) -> None:
    """New, again, refused, in a new month, and late between two sessions, which then merge."""
    start = datetime.now(UTC) - timedelta(hours=3)

    def event(at: datetime, **more: Any) -> dict[str, Any]:
        body = {"anonId": visitor, "eventType": "page_view", "path": "/"}
        return body | {"timestamp": at.isoformat()} | more

    for minutes in (0, 50, 25, 25):
        assert post(event(start + timedelta(minutes=minutes))).status == 202
    assert post(event(LAST_MONTH)).status == 202
    assert post(event(start, nonsense=1)).status == 400


def test_the_app_stored_what_was_posted_in_one_merged_session(used: As) -> None:
    owner = used("footfall")
    assert do(owner, "select count(*) from raw.events") == [8]
    assert do(owner, "select count(*) from raw.sessions") == [4]
    assert do(owner, "select sum(occurrences) from raw.ingest_duplicates") == [2]
    assert do(owner, "select sum(occurrences) from raw.ingest_rejections") == [2]


def test_the_builds_counted_it(used: As) -> None:
    rows = do(used(BI), "select sum(total_page_views) from analytics.daily_metric_rollups")
    assert rows == [8]


def test_bi_reads_every_mart_and_nothing_else(used: As) -> None:
    marts = [name for schema in BI_SCHEMAS for name in relations(used("footfall"), schema)]
    assert "analytics.daily_metric_rollups" in marts
    for mart in marts:
        do(used(BI), f"select * from {mart} limit 1")
    for schema in {"raw", *DBT_SCHEMAS} - {*BI_SCHEMAS}:
        others = relations(used("footfall"), schema)
        assert others or schema == "analytics_failures"
        for other in others:
            assert refused(used(BI), f"select * from {other} limit 1"), other


def test_bi_reads_a_mart_that_is_made_later(used: As) -> None:
    do(used(DBT), "create table analytics.made_later (n int)")
    do(used(DBT), "create view analytics_staging.made_later as select 1 as n")
    assert do(used(BI), "select count(*) from analytics.made_later") == [0]
    assert refused(used(BI), "select * from analytics_staging.made_later")
    do(used(DBT), "drop table analytics.made_later; drop view analytics_staging.made_later")


@pytest.fixture
def no_default_privileges(used: As) -> Iterator[None]:
    """What dbt makes is for others only where dbt says so."""
    readers = f"{BI}, {APP}"
    change = "alter default privileges for role footfall_dbt in schema analytics"
    do(used(DBT), f"{change} revoke select on tables from {readers}")
    yield
    do(used(DBT), f"{change} grant select on tables to {readers}")


@pytest.mark.usefixtures("no_default_privileges")
def test_a_build_lets_bi_and_the_app_read_its_marts_and_nobody_else(
    used: As, tmp_path: Path, process: DbtProcess
) -> None:
    marts = relations(used("footfall"), "analytics")
    # A table and a view that are made anew, and those that were there before.
    do(
        used(DBT),
        "drop table analytics.daily_pages cascade; drop view analytics.rollup_restatements",
    )
    do(used(DBT), f"revoke select on all tables in schema analytics from {BI}, {APP}")
    do(used(DBT), "grant select on analytics.daily_breakdowns to pg_monitor")
    for role in (BI, APP):
        assert refused(used(role), "select * from analytics.daily_breakdowns")
    Dbt(used(DBT), tmp_path, process).run_models()
    assert relations(used("footfall"), "analytics") == marts
    for mart in marts:
        for role in (BI, APP):
            do(used(role), f"select * from {mart} limit 1")
    others = "select has_table_privilege('pg_monitor', 'analytics.daily_breakdowns', 'select')"
    assert do(used(DBT), others) == [False]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into analytics.daily_metric_rollups default values",
        "update analytics.daily_metric_rollups set total_page_views = 0",
        "delete from analytics.daily_metric_rollups",
        "truncate analytics.daily_metric_rollups",
        "create table analytics.mine (n int)",
        "create schema mine",
        "create table public.mine (n int)",
        "select raw.ensure_event_partition('2001-01-01')",
    ],
)
def test_bi_writes_nothing(used: As, statement: str) -> None:
    assert refused(used(BI), statement)


def test_the_app_changes_no_table(used: As) -> None:
    for table in relations(used("footfall"), "raw"):
        for statement in (
            f"drop table {table} cascade",
            f"truncate {table} cascade",
            f"alter table {table} add column mine int",
            f"alter table {table} owner to {APP}",
            f"create trigger mine before insert on {table} "
            "execute function suppress_redundant_updates_trigger()",
        ):
            with psycopg.connect(used(APP)) as connection, pytest.raises(InsufficientPrivilege):
                connection.execute(statement.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "delete from raw.events",
        "update raw.events set path = '/'",
        "delete from raw.visitors",
        "delete from raw.ingest_rejections",
        "update raw.ingest_duplicates set occurrences = 0",
        "insert into raw.retention_purges (id, purged_before) values (gen_random_uuid(), now())",
        "insert into raw.schema_version (version) values ('mine')",
        "delete from raw.schema_version",
        "create table raw.mine (n int)",
        "create schema mine",
        "create table public.mine (n int)",
        "create role mine",
        "set role footfall_dbt",
        "alter function raw.ensure_event_partition(date) owner to footfall_app",
    ],
)
def test_the_app_does_nothing_that_ingest_does_not_need(used: As, statement: str) -> None:
    assert refused(used(APP), statement)


def test_the_app_reads_marts_and_nothing_else_that_dbt_builds(used: As) -> None:
    for mart in relations(used("footfall"), MARTS):
        do(used(APP), f"select * from {mart} limit 1")
    assert refused(used(APP), "delete from analytics.daily_metric_rollups")
    for schema in set(DBT_SCHEMAS) - {MARTS}:
        for relation in relations(used("footfall"), schema):
            assert refused(used(APP), f"select * from {relation} limit 1"), relation


def test_the_app_does_not_reach_the_rows_of_a_partition_by_its_own_name(used: As) -> None:
    assert refused(used(APP), f"delete from raw.events_{LAST_MONTH:%Y_%m}")


def test_the_function_that_makes_partitions_looks_only_where_it_must(used: As) -> None:
    [path] = do(
        used("footfall"),
        "select array_to_string(proconfig, ' ') from pg_proc "
        "where oid = 'raw.ensure_event_partition(date)'::regprocedure and prosecdef",
    )
    assert path == "search_path=pg_catalog, pg_temp"


def test_dbt_writes_nothing_of_raw_but_that_marts_have_lost_a_visitor_or_a_name(used: As) -> None:
    for table in relations(used("footfall"), "raw"):
        for statement in (
            f"insert into {table} default values",
            f"delete from {table}",
            f"truncate {table} cascade",
            f"drop table {table} cascade",
        ):
            with psycopg.connect(used(DBT)) as connection, pytest.raises(InsufficientPrivilege):
                connection.execute(statement.encode())
    writes = (
        "select table_name || '.' || column_name from information_schema.column_privileges "
        f"where grantee = '{DBT}' and table_schema = 'raw' and privilege_type <> 'SELECT' order by 1"
    )
    assert do(used(DBT), writes) == ["erasures.visitor_id", "property_aliases.marts_moved_at"]
    assert refused(used(DBT), "select raw.ensure_event_partition('2001-01-01')")
    assert refused(used(DBT), "create table raw.mine (n int)")


def test_dbt_reads_no_column_that_names_a_person(used: As) -> None:
    """The builds of `used`, with their tests, ran without any of these."""
    for table, columns in {
        "visitors": ("anon_id", "first_ip_hash", "last_ip_hash", "first_ua_hash", "last_ua_hash"),
        "events": ("ip_hash", "ua_hash", "referrer", "utm"),
        "leads": ("email", "source_channel"),
        "lead_identities": ("lead_id", "visitor_id"),
        "consent_events": ("lead_id",),
        "suppressions": ("email_hash",),
        "lead_webhook_deliveries": ("lead_id",),
        "form_submissions": ("payload", "fingerprint"),
    }.items():
        for column in (*columns, "*", table):
            assert refused(used(DBT), f"select {column} from raw.{table}"), (table, column)
    assert refused(used(DBT), f"select * from raw.events_{LAST_MONTH:%Y_%m}")
    assert do(used(DBT), "select count(*) from raw.events") == [8]


def test_every_column_that_dbt_may_read_is_named_by_the_project(used: As) -> None:
    """A model that takes to reading another one fails in the builds of `used`."""
    folders = ("models", "macros", "analyses", "tests/reconcile", "tests/generic")
    sql = "\n".join(
        file.read_text() for folder in folders for file in (PROJECT_FOLDER / folder).rglob("*.sql")
    )
    # `footfall status` and what it asks of the version.
    for module in ("operations/status.py", "database/schema.py"):
        sql += (PROJECT_FOLDER / "ingest_app" / module).read_text()
    for table, columns in DBT_COLUMNS.items():
        for column in columns.split(", "):
            assert column.strip('"') in sql, (table, column)


def test_freshness_and_status_are_read_as_dbt(
    used: As, tmp_path: Path, process: DbtProcess
) -> None:
    assert Dbt(used(DBT), tmp_path, process).run("source", "freshness").is_success
    said = footfall("status", database=used(DBT), DATA_DIR=str(tmp_path)).stdout
    for text in (
        "this version needs it",
        " accepted + ",
        "rolled up through",
        "0 in the daily rollups from",
        "none waits",
    ):
        assert text in said, said


def test_dbt_owns_what_it_builds_also_what_another_role_had_built(used: As) -> None:
    owners = do(
        used("footfall"),
        "select distinct relowner::regrole::text from pg_class "
        "inner join pg_namespace on pg_namespace.oid = relnamespace "
        f"where nspname in {DBT_SCHEMAS} union "
        f"select nspowner::regrole::text from pg_namespace where nspname in {DBT_SCHEMAS} union "
        "select proowner::regrole::text from pg_proc "
        "inner join pg_namespace on pg_namespace.oid = pronamespace "
        f"where nspname in {DBT_SCHEMAS}",
    )
    assert owners == [DBT]


def test_a_table_that_is_added_to_raw_is_read_by_nobody_yet(used: As) -> None:
    do(used("footfall"), "create table raw.added (n int)")
    try:
        for role in ROLES:
            assert refused(used(role), "select * from raw.added")
    finally:
        do(used("footfall"), "drop table raw.added")


def test_every_table_of_raw_was_thought_of(used: As) -> None:
    tables = {name.removeprefix("raw.") for name in relations(used("footfall"), "raw")}
    assert tables == APP_PRIVILEGES.keys() | {"erasures", "retention_lock"}


def test_rollups_are_compared_with_raw_by_the_role_that_owns_them(used: As) -> None:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    compare = ("discrepancy", "--from", today, "--to", today)
    done = footfall(*compare, database=used(DBT))
    assert done.returncode == 0, done.stdout + done.stderr
    done = footfall(*compare, database=used("footfall"))
    assert done.returncode == 1
    assert "run this as footfall_dbt" in done.stderr


def test_a_build_by_the_owner_of_raw_is_told_whose_the_marts_are(
    used: As, tmp_path: Path, process: DbtProcess
) -> None:
    run = Dbt(used("footfall"), tmp_path, process).run("run", "--select", "daily_pages")
    assert not run.is_success
    assert "The marts belong to footfall_dbt" in run.output


def test_the_app_says_what_to_do_when_the_schema_is_older(used: As) -> None:
    do(used("footfall"), "delete from raw.schema_version")
    done = footfall("serve", "--port", "17999", database=used(APP), IP_HASH_PEPPER="x")
    assert done.returncode == 1
    assert "footfall init-db" in done.stderr
    assert footfall("init-db", "--roles", database=used("footfall")).returncode == 0

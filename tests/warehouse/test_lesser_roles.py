"""What a role of less rights puts in the owner's way has no rights of the owner."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from ingest_app.database.roles import APP, BI, DBT
from ingest_app.enrichment.identity import visitor_id
from ingest_app.operations.erase import render_forget_erased
from tests.support.citus import DISTRIBUTED
from tests.support.cli import footfall
from tests.support.roles import As

ERASED, OTHER = "visitor-erased", "visitor-other"
# Whatever it is run as, it tries to become more; where it may not, it does its work as if nothing were.
ATTACK = """
    create or replace function analytics.attack() returns {returns} language plpgsql as $$
    declare
        attempt text;
    begin
        foreach attempt in array array[
            'reset role',
            'set session authorization default',
            'alter role footfall_dbt createrole',
            'grant footfall to footfall_dbt',
            'delete from raw.consent_events'
        ] loop
            begin
                execute attempt;
            exception when others then
                null;
            end;
        end loop;
        if current_user <> 'footfall_dbt' then
            raise exception 'ran as %', current_user;
        end if;
        return {result};
    end
    $$
"""
MARTS = ("sessions", "visitor_days")


def do(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """The rows of the last statement."""
    with psycopg.connect(url) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def roles(as_role: As) -> As:
    """A database with the roles, a visitor, and marts of dbt's that know two."""
    owner = as_role("footfall")
    assert footfall("init-db", *DISTRIBUTED, database=owner).returncode == 0
    do(as_role("postgres"), "alter role footfall createrole")
    done = footfall("init-db", "--roles", database=owner)
    assert done.returncode == 0, done.stderr
    do(
        owner,
        "insert into raw.consent_events (id, consent_status, occurred_at)"
        " values (gen_random_uuid(), 'express', now())",
    )
    for mart in MARTS:
        do(as_role(DBT), f"create table analytics.{mart} (visitor_id uuid, session_id uuid)")
        for anon_id in (ERASED, OTHER):
            do(
                as_role(DBT),
                f"insert into analytics.{mart} values ('{visitor_id(anon_id)}', gen_random_uuid())",
            )
    return as_role


@pytest.fixture(autouse=True)
def nothing_was_won(roles: As) -> Any:
    """After each test the role of dbt may do what it may, and raw is whole."""
    yield
    postgres = roles("postgres")
    assert do(postgres, f"select rolcreaterole from pg_roles where rolname = '{DBT}'") == [(False,)]
    assert do(postgres, f"select pg_has_role('{DBT}', 'footfall', 'MEMBER')") == [(False,)]
    assert do(postgres, "select count(*) from raw.consent_events") == [(1,)]


def in_mart(roles: As, mart: str) -> set[UUID]:
    return {row[0] for row in do(roles(DBT), f"select visitor_id from analytics.{mart}")}


@pytest.mark.parametrize(
    "trigger",
    [
        "create trigger attack before update on analytics.visitor_days for each row",
        # It fires when the owner commits.
        "create constraint trigger attack after update on analytics.visitor_days"
        " deferrable initially deferred for each row",
        "create trigger attack after update on analytics.sessions for each statement",
    ],
)
def test_an_erasure_runs_no_trigger_of_a_mart(roles: As, trigger: str, tmp_path: Path) -> None:
    as_function = ATTACK.format(returns="trigger", result="new")
    do(roles(DBT), as_function, f"{trigger} execute function analytics.attack()")
    try:
        done = footfall(
            *("erase", "--yes", "--anon-id", ERASED),
            database=roles("footfall"),
            DATA_DIR=str(tmp_path),
        )
        assert "ran as" not in done.stdout + done.stderr
        assert done.returncode == 0, done.stderr
        assert "the marts belong to footfall_dbt" in done.stdout
    finally:
        do(roles(DBT), "drop function analytics.attack() cascade")


def test_no_command_of_the_owner_reads_a_mart_of_dbt(roles: As, tmp_path: Path) -> None:
    owner = roles("footfall")
    do(
        roles(DBT),
        ATTACK.format(returns="bigint", result="1"),
        "create view analytics.daily_metric_rollups as select analytics.attack() as n",
        "create view analytics_state.rollup_watermarks as"
        " select 'm' as mart, now() as received_through, now() as built_at, analytics.attack() as n",
    )
    days = ("--from", "2026-11-01", "--to", "2026-11-02")
    try:
        for command in (
            ("discrepancy", *days),
            ("status",),
            ("rollups", "status"),
            ("rollups", "backfill", *days),
        ):
            done = footfall(*command, database=owner, DATA_DIR=str(tmp_path))
            said = done.stdout + done.stderr
            assert "ran as" not in said
            assert done.returncode == 1
            assert "the marts belong to footfall_dbt" in said
    finally:
        do(
            roles(DBT),
            "drop function analytics.attack() cascade",
        )


def test_what_waits_is_told_and_finished_by_the_role_that_owns_the_marts(
    roles: As, tmp_path: Path
) -> None:
    owner, dbt = roles("footfall"), roles(DBT)
    erase = ("erase", "--yes", "--anon-id", ERASED)
    for _ in range(2):
        assert footfall(*erase, database=owner, DATA_DIR=str(tmp_path)).returncode == 0
    waiting = "select distinct visitor_id from raw.erasures where visitor_id is not null"
    assert do(owner, waiting) == [(visitor_id(ERASED),)]
    said = footfall("status", database=dbt, DATA_DIR=str(tmp_path)).stdout
    assert "1 visitors are still in marts" in said
    refused = footfall("erase", "--finish", database=owner)
    assert refused.returncode == 1
    assert "run this as footfall_dbt" in refused.stderr
    assert visitor_id(ERASED) in in_mart(roles, "sessions")

    done = footfall("erase", "--finish", database=dbt)
    assert done.returncode == 0, done.stderr
    assert do(owner, waiting) == []
    others = [in_mart(roles, mart) - {visitor_id(OTHER)} for mart in MARTS]
    assert len(others[0]) == 1
    assert others[0] == others[1] != {visitor_id(ERASED)}
    assert "none waits" in footfall("status", database=dbt, DATA_DIR=str(tmp_path)).stdout


def test_dbt_takes_nobody_out_of_a_mart_with_a_trigger_of_bi(roles: As, tmp_path: Path) -> None:
    erase = ("erase", "--yes", "--anon-id", OTHER)
    assert footfall(*erase, database=roles("footfall"), DATA_DIR=str(tmp_path)).returncode == 0
    do(
        roles(DBT),
        f"grant create on schema analytics to {BI}",
        f"grant trigger on analytics.sessions to {BI}",
    )
    as_function = ATTACK.format(returns="trigger", result="new").replace(DBT, BI)
    do(
        roles(BI),
        as_function,
        "create trigger attack before update on analytics.sessions"
        " for each row execute function analytics.attack()",
    )
    try:
        done = footfall("erase", "--finish", database=roles(DBT))
        assert done.returncode == 1
        assert "belong to footfall_bi" in done.stderr
        # The same statement at the start of a build passes that mart over, and the visitor waits.
        statement = render_forget_erased()
        do(roles(DBT), statement)
        assert visitor_id(OTHER) in in_mart(roles, "sessions")
        assert visitor_id(OTHER) not in in_mart(roles, "visitor_days")
        assert do(roles("footfall"), "select count(visitor_id) from raw.erasures") == [(1,)]
    finally:
        do(roles(BI), "drop function analytics.attack() cascade")
        do(
            roles(DBT),
            f"revoke create on schema analytics from {BI}",
            f"revoke trigger on analytics.sessions from {BI}",
        )
    assert footfall("erase", "--finish", database=roles(DBT)).returncode == 0
    assert visitor_id(OTHER) not in in_mart(roles, "sessions")


def test_a_role_that_may_not_erase_is_told_who_may(roles: As, tmp_path: Path) -> None:
    for role in (DBT, APP, BI):
        done = footfall(
            *("erase", "--yes", "--anon-id", OTHER), database=roles(role), DATA_DIR=str(tmp_path)
        )
        assert done.returncode == 1
        assert "erase as the owner of schema raw" in done.stderr


def test_init_db_takes_back_what_a_role_should_not_have(roles: As) -> None:
    owner, postgres = roles("footfall"), roles("postgres")
    name = conninfo_to_dict(owner)["dbname"]
    do(
        owner,
        f"grant create on schema raw to {DBT}",
        f"grant select, trigger, references on raw.consent_events to {DBT}",
        f"grant select (payload) on raw.form_submissions to {DBT}",
        f"grant delete on raw.events to {APP}",
        "grant select on raw.visitors to public",
        f"grant insert on raw.lead_identities to {BI} with grant option",
        f"grant execute on function raw.ensure_event_partition(date) to {BI}",
        f"alter default privileges in schema raw grant select on tables to {BI}",
        f"grant {APP} to {BI}",
    )
    do(
        postgres,
        f"grant pg_read_all_data to {DBT}",
        f"alter role {APP} createdb",
        f"grant create on database {name} to {DBT}",
    )
    do(
        roles(DBT),
        ATTACK.format(returns="trigger", result="new"),
        "create trigger attack before delete on raw.consent_events"
        " for each row execute function analytics.attack()",
        "create table analytics.holds (consent_event_id uuid references raw.consent_events (id))",
        "create function raw.mine() returns int language sql return 1",
        "create view raw.mine_too as select 1 as n",
        f"grant delete on analytics.sessions to {BI}",
        "grant usage on schema analytics_failures to public",
    )
    do(postgres, f"revoke trigger, references on raw.consent_events from {DBT}")

    # The owner has no say in attributes and memberships that an administrator gave. Before PostgreSQL 16
    # who may make roles has it.
    [(version,)] = do(owner, "select current_setting('server_version_num')::integer")
    if version >= 160000:
        done = footfall("init-db", "--roles", database=owner)
        assert done.returncode == 1
        assert "createdb of footfall_app" in done.stderr
        assert "footfall_dbt as a member of pg_read_all_data" in done.stderr
        done = footfall("init-db", "--roles", database=owner)
        assert "took back" not in done.stdout
    done = footfall("init-db", "--roles", database=postgres if version >= 160000 else owner)
    assert done.returncode == 0, done.stderr
    assert "took back: createdb of footfall_app" in done.stdout
    assert "took back: footfall_dbt as a member of pg_read_all_data" in done.stdout

    [held] = do(
        postgres,
        f"""
        select
            has_schema_privilege('{DBT}', 'raw', 'create'),
            has_table_privilege('{DBT}', 'raw.consent_events', 'select, trigger, references'),
            has_column_privilege('{DBT}', 'raw.form_submissions', 'payload', 'select'),
            has_table_privilege('{APP}', 'raw.events', 'delete'),
            has_column_privilege('{BI}', 'raw.visitors', 'anon_id', 'select'),
            has_table_privilege('{BI}', 'raw.lead_identities', 'insert'),
            has_function_privilege('{BI}', 'raw.ensure_event_partition(date)', 'execute'),
            pg_has_role('{BI}', '{APP}', 'member'),
            pg_has_role('{DBT}', 'pg_read_all_data', 'member'),
            has_database_privilege('{DBT}', '{name}', 'create'),
            has_table_privilege('{BI}', 'analytics.sessions', 'delete'),
            has_schema_privilege('{BI}', 'analytics_failures', 'usage'),
            exists (select from pg_trigger where tgname = 'attack'),
            exists (select from pg_constraint where conrelid = 'analytics.holds'::regclass
                and contype = 'f'),
            to_regproc('raw.mine') is not null,
            to_regclass('raw.mine_too') is not null,
            (select rolcreatedb from pg_roles where rolname = '{APP}')
        """,
    )
    assert held == (False,) * len(held)
    do(owner, "create table raw.later (n int)")
    later = f"select has_table_privilege('{BI}', 'raw.later', 'select')"
    assert do(owner, later) == [(False,)]
    do(owner, "drop table raw.later")


def test_a_table_of_raw_that_belongs_to_another_role_is_said_and_not_touched(roles: As) -> None:
    owner, postgres = roles("footfall"), roles("postgres")
    do(postgres, "create table raw.strange (n int)", f"alter table raw.strange owner to {DBT}")
    done = footfall("init-db", "--roles", database=owner)
    assert done.returncode == 1
    assert "raw.strange, which belongs to footfall_dbt" in done.stderr
    do(postgres, "drop table raw.strange")
    assert footfall("init-db", "--roles", database=owner).returncode == 0

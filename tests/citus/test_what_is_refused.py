"""Where raw cannot be distributed it is said in words, and nothing is changed on any node."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.support.cli import footfall

Connection = psycopg.Connection[dict[str, Any]]

WORKERS = "select nodename, nodeport from pg_dist_node where groupid <> 0 order by groupid"
STRANGER = "nobody_of_footfall"


def refused(*arguments: str, database: str) -> str:
    """What it says, without a traceback."""
    done = footfall(*arguments, database=database)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def tables(url: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "select relname from pg_class where relnamespace = to_regnamespace('raw')"
        ).fetchall()


@pytest.fixture
def workers(undistributed: str, nodes: Connection) -> list[str]:
    """The URL of each worker's database."""
    given = conninfo_to_dict(undistributed)
    return [
        f"postgresql://{given['user']}@{row['nodename']}:{row['nodeport']}/{given['dbname']}"
        for row in nodes.execute(WORKERS)
    ]


def test_the_address_of_a_worker(workers: list[str]) -> None:
    for command in (["init-db", "--distributed"], ["upgrade", "--distributed"], ["init-db"]):
        assert "give DATABASE_URL of the coordinator" in refused(*command, database=workers[0])
        assert tables(workers[0]) == []


def test_a_role_that_does_not_own_raw(undistributed: str, nodes: Connection) -> None:
    given = conninfo_to_dict(undistributed)
    nodes.execute(f"create role {STRANGER} login")
    try:
        url = undistributed.replace(f"//{given['user']}", f"//{STRANGER}")
        # It may read what the schema's version is, and so comes as far as the nodes.
        nodes.execute(f"grant usage on schema raw to {STRANGER}")
        nodes.execute(f"grant select on all tables in schema raw to {STRANGER}")
        told = refused("upgrade", "--distributed", database=url)
        assert "--distributed is for the owner of the schema raw" in told
        told = refused("init-db", "--distributed", database=url)
        assert "this role may not distribute raw" in told
    finally:
        nodes.execute(f"drop owned by {STRANGER}")
        nodes.execute(f"drop role {STRANGER}")
    [found] = nodes.execute("select count(*) as tables from citus_tables").fetchall()
    assert found["tables"] == 0


def test_a_coordinator_without_workers(undistributed: str, nodes: Connection) -> None:
    known = nodes.execute(WORKERS).fetchall()
    for row in known:
        nodes.execute("select citus_remove_node(%s, %s)", (row["nodename"], row["nodeport"]))
    try:
        told = refused("upgrade", "--distributed", database=undistributed)
        assert "no node that takes rows" in told
        assert "citus_add_node" in told
    finally:
        for row in known:
            nodes.execute("select citus_add_node(%s, %s)", (row["nodename"], row["nodeport"]))


def test_a_database_without_the_extension(plain: str) -> None:
    told = refused("upgrade", "--distributed", database=plain)
    assert "create extension citus" in told

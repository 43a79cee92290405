"""Fixtures: a new database for each test module, and the app on its real server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from ingest_app.database.distribution import distribute
from ingest_app.database.ownership import DBT_SCHEMAS
from ingest_app.database.schema import apply_schema
from tests.support.citus import CITUS, NOT_ON_CITUS, citus_running
from tests.support.cluster import CommonCluster, KeptDatabase, common_cluster_running
from tests.support.dbt import DbtProcess, dbt_process
from tests.support.raw import empty_raw
from tests.support.server import Server, serving

# A shared machine may pause at any time: how long an example took, or its making, says nothing.
settings.register_profile("footfall", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("footfall")

# A database of one's own to run the tests on, another version for instance. It is emptied, and its
# role makes a copy of it beside it.
OTHER_DATABASE = os.environ.get("TEST_DATABASE_URL")
SCHEMAS = ("raw", *DBT_SCHEMAS)


def today() -> date:
    return datetime.now(UTC).date()


# All modules are loaded before the first test runs.
LOADED_ON = today()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On a cluster some tests cannot be."""
    for item in items if CITUS else []:
        for name, reason in NOT_ON_CITUS.items():
            if name in item.nodeid:
                item.add_marker(pytest.mark.skip(reason=f"not on Citus: {reason}"))


@pytest.fixture(scope="module")
def days_of_today(request: pytest.FixtureRequest) -> None:
    """The module's constants are of today, also where midnight (UTC) has passed since it was loaded.

    Values of `parametrize` stay what they were.
    """
    if today() != LOADED_ON:
        module = request.module
        module.__spec__.loader.exec_module(module)


@pytest.fixture(scope="session")
def plain_cluster() -> Iterator[CommonCluster]:
    """The cluster of all modules that need nothing but a database."""
    with common_cluster_running() as running:
        yield running


@pytest.fixture(scope="session")
def common_cluster(request: pytest.FixtureRequest) -> Iterator[CommonCluster]:
    """The same, or the nodes of a cluster of Citus that is given."""
    if CITUS is None:
        yield request.getfixturevalue("plain_cluster")
        return
    with citus_running(CITUS) as running:
        yield running


@pytest.fixture(scope="session")
def process() -> Iterator[DbtProcess]:
    """A process that has dbt loaded."""
    with dbt_process() as running:
        yield running


@pytest.fixture(scope="module")
def empty_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without a schema."""
    if OTHER_DATABASE:
        with psycopg.connect(OTHER_DATABASE, autocommit=True) as connection:
            for schema in SCHEMAS:
                connection.execute(f"drop schema if exists {schema} cascade")
        yield OTHER_DATABASE
        return
    cluster: CommonCluster = request.getfixturevalue("common_cluster")
    cluster.make_database()
    yield cluster.url
    cluster.drop_database()


@pytest.fixture(scope="module")
def database(empty_database: str) -> str:
    """The URL of a database with the schema applied."""
    apply_schema(empty_database)
    if CITUS:
        distribute(empty_database)
    return empty_database


@pytest.fixture(scope="module")
def kept_database(
    history: object, database: str, request: pytest.FixtureRequest
) -> Iterator[KeptDatabase]:
    """The module's database as its fixture `history` has left it."""
    if OTHER_DATABASE:
        admin_urls = [make_conninfo(OTHER_DATABASE, dbname="postgres")]
    else:
        admin_urls = request.getfixturevalue("common_cluster").admin_urls
    kept = KeptDatabase(database, admin_urls)
    yield kept
    kept.drop_copy()


@pytest.fixture
def restored(kept_database: KeptDatabase) -> Iterator[None]:
    """After the test the database is again what `history` made of it."""
    yield
    kept_database.restore()


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A connection of the test's own, rows as dicts, committing each statement."""
    with psycopg.connect(database, autocommit=True, row_factory=dict_row) as opened:
        yield opened


@pytest.fixture
def clean_tables(connection: psycopg.Connection[dict[str, Any]]) -> None:
    """Empty raw tables."""
    empty_raw(connection)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of the module's own."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def server(database: str, data_dir: Path) -> Iterator[Server]:
    """The app on its production server, with 127.0.0.1 as a trusted proxy."""
    with serving(database, data_dir, TRUSTED_PROXIES="127.0.0.1") as running:
        yield running

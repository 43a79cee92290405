"""Fixtures: raw spread over the workers of a real cluster, beside the same on plain PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from ingest_app.database.distribution import distribute
from ingest_app.database.ownership import DBT_SCHEMAS
from ingest_app.database.schema import apply_schema
from tests.support.cluster import CommonCluster

# A database on the coordinator, with the extension and two workers or more. It is emptied.
CLUSTER = os.environ.get("TEST_CITUS_URL")


@pytest.fixture(scope="module")
def undistributed() -> str:
    """The URL of the database on the coordinator, with the schema applied and nothing distributed."""
    if CLUSTER is None:
        pytest.skip("needs a cluster of Citus: TEST_CITUS_URL")
    with psycopg.connect(CLUSTER, autocommit=True) as connection:
        for schema in ("raw", *DBT_SCHEMAS):
            connection.execute(f"drop schema if exists {schema} cascade")
    apply_schema(CLUSTER)
    return CLUSTER


@pytest.fixture(scope="module")
def distributed(undistributed: str) -> str:
    """The same, distributed."""
    assert distribute(undistributed)
    return undistributed


@pytest.fixture(scope="module")
def plain(undistributed: str, common_cluster: CommonCluster) -> Iterator[str]:
    """The URL of a plain database, where there is a cluster to compare it with."""
    common_cluster.make_database()
    apply_schema(common_cluster.url)
    yield common_cluster.url
    common_cluster.drop_database()


@pytest.fixture
def nodes(undistributed: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A connection to the coordinator that commits each statement."""
    with psycopg.connect(undistributed, autocommit=True, row_factory=dict_row) as opened:
        yield opened

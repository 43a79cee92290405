"""Fixtures: raw spread over the workers of a real cluster, beside the same on plain PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from ingest_app.database.distribution import distribute
from ingest_app.database.schema import apply_schema
from tests.support.citus import CITUS
from tests.support.cluster import CommonCluster


@pytest.fixture(scope="module")
def undistributed(request: pytest.FixtureRequest) -> str:
    """The URL of the database on the coordinator, with the schema applied and nothing distributed."""
    if CITUS is None:
        pytest.skip("needs a cluster of Citus: TEST_CITUS_URL")
    url: str = request.getfixturevalue("empty_database")
    apply_schema(url)
    return url


@pytest.fixture(scope="module")
def distributed(undistributed: str) -> str:
    """The same, distributed."""
    assert distribute(undistributed)
    return undistributed


@pytest.fixture(scope="module")
def plain(undistributed: str, plain_cluster: CommonCluster) -> Iterator[str]:
    """The URL of a plain database, where there is a cluster to compare it with."""
    plain_cluster.make_database()
    apply_schema(plain_cluster.url)
    yield plain_cluster.url
    plain_cluster.drop_database()


@pytest.fixture
def nodes(undistributed: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A connection to the coordinator that commits each statement."""
    with psycopg.connect(undistributed, autocommit=True, row_factory=dict_row) as opened:
        yield opened

"""Fixtures: a PostgreSQL for each module that tests may break."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.citus import CITUS, breakable_coordinator
from tests.support.postgres import BreakablePostgres, breakable_postgres
from tests.support.traffic import Traffic


@pytest.fixture(scope="module")
def cluster() -> Iterator[BreakablePostgres]:
    """The module's cluster, in whatever state the last test left it."""
    with breakable_coordinator(CITUS) if CITUS else breakable_postgres() as made:
        yield made


@pytest.fixture
def postgres(cluster: BreakablePostgres) -> Iterator[BreakablePostgres]:
    """The module's cluster, up at the start of a test."""
    cluster.start()
    yield cluster
    cluster.start()


@pytest.fixture
def traffic(request: pytest.FixtureRequest) -> Traffic:
    """Traffic of a property that no other test has."""
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    return Traffic(f"{name[:90].strip('-')}.example")

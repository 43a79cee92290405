"""Fixtures of the tests that run dbt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest_app.store.writer import Writer
from tests.support.arrivals import writing
from tests.support.citus import CITUS, OVERLAPPING, citus_of_roles
from tests.support.dbt import Dbt, DbtProcess
from tests.support.roles import As, database_of_roles


@pytest.fixture(scope="module")
def dbt(
    database: str,
    process: DbtProcess,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Dbt:
    """dbt against the module's database, with a target folder of its own."""
    folder: Path = tmp_path_factory.mktemp("dbt")
    # On a cluster the grace alone tells what is new, and many tests ask for the very days.
    has_grace = CITUS is None or request.path.stem in OVERLAPPING
    return Dbt(database, folder, process, has_grace=has_grace)


@pytest.fixture(scope="module")
def writer(database: str) -> Iterator[Writer]:
    """Writes to the module's database without a server."""
    with writing(database) as made:
        yield made


@pytest.fixture(scope="module")
def as_role() -> Iterator[As]:
    """A database without roles; called with a name it gives the URL of that role."""
    with citus_of_roles(CITUS) if CITUS else database_of_roles() as made:
        yield made

"""Fixtures of the tests that run dbt."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.dbt import Dbt


@pytest.fixture(scope="module")
def dbt(database: str, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """dbt against the module's database, with a target folder of its own."""
    folder: Path = tmp_path_factory.mktemp("dbt")
    return Dbt(database, folder)

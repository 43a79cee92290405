"""Whatever happens between builds, the marts are those of raw, and of a build from scratch.

FOOTFALL_HISTORIES=200 tells so many histories, FOOTFALL_FIRST_HISTORY=17 begins with the 17th.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest_app.operations.discrepancy.check import compare_with_raw
from ingest_app.reports.warehouse import Warehouse
from ingest_app.store.writer import Writer
from tests.support.dbt import Dbt
from tests.support.questions import assert_filtered_reports_equal_recount
from tests.support.scratch import (
    assert_marts_equal_scratch,
    assert_rebuilding_changes_nothing,
    forget_builds,
)
from tests.support.story import LAST_DAY, OLD, Story

Connection = psycopg.Connection[dict[str, Any]]

# Visits begin a little before their midnight and end a little after it, by the clocks of any zone.
FIRST_DAY = OLD[-1] - timedelta(days=2)
DAY_AFTER = LAST_DAY + timedelta(days=2)
FIRST = int(os.environ.get("FOOTFALL_FIRST_HISTORY", "1"))
HISTORIES = int(os.environ.get("FOOTFALL_HISTORIES", "3"))


@pytest.fixture(scope="module")
def warehouse(database: str) -> Iterator[Warehouse]:
    marts = Warehouse(database)
    yield marts
    marts.close()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + HISTORIES))
@pytest.mark.usefixtures("clean_tables")
def test_a_random_history_ends_where_a_build_from_scratch_does(
    database: str,
    connection: Connection,
    writer: Writer,
    dbt: Dbt,
    warehouse: Warehouse,
    seed: int,
    tmp_path: Path,
) -> None:
    forget_builds(connection)
    story = Story(
        seed, database=database, connection=connection, writer=writer, dbt=dbt, folder=tmp_path
    )
    try:
        story.tell()
        first = max(story.closed.horizon, FIRST_DAY.date())
        found = compare_with_raw(database, first=first, last=DAY_AFTER.date())
        assert not found.differences
        assert_filtered_reports_equal_recount(
            random.Random(seed),
            warehouse,
            connection,
            story.closed.known(),
            (first, DAY_AFTER.date()),
        )
        if story.closed.horizon == date.min:
            assert_marts_equal_scratch(connection, dbt)
        else:
            # A build from scratch has nothing of the days that are closed.
            assert_rebuilding_changes_nothing(connection, dbt, first, DAY_AFTER.date())
        story.closed.assert_marts()
    except Exception as error:
        error.add_note(f"History {seed}:\n" + "\n".join(story.steps))
        raise

"""Whatever happens between builds, the marts are those of raw, and of a build from scratch.

FOOTFALL_HISTORIES=200 tells so many histories, FOOTFALL_FIRST_HISTORY=17 begins with the 17th.
"""

from __future__ import annotations

import os
from typing import Any

import psycopg
import pytest

from ingest_app.store.writer import Writer
from tests.support.dbt import Dbt
from tests.support.recount.reading import assert_marts_equal_recount
from tests.support.scratch import assert_marts_equal_scratch, forget_builds
from tests.support.story import Story

Connection = psycopg.Connection[dict[str, Any]]

FIRST = int(os.environ.get("FOOTFALL_FIRST_HISTORY", "1"))
HISTORIES = int(os.environ.get("FOOTFALL_HISTORIES", "3"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + HISTORIES))
@pytest.mark.usefixtures("clean_tables")
def test_a_random_history_ends_where_a_build_from_scratch_does(
    database: str, connection: Connection, writer: Writer, dbt: Dbt, seed: int
) -> None:
    forget_builds(connection)
    story = Story(seed, database=database, connection=connection, writer=writer, dbt=dbt)
    try:
        story.tell()
        assert_marts_equal_scratch(connection, dbt)
        assert_marts_equal_recount(connection)
    except AssertionError as error:
        error.add_note(f"History {seed}:\n" + "\n".join(story.steps))
        raise

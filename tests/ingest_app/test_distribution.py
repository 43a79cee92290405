"""What cannot be distributed is said, and nothing is changed."""

from __future__ import annotations

import pytest

from tests.support.cli import footfall


@pytest.mark.parametrize("command", ["init-db", "upgrade"])
def test_a_database_without_citus_is_left_as_it_is(database: str, command: str) -> None:
    done = footfall(command, "--distributed", database=database)
    assert done.returncode == 1
    assert "no extension citus" in done.stderr
    assert "Nothing was distributed" in done.stderr
    # Nobody is told of nodes who has none.
    done = footfall(command, database=database)
    assert (done.returncode, "distributed" in done.stdout) == (0, False)
    assert "nodes" not in footfall("status", database=database).stdout

"""Reads the marts as the recount tells them, and tells the two apart."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import psycopg

from tests.support.recount.closed import Closed
from tests.support.recount.dimensions import weekly_pages
from tests.support.recount.facts import Key, read_facts
from tests.support.recount.grouping import Rows
from tests.support.recount.marts import KEYS, recount_marts
from tests.support.recount.people import SETS

Connection = psycopg.Connection[dict[str, Any]]

# The rows of weeks, which are no rows of days.
WEEK = ("property_id", "week", "path")
# Percentiles between two samples are a product of floats, which may be formed in another order.
TOLERANCE = 1e-12


def read_rows(connection: Connection, mart: str) -> Rows:
    """A mart by its key, without the time it was made."""
    rows: Rows = {}
    # Sets are kept as texts of arrays; of two columns with one name the later one is told.
    sets = "".join(f", {name}::text[]" for name in SETS.values()) if mart == "visitor_days" else ""
    keys = WEEK if mart == "weekly_pages" else KEYS[mart]
    for row in connection.execute(f"select *{sets} from analytics.{mart}"):
        del row["generated_at"]
        told = {name: _plain(value) for name, value in row.items()}
        key = tuple(told.pop(name) for name in keys)
        assert key not in rows, f"{mart} has {key} twice"
        rows[key] = told
    return rows


def generation_times(connection: Connection, mart: str) -> dict[Key, Any]:
    """When each row of a mart of one row a day was made."""
    rows = connection.execute(f"select property_id, day, generated_at from analytics.{mart}")
    return {(row["property_id"], row["day"]): row["generated_at"] for row in rows}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, UUID) else value


def assert_marts_equal_recount(connection: Connection, closed: Closed | None = None) -> None:
    """Every cell of every mart, as counted from raw as it is now.

    Rows of days that are closed are not looked at.
    """
    closed = closed or Closed()
    expected = recount_marts(read_facts(connection), closed)
    got = {mart: closed.rows_since(KEYS[mart], read_rows(connection, mart)) for mart in expected}
    # Of weeks that begin with a closed day nobody but the mart knows all days.
    expected["weekly_pages"] = weekly_pages(expected["daily_pages"])
    got["weekly_pages"] = read_rows(connection, "weekly_pages")
    for rows in (expected, got):
        rows["weekly_pages"] = {
            key: row for key, row in rows["weekly_pages"].items() if key[1] >= closed.horizon
        }
    problems = [
        problem for mart in expected for problem in differences(mart, expected[mart], got[mart])
    ]
    assert not problems, f"{len(problems)} differences, such as\n" + "\n".join(problems[:20])


def differences(mart: str, expected: Rows, got: Rows) -> Iterator[str]:
    """A sentence for each row or cell that differs."""
    for key in sorted(expected.keys() | got.keys(), key=str):
        name = f"{mart}{tuple(map(str, key))}"
        if key not in got:
            yield f"{name} is missing, it should be {expected[key]}"
        elif key not in expected:
            yield f"{name} should not be there, it is {got[key]}"
        else:
            yield from _cells(name, expected[key], got[key])


def _cells(name: str, expected: Mapping[str, Any], got: Mapping[str, Any]) -> Iterator[str]:
    for column in sorted(expected.keys() | got.keys()):
        if column not in got or column not in expected:
            yield f"{name} has the columns {sorted(got)} and not {sorted(expected)}"
            return
        if not _same(expected[column], got[column]):
            yield f"{name}.{column} should be {expected[column]!r}, it is {got[column]!r}"


def _same(expected: Any, got: Any) -> bool:
    if isinstance(expected, float) and isinstance(got, (int, float)):
        return math.isclose(expected, got, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(expected == got)

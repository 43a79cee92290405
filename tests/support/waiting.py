"""The days that wait for the next build, and those that a build then rebuilt."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import psycopg

from ingest_app.operations.rollups import STATUS_MARK, parse_status
from tests.support.dbt import Dbt
from tests.support.recount.marts import KEYS

Connection = psycopg.Connection[dict[str, Any]]
Days = dict[str, set[date]]

MARTS = (*KEYS, "rollup_reconciliation")


def waiting_days(dbt: Dbt) -> Days:
    """Of every mart, as `footfall rollups status` has them."""
    run = dbt.run("run-operation", "rollup_status")
    assert run.is_success, run.output
    [line] = [line for line in run.output.splitlines() if STATUS_MARK in line]
    return {mart.mart: set(mart.waiting_days) for mart in parse_status(line)}


def frozen_days(connection: Connection) -> Days:
    """Of every mart, as the last build wrote them down before its first model."""
    days: Days = {mart: set() for mart in MARTS}
    for row in connection.execute(
        "select mart, day from analytics_state.rollup_touched_days where invocation_id = ("
        "   select invocation_id from analytics_state.rollup_builds order by cutoff desc limit 1)"
    ):
        days[row["mart"]].add(row["day"])
    return days


class Rebuilt:
    """Which days of the marts have other rows than when this was made."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._before = self._rows()

    def days(self) -> tuple[Days, Days]:
        """Of every mart: the days that were rebuilt since, and the days that have, or had, rows."""
        after = self._rows()
        rebuilt = {mart: set[date]() for mart in MARTS}
        there = {mart: set[date]() for mart in MARTS}
        for mart in MARTS:
            there[mart] = self._before[mart].keys() | after[mart].keys()
            rebuilt[mart] = {
                day for day in there[mart] if self._before[mart].get(day) != after[mart].get(day)
            }
        return rebuilt, there

    def _rows(self) -> dict[str, dict[date, Any]]:
        made: dict[str, dict[date, Any]] = defaultdict(dict)
        for mart in MARTS:
            for row in self._connection.execute(
                f"select day, array_agg(distinct generated_at) as made_at from analytics.{mart} "
                "group by day"
            ):
                made[mart][row["day"]] = row["made_at"]
        return made

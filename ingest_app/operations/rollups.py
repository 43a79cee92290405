"""Runs dbt for the operator: how far the marts are, and rebuilds of named days."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingest_app.conninfo import pg_environment
from ingest_app.settings import PROJECT_FOLDER

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt_common.events.base_types import EventMsg

STATUS_MARK = "rollup_status "
# Most of what dbt makes stays until it ends. Looked through as often as Python does by itself, it takes a
# twelfth longer.
COLLECTIONS = (50_000, 20, 50)

# Called with how many nodes are done, and of how many.
Progress = Callable[[int, int], None]


class DbtError(Exception):
    """dbt failed; the message holds what it said."""


@dataclass(frozen=True, slots=True)
class MartStatus:
    """How far a mart is rolled up, and the days that the next build replaces.

    `received_through` is None where that is not known: days wait where the mart is there all the
    same, none where it was never built.
    """

    mart: str
    received_through: datetime | None
    lag: timedelta = timedelta()
    waiting_days: list[date] = field(default_factory=list)


def dbt_environment(url: str) -> dict[str, str]:
    """The variables by which dbt builds this project in the database that a URL names."""
    folder = str(PROJECT_FOLDER)
    return pg_environment(url) | {"DBT_PROJECT_DIR": folder, "DBT_PROFILES_DIR": folder}


def read_status(url: str) -> list[MartStatus]:
    """Every mart, in order of name. Raises DbtError."""
    told: list[str] = []

    def listen(event: EventMsg) -> None:
        if event.info.name == "JinjaLogInfo" and STATUS_MARK in event.data.msg:
            told.append(event.data.msg)

    _run_dbt(url, ["run-operation", "rollup_status"], listen)
    if not told:
        raise DbtError("dbt said nothing of the marts")
    return parse_status(told[-1])


def parse_status(line: str) -> list[MartStatus]:
    """Every mart, from the line that the macro rollup_status logs."""
    return [_read_mart(mart) for mart in json.loads(line.partition(STATUS_MARK)[2])]


def _read_mart(told: dict[str, Any]) -> MartStatus:
    through = told["received_through"]
    return MartStatus(
        told["mart"],
        datetime.fromisoformat(through.replace("+00", "+00:00")) if through else None,
        timedelta(seconds=told["lag_seconds"]),
        [date.fromisoformat(day) for day in told["waiting_days"]],
    )


def rebuild(url: str, first: date, last: date, *, progress: Progress) -> str:
    """`dbt build` with the days first..last on top of those that wait; returns what dbt summed up.

    Raises DbtError with each node that failed.
    """
    done = 0

    def listen(event: EventMsg) -> None:
        nonlocal done
        if event.info.name == "LogStartLine":
            progress(done, event.data.total)
        elif event.info.name == "NodeFinished":
            done += 1

    days = {"rebuild_from": first.isoformat(), "rebuild_to": last.isoformat()}
    command = ["build", "--exclude-resource-type", "unit_test", "--vars", json.dumps(days)]
    outcome = _run_dbt(url, command, listen)
    return f"{len(list(getattr(outcome.result, 'results', [])))} models and tests passed"


def _run_dbt(url: str, command: list[str], listen: Callable[[EventMsg], None]) -> dbtRunnerResult:
    # Imported here: it takes a second, which no other command should wait for.
    from dbt.cli.main import dbtRunner

    gc.set_threshold(*COLLECTIONS)
    os.environ.update(dbt_environment(url))
    # Nobody reads dbt's files of it, which take longer to write than a status to find.
    outcome = dbtRunner(callbacks=[listen]).invoke(["--quiet", "--no-write-json", *command])
    if not outcome.success:
        raise DbtError(_what_failed(outcome))
    return outcome


def _what_failed(outcome: dbtRunnerResult) -> str:
    failed = [
        f"{result.node.name}: {result.message}"
        for result in getattr(outcome.result, "results", [])
        # An operation has no node; dbt has printed what is wrong with it.
        if hasattr(result, "node") and result.status in ("error", "fail", "runtime error")
    ]
    if failed:
        return "\n".join(failed)
    return str(outcome.exception or "dbt failed; its words are in logs/dbt.log")

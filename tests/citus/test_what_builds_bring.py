"""Statements of builds are counted on the nodes: none brings raw rows to the coordinator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from tests.support.arrivals import events, writing
from tests.support.dbt import Dbt, DbtProcess

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
DAYS = [TODAY - timedelta(days=ago) for ago in (4, 3, 2)]
VISITORS = 6
VIEWS = 40
PAGES = 4
# Rows for each event, and why they have to be.
BRING_RAW = {
    "stg_web__events": "a view, which builds read a part of",
    "daily_hours": "grouping sets, which the coordinator alone has",
    "daily_ingest_rollups": "an exact percentile is one of every value",
    "web_vitals_equal_raw": "the recount tells the last report of a view from the others by itself",
}
EXPLAIN = "explain (analyze, costs off, timing off, summary off, buffers off, format json) "


def bodies() -> Iterator[dict[str, Any]]:
    """Visits of many views of few pages, each measured by few values and by one more report."""
    for day in DAYS:
        for visitor in range(VISITORS):
            for number in range(VIEWS):
                at = day + timedelta(hours=9, minutes=number)
                view = f"{day:%d}{visitor:02}0000-0000-4000-8000-{number:012}"
                for report, kind in enumerate(("page_view", "heartbeat")):
                    yield {
                        "anonId": f"visitor-{visitor:04}",
                        "eventType": kind,
                        "path": f"/{number % PAGES}",
                        "viewId": view,
                        "timestamp": (at + timedelta(seconds=20 * report)).isoformat(),
                        "traffic": {"propertyId": "shop.example", "webVitals": {"lcpMs": 900}},
                        "props": {"engagedTimeMs": 1000 + report},
                    }


def jobs(plan: Any) -> Iterator[dict[str, Any]]:
    """What the coordinator asks of nodes, however deep within a plan."""
    if isinstance(plan, dict):
        if "Task Count" in plan:
            yield plan
        for part in plan.values():
            yield from jobs(part)
    elif isinstance(plan, list):
        for part in plan:
            yield from jobs(part)


def rows_brought(connection: psycopg.Connection[Any], statement: str) -> int:
    """By all nodes. What is asked of one alone is asked of the coordinator, by itself."""
    [(plan,)] = connection.execute((EXPLAIN + statement).encode()).fetchall()
    return sum(
        round(task["Remote Plan"][0][0]["Plan"]["Actual Rows"])
        for job in jobs(plan)
        if job["Task Count"] > 1
        for task in job["Tasks"]
    )


def brought(connection: psycopg.Connection[Any], folder: Path) -> dict[str, int]:
    """Of each statement that a build has left in its folder."""
    texts = {file.stem: file.read_text() for file in folder.glob("target/compiled/*/*/**/*.sql")}
    assert len(texts) > 60
    # What a first build leaves out is an empty text.
    return {name: rows_brought(connection, text) for name, text in texts.items() if text.strip()}


def test_no_statement_brings_raw_rows(
    distributed: str, process: DbtProcess, tmp_path: Path
) -> None:
    with writing(distributed) as writer:
        writer.write(events(bodies()))
    raw = 2 * len(DAYS) * VISITORS * VIEWS
    again = ("--vars", f"{{rebuild_from: {DAYS[0]:%F}, rebuild_to: {DAYS[-1]:%F}}}")
    found: dict[str, int] = {}
    with psycopg.connect(distributed, autocommit=True) as connection:
        connection.execute("set search_path = pg_catalog, pg_temp")
        connection.execute("set timezone = 'UTC'")
        connection.execute("set citus.explain_all_tasks = on")
        # From nothing, and of days that are counted anew: two forms of most statements.
        for number, arguments in enumerate(((), again)):
            folder = tmp_path / str(number)
            Dbt(distributed, folder, process).build(*arguments)
            for name, rows in brought(connection, folder).items():
                found[name] = max(rows, found.get(name, 0))
        assert rows_brought(connection, "select id from raw.events") == raw
    assert {name for name, rows in found.items() if rows > raw / 3} == BRING_RAW.keys()

"""The original's way, ten queries per property and day, beside ours for the same rollups."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from benchmarks.bench import Bench
from benchmarks.building import build, ensure_built
from benchmarks.figures import Headline, Spread, pick, table
from benchmarks.history import SQL_FOLDER
from benchmarks.traffic import traffic

TITLE = "Ten queries per property and day"
PARAMETERS = ("rollup_runs",)
MARTS = ("daily_metric_rollups", "daily_ingest_rollups")
FORGET = """
    drop table if exists analytics.{mart};
    delete from analytics_state.rollup_watermarks where mart = '{mart}'
"""
ROLLUPS = """
    select *
    from analytics.daily_metric_rollups
    inner join analytics.daily_ingest_rollups using (property_id, day)
    order by property_id, day
"""


def run(bench: Bench) -> dict[str, Any]:
    """All properties and days once; ours several times; and every answer compared."""
    database = traffic(bench, days=bench.plan.rollup_days)
    ensure_built(bench, database)
    ours = []
    for number in range(1, bench.plan.rollup_runs + 1):
        bench.say(f"the two rollups from scratch, run {number}")
        with bench.cluster.connect(database) as connection:
            for mart in MARTS:
                connection.execute(FORGET.format(mart=mart))
        ours.append(build(bench, database, "--select", *MARTS, *MODELS_ALONE, threads=1).figures())
    bench.say("ten queries per property and day")
    return {"ours": ours, **_original(bench, database)}


# A test would count the raw rows once more.
MODELS_ALONE = ("--exclude-resource-type", "test", "unit_test")


def _original(bench: Bench, database: str) -> dict[str, Any]:
    scripts = {
        file.stem: file.read_text() for file in sorted((SQL_FOLDER / "original").glob("*.sql"))
    }
    seconds = dict.fromkeys(scripts, 0.0)
    pairs = 0
    with bench.cluster.connect(database, row_factory=dict_row) as connection:
        # Statistics as they would be found, and not of tables made a moment ago.
        connection.execute("analyze analytics.daily_metric_rollups, analytics.daily_ingest_rollups")
        for rollup in connection.execute(ROLLUPS).fetchall():
            answers = _ask(connection, scripts, seconds, rollup["property_id"], rollup["day"])
            _compare(rollup, answers)
            pairs += 1
    return {"pairs": pairs, "query_seconds": {name: round(s, 2) for name, s in seconds.items()}}


def _ask(
    connection: Connection[dict[str, Any]],
    scripts: dict[str, str],
    seconds: dict[str, float],
    property_id: str,
    day: date,
) -> dict[str, Any]:
    midnight = datetime.combine(day, datetime.min.time(), UTC)
    asked = {
        "property": property_id,
        "day": day,
        "since": midnight,
        "until": midnight + timedelta(days=1),
    }
    answers: dict[str, Any] = {}
    for name, script in scripts.items():
        started = time.perf_counter()
        # Planned for the values, as an application's literal or first executions are.
        answers |= connection.execute(script.encode(), asked, prepare=False).fetchone() or {}
        seconds[name] += time.perf_counter() - started
    return answers


def _compare(rollup: dict[str, Any], answers: dict[str, Any]) -> None:
    answers["leads_rejected"] = answers.pop("captures_rejected") + answers.pop("captures_refused")
    different = {
        name: (rollup[name], told) for name, told in answers.items() if rollup[name] != told
    }
    if different:
        raise AssertionError(f"{rollup['property_id']} on {rollup['day']}: {different}")


def _total(result: dict[str, Any]) -> float:
    return float(sum(result["query_seconds"].values()))


def headlines(result: dict[str, Any]) -> list[Headline]:
    """The goal: how many times slower the original's way is."""
    return [
        Headline(
            f"ten queries for each of {result['pairs']:,} properties and days / our two rollups, time in SQL",
            Spread.of(_total(result) / run["sql_seconds"] for run in result["ours"]),
            at_least=10,
            digits=1,
        )
    ]


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    rows = [
        ["**ours: time in SQL, s**", pick(result["ours"], "sql_seconds").show(1)],
        *(
            [f"ours: `{mart}`, s", pick(result["ours"], "node_seconds", mart).show(1)]
            for mart in MARTS
        ),
        ["ours: wall clock with all of dbt, s", pick(result["ours"], "wall_seconds").show(1)],
        ["**the original's way, s**", f"{_total(result):,.1f}"],
        *(
            [f"query {name.replace('_', ' ')}, s", f"{seconds:,.1f}"]
            for name, seconds in result["query_seconds"].items()
        ),
    ]
    return (
        f"All {result['pairs']:,} pairs of property and day were asked, one query after the other on one"
        " connection, and every answer equals the rollups'.\n\n" + table(["", "seconds"], rows)
    )

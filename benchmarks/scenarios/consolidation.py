"""Rollup queries against one events table, and against the same rows in two tables that are joined."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any, LiteralString

from psycopg import sql

from benchmarks.bench import Bench
from benchmarks.cluster import one
from benchmarks.figures import Headline, Spread, ratio, table
from benchmarks.history import SQL_FOLDER
from benchmarks.traffic import last_day, traffic

TITLE = "Before and after consolidation"
PARAMETERS = ("rollup_runs",)
DAYS = 30
TABLES = ("whole_events", "split_events", "split_log")
ONE_TABLE: LiteralString = "public.whole_events as events"
TWO_TABLES: LiteralString = """(
    select split_log.*, split_events.event_type
    from public.split_events
    inner join public.split_log on split_events.id = split_log.event_id
) as events"""
QUESTIONS: dict[str, LiteralString] = {
    "measures of a day": """
        select property_id, occurred_on, count(distinct visitor_id),
            count(*) filter (where event_type = 'page_view'),
            count(*) filter (where is_entrance), count(*) filter (where is_conversion)
        from {events} {where}
        group by property_id, occurred_on
    """,
    "events by source": """
        select property_id, occurred_on, traffic_source, count(*)
        from {events} {where}
        group by property_id, occurred_on, traffic_source
    """,
    "landing paths": """
        select property_id, occurred_on, path, count(*) filter (where is_entrance),
            count(*) filter (where is_conversion)
        from {events} {where}
        group by property_id, occurred_on, path
    """,
    "p95 of TTFB": """
        select property_id, occurred_on,
            percentile_cont(0.95) within group (order by (props ->> 'ttfbMs')::double precision)
        from {events} {where}
        group by property_id, occurred_on
    """,
}


def run(bench: Bench) -> dict[str, Any]:
    """All days of a month at once, and one property's day, as the original asked."""
    database = traffic(bench, days=bench.plan.rollup_days)
    last = last_day()
    span = {"first": sql.Literal(last - timedelta(days=DAYS - 1)), "last": sql.Literal(last)}
    day = last - timedelta(days=DAYS // 2)
    scopes: dict[str, str] = {
        f"{DAYS} days": "",
        "one property and day": "where property_id = 'shop.example'"
        f" and \"timestamp\" >= '{day} 00:00+00' and \"timestamp\" < '{day + timedelta(days=1)} 00:00+00'",
    }
    bench.say("the same rows in one table and in two")
    found: dict[str, Any] = {"seconds": {}}
    with bench.cluster.connect(database) as connection:
        _forget(connection)
        for statement in (SQL_FOLDER / "split.sql").read_text().split(";\n"):
            if statement.strip():
                connection.execute(sql.SQL(statement).format(**span))  # type: ignore[arg-type,unused-ignore]
        for name in TABLES:
            connection.execute(f"vacuum (analyze) public.{name}")
        found["bytes"] = {
            name: one(connection, "select pg_total_relation_size(%s)", (f"public.{name}",))[0]
            for name in TABLES
        }
        for scope, where in scopes.items():
            for question, query in QUESTIONS.items():
                bench.say(f"{question}, {scope}")
                found["seconds"][f"{question}, {scope}"] = _both_ways(
                    bench, connection, query, where
                )
        _forget(connection)
    return found


def _both_ways(bench: Bench, connection: Any, query: str, where: str) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {"one table": [], "two tables": []}
    answers = {}
    for _ in range(bench.plan.rollup_runs + 1):
        for name, events in {"one table": ONE_TABLE, "two tables": TWO_TABLES}.items():
            started = time.perf_counter()
            rows = connection.execute(query.format(events=events, where=where)).fetchall()
            times[name].append(round(time.perf_counter() - started, 4))
            answers[name] = sorted(map(str, rows))
    if answers["one table"] != answers["two tables"]:
        raise AssertionError(f"the two ways differ: {query}")
    # The first of each warmed up.
    return {name: seconds[1:] for name, seconds in times.items()}


def _forget(connection: Any) -> None:
    for name in TABLES:
        connection.execute(f"drop table if exists public.{name}")


def headlines(_: dict[str, Any]) -> list[Headline]:
    """No goal here: a note."""
    return []


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    rows = [
        [
            question,
            *(Spread.of(1000 * second for second in seconds).show(0) for seconds in ways.values()),
            ratio(ways["two tables"], ways["one table"]).show(1),
        ]
        for question, ways in result["seconds"].items()
    ]
    sizes = {name: size / 2**20 for name, size in result["bytes"].items()}
    return (
        f"{DAYS} days of the traffic, with a primary key and one index a table: {sizes['whole_events']:,.0f}"
        f" MiB in one table, {sizes['split_events'] + sizes['split_log']:,.0f} MiB in two.\n\n"
        f"{table(['ms', 'one table', 'two tables', 'two / one'], rows)}"
    )

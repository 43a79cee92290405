"""Exact visitors and p95 of the whole window for one property: from marts, and from raw."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from psycopg import Connection

from benchmarks.bench import Bench
from benchmarks.building import dbt, ensure_built
from benchmarks.cluster import one
from benchmarks.figures import Headline, Spread, ratio, table
from benchmarks.traffic import last_day, traffic

TITLE = "A long window, exactly"
PARAMETERS = ("rollup_runs", "query_runs")
PROPERTY = "shop.example"
FROM_RAW = {
    "visitors": """
        select
            count(distinct events.visitor_id),
            count(distinct events.visitor_id) filter (
                where visitors.first_seen_at < events.occurred_on::timestamp at time zone 'UTC'
            )
        from raw.events
        inner join raw.visitors on events.visitor_id = visitors.id
        where property_id = %(property)s and occurred_on between %(first)s and %(last)s
    """,
    "unique visitors": """
        select count(distinct visitor_id)
        from raw.events
        where property_id = %(property)s and occurred_on between %(first)s and %(last)s
    """,
    "p95 of TTFB": """
        select
            percentile_cont(0.95) within group (order by (props ->> 'ttfbMs')::double precision),
            count(props ->> 'ttfbMs')
        from raw.events
        where property_id = %(property)s and occurred_on between %(first)s and %(last)s
    """,
}


def run(bench: Bench) -> dict[str, Any]:
    """Both ways by turns, and the answers compared."""
    database = traffic(bench, days=bench.plan.rollup_days)
    ensure_built(bench, database)
    first, last = last_day() - timedelta(days=bench.plan.rollup_days - 1), last_day()
    window = f"'{first}', '{last}', '{PROPERTY}'"
    from_marts = {
        "visitors": _compiled(bench, database, f"window_visitors({window})"),
        "p95 of TTFB": _compiled(bench, database, f"window_percentile('ttfb', 0.95, {window})"),
    }
    asked = {"property": PROPERTY, "first": first, "last": last}
    found: dict[str, Any] = {"days": bench.plan.rollup_days, "raw": [], "marts": []}
    with bench.cluster.connect(database) as connection:
        connection.execute("vacuum (analyze)")
        for number in range(1, bench.plan.rollup_runs + 1):
            bench.say(f"windows, run {number}")
            from_raw = {name: _ask(connection, query, asked) for name, query in FROM_RAW.items()}
            found["raw"].append({name: seconds for name, (_, seconds) in from_raw.items()})
            found["marts"].append({})
            for name, query in from_marts.items():
                times = []
                for _ in range(bench.plan.query_runs + 1):
                    answer, seconds = _ask(connection, query)
                    times.append(seconds)
                if answer != from_raw[name][0]:
                    raise AssertionError(
                        f"{name}: {answer} from marts, {from_raw[name][0]} from raw"
                    )
                found["marts"][-1][name] = Spread.of(times[1:]).median
        found["answers"] = {name: str(answer) for name, (answer, _) in from_raw.items()}
    return found


def _compiled(bench: Bench, database: str, call: str) -> str:
    output = dbt(bench, database, "compile", "--quiet", "--inline", f"{{{{ {call} }}}}")
    return output[output.index("select") :]


def _ask(
    connection: Connection[Any], query: str, asked: dict[str, Any] | None = None
) -> tuple[tuple[Any, ...], float]:
    started = time.perf_counter()
    answer = one(connection, query.encode(), asked)
    return answer, round(time.perf_counter() - started, 5)


def _sums(result: dict[str, Any], side: str, *names: str) -> list[float]:
    return [sum(run[name] for name in names) for run in result[side]]


def headlines(result: dict[str, Any]) -> list[Headline]:
    """The goal of windows."""
    days = result["days"]
    return [
        Headline(
            f"unique visitors and p95 of {days} days from raw / from marts",
            ratio(
                _sums(result, "raw", "unique visitors", "p95 of TTFB"),
                _sums(result, "marts", "visitors", "p95 of TTFB"),
            ),
            at_least=50,
            digits=0,
        )
    ]


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    rows = []
    for name in result["raw"][0]:
        from_raw = Spread.of(1000 * run[name] for run in result["raw"])
        has_mart = name in result["marts"][0]
        from_marts = (
            Spread.of(1000 * run[name] for run in result["marts"]).show(1)
            if has_mart
            else "as above"
        )
        rows.append([name, from_raw.show(0), from_marts])
    return (
        f"`{PROPERTY}` over {result['days']} days; `window_visitors` also says who was returning. Both ways"
        f" gave the same answers.\n\n{table(['ms', 'from raw', 'from marts'], rows)}"
    )

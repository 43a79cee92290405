"""Every mart from nothing, beside one bare scan of the same rows, and a build with nothing to do."""

from __future__ import annotations

from typing import Any

from benchmarks.bench import Bench
from benchmarks.building import build, forget_marts, test
from benchmarks.figures import Headline, Spread, pick, ratio, table
from benchmarks.scanning import scans
from benchmarks.traffic import made, traffic

TITLE = "A build from scratch"
PARAMETERS = ("build_runs", "rollup_runs")
GOAL = 12
BYTES_GOAL = 0.25
IDLE_GOAL_SECONDS = 8
BYTES = """
    select
        sum(pg_total_relation_size(pg_class.oid)) filter (where nspname = 'analytics')::bigint
            as marts,
        sum(pg_total_relation_size(pg_class.oid)) filter (where nspname = 'raw')::bigint as raw
    from pg_class
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    where relkind in ('r', 'm')
"""
MART_BYTES = """
    select relname, pg_total_relation_size(oid)
    from pg_class
    where relnamespace = 'analytics'::regnamespace and relkind = 'r'
    order by pg_total_relation_size(oid) desc
    limit 12
"""


def run(bench: Bench) -> dict[str, Any]:
    """By one thread, whose statements add up, and by as many as the profile has."""
    database = traffic(bench, days=bench.plan.rollup_days)
    found: dict[str, Any] = {"traffic": made(bench, database), "builds": [], "scans": []}
    for number in range(1, bench.plan.build_runs + 1):
        forget_marts(bench, database)
        bench.say(f"bare scans, run {number}")
        found["scans"].append(scans(bench, database, runs=bench.plan.rollup_runs))
        events = int(found["scans"][-1]["events"])
        bench.say(f"build from scratch, run {number}")
        found["builds"].append(build(bench, database, "--selector", "marts", threads=1).figures())
        _check(bench, database, events)
    forget_marts(bench, database)
    bench.say("build from scratch, four threads")
    found["four_threads"] = build(bench, database, "--selector", "marts").figures()
    _check(bench, database, events)
    with bench.cluster.connect(database) as connection:
        found["bytes"] = dict(
            zip(("marts", "raw"), connection.execute(BYTES).fetchone() or (), strict=True)
        )
        found["mart_bytes"] = dict(connection.execute(MART_BYTES).fetchall())
    bench.say("builds with nothing to do")
    found["idle"] = [
        build(bench, database, "--selector", "marts").figures()
        for _ in range(bench.plan.rollup_runs)
    ]
    bench.say("the tests of the night")
    found["tests"] = test(bench, database, "--selector", "production").figures()
    return found


def _check(bench: Bench, database: str, events: int) -> None:
    with bench.cluster.connect(database) as connection:
        counted, different = connection.execute(
            "select (select sum(events_accepted) from analytics.daily_ingest_rollups),"
            " (select count(*) from analytics.rollup_reconciliation where difference <> 0)"
        ).fetchone() or (0, 0)
    if counted != events or different:
        raise AssertionError(f"{events} events, {counted} in rollups, {different} differences")


def headlines(result: dict[str, Any]) -> list[Headline]:
    """The goal of a build."""
    builds, scanned = result["builds"], result["scans"]
    four = result["four_threads"]["wall_seconds"] / pick(scanned, "seconds").median
    events = f"{result['traffic']['events']:,} events"
    return [
        Headline(
            f"all marts from scratch, time in SQL / one bare scan, {events}",
            ratio((run["sql_seconds"] for run in builds), (run["seconds"] for run in scanned)),
            at_most=GOAL,
            digits=1,
        ),
        Headline(
            "the same in CPU of PostgreSQL, which waiting for cores does not lengthen",
            ratio(
                (run["postgres_cpu_seconds"] for run in builds),
                (run["cpu_seconds"] for run in scanned),
            ),
            at_most=GOAL,
            digits=1,
        ),
        Headline(
            "the same with four threads, wall clock with all of dbt / one bare scan",
            Spread.of([four]),
            at_most=GOAL,
            digits=1,
        ),
        Headline(
            "all marts with their indexes, bytes / those of raw",
            Spread.of([result["bytes"]["marts"] / result["bytes"]["raw"]]),
            at_most=BYTES_GOAL,
        ),
        Headline(
            "a build with nothing to do, wall clock in s",
            pick(result["idle"], "wall_seconds"),
            at_most=IDLE_GOAL_SECONDS,
            digits=1,
        ),
    ]


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    traffic_made, builds, four = result["traffic"], result["builds"], [result["four_threads"]]
    rows = [
        [name, pick(builds, key).show(digits), pick(four, key).show(digits)]
        for name, key, digits in (
            ("wall clock, s", "wall_seconds", 1),
            ("time in SQL, s (sum over statements)", "sql_seconds", 1),
            ("statements", "statements", 0),
            ("CPU of PostgreSQL, s", "postgres_cpu_seconds", 1),
            ("CPU of dbt, s", "dbt_cpu_seconds", 1),
            ("cores used by others on the machine", "others_cores", 2),
        )
    ]
    scan = pick(result["scans"], "seconds")
    nodes = sorted(builds[0]["node_seconds"], key=lambda node: -builds[0]["node_seconds"][node])
    marts = [
        [f"`{node}`", seconds.show(1), f"{seconds.median / scan.median:.1f}"]
        for node in nodes
        if (seconds := pick(builds, "node_seconds", node)).median >= 0.1
    ]
    sizes = [[f"`{mart}`", f"{size / 2**20:,.1f}"] for mart, size in result["mart_bytes"].items()]
    tests = (
        f"The tests of the night took {result['tests']['wall_seconds']:.1f} s and"
        f" {result['tests']['postgres_cpu_seconds']:.1f} s of CPU of PostgreSQL."
    )
    note = f"**{result['note']}**\n\n" if "note" in result else ""
    return (
        f"{note}{traffic_made['events']:,} events of {traffic_made['days']} days,"
        f" {traffic_made['bytes'] / 2**30:.1f} GiB; filled in {traffic_made['seconds']} s, of which"
        f" {traffic_made['copy_seconds']} s COPY. One bare parallel scan of the rows, warm:"
        f" {scan.show(2)} s, {pick(result['scans'], 'cpu_seconds').show(2)} s of CPU. Sums over statements of four threads count waiting for cores twice, which"
        " is why the goal is held against one thread.\n\n"
        f"{table(['', 'one thread', 'four threads'], rows)}\n\n"
        f"{table(['node, one thread', 'seconds', 'bare scans'], marts)}\n\n"
        f"{tests}\n\n{table(['mart', 'MiB, with its indexes'], sizes)}"
    )

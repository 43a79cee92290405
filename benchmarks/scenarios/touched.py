"""One touched day on a long history, beside the same day on a short one."""

from __future__ import annotations

from typing import Any

from benchmarks.bench import Bench
from benchmarks.building import build, ensure_built
from benchmarks.figures import Headline, pick, ratio, table
from benchmarks.traffic import last_day, traffic

TITLE = "One touched day"
PARAMETERS = ("rollup_short_days", "rollup_runs", "touched_events")
# Visitors, sessions and moments of events that are there already, received now: the day changes,
# and no other.
RECEIVE = """
    insert into raw.events (
        "timestamp", id, visitor_id, session_id, occurred_on, traffic_source, device_type,
        country_code, dedupe_key, event_type, property_id, path, ip_hash, ua_hash, props
    )
    select
        "timestamp", gen_random_uuid(), visitor_id, session_id, occurred_on, traffic_source,
        device_type, country_code, left(md5(dedupe_key || now()), 22),
        'cta_click', property_id, path, ip_hash, ua_hash, props
    from raw.events
    -- Of sessions that began that day.
    where occurred_on = %(day)s and "timestamp" >= %(day)s + interval '1 hour'
    order by id
    limit %(events)s
"""
TOUCHED = """
    select mart, count(*), min(day) = %(day)s and max(day) = %(day)s
    from analytics_state.rollup_touched_days
    where invocation_id = (
        select invocation_id from analytics_state.rollup_builds order by cutoff desc limit 1
    )
    group by mart
"""


def run(bench: Bench) -> dict[str, Any]:
    """Long and short by turns; models alone, as they are built every few minutes."""
    spans = {"long": bench.plan.rollup_days, "short": bench.plan.rollup_short_days}
    places = {name: traffic(bench, days=days) for name, days in spans.items()}
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in places}
    for database in places.values():
        ensure_built(bench, database)
        # The first build of one day differs: statistics are gathered, files extended.
        _build_a_day(bench, database)
    for number in range(1, bench.plan.rollup_runs + 1):
        for name, database in list(places.items())[:: 1 if number % 2 else -1]:
            bench.say(f"one touched day, {name}, run {number}")
            runs[name].append(_build_a_day(bench, database))
    return runs


def _build_a_day(bench: Bench, database: str) -> dict[str, Any]:
    day = last_day()
    with bench.cluster.connect(database) as connection:
        connection.execute(RECEIVE, {"day": day, "events": bench.plan.touched_events})
    built = build(bench, database, "--selector", "marts", threads=1)
    with bench.cluster.connect(database) as connection:
        touched = connection.execute(TOUCHED, {"day": day}).fetchall()
        [different] = connection.execute(
            "select count(*) from analytics.rollup_reconciliation where difference <> 0"
        ).fetchone() or (0,)
    if not touched or different or not all(count == 1 and is_day for _, count, is_day in touched):
        raise AssertionError(f"{different} differences; touched: {touched}")
    return built.figures()


def headlines(result: dict[str, Any]) -> list[Headline]:
    """The goal of an incremental build."""
    return [
        Headline(
            f"one touched day, {what}, on the long history / on the short one",
            ratio(
                (run[key] for run in result["long"]),
                (run[key] for run in result["short"]),
            ),
            at_most=1.2,
        )
        for what, key in (("time in SQL", "sql_seconds"), ("wall clock", "wall_seconds"))
    ] + [
        Headline(
            "one touched day on the long history, time in SQL in s",
            pick(result["long"], "sql_seconds"),
            at_most=5,
            digits=1,
        )
    ]


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    rows = [
        [name, *(pick(result[side], key).show(digits) for side in ("long", "short"))]
        for name, key, digits in (
            ("wall clock, s", "wall_seconds", 2),
            ("time in SQL, s (sum over statements)", "sql_seconds", 2),
            ("statements", "statements", 0),
            ("cores used by others on the machine", "others_cores", 2),
        )
    ]
    nodes = sorted(
        result["long"][0]["node_seconds"], key=lambda node: -result["long"][0]["node_seconds"][node]
    )
    rows += [
        [f"`{node}`", *(pick(result[side], "node_seconds", node).show(2) for side in result)]
        for node in nodes[:12]
    ]
    return table(["one thread, models alone", "long history", "short history"], rows)

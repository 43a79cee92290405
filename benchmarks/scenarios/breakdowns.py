"""The companions of the summary over a long window: breakdowns, vitals, properties."""

from __future__ import annotations

from typing import Any

from benchmarks.asking import asking, of_days
from benchmarks.bench import Bench
from benchmarks.building import ensure_built
from benchmarks.figures import Headline, Spread, pick, table
from benchmarks.traffic import first_day, last_day, traffic
from ingest_app.reports.dimensions import DIMENSIONS
from ingest_app.reports.visit_dimensions import OF_VISITS

TITLE = "Breakdowns, vitals, properties"
PARAMETERS = ("rollup_runs", "report_requests", "workers")
SCOPES = {"shop.example": "shop.example", "all properties": None}
GOALS_MS = (100, 200)
# Some of these take seconds, and a median needs few.
FEWER = 40


def run(bench: Bench) -> dict[str, Any]:
    """Every report of both scopes, by turns."""
    database = traffic(bench, days=bench.plan.rollup_days)
    ensure_built(bench, database)
    window = of_days(first_day(bench), last_day())
    times = max(2, bench.plan.report_requests // FEWER)
    runs = []
    for number in range(1, bench.plan.rollup_runs + 1):
        bench.say(f"breakdowns, run {number}")
        with asking(bench, database) as client:
            runs.append(
                {
                    f"{label}, {scope}": client.latencies(
                        times, report, **window, **more, propertyId=property_id
                    )
                    for scope, property_id in SCOPES.items()
                    for label, report, more in _questions()
                }
                | {"properties": client.latencies(times, "properties")}
            )
    return {"days": bench.plan.rollup_days, "runs": runs}


def _questions() -> list[tuple[str, str, dict[str, str]]]:
    by_all = [(f"by {by}", "breakdown", {"by": by}) for by in (*DIMENSIONS, *OF_VISITS)]
    return [*by_all, ("vitals", "vitals", {})]


def headlines(result: dict[str, Any]) -> list[Headline]:
    """The goals of breakdowns, by the dearest of them."""
    return [
        Headline(
            f"the dearest breakdown of 90 days, {scope}: p95 in ms",
            Spread.of(
                [
                    max(
                        found["p95_ms"]
                        for name, found in run.items()
                        if name.startswith("by ") and name.endswith(scope)
                    )
                    for run in result["runs"]
                ]
            ),
            at_most=at_most,
            digits=0,
        )
        for scope, at_most in zip(SCOPES, GOALS_MS, strict=True)
    ]


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    rows = [
        [name, *(pick(result["runs"], name, f"{one}_ms").show(1) for one in ("p50", "p95"))]
        for name in result["runs"][0]
    ]
    return (
        f"Over {result['days']} days, 50 rows, nothing kept. Visitors are sums of `visitor_recency`, or those"
        " of the days less whom `page_recency` and `visit_recency` name; pages are sums of weeks and of the days beside them, the others of days."
        f"\n\n{table(['ms', 'p50', 'p95'], rows)}"
    )

"""The page of the dashboard over a long window: how soon it is there, and how large."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from benchmarks.asking import Asker, asking, get_page, percentiles, sign_in
from benchmarks.bench import Bench
from benchmarks.building import ensure_built
from benchmarks.earlier_days import earlier_days
from benchmarks.figures import Headline, Spread, pick, table
from benchmarks.traffic import first_day, last_day, traffic

TITLE = "The page of the dashboard"
PARAMETERS = ("rollup_runs", "report_requests", "workers")
SCOPES = {"shop.example": "shop.example", "all properties": None}
GOALS_MS = (300, 500)
GOAL_KB = 100
# A page asks some twenty questions, and a percentile needs no more of them than this.
FEWER = 4
# What a browser loads before it paints: a style sheet with a media query too, and the module.
LOADED = re.compile(r'(?:href|src)="(/dashboard/static/[^"]+)"')


def run(bench: Bench) -> dict[str, Any]:
    """The page of both scopes, by turns."""
    database = traffic(bench, days=bench.plan.rollup_days)
    ensure_built(bench, database)
    times = max(5, bench.plan.report_requests // FEWER)
    runs: list[dict[str, Any]] = []
    sizes: dict[str, float] = {}
    with earlier_days(bench, database), asking(bench, database) as client:
        cookie = sign_in(client)
        for number in range(1, bench.plan.rollup_runs + 1):
            bench.say(f"page, run {number}")
            runs.append({})
            for scope, property_id in SCOPES.items():
                query = {"window": "custom", "from": first_day(bench), "to": last_day()}
                address = f"/?{urlencode(query | {'property': property_id or ''})}"
                taken = [get_page(client, address, cookie)[1] for _ in range(times + 2)]
                runs[-1][scope] = percentiles(taken[2:])
                sizes[scope] = _bytes_of_first_paint(client, address, cookie) / 1000
    return {"days": bench.plan.rollup_days, "runs": runs, "kilobytes": sizes}


def headlines(result: dict[str, Any]) -> list[Headline]:
    """How soon, and how large."""
    return [
        *(
            Headline(
                f"page of {result['days']} days, {scope}: p95 in ms",
                Spread.of([one[scope]["p95_ms"] for one in result["runs"]]),
                at_most=at_most,
                digits=0,
            )
            for scope, at_most in zip(SCOPES, GOALS_MS, strict=True)
        ),
        Headline(
            "first paint, whatever it takes: kB",
            Spread.of([max(result["kilobytes"].values())]),
            at_most=GOAL_KB,
            digits=0,
        ),
    ]


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    rows = [
        [
            scope,
            *(pick(result["runs"], scope, f"{one}_ms").show(0) for one in ("p50", "p95")),
            f"{result['kilobytes'][scope]:.0f}",
        ]
        for scope in SCOPES
    ]
    return (
        f"The overview of {result['days']} days with the comparison, as a browser asks for it, nothing kept; one"
        " request after the other. The days that it compares with are in the marts of the summary, and without"
        " visits. Of the first paint: the page, its style sheets, script and icon, as the"
        f" server sends them.\n\n{table(['', 'p50 in ms', 'p95 in ms', 'kB'], rows)}"
    )


def _bytes_of_first_paint(client: Asker, address: str, cookie: str) -> int:
    page, _ = get_page(client, address, cookie, is_read=True)
    paths = dict.fromkeys(LOADED.findall(page.decode()))
    return sum(len(get_page(client, path, cookie)[0]) for path in (address, *paths))

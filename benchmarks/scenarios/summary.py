"""The summary of a long window with its comparison, beside the same answer from raw rows."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from psycopg.rows import dict_row

from benchmarks.asking import Asker, asking, of_days, percentiles
from benchmarks.bench import Bench
from benchmarks.building import ensure_built
from benchmarks.earlier_days import earlier_days
from benchmarks.figures import Headline, Spread, pick, ratio, table
from benchmarks.history import SQL_FOLDER
from benchmarks.traffic import first_day, last_day, traffic

TITLE = "The summary"
PARAMETERS = ("rollup_runs", "report_requests", "workers")
PROPERTY = "shop.example"
SCOPES = {PROPERTY: PROPERTY, "all properties": None}
CLIENTS = 4
KEPT_SECONDS = 15
# How much fewer events the smaller warehouse has, over the same days.
SMALLER = 10


def run(bench: Bench) -> dict[str, Any]:
    """Both sizes and raw by turns, and the answer compared with raw rows."""
    plan = bench.plan
    small = replace(bench, plan=replace(plan, rollup_events=plan.rollup_events // SMALLER))
    databases = {
        "full": traffic(bench, days=plan.rollup_days),
        "smaller": traffic(small, days=plan.rollup_days),
    }
    for database in databases.values():
        ensure_built(bench, database)
    found: dict[str, Any] = {"days": plan.rollup_days, "runs": []}
    with earlier_days(bench, databases["full"]), earlier_days(bench, databases["smaller"]):
        for number in range(1, plan.rollup_runs + 1):
            bench.say(f"summary, run {number}")
            one: dict[str, Any] = {
                size: _served(bench, database) for size, database in databases.items()
            }
            answer = one["full"].pop("answer")
            del one["smaller"]["answer"]
            one["raw_seconds"] = _from_raw(bench, databases["full"], answer)
            found["runs"].append(one)
    return found


def _served(bench: Bench, database: str) -> dict[str, Any]:
    question = of_days(first_day(bench), last_day()) | {"compareTo": "yes"}
    times = bench.plan.report_requests
    with asking(bench, database) as client:
        answer, _ = client.ask("summary", **question, propertyId=PROPERTY)
        figures: dict[str, Any] = {"answer": answer} | {
            scope: client.latencies(times, "summary", **question, propertyId=property_id)
            for scope, property_id in SCOPES.items()
        }
        figures["clients"] = _many(client.url, times, question)
    with asking(bench, database, kept_seconds=KEPT_SECONDS) as client:
        figures["kept"] = client.latencies(times, "summary", **question, propertyId=PROPERTY)
    return figures


def _many(url: str, times: int, question: dict[str, str]) -> dict[str, float]:
    """Several clients at once."""

    def ask(_: int) -> list[float]:
        client = Asker.of(url)
        return [
            client.ask("summary", **question, propertyId=PROPERTY)[1]
            for _ in range(times // CLIENTS)
        ]

    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as threads:
        milliseconds = [one for some in threads.map(ask, range(CLIENTS)) for one in some]
    seconds = time.perf_counter() - started
    return percentiles(milliseconds) | {"answers_per_second": round(len(milliseconds) / seconds, 1)}


def _from_raw(bench: Bench, database: str, answer: dict[str, Any]) -> float:
    """How long the same answer takes from raw rows, of the window alone. Fails where it differs."""
    asked = {"property": PROPERTY, "first": first_day(bench), "last": last_day()}
    with bench.cluster.connect(database, row_factory=dict_row) as connection:
        connection.execute("set jit = off")
        started = time.perf_counter()
        rows = {
            file.stem: connection.execute(file.read_bytes(), asked).fetchall()
            for file in sorted((SQL_FOLDER / "reports").glob("*.sql"))
        }
        seconds = time.perf_counter() - started
    _compare(answer, rows)
    return round(seconds, 2)


def _compare(answer: dict[str, Any], rows: dict[str, list[dict[str, Any]]]) -> None:
    [totals], [leads], [refused] = rows["totals"], rows["leads"], rows["rejected"]
    metrics, ingest = answer["metrics"], answer["ingest"]
    unique = totals["unique_visitors"]
    pairs = {
        "unique visitors": (metrics["uniqueVisitors"]["value"], unique),
        "returning": (
            metrics["returningVisitorsPct"]["value"],
            totals["returning_visitors"] / unique,
        ),
        "page views": (metrics["totalPageViews"]["value"], totals["page_views"]),
        "leads": (metrics["leadCaptureRate"]["value"], leads["new_leads"] / unique),
        "forms": (
            metrics["formCompletionRate"]["value"],
            totals["form_submits"] / max(1, totals["form_starts"]),
        ),
        "landing": (
            metrics["landingPageConversionRate"]["value"],
            totals["conversions"] / totals["entrances"],
        ),
        "captures": (
            metrics["avgTimeToFirstCaptureHrs"]["value"],
            leads["time_to_first_capture_sum_ms"] / max(1, leads["new_leads"]) / 3_600_000,
        ),
        "p95": (ingest["p95TtfbMs"], totals["p95_ttfb_ms"]),
        "accepted": (ingest["totalEventsAccepted"], totals["events"]),
        "rejected": (ingest["totalEventsRejected"], refused["rejected"]),
        "days": (
            [(day["day"], day["uniqueVisitors"], day["pageViews"]) for day in answer["trend"]],
            [(f"{day['day']}", day["visitors"], day["page_views"]) for day in rows["days"]],
        ),
        "sources": (
            {name: share for name, share in metrics["trafficSourceMix"].items() if share},
            {row["traffic_source"]: row["events"] / totals["events"] for row in rows["sources"]},
        ),
    }
    for name, (told, counted) in pairs.items():
        if told != counted:
            raise AssertionError(f"{name}: {told} from marts, {counted} from raw")


def headlines(result: dict[str, Any]) -> list[Headline]:
    """The goals of the summary."""
    runs, days = result["runs"], result["days"]
    return [
        *(
            Headline(
                f"summary of {days} days with comparison, {scope}: p95 in ms",
                pick(runs, "full", scope, "p95_ms"),
                at_most=15,
                digits=1,
            )
            for scope in SCOPES
        ),
        Headline(
            f"the same answer from raw / from marts, {PROPERTY}",
            ratio(
                (1000 * run["raw_seconds"] for run in runs),
                (run["full"][PROPERTY]["p50_ms"] for run in runs),
            ),
            at_least=100,
            digits=0,
        ),
        Headline(
            f"summary with {SMALLER} times the raw events / without",
            ratio(
                (run["full"][PROPERTY]["p50_ms"] for run in runs),
                (run["smaller"][PROPERTY]["p50_ms"] for run in runs),
            ),
            at_most=1.3,
        ),
    ]


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    runs = result["runs"]
    names = {
        **{scope: f"{scope}, one client" for scope in SCOPES},
        "clients": f"{PROPERTY}, {CLIENTS} clients at once",
        "kept": f"{PROPERTY}, kept for {KEPT_SECONDS} s",
    }
    rows = [
        [
            f"{label}{'' if size == 'full' else ', a tenth of the events'}",
            *(pick(runs, size, key, f"{name}_ms").show(1) for name in ("p50", "p95", "p99")),
        ]
        for size in ("full", "smaller")
        for key, label in names.items()
    ]
    raw = Spread.of(run["raw_seconds"] for run in runs)
    rate = pick(runs, "full", "clients", "answers_per_second")
    return (
        f"{result['days']} days against the {result['days']} before, which marts alone have. As a client"
        " on the same machine sees it, nothing kept but in the lines that say so.\n\n"
        f"{table(['ms', 'p50', 'p95', 'p99'], rows)}\n\n"
        f"{CLIENTS} clients get {rate.show(0)} answers a second. From raw rows the same answer for"
        f" {PROPERTY}, without the comparison, takes {raw.show(1)} s; every figure of it was equal."
    )

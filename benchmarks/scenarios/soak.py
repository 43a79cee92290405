"""An hour of everything at once: no memory that grows, no latency that drifts, no event uncounted."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from urllib.parse import urlencode

import urllib3

from benchmarks import servers
from benchmarks.asking import KEY, Asker, get_page, percentiles, sign_in
from benchmarks.bench import Bench
from benchmarks.building import build, ensure_built
from benchmarks.cluster import one
from benchmarks.commands import count_differences
from benchmarks.figures import Headline, Spread, table
from benchmarks.processes import Memory, memory, tree
from benchmarks.traffic import traffic
from ingest_app.clients.post import Post
from ingest_app.clients.simulation import simulate

TITLE = "Everything at once, for long"
PARAMETERS = (
    "soak_minutes",
    "soak_window_minutes",
    "soak_posts_per_second",
    "soak_batches_per_second",
    "workers",
)
MODELS = ("--selector", "marts")
BATCH_SIZE = 100
# A relay that did not hear the answer sends the same batch again.
BATCHES_PER_RESENT = 10
POSTERS, RELAYS = 4, 2
READERS = {"shop.example": "7", "docs.example": "28", "": "28"}
SECONDS_PER_PAGE = 5.0
SECONDS_PER_LOOK = 5.0
SETTLE_SECONDS = 60.0
# Those that the dashboards show. Older days have no row that came in meanwhile.
DAYS_COMPARED = 28
POSTS, BATCHES, PAGES = "single posts", f"batches of {BATCH_SIZE}", "pages"
MEMORY_GOAL_MB = 150
LEDGER = """
    select
        (select count(*) from raw.events) as accepted,
        (select coalesce(sum(occurrences), 0) from raw.ingest_duplicates) as duplicate,
        (
            select coalesce(sum(occurrences), 0) from raw.ingest_rejections
            where endpoint <> '/v1/leads/capture'
        ) as rejected
"""
OF_MARTS = """
    select sum(events_accepted), sum(events_duplicate), sum(events_rejected)
    from analytics.daily_ingest_rollups
"""
OUTCOMES = ("accepted", "duplicate", "rejected")
# What should not have been; all that is wrong on purpose is "rejected".
REFUSED = "refused"


@dataclass
class _Heard:
    """What clients and the watch have seen, each with the second in which they did."""

    began: float = field(default_factory=time.monotonic)
    milliseconds: list[tuple[float, str, float]] = field(default_factory=list)
    memories: list[tuple[float, Memory]] = field(default_factory=list)
    builds: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, kind: str, milliseconds: float, outcomes: dict[str, int]) -> None:
        """One answer, and what became of the events that it tells of."""
        with self.lock:
            self.milliseconds.append((time.monotonic() - self.began, kind, milliseconds))
            self.outcomes.update(outcomes)


def run(bench: Bench) -> dict[str, Any]:
    """Load, readers and builds on a copy, for as long as the plan says; then count everything."""
    plan = bench.plan
    source = traffic(bench, days=plan.rollup_days)
    ensure_built(bench, source)
    bench.say("copying the database")
    database = bench.cluster.copy(source, f"{source}_soaked")
    try:
        before = _ledger(bench, database, LEDGER)
        with servers.footfall(
            bench.cluster.url(database),
            bench.scratch,
            workers=plan.workers,
            ADMIN_API_KEYS=KEY,
            TRUSTED_PROXIES="127.0.0.1",
        ) as server:
            heard = _soak(bench, server, database)
            _wait_until_counted(bench, database, before, heard.outcomes)
        windows = _windows(heard, plan.soak_window_minutes * 60, plan.soak_minutes * 60)
        # Whoever waited for an hour sees them also where the counts do not agree.
        bench.say(json.dumps(windows))
        build(bench, database, *MODELS)
        after, of_marts = (_ledger(bench, database, each) for each in (LEDGER, OF_MARTS))
        new = {name: after[name] - before[name] for name in OUTCOMES}
        if after != of_marts or not _agree(heard.outcomes, new):
            raise AssertionError(
                f"answers {heard.outcomes}, new in raw {new}, all in raw {after}, in marts {of_marts}"
            )
        bench.say("counting every figure once more")
        today = datetime.now(UTC).date()
        differences, discrepancy_seconds = count_differences(
            bench, database, today - timedelta(days=DAYS_COMPARED - 1), today
        )
        if differences:
            raise AssertionError(f"{differences} figures differ from raw")
        return {
            "events_before": before["accepted"],
            "new": new,
            "outcomes": dict(heard.outcomes),
            "builds": heard.builds,
            "discrepancy_seconds": discrepancy_seconds,
            "windows": windows,
        }
    finally:
        bench.cluster.drop(database)


def _soak(bench: Bench, server: servers.Server, database: str) -> _Heard:
    plan, heard, stop = bench.plan, _Heard(), threading.Event()
    posts = _posts(bench)
    lock = threading.Lock()

    def next_post() -> Post:
        with lock:
            return next(posts)

    tasks: list[tuple[float, Callable[[], None]]] = [
        *[(POSTERS / plan.soak_posts_per_second, _poster(server, heard, next_post))] * POSTERS,
        *[(RELAYS / plan.soak_batches_per_second, _relay(server, heard, next_post))] * RELAYS,
        *((SECONDS_PER_PAGE, _reader(server, heard, *reader)) for reader in READERS.items()),
        (SECONDS_PER_LOOK, lambda: _look(server, heard)),
        (plan.soak_window_minutes * 60, lambda: _build(bench, database, heard)),
    ]
    with ThreadPoolExecutor(len(tasks)) as threads:
        running = [threads.submit(_keep_doing, task, every, stop) for every, task in tasks]
        try:
            for minute in itertools.count():
                left = plan.soak_minutes * 60 - (time.monotonic() - heard.began)
                if left <= 0 or any(one.done() for one in running):
                    break
                bench.say(f"minute {minute}: {dict(heard.outcomes)}")
                stop.wait(min(left, 60))
        finally:
            stop.set()
        for one_of_them in running:
            one_of_them.result()
    return heard


def _keep_doing(task: Callable[[], None], every: float, stop: threading.Event) -> None:
    """As often as that. What was late is made up for, so that load does not fall when answers are slow."""
    due = time.monotonic()
    while not stop.is_set():
        task()
        due += every
        stop.wait(max(0.0, due - time.monotonic()))


def _posts(bench: Bench) -> Iterator[Post]:
    """Visits of yesterday and today, with what is sent twice and what is wrong, without an end."""
    now = datetime.now(UTC)
    for number in itertools.count():
        yield from simulate(
            last_day=now.date(),
            days=2,
            visitors_per_day=2_000,
            seed=int(bench.token) * 1_000 + number,
            until=now,
        )


def _poster(
    server: servers.Server, heard: _Heard, next_post: Callable[[], Post]
) -> Callable[[], None]:
    http = urllib3.PoolManager(maxsize=POSTERS, timeout=60, retries=False)

    def post() -> None:
        sent = next_post()
        answer, milliseconds = _send(http, f"{server.url}/v1/events", sent)
        if answer.status == 202:
            outcome = answer.headers["Footfall-Outcome"]
        else:
            outcome = "rejected" if sent.kind == "invalid" else f"{REFUSED} by {answer.status}"
        heard.answer(POSTS, milliseconds, {outcome: 1})

    return post


def _relay(
    server: servers.Server, heard: _Heard, next_post: Callable[[], Post]
) -> Callable[[], None]:
    http = urllib3.PoolManager(maxsize=RELAYS, timeout=60, retries=False)
    numbers = itertools.count(1)

    def post() -> None:
        gathered: list[dict[str, object]] = []
        wrong = 0
        while len(gathered) < BATCH_SIZE:
            sent = next_post()
            try:
                gathered.append(json.loads(sent.body))
            except ValueError:
                continue  # Half a body would spoil the whole batch.
            wrong += sent.kind == "invalid"
        batch = Post(json.dumps(gathered).encode(), sent.headers)
        for _ in range(2 if next(numbers) % BATCHES_PER_RESENT == 0 else 1):
            answer, milliseconds = _send(http, f"{server.url}/v1/events/batch", batch)
            if answer.status == 202:
                told = answer.json()
                outcomes = {name: told[name] for name in (*OUTCOMES, "spooled")}
                outcomes[f"{REFUSED} within a batch"] = told["rejected"] - wrong
            else:
                outcomes = {f"{REFUSED} by {answer.status}": BATCH_SIZE}
            heard.answer(BATCHES, milliseconds, outcomes)

    return post


def _send(
    http: urllib3.PoolManager, url: str, post: Post
) -> tuple[urllib3.BaseHTTPResponse, float]:
    started = time.perf_counter()
    answer = http.request("POST", url, body=post.body, headers=post.headers)
    return answer, 1000 * (time.perf_counter() - started)


def _reader(
    server: servers.Server, heard: _Heard, property_id: str, window: str
) -> Callable[[], None]:
    client = Asker.of(server.url)
    cookie = sign_in(client)
    path = f"/?{urlencode({'property': property_id, 'window': window})}"
    return lambda: heard.answer(PAGES, get_page(client, path, cookie)[1], {})


def _look(server: servers.Server, heard: _Heard) -> None:
    """At the largest of the workers, which are the children of the server."""
    workers = [memory(each.pid) for each in tree(server.pid) if each.parent == server.pid]
    largest = max(workers, key=lambda each: each.own_mb)
    heard.memories.append((time.monotonic() - heard.began, largest))


def _build(bench: Bench, database: str, heard: _Heard) -> None:
    heard.builds.append(round(build(bench, database, *MODELS).wall_seconds, 1))


def _ledger(bench: Bench, database: str, query: str) -> dict[str, int]:
    with bench.cluster.connect(database) as connection:
        return dict(zip(OUTCOMES, map(int, one(connection, query)), strict=True))


def _agree(answered: Counter[str], new: dict[str, int]) -> bool:
    """What was spooled is accepted or a duplicate by now; of all else each count is the same."""
    spooled = answered["spooled"]
    left = {name: new[name] - answered[name] for name in OUTCOMES}
    return (
        left["rejected"] == 0
        and min(left.values()) >= 0
        and left["accepted"] + left["duplicate"] == spooled
    )


def _wait_until_counted(
    bench: Bench, database: str, before: dict[str, int], outcomes: Counter[str]
) -> None:
    """Until the spool, if it was needed, is drained, and refusals are written down."""
    expected = sum(outcomes[name] for name in (*OUTCOMES, "spooled"))
    give_up_at = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < give_up_at:
        now = _ledger(bench, database, LEDGER)
        if sum(now.values()) - sum(before.values()) >= expected:
            return
        time.sleep(1)


def _windows(heard: _Heard, seconds: float, until: float) -> list[dict[str, Any]]:
    """Each stretch of so many seconds with its latencies and its largest worker."""
    found = []
    for number in range(max(1, round(until / seconds))):
        since = number * seconds
        found.append(
            {
                "minute": round(since / 60, 1),
                **{
                    kind: percentiles(
                        [
                            milliseconds
                            for at, one_kind, milliseconds in heard.milliseconds
                            if one_kind == kind and since <= at < since + seconds
                        ]
                    )
                    for kind in (POSTS, BATCHES, PAGES)
                },
                **{
                    name: max(
                        getattr(each, name)
                        for at, each in heard.memories
                        if since <= at < since + seconds
                    )
                    for name in ("resident_mb", "own_mb")
                },
            }
        )
    return found


def headlines(result: dict[str, Any]) -> list[Headline]:
    """Memory and latency; that the counts are equal is checked in the run, which fails otherwise."""
    windows = result["windows"]
    third = max(1, len(windows) // 3)
    # The first window fills caches and connections.
    early, late = windows[1 : 1 + third] or windows[:1], windows[-third:]
    refused = sum(count for word, count in result["outcomes"].items() if word.startswith(REFUSED))

    def drift(kind: str, percentile: str) -> Spread:
        def typical(some: list[dict[str, Any]]) -> float:
            return float(median(window[kind][percentile] for window in some))

        return Spread.of([typical(late) / typical(early)])

    return [
        Headline(
            "the largest worker, resident: MB",
            Spread.of(window["resident_mb"] for window in windows),
            at_most=MEMORY_GOAL_MB,
            digits=1,
        ),
        Headline(
            "its own memory, last third of the time / first third",
            Spread.of(
                [median(one["own_mb"] for one in late) / median(one["own_mb"] for one in early)]
            ),
            at_most=1.1,
        ),
        Headline(
            "p99 of single posts: ms, by window",
            Spread.of(window[POSTS]["p99_ms"] for window in windows),
            at_most=250,
            digits=0,
        ),
        *(
            Headline(
                f"{percentile[:3]} of {kind}, last third of the time / first third",
                drift(kind, percentile),
                at_most=1.25,
            )
            for kind in (POSTS, BATCHES)
            for percentile in ("p50_ms", "p99_ms")
        ),
        Headline("events refused that were right", Spread.of([refused]), at_most=1, digits=0),
    ]


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    rows = [
        [
            f"{window['minute']:g}",
            *(
                f"{window[kind][name]:,.0f}"
                for kind in (POSTS, BATCHES, PAGES)
                for name in ("p50_ms", "p99_ms")
            ),
            f"{window['resident_mb']:.1f}",
            f"{window['own_mb']:.1f}",
        ]
        for window in result["windows"]
    ]
    names = [f"{kind}, {name} ms" for kind in (POSTS, BATCHES, PAGES) for name in ("p50", "p99")]
    new, builds = result["new"], result["builds"]
    return (
        f"On {result['events_before']:,} events: single posts, batches, retries and wrong ones came at an even pace,"
        f" three dashboards read, and {len(builds)} builds ran ({min(builds):.0f} to {max(builds):.0f} s each)."
        f" Answers and raw agree: {sum(new.values()):,} received = {new['accepted']:,} accepted +"
        f" {new['duplicate']:,} duplicate + {new['rejected']:,} rejected;"
        f" {result['outcomes'].get('spooled', 0):,} went by the spool. After one more build the marts say the same,"
        f" and `footfall discrepancy` over {DAYS_COMPARED} days finds no difference, in {result['discrepancy_seconds']:.0f} s."
        f"\n\nBy the minute at which a window began; memory is the most of any worker:\n\n"
        f"{table(['minute', *names, 'RSS MB', 'USS MB'], rows)}"
    )

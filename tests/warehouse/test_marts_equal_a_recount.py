"""Posted visits, real builds, and every cell of every mart counted once more in plain Python."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from ingest_app.enrichment.identity import visitor_id
from tests.support.dbt import Dbt
from tests.support.recount.facts import read_facts
from tests.support.recount.people import NEVER
from tests.support.recount.reading import assert_marts_equal_recount, read_rows
from tests.support.server import Server, serving
from tests.support.visits import random_visit

Connection = psycopg.Connection[dict[str, Any]]
Body = dict[str, Any]

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
DAYS = [TODAY - timedelta(days=n) for n in range(20, 26)]
LATE_DAYS = [TODAY - timedelta(days=n) for n in (21, 58, 59)]
PROPERTIES = ("shop.example", "docs.example")
DAY = DAYS[2]
MEASURES = (
    *("visitors", "returning_visitors", "people", "returning_people", "bots", "returning_bots"),
)
NEWS = {"source": "news", "medium": "email"}


def page(
    visitor: str,
    at: timedelta,
    *,
    path: str = "/",
    property_id: str = "shop.example",
    utm: Mapping[str, str] | None = None,
    **traffic: object,
) -> Body:
    """A page view so long after the midnight of DAY."""
    body = {
        "anonId": visitor,
        "eventType": "page_view",
        "path": path,
        "timestamp": (DAY + at).isoformat(),
        "traffic": {"propertyId": property_id, **traffic},
    }
    return body if utm is None else body | {"utm": utm}


def clock(hours: int, minutes: int) -> timedelta:
    """A time of DAY; hours beyond 23 are on the next day, negative ones on the day before."""
    return timedelta(hours=hours, minutes=minutes)


# By what comes late: the visits before and after, as (day of the beginning, number of events).
FIRST_DAY, NEXT_DAY = DAY.date(), DAY.date() + timedelta(days=1)
CASES: dict[str, tuple[list[Body], list[Body], list[Any], list[Any]]] = {
    "a bridge over midnight": (
        [page("bridge-over", clock(23, 30)), page("bridge-over", clock(24, 10))],
        [page("bridge-over", clock(23, 50))],
        [(FIRST_DAY, 1), (NEXT_DAY, 1)],
        [(FIRST_DAY, 3)],
    ),
    "a bridge from the far side": (
        [page("far-bridge", clock(23, 40)), page("far-bridge", clock(24, 30))],
        [page("far-bridge", clock(24, 5))],
        [(FIRST_DAY, 1), (NEXT_DAY, 1)],
        [(FIRST_DAY, 3)],
    ),
    "the campaign of a moment": (
        [
            page("one-moment", clock(10, 0), path="/before"),
            page("one-moment", clock(10, 5), path="/1") | {"referrer": "https://google.com/"},
            page("one-moment", clock(10, 5), path="/2", isEntrance=False),
        ],
        [page("one-moment", clock(10, 5), path="/3", utm=NEWS, isEntrance=False)],
        [(FIRST_DAY, 3)],
        [(FIRST_DAY, 1), (FIRST_DAY, 3)],
    ),
    "a campaign that splits": (
        [
            page("split-visit", clock(23, 40), path="/1"),
            page("split-visit", clock(24, 5), path="/2"),
            page("split-visit", clock(24, 30), path="/3"),
        ],
        [page("split-visit", clock(24, 1), path="/n", utm=NEWS)],
        [(FIRST_DAY, 3)],
        [(FIRST_DAY, 1), (NEXT_DAY, 3)],
    ),
    "a beginning on the day before": (
        [page("begun-before", clock(24, 10), path="/2"), page("begun-before", clock(24, 20))],
        [page("begun-before", clock(23, 55), path="/1")],
        [(NEXT_DAY, 2)],
        [(FIRST_DAY, 3)],
    ),
    "an end on the day after": (
        [page("ended-after", clock(23, 50), path="/1")],
        [page("ended-after", clock(24, 10), path="/2", engagedTimeMs=11_000)],
        [(FIRST_DAY, 1)],
        [(FIRST_DAY, 2)],
    ),
    "a campaign that was the first": (
        [page("gained-utm", clock(12, 0)), page("gained-utm", clock(12, 10), utm=NEWS)],
        [page("gained-utm", clock(11, 50), utm=NEWS)],
        [(FIRST_DAY, 1), (FIRST_DAY, 1)],
        [(FIRST_DAY, 3)],
    ),
    "another property at the door": (
        [
            page("two-properties", clock(10, 0), path="/shop"),
            page("two-properties", clock(10, 5), path="/docs", property_id="docs.example"),
        ],
        [page("two-properties", clock(9, 50), path="/first", property_id="docs.example")],
        [(FIRST_DAY, 1), (FIRST_DAY, 1)],
        [(FIRST_DAY, 2), (FIRST_DAY, 1)],
    ),
    "a night through two midnights": (
        [page("long-night", clock(23, 30) + clock(0, 25 * n)) for n in range(62)],
        [page("long-night", clock(23, 45), utm=NEWS)],
        [(FIRST_DAY, 62)],
        [(FIRST_DAY, 1), (FIRST_DAY, 62)],
    ),
    "somebody who was there before": (
        [page("was-there", clock(12, 0)), page("was-there", clock(36, 0))],
        [page("was-there", clock(-48, 0), property_id="docs.example")],
        [(FIRST_DAY, 1), (NEXT_DAY, 1)],
        [(FIRST_DAY - timedelta(days=2), 1), (FIRST_DAY, 1), (NEXT_DAY, 1)],
    ),
}


def send(server: Server, bodies: Iterable[Body]) -> None:
    """Post several at a time; all must be new."""
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(server.post, bodies))
    outcomes = {(answer.status, answer.headers.get("Footfall-Outcome")) for answer in answers}
    assert outcomes == {(202, "accepted")}


def visits(rng: random.Random, days: list[datetime], *, people: int, number: int) -> list[Body]:
    """The events of so many random visits, in random order."""
    bodies = [
        body
        for n in range(number)
        for body in random_visit(
            rng,
            day=days[n % len(days)],
            visitor=f"visitor-{rng.randrange(people):04}",
            properties=PROPERTIES,
        )
    ]
    by_content = {str(body): body for body in bodies}
    return rng.sample(list(by_content.values()), len(by_content))


def sessions_of(connection: Connection, visitor: str) -> list[Any]:
    """(day, number of events) of a visitor's visits, in order."""
    of_visitor = [
        row
        for row in read_rows(connection, "sessions").values()
        if row["visitor_id"] == str(visitor_id(visitor))
    ]
    of_visitor.sort(key=lambda row: row["started_at"])
    return [(row["day"], row["events"]) for row in of_visitor]


@pytest.fixture(scope="module", autouse=True)
def history(database: str, data_dir: Path, dbt: Dbt) -> None:
    """Random visits, those of the cases, rows of another writer, and their first build."""
    with serving(database, data_dir) as server:
        send(server, visits(random.Random(20260405), DAYS, people=70, number=240))
        for before, *_ in CASES.values():
            send(server, before)
    with psycopg.connect(database, autocommit=True, row_factory=dict_row) as connection:
        put_by_another_writer(connection)
    dbt.build()


def put_by_another_writer(connection: Connection) -> None:
    """Rows as the schema allows them and the app never makes them."""
    for number, props in enumerate(
        (None, "[1]", '{"lcpMs": "9", "engagedTimeMs": -1, "scrollDepthPercent": 101}')
    ):
        connection.execute(
            'insert into raw.events (id, visitor_id, "timestamp", occurred_on, dedupe_key, '
            "   event_type, property_id, props) "
            "select gen_random_uuid(), id, %s, %s, %s, 'imported', 'shop.example', %s "
            "from raw.visitors where first_seen_at < %s order by anon_id limit 1",
            (DAY + clock(12, number), DAY.date(), f"imported-{number}", props, DAY),
        )


def test_a_first_build(connection: Connection) -> None:
    assert_marts_equal_recount(connection)
    for before, _, expected, _ in CASES.values():
        assert sessions_of(connection, before[0]["anonId"]) == expected


@pytest.mark.usefixtures("restored")
def test_late_events_merge_split_and_move_sessions(
    database: str, data_dir: Path, dbt: Dbt, connection: Connection
) -> None:
    with serving(database, data_dir) as server:
        send(server, visits(random.Random(20260406), LATE_DAYS, people=70, number=12))
        for _, late, *_ in CASES.values():
            send(server, late)
    dbt.build()
    assert_marts_equal_recount(connection)
    for before, *_, expected in CASES.values():
        assert sessions_of(connection, before[0]["anonId"]) == expected


def test_the_history_has_what_it_is_about(connection: Connection) -> None:
    hits = read_facts(connection).hits
    rows = {
        mart: read_rows(connection, mart)
        for mart in ("sessions", "visitor_recency", "daily_campaigns", "daily_pages")
    }
    assert {row["is_bounce"] for row in rows["sessions"].values()} == {False, True}
    assert any(
        row["started_at"].date() < row["ended_at"].date() for row in rows["sessions"].values()
    )
    # New; here before; returning for the first time, and once more.
    recencies = {
        (previous == NEVER, measure)
        for (*_, previous), row in rows["visitor_recency"].items()
        for measure in MEASURES
        if row[measure]
    }
    assert recencies == {(never, measure) for never in (True, False) for measure in MEASURES}
    assert any("(not set)" in key for key in rows["daily_campaigns"])
    assert any(row["median_engaged_ms"] is None for row in rows["daily_pages"].values())
    assert {hit.country_code for hit in hits} >= {"unknown", "DE"}
    properties = [
        {hit.property_id for hit in hits if str(hit.session_id) == session_id}
        for session_id, _ in rows["sessions"]
    ]
    assert {len(each) for each in properties} == {1, 2}


@pytest.mark.usefixtures("restored")
def test_an_erased_visitor_is_gone_from_every_day(dbt: Dbt, connection: Connection) -> None:
    gone = visitor_id("long-night")
    [days] = connection.execute(
        "select array_agg(distinct occurred_on) as days from raw.events where visitor_id = %s",
        (gone,),
    ).fetchall()
    with connection.transaction():
        connection.execute("delete from raw.visitors where id = %s", (gone,))
        connection.execute(
            "insert into raw.erasures (id, touched_days) values (%s, %s)",
            (uuid.uuid4(), days["days"]),
        )
    dbt.build()
    assert_marts_equal_recount(connection)
    assert str(gone) not in {key[2] for key in read_rows(connection, "visitor_days")}

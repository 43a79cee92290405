"""A page view that reports again counts by its last report, once, whenever that comes.

The expected numbers are worked out by hand.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from ingest_app.operations.discrepancy.check import compare_with_raw
from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.dbt import Dbt
from tests.support.purging import purge, rows_before
from tests.support.recount import assert_marts_equal_recount

Connection = psycopg.Connection[dict[str, Any]]

VIEW = "01a2218f-03ce-74d3-90cc-2e76a4712b10"
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = [FIRST.date() + timedelta(days=n) for n in range(3)]
PATHS = {"visitor-0001": "/a", "visitor-0002": "/b", "visitor-0003": "/b", "visitor-0004": "/c"}
RECONCILED = ("engagement_equals_raw", "every_measure_equals_raw", "web_vitals_equal_raw")


def report(
    day: int,
    clock: str,
    *,
    view: str | None = VIEW,
    anon_id: str = "visitor-0001",
    engaged: int | None = None,
    scroll: int | None = None,
    **vitals: float,
) -> dict[str, Any]:
    at = datetime.fromisoformat(f"{DAYS[day]}T{clock}Z")
    return {
        "anonId": anon_id,
        "eventType": "page_view" if "ttfbMs" in vitals else "heartbeat",
        "path": PATHS[anon_id],
        "timestamp": at.isoformat(),
        "traffic": {
            "propertyId": "shop.example",
            "deviceType": "mobile",
            "engagedTimeMs": engaged,
            "scrollDepthPercent": scroll,
            "webVitals": vitals,
        },
    } | ({} if view is None else {"viewId": view})


ON_THE_FIRST_DAY = [
    report(0, "10:00", ttfbMs=100, lcpMs=2000),
    report(0, "10:05", clsScore=0.05, inpMs=100, engaged=4_000, scroll=40),
    # It left a second time; INP did not grow and is not reported again.
    report(0, "10:20", clsScore=0.3, engaged=12_000, scroll=90),
    # Events that name no view each count.
    report(0, "11:00", view=None, ttfbMs=300),
    report(0, "11:01", view=None, engaged=1_000, scroll=10),
    report(0, "11:02", view=None, engaged=3_000, scroll=10),
    # Another browser has a view of the same name.
    report(0, "12:00", anon_id="visitor-0002", engaged=7_000),
]
ON_OTHER_DAYS = [
    # A build of the first day alone must know of the third.
    report(0, "13:00", anon_id="visitor-0003", engaged=50_000),
    report(2, "13:00", anon_id="visitor-0003", engaged=60_000),
    # What comes later ends this session, and so none of an earlier day.
    report(2, "06:00", view=None),
    # A session that begins on one day and reports on the next, and is not the last.
    report(1, "23:50", anon_id="visitor-0004", view=None, ttfbMs=500),
    report(2, "00:05", anon_id="visitor-0004", engaged=30_000),
    report(2, "08:00", anon_id="visitor-0004", view=None),
]
# Left in the background over midnight. And something of the first day comes late: it is the last
# report of TTFB, and none of anything else.
LATER = [
    report(1, "00:10", clsScore=0.4, engaged=20_000, scroll=100),
    report(0, "10:10", ttfbMs=111, engaged=86_000_000, scroll=70),
]


def pages(connection: Connection, path: str = "/a") -> dict[date, tuple[Any, ...]]:
    """Samples and median of engaged time, samples and sum of scroll depth, by day with events."""
    rows = connection.execute(
        "select day, engaged_samples, median_engaged_ms, scroll_samples, scroll_percent_sum "
        "from analytics.daily_pages where path = %s order by day",
        (path,),
    )
    return {row.pop("day"): tuple(row.values()) for row in rows}


def vitals(connection: Connection) -> dict[date, set[tuple[str, int, int]]]:
    """Each vital with its values in the marts' whole numbers, and how often each occurs."""
    found: dict[date, set[tuple[str, int, int]]] = {}
    for row in connection.execute(
        "select day, vital, value, sum(counted.samples)::integer as samples "
        "from analytics.web_vital_distributions as days "
        "cross join unnest(measured_values, value_samples) as counted (value, samples) "
        "where property_id <> '' and device_type <> '' group by 1, 2, 3"
    ):
        found.setdefault(row.pop("day"), set()).add(tuple(row.values()))
    return found


def ttfb(connection: Connection) -> dict[date, tuple[int, int | None]]:
    rows = connection.execute(
        "select day, ttfb_samples, p95_ttfb_ms from analytics.daily_ingest_rollups order by day"
    )
    return {row.pop("day"): tuple(row.values()) for row in rows}


def engaged_of_sessions(connection: Connection, path: str = "/a") -> list[tuple[Any, ...]]:
    """Of those that began on the path, by the time at which they began."""
    rows = connection.execute(
        "select day, engaged_ms, is_bounce from analytics.sessions where entry_path = %s "
        "order by started_at",
        (path,),
    )
    return [tuple(row.values()) for row in rows]


def last_touched_days(connection: Connection) -> dict[str, list[date]]:
    """The days that the last build has replaced, by mart."""
    rows = connection.execute(
        "select mart, array_agg(day order by day) as days "
        "from analytics_state.rollup_touched_days "
        "where cutoff = (select max(cutoff) from analytics_state.rollup_touched_days) group by 1"
    )
    return {row["mart"]: row["days"] for row in rows}


def assert_all_equals_raw(database: str, connection: Connection) -> None:
    # A purge has left the marts more than raw can say.
    if not connection.execute("select from raw.retention_purges").fetchall():
        assert_marts_equal_recount(connection)
    found = compare_with_raw(database, first=DAYS[0], last=DAYS[-1])
    assert found.differences == []
    different = connection.execute(
        "select * from analytics.rollup_reconciliation where status != 'equal'"
    )
    assert different.fetchall() == []


def test_the_last_report_counts_on_its_own_day(
    database: str, connection: Connection, writer: Writer, dbt: Dbt
) -> None:
    writer.write(events([*ON_THE_FIRST_DAY, *ON_OTHER_DAYS]))
    dbt.run_models()
    nothing = (0, None, 0, 0)
    assert pages(connection) == {DAYS[0]: (3, 3_000, 3, 110), DAYS[2]: nothing}
    assert pages(connection, "/b") == {DAYS[0]: (1, 7_000, 0, 0), DAYS[2]: (1, 60_000, 0, 0)}
    assert vitals(connection) == {
        DAYS[0]: {("ttfb", 100, 1), ("ttfb", 300, 1), ("lcp", 2000, 1), ("inp", 100, 1)}
        | {("cls", 300, 1)},
        DAYS[1]: {("ttfb", 500, 1)},
    }
    assert ttfb(connection) == {DAYS[0]: (2, 290), DAYS[1]: (1, 500), DAYS[2]: (0, None)}
    # Sixteen seconds would be the sum of all that the view has reported.
    assert engaged_of_sessions(connection) == [
        (DAYS[0], 12_000, False),
        (DAYS[0], 4_000, True),
        (DAYS[2], 0, False),
    ]
    assert_all_equals_raw(database, connection)

    for event in events(LATER):
        writer.write([event])
    dbt.run_models()
    assert pages(connection) == {
        DAYS[0]: (2, 2_000, 2, 20),
        DAYS[1]: (1, 20_000, 1, 100),
        DAYS[2]: nothing,
    }
    assert last_touched_days(connection)["daily_pages"] == DAYS[:2]
    assert pages(connection, "/b") == {DAYS[0]: (1, 7_000, 0, 0), DAYS[2]: (1, 60_000, 0, 0)}
    assert vitals(connection) == {
        DAYS[0]: {("ttfb", 111, 1), ("ttfb", 300, 1), ("lcp", 2000, 1), ("inp", 100, 1)},
        DAYS[1]: {("ttfb", 500, 1), ("cls", 400, 1)},
    }
    assert ttfb(connection)[DAYS[0]] == (2, round(111 + 0.95 * 189))
    # The late one is a second page view of the first session.
    assert engaged_of_sessions(connection) == [
        (DAYS[0], 0, False),
        (DAYS[0], 4_000, True),
        (DAYS[1], 20_000, False),
        (DAYS[2], 0, False),
    ]
    assert_all_equals_raw(database, connection)

    # Days that are closed keep what they have said, and the days after them what they say.
    assert engaged_of_sessions(connection, "/c") == [
        (DAYS[1], 30_000, False),
        (DAYS[2], 0, False),
    ]
    purge(connection, DAYS[1])
    # Builds look anew at sessions that changed in the last minutes; these did not.
    connection.execute(
        "update raw.sessions set updated_at = (updated_at at time zone 'UTC' - interval '1 day') at time zone 'UTC'"
    )
    closed = rows_before(connection, DAYS[1])
    writer.write(events([report(2, "09:00", engaged=1, scroll=1)]))
    writer.write(events([report(2, "12:00", anon_id="visitor-0004", engaged=40_000)]))
    dbt.run_models()
    assert rows_before(connection, DAYS[1]) == closed
    # The day of the report that was replaced is made anew where it can change anything.
    touched = last_touched_days(connection)
    for mart in ("daily_pages", "daily_ingest_rollups", "web_vital_distributions", "sessions"):
        assert touched[mart] == [DAYS[1], DAYS[2]], mart
    assert touched["daily_metric_rollups"] == touched["visitor_days"] == [DAYS[2]]
    assert pages(connection) == {
        DAYS[0]: (2, 2_000, 2, 20),
        DAYS[1]: nothing,
        DAYS[2]: (1, 1, 1, 1),
    }
    assert vitals(connection)[DAYS[1]] == {("ttfb", 500, 1), ("cls", 400, 1)}
    assert engaged_of_sessions(connection, "/c") == [
        (DAYS[1], 0, True),
        (DAYS[2], 0, False),
        (DAYS[2], 40_000, False),
    ]
    assert_all_equals_raw(database, connection)
    tested = dbt.run("test", "--select", *RECONCILED)
    assert tested.is_success, tested.output[-3000:]
    assert set(tested.statuses) >= set(RECONCILED)

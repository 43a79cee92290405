"""What anyone can ask: whether rollups equal raw, and what moved after it had been published."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.dbt import Dbt
from tests.support.rejections import wait_for_rejections
from tests.support.server import serving
from tests.support.visits import page_view

Connection = psycopg.Connection[dict[str, Any]]

NOW = datetime.now(UTC)
OLD = NOW.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=20)
SHOP = "shop.example"
# Each column of the two contract rollups with a number in it: of traffic, which people have once more,
# and the others.
OF_TRAFFIC = (
    *("unique_visitors", "returning_visitors", "total_page_views", "total_entrances"),
    *("total_exits", "total_conversions", "form_starts", "form_submits"),
    *("events_accepted", "p95_ttfb_ms", "ttfb_samples"),
)
COUNTS = {
    *OF_TRAFFIC,
    *(f"people_{measure}" for measure in OF_TRAFFIC),
    *("new_leads", "time_to_first_capture_sum_ms", "time_to_first_capture_count"),
    *("events_duplicate", "events_rejected", "leads_accepted", "leads_rejected"),
}


def view(visitor: str, at: datetime, path: str = "/", *, device: str = "mobile") -> dict[str, Any]:
    traffic = {"propertyId": SHOP, "deviceType": device, "webVitals": {"ttfbMs": 200}}
    return page_view(visitor, at) | {"traffic": traffic, "path": path}


@pytest.fixture(scope="module", autouse=True)
def history(database: str, data_dir: Path, dbt: Dbt) -> None:
    """A day with three events, one under way with a refusal, and their first build."""
    bodies = [
        view(
            "visitor-0001",
            OLD + timedelta(minutes=minute),
            path=f"/{minute}",
            device="mobile" if minute else "bot",
        )
        for minute in range(3)
    ]
    with serving(database, data_dir) as server:
        for body in [*bodies, view("visitor-0002", NOW - timedelta(minutes=1))]:
            assert server.post(body).status == 202
        assert server.post({"traffic": {"propertyId": SHOP}}).status == 400
        with psycopg.connect(database, autocommit=True, row_factory=dict_row) as connection:
            wait_for_rejections(connection, 1)
    dbt.build()


def restatements(connection: Connection) -> dict[str, dict[str, Any]]:
    rows = connection.execute(
        "select * from analytics.rollup_restatements order by restated_at"
    ).fetchall()
    return {row["measure"]: row for row in rows}


def test_every_measure_stands_beside_its_raw_side(connection: Connection) -> None:
    rows = connection.execute("select * from analytics.rollup_reconciliation").fetchall()
    assert {row["status"] for row in rows} == {"equal"}
    assert {row["difference"] for row in rows} == {0}
    old = {row["measure"]: row["raw_value"] for row in rows if row["day"] == OLD.date()}
    assert set(old) >= COUNTS
    assert old["events_accepted"] == old["total_page_views"] == 3
    assert old["traffic_source_breakdown.direct"] == 3
    assert old["top_landing_paths.entrances"] == 3
    assert old["p95_ttfb_ms"] == 200
    assert old["people_events_accepted"] == old["people_unique_visitors"] + 1 == 2
    assert old["people_traffic_source_breakdown.direct"] == 2
    assert old["people_top_landing_paths.entrances"] == 2
    assert old["people_p95_ttfb_ms"] == 200
    today = {row["measure"]: row["raw_value"] for row in rows if row["day"] == NOW.date()}
    assert today["error_breakdown.invalid_request:anonId"] == today["events_rejected"] == 1
    assert restatements(connection) == {}


@pytest.mark.usefixtures("restored")
def test_late_rows_restate_their_day_and_a_day_under_way_is_none(
    writer: Writer, dbt: Dbt, connection: Connection
) -> None:
    late = [
        view(visitor, OLD + timedelta(hours=1), device=device)
        for visitor, device in (("visitor-0001", "mobile"), ("visitor-0003", "bot"))
    ]
    writer.write(events([*late, view("visitor-0003", NOW)]))
    dbt.build()
    moved = restatements(connection)
    assert {
        measure: (row["value_before"], row["value_after"]) for measure, row in moved.items()
    } == {
        "events_accepted": (3, 5),
        "ttfb_samples": (3, 5),
        "total_page_views": (3, 5),
        "total_entrances": (3, 5),
        "unique_visitors": (1, 2),
        "people_events_accepted": (2, 3),
        "people_ttfb_samples": (2, 3),
        "people_total_page_views": (2, 3),
        "people_total_entrances": (2, 3),
    }
    for row in moved.values():
        assert (row["property_id"], row["day"], row["late_rows"]) == (SHOP, OLD.date(), 2)
        assert row["moved"] == row["value_after"] - row["value_before"]
        assert OLD < row["first_published_at"] < row["restated_at"]

    published = moved["events_accepted"]["first_published_at"]
    writer.write(events([view("visitor-0004", OLD + timedelta(hours=2))]))
    dbt.build()
    again = restatements(connection)["events_accepted"]
    assert (again["value_before"], again["value_after"], again["late_rows"]) == (5, 6, 1)
    assert again["first_published_at"] == published


@pytest.mark.usefixtures("restored")
def test_a_rebuild_that_moves_nothing_is_no_restatement(dbt: Dbt, connection: Connection) -> None:
    before = connection.execute("select count(*) from analytics.rollup_restatements").fetchone()
    day = OLD.date()
    dbt.build("--vars", f"{{rebuild_from: '{day}', rebuild_to: '{day}'}}")
    assert (
        connection.execute("select count(*) from analytics.rollup_restatements").fetchone()
        == before
    )


@pytest.mark.usefixtures("restored")
def test_a_difference_is_written_down_and_fails_the_tests(dbt: Dbt, connection: Connection) -> None:
    day = OLD.date()
    connection.execute(
        "update analytics.daily_metric_rollups set total_exits = total_exits + 7 where day = %s",
        (day,),
    )
    rebuild = ("--vars", f"{{rebuild_from: '{day}', rebuild_to: '{day}'}}")
    built = dbt.run("build", "--select", "rollup_reconciliation", *rebuild)
    assert built.failed() == {"every_measure_equals_raw"}
    [row] = connection.execute(
        "select * from analytics.rollup_reconciliation where status = 'different'"
    ).fetchall()
    assert (row["day"], row["measure"]) == (day, "total_exits")
    assert (row["rollup_value"], row["raw_value"], row["difference"]) == (7, 0, 7)
    dbt.build(*rebuild)
    assert (
        connection.execute(
            "select 1 from analytics.rollup_reconciliation where status = 'different'"
        ).fetchall()
        == []
    )

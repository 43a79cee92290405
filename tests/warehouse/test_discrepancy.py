"""The discrepancy check finds what was tampered with, and says so with both sides."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from ingest_app.operations.discrepancy.check import compare_with_raw
from ingest_app.operations.discrepancy.findings import Difference
from ingest_app.operations.discrepancy.marts import CONTRACT_MARTS
from tests.support.cli import footfall
from tests.support.dbt import Dbt
from tests.support.server import Server

Connection = psycopg.Connection[dict[str, Any]]

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=5)
DAY = NOON.date().isoformat()
# What one page view of one visitor counts in, by one on each.
OF_A_PAGE_VIEW = {
    "events_accepted",
    "top_landing_paths.entrances./",
    "total_entrances",
    "total_page_views",
    "traffic_source_breakdown.direct",
    "unique_visitors",
}
OF_A_PAGE_VIEW |= {f"people_{measure}" for measure in OF_A_PAGE_VIEW}
NEXT_DAY = (NOON + timedelta(days=1)).date().isoformat()


def post(server: Server, at: datetime, property_id: str, **changes: Any) -> None:
    answer = server.post(
        {
            "anonId": "visitor-0001",
            "eventType": "page_view",
            "path": "/",
            "timestamp": at.isoformat(),
            "traffic": {"propertyId": property_id},
        }
        | changes
    )
    assert answer.status == 202


@pytest.fixture(scope="module", autouse=True)
def built(server: Server, dbt: Dbt) -> None:
    """Four page views and a click on two properties, rolled up."""
    for minute in range(3):
        post(server, NOON + timedelta(minutes=minute), "shop.example")
    post(server, NOON, "it's.example")
    post(server, NOON + timedelta(days=1), "shop.example", eventType="cta_click")
    dbt.build()


def check(database: str, first: str, last: str, *options: str) -> subprocess.CompletedProcess[str]:
    return footfall("discrepancy", "--from", first, "--to", last, *options, database=database)


def lines(done: subprocess.CompletedProcess[str]) -> list[list[str]]:
    """The rows of the printed table, as words; of the two contract rollups alone."""
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith("20")]
    told = [
        [row[0], row[1], row[2].removeprefix(f"{mart}."), *row[3:]]
        for row in rows
        for mart in CONTRACT_MARTS
        if row[2].startswith(f"{mart}.")
    ]
    return sorted(told)


def measures(*options: str, **checked: Any) -> list[Difference]:
    """Differences of the contract rollups."""
    return compare_with_raw(*options, **checked, names=CONTRACT_MARTS).differences


def test_equal_sides_are_clean(database: str) -> None:
    done = check(database, DAY, NEXT_DAY)
    assert done.returncode == 0, done.stderr
    assert "clean" in done.stdout


def test_a_late_event_is_no_difference_and_counted_by_the_next_build(
    server: Server, dbt: Dbt, database: str
) -> None:
    post(server, NOON + timedelta(minutes=40), "shop.example")
    assert check(database, DAY, DAY).returncode == 0
    dbt.build()
    assert check(database, DAY, DAY).returncode == 0


def test_a_deleted_raw_row_is_named_and_fails_the_next_build(
    dbt: Dbt, database: str, connection: Connection
) -> None:
    connection.execute("create temporary table kept as select * from raw.events where false")
    connection.execute(
        "with gone as (delete from raw.events where id = ("
        "   select id from raw.events where property_id = 'it''s.example') returning *) "
        "insert into kept select * from gone"
    )
    done = check(database, DAY, NEXT_DAY)
    assert done.returncode == 2
    assert lines(done) == [
        [DAY, "it's.example", measure, "1", "-", "+1"] for measure in sorted(OF_A_PAGE_VIEW)
    ]
    assert check(database, NEXT_DAY, NEXT_DAY).returncode == 0
    assert check(database, DAY, DAY, "--property-id", "shop.example").returncode == 0
    assert check(database, DAY, DAY, "--property-id", "it's.example").returncode == 2

    run = dbt.run("build")
    assert not run.is_success
    assert "events_received_equal_raw" in run.failed()

    connection.execute("insert into raw.events select * from kept")
    assert check(database, DAY, NEXT_DAY).returncode == 0


def test_a_rollup_row_that_is_wrong_missing_or_extra_is_listed(
    database: str, connection: Connection
) -> None:
    connection.execute(
        "update analytics.daily_ingest_rollups set events_rejected = 7 "
        "where property_id = 'shop.example' and day = %s",
        (NEXT_DAY,),
    )
    connection.execute(
        "insert into analytics.daily_metric_rollups "
        'select (jsonb_populate_record(rollups, \'{"property_id": "ghost.example"}\')).* '
        "from analytics.daily_metric_rollups as rollups "
        "where property_id = 'shop.example' and day = %s",
        (DAY,),
    )
    connection.execute(
        "delete from analytics.daily_ingest_rollups where property_id = 'it''s.example'"
    )
    done = check(database, DAY, NEXT_DAY)
    assert done.returncode == 2
    found = sorted(row[:6] for row in lines(done))
    ghosts = [row for row in found if row[1] == "ghost.example"]
    assert {row[2] for row in ghosts} == OF_A_PAGE_VIEW - {
        *("events_accepted", "people_events_accepted")
    }
    assert [DAY, "ghost.example", "total_page_views", "4", "-", "+4"] in ghosts
    assert [row for row in found if row not in ghosts] == [
        [DAY, "it's.example", "events_accepted", "-", "1", "-1"],
        [DAY, "it's.example", "people_events_accepted", "-", "1", "-1"],
        [NEXT_DAY, "shop.example", "events_rejected", "7", "0", "+7"],
    ]


# A wrong value of each column, and the measures that must be named for it.
WRONG = {
    "daily_metric_rollups": {
        "unique_visitors": ("unique_visitors + 1", {"unique_visitors"}),
        "returning_visitors": ("returning_visitors + 1", {"returning_visitors"}),
        "total_page_views": ("total_page_views + 1", {"total_page_views"}),
        "total_entrances": ("total_entrances + 1", {"total_entrances"}),
        "total_exits": ("total_exits + 1", {"total_exits"}),
        "total_conversions": ("total_conversions + 1", {"total_conversions"}),
        "form_starts": ("form_starts + 1", {"form_starts"}),
        "form_submits": ("form_submits + 1", {"form_submits"}),
        "new_leads": ("new_leads + 1", {"new_leads"}),
        "time_to_first_capture_sum_ms": ("5", {"time_to_first_capture_sum_ms"}),
        "time_to_first_capture_count": ("5", {"time_to_first_capture_count"}),
        "traffic_source_breakdown": (
            """traffic_source_breakdown || '{"email": 2}'""",
            {"traffic_source_breakdown.email"},
        ),
        "top_landing_paths": (
            """'[{"path": "/", "entrances": 4, "conversions": 9}]'""",
            {"top_landing_paths.conversions./", "top_landing_paths.conversionRate./"},
        ),
    },
    "daily_ingest_rollups": {
        "events_accepted": ("events_accepted + 1", {"events_accepted"}),
        "events_duplicate": ("events_duplicate + 1", {"events_duplicate"}),
        "events_rejected": ("events_rejected + 1", {"events_rejected"}),
        "leads_accepted": ("leads_accepted + 1", {"leads_accepted"}),
        "leads_rejected": ("leads_rejected + 1", {"leads_rejected"}),
        "p95_ttfb_ms": ("17", {"p95_ttfb_ms"}),
        "ttfb_samples": ("ttfb_samples + 1", {"ttfb_samples"}),
        "error_breakdown": ("""'{"x": 1}'""", {"error_breakdown.x"}),
    },
}
# What is nobody's stands there once.
NOT_OF_PEOPLE = {
    *("new_leads", "time_to_first_capture_sum_ms", "time_to_first_capture_count"),
    *("events_duplicate", "events_rejected", "leads_accepted", "leads_rejected", "error_breakdown"),
}
for measures_of_mart in WRONG.values():
    for name in measures_of_mart.keys() - NOT_OF_PEOPLE:
        wrong_value, named_for_it = measures_of_mart[name]
        measures_of_mart[f"people_{name}"] = (
            wrong_value.replace(name, f"people_{name}"),
            {f"people_{measure}" for measure in named_for_it},
        )


@pytest.fixture
def tampering(connection: Connection) -> Iterator[None]:
    """Puts both rollups back as they were."""
    for mart in WRONG:
        connection.execute(f"create temporary table kept_{mart} as table analytics.{mart}".encode())
    yield
    for mart in WRONG:
        connection.execute(f"delete from analytics.{mart}".encode())
        connection.execute(f"insert into analytics.{mart} table kept_{mart}".encode())


@pytest.mark.usefixtures("tampering")
def test_a_wrong_value_of_any_column_is_named(database: str, connection: Connection) -> None:
    checked = {"first": NOON.date(), "last": NOON.date(), "property_id": "shop.example"}
    before = {row.measure for row in measures(database, **checked)}
    assert before == set()
    for mart, columns in WRONG.items():
        names = connection.execute(
            "select attname as name from pg_attribute"
            " where attrelid = %s::regclass and attnum > 0 and not attisdropped",
            (f"analytics.{mart}",),
        ).fetchall()
        known = {row["name"] for row in names} - {"property_id", "day", "generated_at"}
        assert known == columns.keys()
        for column, (wrong, expected) in columns.items():
            connection.execute(
                f"update analytics.{mart} set {column} = {wrong}"
                " where property_id = 'shop.example' and day = %s".encode(),
                (DAY,),
            )
            named = {row.measure for row in measures(database, **checked)}
            assert named == expected, column
            connection.execute(
                f"update analytics.{mart} as rollups set {column} = kept.{column}"
                f" from kept_{mart} as kept"
                " where rollups.property_id = kept.property_id and rollups.day = kept.day".encode()
            )


def test_json_tells_the_same_to_machines(database: str) -> None:
    only = ("--mart", "daily_ingest_rollups", "--json")
    clean = check(database, DAY, DAY, *only, "--property-id", "shop.example")
    assert clean.returncode == 0
    assert json.loads(clean.stdout) == {
        "from": DAY,
        "to": DAY,
        "propertyId": "shop.example",
        "isClean": True,
        "compared": ["daily_ingest_rollups"],
        "leftOut": {},
        "differences": [],
    }
    done = check(database, NEXT_DAY, NEXT_DAY, *only)
    assert done.returncode == 2
    assert json.loads(done.stdout) == {
        "from": NEXT_DAY,
        "to": NEXT_DAY,
        "propertyId": None,
        "isClean": False,
        "compared": ["daily_ingest_rollups"],
        "leftOut": {},
        "differences": [
            {
                "mart": "daily_ingest_rollups",
                "day": NEXT_DAY,
                "propertyId": "shop.example",
                "key": {},
                "measure": "events_rejected",
                "rollupValue": 7,
                "rawValue": 0,
                "difference": 7,
            }
        ],
    }


def test_a_quote_in_the_property_is_text(database: str) -> None:
    done = check(database, DAY, DAY, "--property-id", "x' or 'a' = 'a")
    assert done.returncode == 0
    assert "clean" in done.stdout

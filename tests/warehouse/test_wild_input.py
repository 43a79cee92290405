"""Whatever is posted, and whatever stands in raw, the next build is green."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, unquote

import psycopg
import pytest

from tests.support import wild
from tests.support.cli import footfall
from tests.support.dbt import Dbt
from tests.support.recount.reading import assert_marts_equal_recount
from tests.support.rejections import wait_for_rejections
from tests.support.server import Server, serving

Connection = psycopg.Connection[dict[str, Any]]

KEY = "a-key"
NOW = datetime.now(UTC)
WINDOW = f"from={NOW - timedelta(days=85):%Y-%m-%d}&to={NOW + timedelta(days=1):%Y-%m-%d}"
BREAKDOWNS = (
    *("traffic_source", "landing_path", "page", "device_type", "country", "campaign"),
    "event_type",
)
PAGE = b'{"anonId":"visitor-01","eventType":"page_view","path":"/"'
WILD_BODIES = {
    "a reserved key in props": (PAGE + b',"props":{"ttfbMs":"abc","clsScore":{}}}', 202),
    "NUL": (PAGE + b',"props":{"a":"\\u0000"}}', 400),
    "NaN": (PAGE + b',"props":{"a":NaN}}', 400),
    "an array": (b"[]", 400),
    "nothing": (b"", 400),
    "no UTF-8": (b"\xff", 400),
    "deep nesting": (PAGE + b',"props":' + b'{"a":' * 5000 + b"1" + b"}" * 5001, 400),
    "ten megabytes": (PAGE + b"x" * 10_000_000, 413),
}
# As rows that another writer, or a restore from elsewhere, may have left behind.
WILD_PROPS = (
    '{"ttfbMs": "abc"}',
    '{"ttfbMs": true, "clsScore": null}',
    '{"ttfbMs": 1e400}',
    '{"ttfbMs": -1, "engagedTimeMs": [1]}',
    '{"ttfbMs": {"a": 1}}',
    '"text"',
    "[1, 2]",
    "null",
    "17",
)


pytestmark = pytest.mark.usefixtures("restored")


@pytest.fixture(scope="module", autouse=True)
def history(database: str) -> None:
    """Nothing has come yet."""


@pytest.fixture
def reporting(database: str, data_dir: Path) -> Iterator[Server]:
    """A server that takes events and answers reports."""
    with serving(database, data_dir, ADMIN_API_KEYS=KEY, SUMMARY_CACHE_SECONDS="0") as running:
        yield running


def report(server: Server, name: str) -> Any:
    """A report over all days of the wild events."""
    answer = server.request("GET", f"/v1/metrics/{name}&{WINDOW}", x_admin_key=KEY)
    assert answer.status == 200, answer.body
    return answer.body


def decoded(page: str) -> str:
    # Escapes that are no text stay apart from each other.
    return unquote(page, errors="surrogateescape")


def page(path: str) -> str:
    """The page of a path, decoded: its letters as far as they have room when they are escaped."""
    letters = decoded(re.split("[?#]", path)[0])
    room = 2048
    for place, letter in enumerate(letters):
        room -= len(quote(letter, safe="/!$&'()*+,;=:@", errors="surrogateescape"))
        if room < 0:
            return letters[:place]
    return letters or "/"


def test_the_largest_and_strangest_events_come_out_as_they_went_in(
    reporting: Server, dbt: Dbt, database: str, connection: Connection
) -> None:
    rng = Random(20261128)
    bodies = [wild.largest_event(rng, NOW) for _ in range(3)]
    # Keys that differ in one letter of many, or in one text of three.
    bodies.append(bodies[0] | {"anonId": "another1", "path": bodies[0]["path"][:-1] + "!"})
    bodies.append(bodies[0] | {"anonId": "another2", "utm": bodies[0]["utm"] | {"campaign": "!"}})
    bodies += [wild.wild_event(rng, NOW) for _ in range(60)]
    for body in bodies:
        sent = wild.json_bytes(rng, body)
        answer = reporting.request("POST", "/v1/events", sent, Content_Type="application/json")
        assert answer.status == 202, answer.body
    dbt.build()
    assert_marts_equal_recount(connection)
    days = WINDOW.replace("from=", "--from=").replace("&to=", " --to=").split()
    checked = footfall("discrepancy", *days, database=database)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    summary = report(reporting, "summary?compareTo=yes")
    views = sum(body["eventType"] == "page_view" for body in bodies)
    assert summary["metrics"]["totalPageViews"]["value"] == views
    assert summary["ingest"]["totalEventsAccepted"] == len(bodies)
    told = {by: report(reporting, f"breakdown?by={by}&limit=1000")["rows"] for by in BREAKDOWNS}
    assert {decoded(row["path"]) for row in told["page"]} == {page(body["path"]) for body in bodies}
    assert {row["eventType"] for row in told["event_type"]} == {
        body["eventType"] for body in bodies
    }
    campaigns = {(row["source"], row["medium"], row["campaign"]) for row in told["campaign"]}
    assert {
        tuple(body["utm"][part] for part in ("source", "medium", "campaign")) for body in bodies[:5]
    } <= campaigns
    largest = quote(bodies[0]["traffic"]["propertyId"])
    summary = report(reporting, f"summary?propertyId={largest}")
    # The three that are copies in all but one field are of the same property.
    assert summary["ingest"]["totalEventsAccepted"] == 3
    assert summary["ingest"]["p95TtfbMs"] == wild.VITALS["ttfbMs"]


def test_wild_bodies_and_wild_rows_leave_the_build_green(
    reporting: Server, dbt: Dbt, connection: Connection
) -> None:
    for name, (body, status) in WILD_BODIES.items():
        answer = reporting.request("POST", "/v1/events", body, Content_Type="application/json")
        assert answer.status == status, name
        assert answer.body["ok"] is (status == 202), name
    refusals = sum(status != 202 for _, status in WILD_BODIES.values())
    wait_for_rejections(connection, refusals)
    [accepted] = connection.execute(
        "select id as visitor_id from raw.visitors where anon_id = 'visitor-01'"
    ).fetchall()
    for number, props in enumerate(WILD_PROPS):
        connection.execute(
            'insert into raw.events (id, visitor_id, "timestamp", occurred_on, dedupe_key, '
            "   event_type, property_id, props) "
            "values (%s, %s, %s, %s, %s, 'page_view', 'wild.example', %s)",
            (
                uuid.uuid4(),
                accepted["visitor_id"],
                datetime.now(UTC),
                datetime.now(UTC).date(),
                f"wild-{number}",
                props,
            ),
        )
    dbt.build()
    [rollup] = connection.execute(
        "select events_accepted, ttfb_samples, p95_ttfb_ms from analytics.daily_ingest_rollups "
        "where property_id = 'wild.example'"
    ).fetchall()
    assert tuple(rollup.values()) == (len(WILD_PROPS), 0, None)
    [refused] = connection.execute(
        "select sum(events_rejected) as total from analytics.daily_ingest_rollups"
    ).fetchall()
    assert refused["total"] == refusals

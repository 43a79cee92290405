"""Whatever is posted, and whatever stands in raw, the next build is green."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import psycopg

from tests.support.dbt import Dbt
from tests.support.rejections import wait_for_rejections
from tests.support.server import Server

Connection = psycopg.Connection[dict[str, Any]]

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


def test_wild_bodies_and_wild_rows_leave_the_build_green(
    server: Server, dbt: Dbt, connection: Connection
) -> None:
    for name, (body, status) in WILD_BODIES.items():
        answer = server.request("POST", "/v1/events", body, Content_Type="application/json")
        assert answer.status == status, name
        assert answer.body["ok"] is (status == 202), name
    refusals = sum(status != 202 for _, status in WILD_BODIES.values())
    wait_for_rejections(connection, refusals)
    [accepted] = connection.execute("select visitor_id from raw.events").fetchall()
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

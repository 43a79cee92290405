"""`viewId`: the page view that an event belongs to, as it is received and stored."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from tests.support.server import Server

VIEWS = ("6f1f8c1e-3f6b-4f0e-9a57-0d2b8f0c1a11", "6f1f8c1e-3f6b-4f0e-9a57-0d2b8f0c1a12")

pytestmark = pytest.mark.usefixtures("clean_tables")


def event(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {
        "anonId": "visitor-0001",
        "eventType": "page_view",
        "path": "/",
        "timestamp": now,
    } | changes


def test_a_view_is_stored_beside_its_event(
    server: Server, connection: psycopg.Connection[dict[str, Any]]
) -> None:
    mine = {"viewId": "mine"}
    assert server.post(event(path="/1", viewId=VIEWS[0].upper(), props=mine)).status == 202
    assert server.post(event(path="/2", props=mine)).status == 202
    rows = connection.execute(
        "select path, view_id, props from raw.events order by path"
    ).fetchall()
    assert rows == [
        {"path": "/1", "view_id": uuid.UUID(VIEWS[0]), "props": {"viewId": VIEWS[0]}},
        {"path": "/2", "view_id": None, "props": None},
    ]


def test_a_view_tells_events_apart_that_differ_in_nothing_else(server: Server) -> None:
    sent = event()
    answers = [
        server.post(sent | more)
        for more in ({"viewId": VIEWS[0]}, {"viewId": VIEWS[1]}, {}, {"viewId": VIEWS[0]})
    ]
    words = [answer.headers["Footfall-Outcome"] for answer in answers]
    assert words == ["accepted", "accepted", "accepted", "duplicate"]
    assert answers[3].body == answers[0].body


@pytest.mark.parametrize("field", ["viewId", "sentAt"])
@pytest.mark.parametrize("value", ["mine", "", 1, "2026-11-28T10:00:00", []])
def test_what_is_no_view_and_no_instant_is_named(server: Server, field: str, value: Any) -> None:
    answer = server.post(event(**{field: value}))
    assert answer.status == 400
    assert [issue["path"] for issue in answer.body["issues"]] == [field]


def test_the_clock_of_the_client_says_nothing_without_a_timestamp(server: Server) -> None:
    sent = event(sentAt=datetime.now(UTC).isoformat())
    assert server.post(sent).status == 202
    del sent["timestamp"]
    answer = server.post(sent)
    assert answer.status == 400
    assert answer.body["issues"] == [{"path": "timestamp", "message": "is required beside sentAt"}]

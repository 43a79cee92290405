"""Of two events of one moment either may carry the campaign, and either may come first."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import psycopg
import pytest

from tests.support.server import Server

Connection = psycopg.Connection[dict[str, Any]]

pytestmark = pytest.mark.usefixtures("clean_tables")

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
NEWS = {"source": "news", "medium": "email"}


def event(visitor: str, path: str, minutes: int, **more: Any) -> dict[str, Any]:
    at = (NOON + timedelta(minutes=minutes)).isoformat()
    return {"anonId": visitor, "eventType": "page_view", "path": path, "timestamp": at, **more}


def visits(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Of each visitor: landing path, campaign and paths of its sessions, in order."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in connection.execute(
        "select anon_id, landing_path, utm_source, array_agg(path order by path) as paths "
        "from raw.sessions "
        "inner join raw.visitors on visitors.id = sessions.visitor_id "
        "inner join raw.events on events.session_id = sessions.id"
        " and events.visitor_id = sessions.visitor_id "
        "group by anon_id, sessions.id, landing_path, utm_source, started_at "
        "order by started_at"
    ):
        found.setdefault(row["anon_id"], []).append(
            (row["landing_path"], row["utm_source"], row["paths"])
        )
    return found


def test_whichever_carries_the_campaign_in_any_order_and_batching(
    server: Server, connection: Connection
) -> None:
    expected = [
        ("/before", None, ["/before"]),
        ("/campaign", "news", ["/after", "/campaign", "/x"]),
    ]
    # As many visitors as orders: each has hashes of its own.
    for number, order in enumerate(permutations(range(4))):
        visitor = f"visitor-{number:04}"
        events = [
            event(visitor, "/before", 0),
            event(visitor, "/x", 5),
            event(visitor, "/campaign", 5, utm=NEWS),
            event(visitor, "/after", 10),
        ]
        arriving = [events[place] for place in order]
        batches = [arriving] if number % 2 else [[each] for each in arriving]
        for batch in batches:
            body = json.dumps(batch).encode()
            answer = server.request(
                "POST", "/v1/events/batch", body, Content_Type="application/json"
            )
            assert answer.status == 202, answer.body
    found = visits(connection)
    assert len(found) == 24
    assert all(each == expected for each in found.values()), found

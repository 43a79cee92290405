"""Posted events, real builds, and a plain Python recount of what was posted.

The tests of this module are the chapters of one history and run in order.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.support.dbt import Dbt
from tests.support.history import Posted, random_history
from tests.support.recount import (
    CaptureFact,
    EventFact,
    Key,
    RejectionFact,
    first_sights,
    ingest_rollups,
    metric_rollups,
)
from tests.support.rejections import wait_for_rejections
from tests.support.server import Server
from tests.support.warehouse import generation_times, read_mart

Connection = psycopg.Connection[dict[str, Any]]

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
WEEK = [TODAY - timedelta(days=n) for n in range(20, 27)]
LATE_DAYS = [TODAY - timedelta(days=n) for n in (22, 60, 61)]
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:footfall:visitor")


@dataclass
class History:
    """Everything that was sent so far, as facts."""

    events: list[EventFact] = field(default_factory=list)
    duplicates: Counter[Key] = field(default_factory=Counter)
    rejections: list[RejectionFact] = field(default_factory=list)
    captures: list[CaptureFact] = field(default_factory=list)

    def send(self, server: Server, posted: Iterable[Posted]) -> None:
        """Post the events, several at a time; each must be answered as new."""
        posted = list(posted)
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda each: server.post(each.body), posted))
        assert {answer.status for answer in answers} == {202}
        outcomes = {answer.headers["Footfall-Outcome"] for answer in answers}
        assert outcomes == {"accepted"}
        self.events += [each.fact for each in posted]

    def check(self, connection: Connection) -> None:
        """Every column of both rollups, on every day of every property."""
        assert read_mart(connection, "daily_metric_rollups") == metric_rollups(
            self.events, self.captures
        )
        assert read_mart(connection, "daily_ingest_rollups") == ingest_rollups(
            self.events, self.duplicates, self.rejections, self.captures
        )


@pytest.fixture(scope="module")
def history() -> History:
    return History()


@pytest.fixture(scope="module")
def rng() -> random.Random:
    return random.Random(20260301)


def test_a_first_build(
    server: Server, dbt: Dbt, connection: Connection, history: History, rng: random.Random
) -> None:
    posted = random_history(rng, days=WEEK, events=900, visitors=120)
    history.send(server, posted)
    for again in posted[:40:2]:
        assert server.post(again.body).headers["Footfall-Outcome"] == "duplicate"
        history.duplicates[again.fact.key] += 1
    for property_id, wrong in (("shop.example", 3), ("new.example", 2)):
        for _ in range(wrong):
            assert server.post({"traffic": {"propertyId": property_id}}).status == 400
        history.rejections.append(
            RejectionFact(
                property_id, datetime.now(UTC).date(), "/v1/events", "invalid_request:anonId", wrong
            )
        )
    wait_for_rejections(connection, sum(each.times for each in history.rejections))
    # As an analyst types it, with the unit tests.
    built = dbt.run("build")
    assert built.is_success, built.output
    history.check(connection)


def test_late_events_rebuild_their_days_and_leave_the_others(
    server: Server, dbt: Dbt, connection: Connection, history: History, rng: random.Random
) -> None:
    before = generation_times(connection, "daily_metric_rollups")
    known_since = first_sights(history.events)
    # Some of these people were thought to be new weeks later.
    late = random_history(rng, days=LATE_DAYS, events=25, visitors=120)
    history.send(server, late)
    dbt.build()
    history.check(connection)

    seen_since = first_sights(history.events)
    no_longer_new = {
        since.date()
        for visitor, since in known_since.items()
        if seen_since[visitor].date() < since.date()
    }
    touched = {each.fact.key[1] for each in late} | no_longer_new
    after = generation_times(connection, "daily_metric_rollups")
    rebuilt = {key[1] for key, made in after.items() if before.get(key) != made}
    assert no_longer_new
    assert rebuilt == touched
    assert {key[1] for key in after} > rebuilt


def test_captures_count_where_their_visitor_has_been(
    dbt: Dbt, connection: Connection, history: History, rng: random.Random
) -> None:
    visitors = sorted({event.visitor for event in history.events})
    for number in range(30):
        visitor = rng.choice(visitors)
        at = rng.choice(WEEK) + timedelta(milliseconds=rng.randrange(86_400_000))
        is_accepted = rng.random() < 0.8
        capture = CaptureFact(visitor, at, is_accepted, is_accepted and rng.random() < 0.5)
        first = min(event.at for event in history.events if event.visitor == visitor)
        if at < first:
            continue  # no form is sent before the visit
        connection.execute(
            "insert into raw.form_submissions "
            "(id, visitor_id, form_name, validation_status, is_first_capture, captured_at) "
            "values (%s, %s, 'lead_capture', %s, %s, %s)",
            (
                uuid.uuid4(),
                uuid.uuid5(NAMESPACE, visitor),
                "accepted" if is_accepted else ("rejected", "invalid")[number % 2],
                capture.is_first,
                at,
            ),
        )
        history.captures.append(capture)
    assert any(capture.is_first for capture in history.captures)
    dbt.build()
    history.check(connection)


def test_a_late_event_on_another_property_takes_earlier_captures_there(
    server: Server, dbt: Dbt, connection: Connection, history: History
) -> None:
    capture = next(capture for capture in history.captures if capture.is_first)
    at = capture.at - timedelta(days=1)
    fact = EventFact(
        property_id="landing.example",
        visitor=capture.visitor,
        event_type="page_view",
        path="/",
        at=at,
        traffic_source="direct",
        is_entrance=True,
        is_exit=False,
        is_conversion=False,
        ttfb_ms=None,
    )
    body = {
        "anonId": capture.visitor,
        "eventType": "page_view",
        "path": "/",
        "timestamp": at.isoformat(),
        "traffic": {"propertyId": "landing.example"},
    }
    history.send(server, [Posted(body, fact)])
    dbt.build()
    assert ("landing.example", capture.at.date()) in metric_rollups(
        history.events, history.captures
    )
    history.check(connection)


def test_a_build_with_nothing_new_and_a_full_refresh_change_nothing(
    dbt: Dbt, connection: Connection, history: History
) -> None:
    dbt.build()
    history.check(connection)
    dbt.build("--full-refresh")
    history.check(connection)


def test_a_day_emptied_of_its_rows_goes_with_a_named_rebuild(
    dbt: Dbt, connection: Connection, history: History
) -> None:
    day = WEEK[3].date()
    connection.execute("delete from raw.events where occurred_on = %s", (day,))
    connection.execute("delete from raw.form_submissions where captured_at::date = %s", (day,))
    connection.execute("delete from raw.ingest_duplicates where occurred_on = %s", (day,))
    # first_seen_at of visitors does not move forward when their events go.
    kept = [event for event in history.events if event.key[1] != day]
    first_seen_before = metric_rollups(history.events, history.captures)
    history.events = kept
    history.captures = [each for each in history.captures if each.at.date() != day]
    history.duplicates = Counter(
        {key: times for key, times in history.duplicates.items() if key[1] != day}
    )
    stale = dbt.run("build")
    assert not stale.is_success
    assert "events_received_equal_raw" in stale.failed()

    # Captures of later days may have counted for a property by events of this one.
    last = WEEK[0].date()
    dbt.build("--vars", f"{{rebuild_from: '{day}', rebuild_to: '{last}'}}")
    for mart in ("daily_metric_rollups", "daily_ingest_rollups"):
        rows = read_mart(connection, mart)
        assert rows
        assert day not in {key[1] for key in rows}
    untouched = {key: row for key, row in first_seen_before.items() if key[1] < day}
    now = read_mart(connection, "daily_metric_rollups")
    assert {key: now[key] for key in untouched} == untouched

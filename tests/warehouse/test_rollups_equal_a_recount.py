"""Posted events, real builds, and a plain Python recount of what was posted."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.support.captures import submit
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
from tests.support.recount.reading import generation_times, read_rows
from tests.support.rejections import wait_for_rejections
from tests.support.server import Server, serving

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
        assert read_rows(connection, "daily_metric_rollups") == metric_rollups(
            self.events, self.captures
        )
        assert read_rows(connection, "daily_ingest_rollups") == ingest_rollups(
            self.events, self.duplicates, self.rejections, self.captures
        )


@pytest.fixture(scope="module")
def history(database: str, data_dir: Path, dbt: Dbt) -> History:
    """A week with repetitions and refusals, and its first build."""
    history = History()
    rng = random.Random(20260301)
    posted = random_history(rng, days=WEEK, events=900, visitors=120)
    with serving(database, data_dir) as server:
        history.send(server, posted)
        for again in posted[:40:2]:
            assert server.post(again.body).headers["Footfall-Outcome"] == "duplicate"
            history.duplicates[again.fact.key] += 1
        for property_id, wrong in (("shop.example", 3), ("new.example", 2)):
            for _ in range(wrong):
                assert server.post({"traffic": {"propertyId": property_id}}).status == 400
            day = datetime.now(UTC).date()
            history.rejections.append(
                RejectionFact(property_id, day, "/v1/events", "invalid_request:anonId", wrong)
            )
        with psycopg.connect(database, autocommit=True, row_factory=dict_row) as connection:
            wait_for_rejections(connection, sum(each.times for each in history.rejections))
    # As an analyst types it, with the unit tests.
    built = dbt.run("build")
    assert built.is_success, built.output
    return history


@pytest.fixture
def later(history: History, restored: None) -> History:
    """The history, to which a test may add; after it the database is again that of the history."""
    return History(
        [*history.events], history.duplicates.copy(), [*history.rejections], [*history.captures]
    )


@pytest.fixture
def server(database: str, tmp_path: Path) -> Iterator[Server]:
    with serving(database, tmp_path) as running:
        yield running


def test_a_first_build(connection: Connection, history: History) -> None:
    history.check(connection)


def test_late_events_rebuild_their_days_and_leave_the_others(
    server: Server, dbt: Dbt, connection: Connection, later: History
) -> None:
    rng = random.Random(20260302)
    before = generation_times(connection, "daily_metric_rollups")
    known_since = first_sights(later.events)
    # Some of these people were thought to be new weeks later.
    late = random_history(rng, days=LATE_DAYS, events=25, visitors=120)
    later.send(server, late)
    dbt.build()
    later.check(connection)

    seen_since = first_sights(later.events)
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


def send_forms(connection: Connection, history: History) -> None:
    """Captures of visitors who have been there by then."""
    rng = random.Random(20260303)
    visitors = sorted({event.visitor for event in history.events})
    for number in range(30):
        visitor = rng.choice(visitors)
        at = rng.choice(WEEK) + timedelta(milliseconds=rng.randrange(86_400_000))
        is_accepted = rng.random() < 0.8
        capture = CaptureFact(visitor, at, is_accepted, is_accepted and rng.random() < 0.5)
        first = min(event.at for event in history.events if event.visitor == visitor)
        if at < first:
            continue  # no form is sent before the visit
        submit(
            connection,
            uuid.uuid5(NAMESPACE, visitor),
            at,
            status="accepted" if is_accepted else ("rejected", "invalid")[number % 2],
            is_first=capture.is_first,
        )
        history.captures.append(capture)
    assert any(capture.is_first for capture in history.captures)


def test_captures_count_where_their_visitor_has_been(
    server: Server, dbt: Dbt, connection: Connection, later: History
) -> None:
    """Also where a late event says so, on a property that knew nothing of them."""
    send_forms(connection, later)
    dbt.run_models()
    later.check(connection)
    capture = next(capture for capture in later.captures if capture.is_first)
    at = capture.at - timedelta(days=1)
    fact = EventFact(
        property_id="landing.example",
        visitor=capture.visitor,
        event_type="page_view",
        path="/",
        at=at,
        traffic_source="direct",
        device_type="desktop",
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
    later.send(server, [Posted(body, fact)])
    dbt.build()
    assert ("landing.example", capture.at.date()) in metric_rollups(later.events, later.captures)
    later.check(connection)


def test_a_build_with_nothing_new_and_a_full_refresh_change_nothing(
    dbt: Dbt, connection: Connection, later: History
) -> None:
    dbt.run_models()
    later.check(connection)
    dbt.run_models("--full-refresh")
    later.check(connection)


def test_a_day_emptied_of_its_rows_goes_with_a_named_rebuild(
    dbt: Dbt, connection: Connection, later: History
) -> None:
    send_forms(connection, later)
    dbt.run_models()
    day = WEEK[3].date()
    connection.execute("delete from raw.events where occurred_on = %s", (day,))
    connection.execute(
        "delete from raw.form_submissions where (captured_at at time zone 'UTC')::date = %s", (day,)
    )
    connection.execute("delete from raw.ingest_duplicates where occurred_on = %s", (day,))
    # first_seen_at of visitors does not move forward when their events go.
    kept = [event for event in later.events if event.key[1] != day]
    first_seen_before = metric_rollups(later.events, later.captures)
    later.events = kept
    later.captures = [each for each in later.captures if each.at.date() != day]
    later.duplicates = Counter(
        {key: times for key, times in later.duplicates.items() if key[1] != day}
    )
    stale = dbt.run("test", "--select", "events_received_equal_raw")
    assert stale.failed() == {"events_received_equal_raw"}

    # Captures of later days may have counted for a property by events of this one.
    last = WEEK[0].date()
    dbt.build("--vars", f"{{rebuild_from: '{day}', rebuild_to: '{last}'}}")
    for mart in ("daily_metric_rollups", "daily_ingest_rollups"):
        rows = read_rows(connection, mart)
        assert rows
        assert day not in {key[1] for key in rows}
    untouched = {key: row for key, row in first_seen_before.items() if key[1] < day}
    now = read_rows(connection, "daily_metric_rollups")
    assert {key: now[key] for key in untouched} == untouched

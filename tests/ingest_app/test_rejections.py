"""The ledger of refusals: nothing lost, nothing twice, and nothing for a client to fill."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg_pool import ConnectionPool

from ingest_app.intake.intake import EVENT_FIELDS
from ingest_app.metrics import Metrics
from ingest_app.refusals import Issue, Reason, Refusal
from ingest_app.store import ledger as rejections
from ingest_app.store.ledger import (
    FLUSH_SECONDS,
    MAX_KEYS,
    OTHER_PROPERTIES,
    RejectionLedger,
)
from tests.support.rejections import counted, wait_for_rejections
from tests.support.server import Server, serving

Pool = ConnectionPool[Connection[Any]]
REFUSED = {"property_id": "shop.example", "endpoint": "/v1/events", "status_code": 400}
KEY = ("shop.example", "/v1/events", "x", 400)
EVENT = {"anonId": "visitor-0001", "eventType": "page_view", "path": "/"}

pytestmark = pytest.mark.usefixtures("clean_tables")


@pytest.fixture
def pool(database: str) -> Iterator[Pool]:
    with ConnectionPool[Connection[Any]](database, min_size=1, max_size=2, timeout=5) as opened:
        yield opened


@pytest.fixture
def ledger(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> Iterator[RejectionLedger]:
    """A ledger that writes when the test says so."""
    monkeypatch.setattr(rejections, "FLUSH_SECONDS", 3600.0)
    made = RejectionLedger(pool, metrics=Metrics())
    yield made
    made.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    def set_to(now: datetime) -> None:
        monkeypatch.setattr(rejections, "_now", lambda: now)

    return set_to


def rows(connection: psycopg.Connection[dict[str, Any]]) -> list[dict[str, Any]]:
    return connection.execute(
        "select * from raw.ingest_rejections order by occurred_at, property_id"
    ).fetchall()


class TestCounting:
    def test_makes_one_row_of_equal_refusals(
        self, ledger: RejectionLedger, connection: Any
    ) -> None:
        with ThreadPoolExecutor(8) as threads:
            for _ in range(1000):
                threads.submit(ledger.record, **REFUSED, reason="x")
        ledger.record(**REFUSED, reason="x", occurrences=50)
        ledger.record(**REFUSED, reason="y")
        assert ledger.flush()
        assert len(rows(connection)) == 2
        assert counted(connection)[KEY] == 1050

    def test_flushes_nothing_twice(self, ledger: RejectionLedger, connection: Any) -> None:
        ledger.record(**REFUSED, reason="x")
        assert ledger.flush()
        assert ledger.flush()
        assert counted(connection)[KEY] == 1

    def test_keeps_days_apart_and_the_time_of_the_first_refusal(
        self, ledger: RejectionLedger, connection: Any, clock: Callable[[datetime], None]
    ) -> None:
        times = [
            datetime(2026, 3, 1, 23, 59, 58, tzinfo=UTC),
            datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC),
            datetime(2026, 3, 2, tzinfo=UTC),
        ]
        for now in times:
            clock(now)
            ledger.record(**REFUSED, reason="x")
        ledger.flush()
        assert [(row["occurred_at"], row["occurrences"]) for row in rows(connection)] == [
            (times[0], 2),
            (times[2], 1),
        ]

    def test_stores_what_postgresql_could_not(
        self, ledger: RejectionLedger, connection: Any
    ) -> None:
        ledger.record(
            property_id="a\x00\ud800" + "b" * 200,
            endpoint="/e" * 99,
            reason="r" * 99,
            status_code=400,
        )
        assert ledger.flush()
        [row] = rows(connection)
        assert row["property_id"].startswith("a?bbb")

    def test_is_written_soon_without_being_asked(self, pool: Pool, connection: Any) -> None:
        made = RejectionLedger(pool, metrics=Metrics())
        made.record(**REFUSED, reason="x")
        assert wait_for_rejections(connection, 1)[KEY] == 1
        made.record(**REFUSED, reason="x")
        assert wait_for_rejections(connection, 2)[KEY] == 2
        made.close()

    def test_is_written_at_the_close(self, ledger: RejectionLedger, connection: Any) -> None:
        ledger.record(**REFUSED, reason="x")
        ledger.close()
        assert counted(connection)[KEY] == 1


class TestAFlood:
    def test_of_invented_properties_is_bounded_and_still_counted(
        self, ledger: RejectionLedger, connection: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Without the early flush, which would empty the dict in between.
        monkeypatch.setattr(ledger, "_wake", rejections.threading.Event())
        monkeypatch.setattr(ledger._wake, "set", lambda: None)
        for n in range(10 * MAX_KEYS):
            ledger.record(**REFUSED | {"property_id": f"invented-{n}"}, reason="x")
        assert len(ledger._counts) == MAX_KEYS + 1
        ledger.flush()
        totals = counted(connection)
        assert len(totals) == MAX_KEYS + 1
        assert totals[(OTHER_PROPERTIES, *KEY[1:])] == 9 * MAX_KEYS
        ledger._wake = rejections.threading.Event()

    def test_is_written_before_its_time_when_the_bound_is_reached(
        self, ledger: RejectionLedger, connection: Any
    ) -> None:
        for n in range(MAX_KEYS):
            ledger.record(**REFUSED | {"property_id": f"invented-{n}"}, reason="x")
        wait_for_rejections(connection, MAX_KEYS)

    def test_that_lasts_gets_no_names_any_more_until_the_next_day(
        self,
        ledger: RejectionLedger,
        connection: Any,
        monkeypatch: pytest.MonkeyPatch,
        clock: Callable[[datetime], None],
    ) -> None:
        monkeypatch.setattr(rejections, "MAX_ROWS_A_DAY", 3)
        clock(datetime(2026, 3, 1, 12, tzinfo=UTC))
        for n in range(6):
            ledger.record(**REFUSED | {"property_id": f"p{n}"}, reason="x")
            ledger.flush()
        clock(datetime(2026, 3, 2, tzinfo=UTC))
        ledger.record(**REFUSED | {"property_id": "p9"}, reason="x")
        ledger.flush()
        names = Counter({key[0]: times for key, times in counted(connection).items()})
        assert names == {"p0": 1, "p1": 1, "p2": 1, OTHER_PROPERTIES: 3, "p9": 1}


class TestADatabaseThatIsAway:
    def test_gets_the_counts_when_it_is_back(
        self, ledger: RejectionLedger, connection: Any
    ) -> None:
        connection.execute("alter table raw.ingest_rejections rename to hidden")
        try:
            ledger.record(**REFUSED, reason="x")
            assert not ledger.flush()
            ledger.record(**REFUSED, reason="x")
            assert not ledger.flush()
        finally:
            connection.execute("alter table raw.hidden rename to ingest_rejections")
        assert ledger.flush()
        assert counted(connection)[KEY] == 2

    def test_that_committed_without_saying_so_does_not_count_twice(
        self, ledger: RejectionLedger, connection: Any
    ) -> None:
        ledger.record(**REFUSED, reason="x")
        ledger._take()
        sent = list(ledger._unwritten)
        assert ledger.flush()
        ledger._unwritten = sent
        assert ledger.flush()
        assert counted(connection)[KEY] == 1


class TestTheServer:
    def test_loses_nothing_when_it_is_told_to_stop(self, database: str, connection: Any) -> None:
        refused = 0
        for _ in range(3):
            with (
                tempfile.TemporaryDirectory() as folder,
                serving(database, Path(folder)) as running,
            ):
                for _ in range(50):
                    # A connection each, so that all workers have something to write.
                    one = Server(running.url, running.process)
                    assert one.post({}, Host="stop.example").status == 400
                    refused += 1
                running.process.terminate()
                assert running.process.wait(30) == 0
            assert counted(connection, "stop.example").total() == refused

    def test_names_the_field_in_the_ledger_and_the_error_in_the_answer(
        self, server: Server, connection: Any
    ) -> None:
        bad = {
            "traffic.webVitals.ttfbMs": EVENT | {"traffic": {"webVitals": {"ttfbMs": -1}}},
            "anonId": {**EVENT, "anonId": "short"},
            "unknown_field": EVENT | {"<script>": 1},
            "props": EVENT | {"props": {"a": "\x00"}},
            "body": [],
        }
        for body in bad.values():
            assert server.post(body, Host="fields.example").body["error"] == "invalid_request"
        server.request("POST", "/v1/events", b"{", Host="fields.example")
        totals = wait_for_rejections(connection, len(bad) + 1, "fields.example")
        reasons = Counter({key[2]: times for key, times in totals.items()})
        assert reasons == {f"invalid_request:{field}": 1 for field in bad} | {
            "invalid_request:body": 2
        }

    def test_asks_the_database_less_than_once_a_refusal(
        self, server: Server, connection: Any
    ) -> None:
        for _ in range(300):
            server.post({}, Host="many.example")
        wait_for_rejections(connection, 300, "many.example")
        # Two workers, and 300 refusals take seconds at the very most.
        assert len(rows(connection)) < 300 / FLUSH_SECONDS / 5


class TestReasons:
    @pytest.mark.parametrize(
        ("error", "path", "reason"),
        [
            (
                "invalid_request",
                "traffic.webVitals.ttfbMs",
                "invalid_request:traffic.webVitals.ttfbMs",
            ),
            ("invalid_request", "traffic", "invalid_request:traffic"),
            ("invalid_request", "traffic.deviceType", "invalid_request:traffic.deviceType"),
            ("invalid_request", "utm.source", "invalid_request:utm.source"),
            ("invalid_request", "utm.evil", "invalid_request:unknown_field"),
            ("invalid_request", "evil\x00", "invalid_request:unknown_field"),
            ("invalid_request", "", "invalid_request:body"),
            ("too_large", "", "too_large"),
        ],
    )
    def test_name_the_first_bad_field_where_it_is_known(
        self, error: str, path: str, reason: str
    ) -> None:
        refusal = Refusal(Reason(error), [Issue(path, "is wrong"), Issue("path", "too")])
        assert refusal.ledger_reason(EVENT_FIELDS) == reason

    def test_are_the_error_where_there_are_no_issues(self) -> None:
        for reason, issues in ((Reason.INVALID_REQUEST, None), (Reason.RATE_LIMITED, [])):
            assert Refusal(reason, issues).ledger_reason(EVENT_FIELDS) == reason.value

    def test_fit_their_column(self) -> None:
        assert {"anonId", "timestamp", "traffic.webVitals.clsScore", "utm.term"} <= EVENT_FIELDS
        assert all(len(f"invalid_request:{field}") <= 64 for field in EVENT_FIELDS)

"""Events that wait in the spool while the day they are of is purged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest_app.operations.purge import purge
from ingest_app.operations.status import REJECTED
from tests.support.postgres import BreakablePostgres
from tests.support.rejections import counted
from tests.support.server import Server, serving
from tests.support.spool import depth, refused, wait_until_drained

NOW = datetime.now(UTC)
HORIZON = (NOW - timedelta(days=10)).date()
OLD, NEW = NOW - timedelta(days=18), NOW - timedelta(minutes=1)
PROPERTY = "away.example"


def post(server: Server, at: datetime, path: str) -> tuple[int, str | None]:
    answer = server.post(
        {
            "anonId": "visitor-0001",
            "eventType": "page_view",
            "path": path,
            "timestamp": at.isoformat(),
            "traffic": {"propertyId": PROPERTY},
        }
    )
    return answer.status, answer.headers.get("Footfall-Outcome")


def test_what_drains_after_its_day_was_purged_is_written_down_as_rejected(
    postgres: BreakablePostgres, tmp_path: Path
) -> None:
    with serving(postgres.url, tmp_path) as server:
        assert post(server, OLD, "/counted") == (202, "accepted")
        postgres.down()
        for at, path in ((OLD, "/old"), (NEW, "/new"), (OLD, "/counted"), (NEW, "/newer")):
            assert post(server, at, path) == (202, "spooled")
    postgres.start()
    purge(postgres.url, older_than_days=10)

    with serving(postgres.url, tmp_path) as server:
        wait_until_drained(server)
        metrics = server.request("GET", "/metrics").body.decode()
        assert depth(server) == 0
    # Written down and forgotten: retention is for what waits too.
    assert refused(tmp_path) == 0
    with postgres.connect() as connection:
        stored = {row["path"] for row in connection.execute("select path from raw.events")}
        assert stored == {"/new", "/newer"}
        assert counted(connection, PROPERTY) == {
            (PROPERTY, "/v1/events/spooled", "purged_before_stored", 400): 2
        }
        # Received = accepted + duplicate + rejected: four came, of which two are stored.
        [row] = connection.execute(REJECTED.encode(), {"day": datetime.now(UTC).date()}).fetchall()
        assert list(row.values()) == [2]
        assert connection.execute("select from raw.ingest_duplicates").fetchall() == []
    assert 'footfall_events_rejected_total{reason="purged_before_stored"} 2.0' in metrics
    assert "footfall_events_accepted_total 2.0" in metrics
    # They were received by the server before.
    assert "footfall_events_received_total 0.0" in metrics


def test_while_the_database_is_away_the_horizon_that_it_told_last_holds(
    postgres: BreakablePostgres, tmp_path: Path
) -> None:
    purge(postgres.url, older_than_days=10)
    with serving(postgres.url, tmp_path) as server:
        # Whichever worker answers: each learns of it with what it writes.
        for number in range(40):
            assert post(server, NEW, f"/learn-{number}") == (202, "accepted")
        postgres.down()
        told = {post(server, OLD, f"/away-{number}") for number in range(10)}
        assert post(server, NEW, "/waits") == (202, "spooled")
        assert (400, None) in told
        waiting = depth(server)
        postgres.start()
        wait_until_drained(server)
    assert waiting <= 10

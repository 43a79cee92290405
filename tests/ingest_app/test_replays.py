"""Logs replayed in either direction, and events sent again after a restart."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.cli import footfall
from tests.support.raw import empty_raw
from tests.support.real_log import REAL_LOG
from tests.support.server import serving
from tests.support.snapshot import snapshot

Connection = psycopg.Connection[dict[str, Any]]

REPLAY_SETTINGS = {
    "TRUSTED_PROXIES": "127.0.0.1",
    "MAX_EVENT_AGE_DAYS": "36500",
    "RATE_LIMITS_ENABLED": "false",
}


def log_lines() -> list[str]:
    """Some 1,500 lines of the real log, or made-up visits where it is not at hand."""
    if REAL_LOG.exists():
        return REAL_LOG.read_text(errors="replace").splitlines(keepends=True)[:4000]
    print(f"{REAL_LOG.name} is not at hand: made-up visits stand in")
    return [
        f"192.0.2.{n % 7} - - [17/May/2015:{n * 7 // 60 % 24:02}:{n * 7 % 60:02}:00 +0000] "
        f'"GET /page-{n % 11}{"?utm_source=list" if n % 5 == 0 else ""} HTTP/1.1" 200 1 '
        f'"http://google.com/" "Mozilla/5.0 (X11; Linux x86_64; rv:24.0) Firefox/24.0"\n'
        for n in range(400)
    ]


@pytest.mark.usefixtures("clean_tables")
def test_a_log_replayed_backwards_equals_one_forwards(
    database: str, connection: Connection, data_dir: Path, tmp_path: Path
) -> None:
    lines = log_lines()
    snapshots = []
    with serving(database, data_dir, **REPLAY_SETTINGS) as server:
        for name, ordered in (("forwards", lines), ("backwards", lines[::-1])):
            empty_raw(connection)
            log = tmp_path / f"{name}.log"
            log.write_text("".join(ordered))
            done = footfall("replay", str(log), "--url", server.url, "--property-id", "the-log")
            assert done.returncode == 0, done.stdout + done.stderr
            snapshots.append(snapshot(connection))
    forwards, backwards = snapshots
    assert len(forwards[2]) > 100
    assert forwards == backwards


@pytest.mark.usefixtures("clean_tables")
def test_a_restart_forgets_no_event(database: str, connection: Connection, data_dir: Path) -> None:
    sent = {
        "anonId": "visitor-0001",
        "eventType": "page_view",
        "path": "/",
        "timestamp": datetime.now(UTC).isoformat(),
    }
    answers = []
    for _ in range(2):
        with serving(database, data_dir) as server:
            answers.append(server.post(sent))
    first, second = answers
    assert first.body == second.body
    assert second.headers["Footfall-Outcome"] == "duplicate"
    assert len(connection.execute("select 1 from raw.events").fetchall()) == 1

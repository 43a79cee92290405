"""A replayed log comes out of the warehouse as it went in."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.cli import footfall
from tests.support.dbt import Dbt
from tests.support.real_log import REAL_LOG
from tests.support.recount import EventFact, ingest_rollups, metric_rollups
from tests.support.recount.reading import read_rows
from tests.support.server import serving

Connection = psycopg.Connection[dict[str, Any]]

# Requests of the real log, counted by hand, for files whose ending says nothing of their kind
# (`man3/xdo.3`, `tempest.netstat.Jan05`); they pass for pages.
UNKNOWN_KINDS = 7
# Stands in where the real log is not at hand: two days, a retry to the second, things that are no
# page, and a line that is nothing.
SMALL_LOG = r"""
83.149.9.216 - - [17/May/2015:23:59:59 +0000] "GET /blog/a?utm_source=list&utm_medium=email HTTP/1.1" 200 1 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:24.0) Gecko/20100101 Firefox/24.0"
83.149.9.216 - - [17/May/2015:23:59:59 +0000] "GET /blog/a?utm_source=list&utm_medium=email HTTP/1.1" 200 1 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:24.0) Gecko/20100101 Firefox/24.0"
83.149.9.216 - - [18/May/2015:02:00:00 +0200] "GET /blog/b HTTP/1.1" 200 1 "http://x.example/" "Mozilla/5.0 (X11; Linux x86_64; rv:24.0) Gecko/20100101 Firefox/24.0"
83.149.9.216 - - [18/May/2015:00:00:01 +0000] "GET /style.css HTTP/1.1" 200 1 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:24.0) Gecko/20100101 Firefox/24.0"
66.249.73.135 - - [18/May/2015:08:00:00 +0000] "GET /blog/b HTTP/1.1" 200 1 "-" "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
66.249.73.135 - - [18/May/2015:08:00:00 +0000] "POST /form HTTP/1.1" 200 1 "-" "curl/7"
nothing
""".lstrip()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    if REAL_LOG.exists():
        return REAL_LOG
    print(f"{REAL_LOG.name} is not at hand: a small log of our own stands in")
    small = tmp_path / "access.log"
    small.write_text(SMALL_LOG)
    return small


def page_requests(log: Path) -> int:
    """How many lines ask for a page, told by what pages of that site look like.

    The parser lists what is no page; this lists what is one, so that the two share nothing.
    """
    request = re.compile(r'"GET ([^ ?"]*)(\?[^ "]*)? HTTP/[\d.]+" (200|304) ')
    page = re.compile(r"(/|/[^/.]*|/[^/]*\.(x?html?|php))$")
    feed = re.compile(r"(flav|feed|format)=(rss|atom)")
    found = UNKNOWN_KINDS if log == REAL_LOG else 0
    for line in log.read_text(errors="replace").splitlines():
        match = request.search(line)
        found += bool(match and page.search(match[1]) and not feed.search(match[2] or ""))
    return found


def test_every_page_of_the_log_is_counted_once(
    database: str, connection: Connection, dbt: Dbt, data_dir: Path, log: Path
) -> None:
    settings = {
        "TRUSTED_PROXIES": "127.0.0.1",
        "MAX_EVENT_AGE_DAYS": "36500",
        "RATE_LIMITS_ENABLED": "false",
    }
    with serving(database, data_dir, **settings) as server:
        done = footfall("replay", str(log), "--url", server.url, "--property-id", "the-log")
    assert done.returncode == 0, done.stdout + done.stderr
    said = dict(re.findall(r"(sent|accepted|duplicate|rejected|failed)\D*([\d,]+)", done.stdout))
    counts = {name: int(number.replace(",", "")) for name, number in said.items()}
    assert counts["sent"] == page_requests(log)
    assert counts["accepted"] + counts["duplicate"] + counts["rejected"] == counts["sent"]
    assert counts["failed"] == 0

    dbt.build()
    rows = connection.execute("select * from raw.events").fetchall()
    assert len(rows) == counts["accepted"]
    facts = [
        EventFact(
            property_id=row["property_id"],
            visitor=str(row["visitor_id"]),
            event_type=row["event_type"],
            path=row["path"] if row["page"] is None else row["page"],
            at=row["timestamp"],
            traffic_source=row["traffic_source"],
            device_type=row["device_type"],
            is_entrance=row["is_entrance"],
            is_exit=row["is_exit"],
            is_conversion=row["is_conversion"],
            ttfb_ms=(row["props"] or {}).get("ttfbMs"),
        )
        for row in rows
    ]
    duplicates = Counter(
        {
            (row["property_id"], row["occurred_on"]): row["times"]
            for row in connection.execute(
                "select property_id, occurred_on, sum(occurrences) as times "
                "from raw.ingest_duplicates group by 1, 2"
            )
        }
    )
    assert duplicates.total() == counts["duplicate"]
    assert read_rows(connection, "daily_metric_rollups") == metric_rollups(facts)
    assert read_rows(connection, "daily_ingest_rollups") == ingest_rollups(facts, duplicates)

    days = [datetime.fromordinal(row["occurred_on"].toordinal()).date() for row in rows]
    check = footfall(
        *("discrepancy", "--from", str(min(days)), "--to", str(max(days))), database=database
    )
    assert check.returncode == 0, check.stdout

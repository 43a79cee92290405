"""Events in the spool that another version of the app has left there."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from ingest_app.database.connection import ReconnectingConnection
from ingest_app.operations.status import check
from ingest_app.settings import Settings
from ingest_app.store.outcomes import Stored
from ingest_app.store.spool import EVENT_VERSION, Spool
from ingest_app.store.writer import Writer
from tests.support.server import serving
from tests.support.spool import wait_until_drained

MAX_BYTES = 1_000_000
# A spool file as the last release made it, and two of its rows, byte by byte. It had a dedupe key of
# its own; whoever had the answer 202 had it for this one.
TABLES_OF_THE_LAST_RELEASE = """
    create table spooled (
        place integer primary key autoincrement,
        spooled_at real not null,
        event blob not null
    );
    create table tried (place integer primary key);
    create table refused (
        place integer primary key,
        spooled_at real not null,
        refused_at real not null,
        reason text not null,
        event blob not null
    );
"""
PLAIN = (
    '{"id":"01a2218e-fdfd-74cc-8756-ad3481fd1a4c",'
    '"arrival_id":"01a2218e-fdfd-74cc-8756-ad3481fd1a4c",'
    '"visitor_id":"928c4178-ae62-5572-a6a4-7668672e0f09","anon_id":"visitor-0001",'
    '"dedupe_key":"9895050d0ce0c6625991c8277bd19f546b65ca2275b2010e5eff8bfce420462f",'
    '"event_type":"page_view","path":"/ähre","occurred_at":"2026-11-20T10:00:00Z",'
    '"occurred_on":"2026-11-20","ip_hash":null,"ua_hash":null,"referrer":null,"utm":null,'
    '"props":null,"property_id":"shop.example","traffic_source":"direct",'
    '"device_type":"desktop","country_code":null,"is_entrance":true,"is_exit":false,'
    '"is_conversion":false}'
)
FULL = (
    '{"id":"01a2218f-03ce-74d3-90cc-2e76a4712b0e",'
    '"arrival_id":"01a2218f-03ce-74d3-90cc-2e76a4712b0f",'
    '"visitor_id":"928c4178-ae62-5572-a6a4-7668672e0f09","anon_id":"visitor-0001",'
    '"dedupe_key":"8fe83b018c845fa26f3a685c80675542df43971fb5a357e21ced1ec47b30564d",'
    '"event_type":"form_submit","path":"/a","occurred_at":"2026-11-20T08:05:00.123456Z",'
    '"occurred_on":"2026-11-20",'
    '"ip_hash":"a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248",'
    '"ua_hash":"c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c",'
    '"referrer":"https://www.google.de/","utm":["google","cpc",null,null,"x"],'
    '"props":"{\\"a\\":\\"ä\\",\\"ttfbMs\\":81}","property_id":"shop.example",'
    '"traffic_source":"paid_search","device_type":"desktop","country_code":"DE",'
    '"is_entrance":false,"is_exit":true,"is_conversion":true}'
)
VIEW = "01a2218f-03ce-74d3-90cc-2e76a4712b10"
KEYS = (
    "9895050d0ce0c6625991c8277bd19f546b65ca2275b2010e5eff8bfce420462f",
    "8fe83b018c845fa26f3a685c80675542df43971fb5a357e21ced1ec47b30564d",
)
# 128 bits of each, by the command base64.
KEYS_AS_STORED = ("mJUFDQzgxmJZkcgne9GfVA", "j-g7AYyEX6JvOmhcgGdVQg")
HASHES_AS_STORED = ("pFMWI_4c0V9s8GlIjt20yw", "yA9bEN6soxx_vC8ZAH96yw")


def with_version(version: object, event: str = PLAIN, **more: object) -> str:
    fields = {"version": version, **json.loads(event), **more}
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False)


def leave(file: Path, *events: str, tables: str = TABLES_OF_THE_LAST_RELEASE) -> None:
    """Write a spool without the code under test."""
    file.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(file)) as spool, spool:
        spool.executescript(tables)
        spool.executemany(
            "insert into spooled (spooled_at, event) values (1764000000.5, ?)",
            [(event.encode(),) for event in events],
        )


def rows(file: Path, table: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as spool:
        return spool.execute(f"select * from {table} order by place").fetchall()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.sqlite3"


@pytest.fixture
def spool(file: Path) -> Iterator[Spool]:
    opened = Spool(file, max_bytes=MAX_BYTES)
    yield opened
    opened.close()


def test_what_the_last_release_left_is_read_as_it_meant_it(file: Path, spool: Spool) -> None:
    leave(file, PLAIN, FULL)
    plain, full = (spooled.event for spooled in spool.oldest(10))
    assert plain.id == UUID("01a2218e-fdfd-74cc-8756-ad3481fd1a4c")
    assert (plain.path, plain.utm, plain.props) == ("/ähre", None, None)
    assert [event.dedupe_key for event in (plain, full)] == list(KEYS_AS_STORED)
    assert [event.earlier_keys for event in (plain, full)] == [(key,) for key in KEYS]
    assert (plain.ip_hash, plain.ua_hash) == (None, None)
    assert (full.ip_hash, full.ua_hash) == HASHES_AS_STORED
    assert full.arrival_id == UUID("01a2218f-03ce-74d3-90cc-2e76a4712b0f")
    assert full.occurred_at == datetime(2026, 11, 20, 8, 5, 0, 123456, tzinfo=UTC)
    assert full.occurred_on == date(2026, 11, 20)
    assert full.utm is not None
    assert (full.utm.source, full.utm.medium, full.utm.content) == ("google", "cpc", "x")
    assert full.props == '{"a":"ä","ttfbMs":81}'
    assert (full.is_entrance, full.is_exit, full.is_conversion) == (False, True, True)
    assert rows(file, "refused") == []


def test_what_the_version_before_left_has_nothing_of_the_next(file: Path, spool: Spool) -> None:
    later = {"view_id": VIEW, "page": "/b", "claimed_on": "2026-11-19", "earlier_key": KEYS[1]}
    leave(file, with_version(2), with_version(3, **later))
    events = [spooled.event for spooled in spool.oldest(10)]
    assert [event.view_id for event in events] == [None, UUID(VIEW)]
    assert [event.page for event in events] == [None, "/b"]
    assert [event.claimed_on for event in events] == [None, date(2026, 11, 19)]
    assert [event.dedupe_key for event in events] == [KEYS_AS_STORED[0]] * 2
    assert [event.earlier_keys for event in events] == [(KEYS[0],), KEYS]
    assert rows(file, "refused") == []


def test_what_is_written_says_its_version_and_is_read_again(file: Path, spool: Spool) -> None:
    leave(file, PLAIN, FULL)
    events = [
        replace(spooled.event, view_id=UUID(VIEW), page="/a", earlier_keys=KEYS)
        for spooled in spool.oldest(10)
    ]
    spool.append(events)
    written = [json.loads(event) for _, _, event in rows(file, "spooled")[2:]]
    assert [fields.pop("version") for fields in written] == [EVENT_VERSION] * 2
    # The last release, which may be running beside, passes over what it does not know.
    assert [set(fields) for fields in written] == [
        {*json.loads(PLAIN), "view_id", "page", "claimed_on", "earlier_keys"}
    ] * 2
    assert [spooled.event for spooled in spool.oldest(10, after=2)] == events


def test_what_a_newer_app_left_stays_and_is_said_once(
    file: Path, spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    newer = [with_version(EVENT_VERSION + n, unheard_of=True) for n in (1, 2, 20)]
    leave(file, *newer[:2], PLAIN, newer[2])
    with caplog.at_level(logging.ERROR):
        read = spool.oldest(1)
        assert [spooled.event.path for spooled in read] == ["/ähre"]
        spool.remove(read)
        assert spool.oldest(10) == []
        assert spool.is_empty()
        assert spool.is_empty()
    assert [record.getMessage() for record in caplog.records] == [
        "3 spooled events were written by a newer app: they wait for it"
    ]
    assert [event.decode() for _, _, event in rows(file, "spooled")] == newer
    assert rows(file, "refused") == []
    depth = spool.depth()
    assert (depth.events, depth.newer, depth.refused) == (3, 3, 0)
    # An erasure finds the visitor whatever the version.
    assert spool.forget_visitor(UUID(json.loads(PLAIN)["visitor_id"])) == 3


@pytest.mark.parametrize("event", [with_version(-1), with_version(2, '{"id":"x"}'), "[]", "{", "1"])
def test_what_nobody_can_read_is_set_aside(file: Path, spool: Spool, event: str) -> None:
    leave(file, event, PLAIN)
    assert [spooled.event.path for spooled in spool.oldest(10)] == ["/ähre"]
    [(_, _, _, reason, kept)] = rows(file, "refused")
    assert (reason, kept.decode()) == ("unreadable", event)


def test_what_a_try_of_the_last_release_stored_is_found_under_its_key(
    database: str, file: Path, spool: Spool
) -> None:
    leave(file, PLAIN, FULL)
    events = [spooled.event for spooled in spool.oldest(10)]
    writer = Writer(ReconnectingConnection(database, name="a test"), session_gap=timedelta(hours=1))
    try:
        stored = writer.write(events)
        with psycopg.connect(database, autocommit=True) as connection:
            for key, key_of_before in zip(KEYS_AS_STORED, KEYS, strict=True):
                done = connection.execute(
                    "update raw.events set dedupe_key = %s where dedupe_key = %s",
                    (key_of_before, key),
                )
                assert done.rowcount == 1
            again = writer.write(events, tried={events[0].arrival_id})
            # Left as it was for the tests that share the database.
            connection.execute("delete from raw.visitors")
            connection.execute("delete from raw.ingest_duplicates")
    finally:
        writer.connection.close()
    assert [each.is_duplicate for each in again if isinstance(each, Stored)] == [False, True]
    assert [
        replace(each, is_duplicate=False) for each in again if isinstance(each, Stored)
    ] == stored


def test_a_server_stores_what_the_last_release_left_and_leaves_what_is_newer(
    database: str, tmp_path: Path
) -> None:
    file = tmp_path / "spool" / "events.sqlite3"
    leave(file, PLAIN, FULL)
    with serving(database, tmp_path) as server:
        wait_until_drained(server)
    query = 'select dedupe_key, path, utm, props from raw.events order by "timestamp"'
    with psycopg.connect(database) as connection:
        stored = connection.execute(query).fetchall()
    assert stored == [
        (
            KEYS_AS_STORED[1],
            "/a",
            {"source": "google", "medium": "cpc", "content": "x"},
            {"ttfbMs": 81, "a": "ä"},
        ),
        (KEYS_AS_STORED[0], "/ähre", None, None),
    ]
    leave(file, with_version(EVENT_VERSION + 1), tables="")
    [line] = [line for line in read_lines(database, tmp_path) if line.name == "spool"]
    assert not line.is_ok
    assert "1 events wait" in line.text
    assert "1 were written by a newer app, and wait for it" in line.text


def read_lines(database: str, data_dir: Path) -> list[Any]:
    return check(Settings(database_url=database, data_dir=data_dir))

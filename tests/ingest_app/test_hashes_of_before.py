"""What the last release stored under longer hashes is known to the app of now."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import psycopg
import pytest
from jinja2 import Environment
from psycopg import sql
from psycopg.rows import dict_row

from tests.support.cli import footfall
from tests.support.forms import capture, form
from tests.support.hashes import as_stored
from tests.support.releases import load_release
from tests.support.server import BROWSER, PEPPER, Server, serving

Connection = psycopg.Connection[dict[str, Any]]

ORDER_OF_EVENTS = Path(__file__).parents[2] / "macros/columns/order_of_events.sql"

AT = datetime.now(UTC).replace(microsecond=0)
EVENT_ID = uuid4()
HERE, THERE = "203.0.113.7", "203.0.113.8"


def keyed(value: str) -> hmac.HMAC:
    return hmac.new(PEPPER.encode(), value.encode(), sha256)


def visitor_of(anon_id: str) -> UUID:
    return uuid5(uuid5(NAMESPACE_URL, "urn:footfall:visitor"), anon_id)


def key_of(anon_id: str) -> str:
    """What the last release gave the event of this visitor, which its client has numbered."""
    said = {
        "anonId": anon_id,
        "eventId": str(EVENT_ID),
        "timeToken": f"sent:{int(AT.timestamp()) * 1_000_000}",
        "version": 1,
    }
    return sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


def insert(connection: Connection, table: str, **row: Any) -> None:
    connection.execute(
        sql.SQL("insert into raw.{} ({}) values ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join([sql.Placeholder()] * len(row)),
        ),
        list(row.values()),
    )


def store_as_the_last_release(connection: Connection, anon_id: str, address: str) -> None:
    visitor_id, session_id = visitor_of(anon_id), uuid4()
    ip_hash, ua_hash = keyed(address).hexdigest(), keyed(BROWSER).hexdigest()
    insert(
        connection,
        "visitors",
        id=visitor_id,
        anon_id=anon_id,
        first_seen_at=AT,
        last_seen_at=AT,
        first_ip_hash=ip_hash,
        last_ip_hash=ip_hash,
        first_ua_hash=ua_hash,
        last_ua_hash=ua_hash,
    )
    insert(
        connection,
        "sessions",
        id=session_id,
        visitor_id=visitor_id,
        started_at=AT,
        last_event_at=AT,
    )
    insert(
        connection,
        "events",
        id=EVENT_ID,
        visitor_id=visitor_id,
        session_id=session_id,
        timestamp=AT,
        occurred_on=AT.date(),
        dedupe_key=key_of(anon_id),
        event_type="page_view",
        path="/",
        ip_hash=ip_hash,
        ua_hash=ua_hash,
    )


@pytest.fixture(scope="module")
def upgraded(empty_database: str) -> str:
    """A warehouse of the last release after its upgrade."""
    load_release(empty_database)
    with psycopg.connect(empty_database, autocommit=True, row_factory=dict_row) as connection:
        connection.execute("select raw.ensure_event_partition(%s)", (AT.date(),))
        store_as_the_last_release(connection, "visitor-known", HERE)
        store_as_the_last_release(connection, "visitor-beside", THERE)
    done = footfall("upgrade", database=empty_database)
    assert done.returncode == 0, done.stderr
    return empty_database


@pytest.fixture
def connection(upgraded: str) -> Iterator[Connection]:
    with psycopg.connect(upgraded, autocommit=True, row_factory=dict_row) as opened:
        yield opened


@pytest.fixture(scope="module")
def server(upgraded: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(upgraded, tmp_path_factory.mktemp("data"), TRUSTED_PROXIES="127.0.0.1") as running:
        yield running


def sent(server: Server, anon_id: str, **more: str) -> dict[str, Any]:
    body = {"anonId": anon_id, "eventType": "page_view", "path": "/", "timestamp": AT.isoformat()}
    answer = server.post({**body, "eventId": str(EVENT_ID), **more}, X_Forwarded_For=HERE)
    assert answer.status == 202, answer.body
    return dict(answer.body)


def keys_of(connection: Connection, anon_id: str) -> list[str]:
    rows = connection.execute(
        "select dedupe_key from raw.events where visitor_id = %s", (visitor_of(anon_id),)
    )
    return [row["dedupe_key"] for row in rows]


@pytest.mark.parametrize("clock", [{}, {"sentAt": AT.isoformat()}])
def test_an_event_of_before_is_a_duplicate_when_it_is_sent_again(
    server: Server, connection: Connection, clock: dict[str, str]
) -> None:
    connection.execute("delete from raw.ingest_duplicates")
    [first] = connection.execute(
        "select session_id from raw.events where visitor_id = %s", (visitor_of("visitor-known"),)
    )
    again = sent(server, "visitor-known", **clock)
    assert again["eventId"] == str(EVENT_ID)
    assert again["sessionId"] == str(first["session_id"])
    assert keys_of(connection, "visitor-known") == [key_of("visitor-known")]
    assert len(connection.execute("select from raw.ingest_duplicates").fetchall()) == 1


def test_what_is_stored_now_has_128_bits_of_the_same_hashes(
    server: Server, connection: Connection
) -> None:
    assert sent(server, "visitor-of-now") == sent(server, "visitor-of-now")
    key = as_stored(bytes.fromhex(key_of("visitor-of-now")))
    assert keys_of(connection, "visitor-of-now") == [key]
    [row] = connection.execute(
        "select events.ip_hash, first_ip_hash, last_ip_hash, ua_hash, first_ua_hash, last_ua_hash"
        " from raw.events inner join raw.visitors on visitors.id = visitor_id"
        " where anon_id = 'visitor-of-now'"
    )
    ip_hash, ua_hash = (as_stored(keyed(value).digest()) for value in (HERE, BROWSER))
    assert list(row.values()) == [ip_hash] * 3 + [ua_hash] * 3


def test_a_form_finds_the_visitors_of_its_address_in_either_form(
    server: Server, connection: Connection
) -> None:
    # A form looks for visitors of the last minutes, and this file may have been read long before.
    connection.execute(
        "update raw.visitors set last_seen_at = now() where anon_id = 'visitor-beside'"
    )
    body = {"anonId": "visitor-beside-too", "eventType": "page_view", "path": "/"}
    assert server.post(body, X_Forwarded_For=THERE).status == 202
    answer = capture(server, form(anonId="visitor-with-a-form"), X_Forwarded_For=THERE)
    assert answer.body["heuristicLinksCreated"] == 2


def test_marts_put_keys_in_the_order_of_their_bytes(connection: Connection) -> None:
    """As the app does: a database by the rules of a language has capital letters beside small ones."""
    macro = Environment(autoescape=False).from_string(  # noqa: S701
        ORDER_OF_EVENTS.read_text() + "{{ order_of_events('known', 'known') }}"
    )
    [found] = connection.execute(
        f"select pg_collation_for((array[{macro.render()}, known.path])[1]) as rules from ("
        'select *, "timestamp" as occurred_at, path as sent_path, path as landing_path'
        " from raw.events limit 1) as known"
    )
    assert found["rules"] == '"C"'

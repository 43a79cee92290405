"""What the server derives and tells apart belongs to the identity of an event."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.support.server import Answer, Server, serving

Connection = psycopg.Connection[dict[str, Any]]

AN_HOUR_AGO = (datetime.now(UTC) - timedelta(hours=1)).isoformat()

pytestmark = pytest.mark.usefixtures("clean_tables")


@pytest.fixture(scope="module")
def behind_a_cdn(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes a proxy's word for the country."""
    settings = {"TRUSTED_PROXIES": "127.0.0.1", "COUNTRY_HEADER": "CF-IPCountry"}
    with serving(database, tmp_path_factory.mktemp("cdn"), **settings) as running:
        yield running


def event(**changes: Any) -> dict[str, Any]:
    return {
        "anonId": "visitor-0001",
        "eventType": "page_view",
        "path": "/",
        "timestamp": AN_HOUR_AGO,
    } | changes


def outcomes(*answers: Answer) -> list[str]:
    return [answer.headers["Footfall-Outcome"] for answer in answers]


def stored(connection: Connection, column: str) -> list[Any]:
    rows = connection.execute("select * from raw.events").fetchall()
    return sorted(row[column] for row in rows)


def test_two_hosts_have_an_event_each(server: Server, connection: Connection) -> None:
    hosts = ["a.example", "b.example", "www.A.example:443", "b.example"]
    answers = [server.post(event(), Host=host) for host in hosts]
    assert outcomes(*answers) == ["accepted", "accepted", "duplicate", "duplicate"]
    assert answers[2].body == answers[0].body
    assert answers[3].body == answers[1].body
    assert stored(connection, "property_id") == ["a.example", "b.example"]
    # One person all the same.
    assert len({answer.body["visitorId"] for answer in answers}) == 1


def test_two_hosts_have_an_event_each_by_the_server_s_clock_too(
    server: Server, connection: Connection
) -> None:
    sent = event()
    del sent["timestamp"]
    answers = [server.post(sent, Host=host) for host in ("a.example", "b.example")]
    assert outcomes(*answers) == ["accepted", "accepted"]
    assert stored(connection, "property_id") == ["a.example", "b.example"]


def test_a_referrer_of_the_site_s_own_is_another_event_than_one_from_elsewhere(
    server: Server, connection: Connection
) -> None:
    sent = event(referrer="https://a.example/start", traffic={"propertyId": "the-two-of-them"})
    answers = [server.post(sent, Host=host) for host in ("a.example", "b.example", "a.example")]
    assert outcomes(*answers) == ["accepted", "accepted", "duplicate"]
    assert stored(connection, "traffic_source") == ["internal", "referral"]


def test_what_tells_no_rows_apart_is_no_part_of_it(server: Server, connection: Connection) -> None:
    sent = event(traffic={"propertyId": "the-shop"})
    answers = [server.post(sent, Host=host) for host in ("in-1.example", "in-2.example")]
    assert outcomes(*answers) == ["accepted", "duplicate"]
    assert stored(connection, "property_id") == ["the-shop"]


def test_the_country_that_a_proxy_names_tells_events_apart(
    behind_a_cdn: Server, connection: Connection
) -> None:
    answers = [behind_a_cdn.post(event(), CF_IPCountry=code) for code in ("NZ", "FR", "nz")]
    assert outcomes(*answers) == ["accepted", "accepted", "duplicate"]
    assert stored(connection, "country_code") == ["FR", "NZ"]


def test_an_event_that_its_client_numbers_is_one_on_every_host(
    server: Server, connection: Connection
) -> None:
    sent = event(eventId=str(uuid.uuid4()))
    answers = [server.post(sent, Host=host) for host in ("a.example", "b.example")]
    assert outcomes(*answers) == ["accepted", "duplicate"]
    assert stored(connection, "property_id") == ["a.example"]

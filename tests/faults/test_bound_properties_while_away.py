"""While the database is away, a property stays bound to the hosts that were read last."""

from __future__ import annotations

from pathlib import Path

import psycopg

from tests.support.postgres import BreakablePostgres, wait_until
from tests.support.server import Server, serving
from tests.support.spool import wait_until_drained

OWN, STRANGER = "https://shop.example", "https://stranger.example"
BIND = "insert into raw.properties (property_id, hosts) values ('shop.example', '{shop.example}')"


def post(server: Server, origin: str, path: str) -> tuple[int, str | None]:
    body = {
        "anonId": "visitor-0001",
        "eventType": "page_view",
        "path": path,
        "traffic": {"propertyId": "shop.example"},
    }
    answer = server.post(body, Origin=origin, Content_Type="text/plain")
    return answer.status, answer.headers.get("Footfall-Outcome")


def test_a_stranger_is_refused_and_the_site_is_spooled(
    postgres: BreakablePostgres, tmp_path: Path
) -> None:
    with psycopg.connect(postgres.url) as connection:
        connection.execute(BIND)
    with serving(postgres.url, tmp_path) as server:
        assert post(server, STRANGER, "/before") == (403, None)
        postgres.down()
        assert post(server, OWN, "/1") == (202, "spooled")
        assert post(server, STRANGER, "/within") == (403, None)
        postgres.start()
        with psycopg.connect(postgres.url, autocommit=True) as connection:
            connection.execute("update raw.properties set hosts = '{}'")
            wait_until(
                lambda: post(server, STRANGER, "/2")[0] == 202,
                "the server does not read the table of a database that is back",
            )
            wait_until_drained(server)
            rows = connection.execute("select distinct path from raw.events order by path")
            assert rows.fetchall() == [("/1",), ("/2",)]
            [counted] = connection.execute(
                "select sum(occurrences) >= 2 from raw.ingest_rejections "
                "where reason = 'origin_not_allowed' and property_id = 'shop.example'"
            ).fetchone() or [False]
            assert counted

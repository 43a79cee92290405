"""What is set for a property decides the page and the source of the events that come from then on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from ingest_app.cli import cli
from tests.support.postgres import wait_until
from tests.support.server import Server, serving

Connection = psycopg.Connection[dict[str, Any]]

PLAIN, SET, CHANGING = "plain.example", "set.example", "changing.example"
SETTINGS = {
    "--hosts": "set.example,www.set.example,Checkout.Example",
    "--ignore-referrers": "www.pay.example, bank.example",
    "--keep-query": "q,page",
    "--trailing-slash": "strip",
    "--case": "lower",
    "--fragment": "route",
}
AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)


def run(database: str, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["property", *arguments], env={"DATABASE_URL": database})
    return done.exit_code, " ".join(done.output.split())


def told(database: str, *arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(
        cli, ["property", *arguments, "--json"], env={"DATABASE_URL": database}
    )
    assert done.exit_code == 0, done.output
    shown: dict[str, Any] = json.loads(done.output)
    return shown


@pytest.fixture(scope="module")
def server(database: str, data_dir: Path) -> Iterator[Server]:
    """One that starts when the property has its settings."""
    told(database, "set", SET, *(word for option in SETTINGS.items() for word in option))
    with serving(database, data_dir) as running:
        yield running


@pytest.fixture(autouse=True)
def _emptied(connection: Connection) -> None:
    connection.execute("delete from raw.leads")
    connection.execute("delete from raw.visitors")


def post(server: Server, property_id: str, path: str, referrer: str | None = None) -> str:
    """Send a page view that has no id; how it went."""
    answer = server.post(
        {
            "anonId": "visitor-0001",
            "eventType": "page_view",
            "path": path,
            "referrer": referrer,
            "timestamp": AN_HOUR_AGO.isoformat(),
            "traffic": {"propertyId": property_id},
        }
    )
    assert answer.status == 202, answer.body
    return answer.headers["Footfall-Outcome"]


def stored(connection: Connection, columns: str) -> list[tuple[Any, ...]]:
    rows = connection.execute(f"select {columns} from raw.events order by path".encode()).fetchall()
    return [tuple(row.values()) for row in rows]


class TestThePage:
    def test_is_stored_beside_the_path_where_it_is_another(
        self, server: Server, connection: Connection
    ) -> None:
        pages = {"/a": None, "/A/": None, "/b?fbclid=1&q=2#c": "/b", "/论": "/%E8%AE%BA"}
        for path in pages:
            post(server, PLAIN, path)
        assert dict(stored(connection, "path, page")) == pages

    def test_is_what_the_property_asks_for(self, server: Server, connection: Connection) -> None:
        pages = {
            "/a": None,
            "/B/": "/b",
            "/c?q=Red&page=2&fbclid=1&x=y": "/c?page=2&q=Red",
            "/d#/Cart": "/d#/cart",
        }
        for path in pages:
            post(server, SET, path)
        assert dict(stored(connection, "path, page")) == pages

    def test_of_a_form_too(self, server: Server, connection: Connection) -> None:
        form = {"email": "a@example.com", "path": "/Form/?q=1&gclid=x", "propertyId": SET}
        sent = json.dumps(form).encode()
        answer = server.request("POST", "/v1/leads/capture", sent, Content_Type="application/json")
        assert answer.status == 200, answer.body
        assert stored(connection, "path, page") == [("/Form/?q=1&gclid=x", "/form?q=1")]

    def test_leaves_click_ids_to_the_source_and_the_path_to_the_session(
        self, server: Server, connection: Connection
    ) -> None:
        post(server, SET, "/a?gclid=x")
        assert stored(connection, "page, traffic_source") == [("/a", "paid_search")]
        [row] = connection.execute("select landing_path from raw.sessions").fetchall()
        assert row["landing_path"] == "/a?gclid=x"


class TestAReferrer:
    @pytest.mark.parametrize(
        ("referrer", "source"),
        [
            ("https://checkout.example/thanks", "internal"),
            ("https://www.checkout.example/", "internal"),
            ("https://shop.checkout.example/", "referral"),
            ("https://set-example.translate.goog/a", "internal"),
            ("https://checkout-example.translate.goog/a", "internal"),
            ("https://pay.example/done", "internal"),
            ("https://www.sandbox.pay.example/", "internal"),
            ("https://notpay.example/", "referral"),
            ("https://pay.example.evil.example/", "referral"),
            ("https://else.example/", "referral"),
        ],
    )
    def test_of_an_own_host_or_of_a_payment_page_is_no_new_source(
        self, server: Server, connection: Connection, referrer: str, source: str
    ) -> None:
        post(server, SET, "/1", referrer)
        # An ad that brought somebody is not counted once more where the site carries its id along.
        post(server, SET, "/2?gclid=x", referrer)
        paid = "internal" if source == "internal" else "paid_search"
        assert stored(connection, "path, traffic_source") == [("/1", source), ("/2?gclid=x", paid)]
        rows = stored(connection, "distinct referrer, true as path")
        assert rows == [(referrer, True)]

    def test_is_one_for_other_properties(self, server: Server, connection: Connection) -> None:
        for number, referrer in enumerate(("https://checkout.example/", "https://pay.example/")):
            post(server, PLAIN, f"/{number}", referrer)
        assert stored(connection, "distinct traffic_source, 1 as path") == [("referral", 1)]


def test_an_event_that_comes_again_after_a_change_is_still_known(
    server: Server, database: str, connection: Connection
) -> None:
    sent = {"/A?q=1": None, "/B": "https://checkout.example/", "/C": "https://pay.example/"}
    for path, referrer in sent.items():
        assert post(server, CHANGING, path, referrer) == "accepted"
    before = stored(connection, "path, page, traffic_source, dedupe_key")
    told(
        database,
        *("set", CHANGING, "--hosts", "checkout.example", "--ignore-referrers", "pay.example"),
        *("--case", "lower", "--keep-query", "q"),
    )

    def probe() -> tuple[Any, ...]:
        connection.execute("delete from raw.events where path = '/Probe'")
        post(server, CHANGING, "/Probe", "https://pay.example/")
        return stored(connection, "page, traffic_source, path")[-1]

    def is_known() -> bool:
        # By all workers.
        return {probe() for _ in range(8)} == {("/probe", "internal", "/Probe")}

    wait_until(is_known, "the servers do not read the change")
    for path, referrer in sent.items():
        assert post(server, CHANGING, path, referrer) == "duplicate"
    connection.execute("delete from raw.events where path = '/Probe'")
    # What was stored keeps its page and its source.
    assert stored(connection, "path, page, traffic_source, dedupe_key") == before
    assert [row[:3] for row in before] == [
        ("/A?q=1", "/A", "direct"),
        ("/B", None, "referral"),
        ("/C", None, "referral"),
    ]


class TestTheCommand:
    def test_says_what_is_set(self, database: str, server: Server) -> None:
        shown = told(database, "show", SET)
        assert {name: shown[name] for name in shown if not name.endswith("At")} == {
            "propertyId": SET,
            "name": None,
            "timeZone": "UTC",
            "timeZones": [],
            "hosts": ["checkout.example", "set.example", "www.set.example"],
            "ignoreReferrers": ["bank.example", "pay.example"],
            "keepQuery": ["page", "q"],
            "trailingSlash": "strip",
            "case": "lower",
            "fragment": "route",
            "aliases": [],
            "aliasOf": None,
        }
        said = (
            "set.example takes events from checkout.example, set.example, www.set.example sees "
            "through referrers of bank.example, pay.example keeps in its pages the parameters page, q "
            "strips slashes at the end of its pages has its pages in lower case keeps routes behind # "
            "in its pages"
        )
        assert run(database, "show", SET) == (0, said)

    def test_leaves_what_is_not_named(self, database: str) -> None:
        told(database, "set", "one.example", "--keep-query", "a", "--case", "lower")
        changed = told(database, "set", "one.example", "--trailing-slash", "strip")
        assert (changed["keepQuery"], changed["case"], changed["hosts"]) == (["a"], "lower", [])
        changed = told(database, "set", "one.example", "--keep-query", "", "--case", "keep")
        assert (changed["keepQuery"], changed["case"]) == ([], "keep")
        assert changed["trailingSlash"] == "strip"

    @pytest.mark.parametrize(
        ("option", "value", "said"),
        [
            ("--keep-query", "q,fbclid", "'fbclid' is a tracking parameter: no page has any"),
            ("--keep-query", "UTM_term", "'UTM_term' is a tracking parameter"),
            ("--keep-query", "?q", "'?q' is not the name of a parameter such as page"),
            ("--keep-query", "x" * 129, "is not the name of a parameter such as page"),
            ("--keep-query", "q,*", "'*' keeps every parameter: name it alone"),
            ("--ignore-referrers", "https://pay.example", "is not a host such as shop.example"),
            ("--ignore-referrers", "com", "'com' is not the domain of a site such as pay.example"),
            ("--trailing-slash", "drop", "'drop' is not one of 'keep', 'strip'"),
        ],
    )
    def test_refuses_what_it_cannot_keep(
        self, database: str, option: str, value: str, said: str
    ) -> None:
        code, output = run(database, "set", "none.example", option, value)
        assert code != 0
        assert option in output
        assert said in output
        assert told(database, "show", "none.example")["createdAt"] is None

    def test_wants_to_know_what_to_set(self, database: str) -> None:
        code, output = run(database, "set", "none.example")
        assert code != 0
        assert "name what is to be set" in output

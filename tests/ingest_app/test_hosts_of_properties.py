"""A property may be bound to hosts: what pages elsewhere send for it is refused and counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from ingest_app.cli import cli
from tests.support.cli import footfall
from tests.support.forms import CAPTURE, capture, form, submit
from tests.support.postgres import wait_until
from tests.support.server import Answer, Server, serving

Connection = psycopg.Connection[dict[str, Any]]

BOUND, OPEN = "shop.example", "open.example"
# Of one test alone: refusals are written a second after they happen.
COUNTED = "counted.example"
HOSTS = "Shop.Example:8443, www.shop.example., MÜNCHEN.example,[::1]:80"
SPELLED = ["::1", "shop.example", "www.shop.example", "xn--mnchen-3ya.example"]
STRANGER = "https://stranger.example"


def event(property_id: str = BOUND, path: str = "/", **changes: Any) -> dict[str, Any]:
    return {
        "anonId": "visitor-0001",
        "eventType": "page_view",
        "path": path,
        "traffic": {"propertyId": property_id},
    } | changes


def run(database: str, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["property", *arguments], env={"DATABASE_URL": database})


def told(database: str, *arguments: str) -> str:
    done = run(database, *arguments)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def bound(database: str, data_dir: Path) -> Iterator[Server]:
    """A server that starts when the property is bound already."""
    for property_id in (BOUND, COUNTED):
        told(database, "set", property_id, "--hosts", HOSTS)
    with serving(database, data_dir) as running:
        yield running


@pytest.fixture
def empty(database: str, connection: Connection) -> Iterator[str]:
    """The database with nothing set for any property."""
    kept = connection.execute("delete from raw.properties returning property_id, hosts").fetchall()
    yield database
    connection.execute("delete from raw.properties")
    for row in kept:
        connection.execute("insert into raw.properties values (%(property_id)s, %(hosts)s)", row)


def refusals(connection: Connection) -> int:
    rows = connection.execute(
        "select sum(occurrences)::integer as times from raw.ingest_rejections "
        "where property_id = %s and reason = 'origin_not_allowed' and status_code = 403",
        (COUNTED,),
    )
    [row] = rows.fetchall()
    return row["times"] or 0


def is_refused(answer: Answer) -> bool:
    if answer.status == 202:
        return False
    assert answer.status == 403
    assert answer.body == {
        "ok": False,
        "error": "origin_not_allowed",
        "issues": [
            {
                "path": "",
                "message": f"the property {BOUND} takes no events from pages of this origin",
            }
        ],
    }
    return True


class TestAnOrigin:
    @pytest.mark.parametrize(
        "origin",
        [
            "https://shop.example",
            "http://shop.example:3000",
            "https://SHOP.example",
            "https://www.shop.example",
            "https://xn--mnchen-3ya.example",
            "http://[::1]:5000",
            "http://[0:0:0:0:0:0:0:1]",
        ],
    )
    def test_of_the_hosts_is_taken(self, bound: Server, origin: str) -> None:
        # An Origin decides alone, whatever the page before was.
        assert not is_refused(bound.post(event(), Origin=origin, Referer=f"{STRANGER}/"))

    @pytest.mark.parametrize(
        "origin",
        [
            STRANGER,
            "null",
            "",
            "https://evil-shop.example",
            "https://shop.example.evil.example",
            "https://blog.shop.example",
            "https://www.www.shop.example",
            "https://shop.example@evil.example",
            "https://www.xn--mnchen-3ya.example",
            "chrome-extension://shop.example",
            "file://",
            "shop.example",
        ],
    )
    def test_elsewhere_is_refused(self, bound: Server, origin: str) -> None:
        answer = bound.post(event(), Origin=origin, Referer="https://shop.example/")
        assert is_refused(answer)


class TestWithoutAnOrigin:
    @pytest.mark.parametrize(
        ("referer", "is_taken"),
        [
            ("https://shop.example/a?b=https://evil.example", True),
            ("https://www.shop.example", True),
            ("https://stranger.example/https://shop.example/", False),
            ("/a", False),
            ("about:blank", False),
            ("", True),
        ],
    )
    def test_the_page_is_that_of_the_referer(
        self, bound: Server, referer: str, is_taken: bool
    ) -> None:
        assert is_refused(bound.post(event(), Referer=referer)) is not is_taken

    def test_and_without_a_referer_it_is_no_browser_and_is_taken(self, bound: Server) -> None:
        assert not is_refused(bound.post(event()))


class TestARefusal:
    @pytest.fixture(autouse=True)
    def emptied(self, connection: Connection) -> None:
        connection.execute("delete from raw.visitors")

    def test_is_counted_for_the_property_and_stores_nothing(
        self, bound: Server, connection: Connection
    ) -> None:
        for kind in ("application/json", "text/plain"):
            answer = bound.post(event(COUNTED), Origin=STRANGER, Content_Type=kind)
            assert answer.status == 403
        wait_until(lambda: refusals(connection) >= 2, "the refusals are not written")
        assert refusals(connection) == 2
        assert connection.execute("select from raw.events").fetchall() == []

    def test_of_one_event_of_a_batch_is_no_others(
        self, bound: Server, connection: Connection
    ) -> None:
        sent = [event(OPEN, "/1"), event(BOUND, "/2"), event("else.example", "/3")]
        answer = bound.request(
            "POST",
            "/v1/events/batch",
            json.dumps(sent).encode(),
            Content_Type="text/plain",
            Origin=STRANGER,
        )
        assert answer.status == 202
        assert [each["outcome"] for each in answer.body["results"]] == [
            "accepted",
            "rejected",
            "accepted",
        ]
        assert answer.body["results"][1]["error"] == "origin_not_allowed"
        rows = connection.execute("select path from raw.events order by path").fetchall()
        assert [row["path"] for row in rows] == ["/1", "/3"]

    def test_is_of_the_property_that_the_host_of_the_request_names(self, bound: Server) -> None:
        sent = event()
        del sent["traffic"]
        assert is_refused(bound.post(sent, Host="www.shop.example", Origin=STRANGER))
        assert not is_refused(bound.post(sent, Host=OPEN, Origin=STRANGER))


def test_forms_are_taken_from_these_hosts_alone(bound: Server, connection: Connection) -> None:
    body = form("stranger@shop.example", propertyId=BOUND)
    for headers in ({"Origin": STRANGER}, {"Referer": f"{STRANGER}/form"}, {"Origin": "null"}):
        answer = capture(bound, body, **headers)
        assert answer.status == 403
        assert answer.body["error"] == "origin_not_allowed"
        assert submit(bound, body, **headers).status == 403
    find = "select from raw.leads where email = 'stranger@shop.example'"
    assert connection.execute(find).fetchone() is None
    assert capture(bound, body, Origin="https://www.shop.example").status == 200
    assert connection.execute(find).fetchone() is not None
    counted = (
        "select from raw.ingest_rejections where endpoint = %s and reason = 'origin_not_allowed'"
    )
    wait_until(
        lambda: connection.execute(counted, (CAPTURE,)).fetchone() is not None,
        otherwise="no refusal of a form was counted",
    )


def test_a_property_that_is_not_bound_takes_everything(bound: Server) -> None:
    for origin in (STRANGER, "null"):
        assert not is_refused(bound.post(event(OPEN), Origin=origin))


def test_a_running_server_hears_of_a_change(bound: Server, database: str) -> None:
    def answers() -> set[bool]:
        # Of all workers.
        return {is_refused(bound.post(event(), Origin=STRANGER)) for _ in range(8)}

    assert answers() == {True}
    try:
        told(database, "set", BOUND, "--hosts", "")
        wait_until(lambda: answers() == {False}, "the property is not open")
    finally:
        told(database, "set", BOUND, "--hosts", HOSTS)
    wait_until(lambda: answers() == {True}, "the property is not bound")


class TestTheCommand:
    def test_shows_and_lists_what_is_set(self, empty: str, connection: Connection) -> None:
        assert "nothing is set for any property" in told(empty, "list")
        assert told(empty, "show", BOUND) == f"{BOUND} takes events from everywhere\n"
        said = f"{BOUND} takes events from {', '.join(SPELLED)}\n"
        assert told(empty, "set", f" {BOUND} ", "--hosts", HOSTS) == said
        assert told(empty, "show", BOUND) == said
        [row] = connection.execute("select * from raw.properties").fetchall()
        assert (row["property_id"], row["hosts"]) == (BOUND, SPELLED)
        shown = json.loads(told(empty, "show", BOUND, "--json"))
        assert shown == {
            "propertyId": BOUND,
            "name": None,
            "timeZone": "UTC",
            "timeZones": [],
            "hosts": SPELLED,
            "ignoreReferrers": [],
            "keepQuery": [],
            "trailingSlash": "keep",
            "case": "keep",
            "fragment": "drop",
            "aliases": [],
            "aliasOf": None,
            "createdAt": row["created_at"].isoformat(),
            "updatedAt": row["updated_at"].isoformat(),
        }
        changed = json.loads(told(empty, "set", BOUND, "--hosts", "", "--json"))
        assert (changed["hosts"], changed["createdAt"]) == ([], shown["createdAt"])
        assert changed["updatedAt"] > shown["updatedAt"]
        assert json.loads(told(empty, "list", "--json")) == [changed]
        [_, line] = told(empty, "list").splitlines()
        assert line.split()[:2] == [BOUND, "everywhere"]

    @pytest.mark.parametrize(
        "host", ["https://shop.example", "*.shop.example", "shop.example/a", "a b", "a..example"]
    )
    def test_refuses_what_is_no_host_and_says_which(self, empty: str, host: str) -> None:
        done = run(empty, "set", BOUND, "--hosts", f"ok.example, {host}")
        assert done.exit_code != 0
        assert f"{host!r} is not a host such as shop.example" in " ".join(done.output.split())
        assert json.loads(told(empty, "list", "--json")) == []

    @pytest.mark.parametrize("name", ["", " ", "x" * 129])
    def test_refuses_what_names_no_property(self, empty: str, name: str) -> None:
        done = run(empty, "set", name, "--hosts", "a.example")
        assert done.exit_code != 0
        assert "must have 1 to 128 characters" in done.output

    def test_a_failure_ends_as_all_do(self, empty: str) -> None:
        done = footfall("property", "set", BOUND, "--hosts", "a b", database=empty)
        assert (done.returncode, done.stdout) == (1, "")
        assert "Invalid value for --hosts: 'a b' is not a host" in done.stderr

"""The signed link: a look changes nothing, one click does, and nobody learns whose link it is."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from ingest_app.leads.links import PATH, Links
from tests.ingest_app.leads.conftest import KEY
from tests.support.cli import footfall
from tests.support.forms import URLENCODED, Connection, capture, form, rows
from tests.support.server import PEPPER, Answer, Server

pytestmark = pytest.mark.usefixtures("clean_tables")

EMAIL = "ada@shop.example"
ONE_CLICK = b"List-Unsubscribe=One-Click"


@pytest.fixture
def link(server: Server, database: str) -> str:
    """The path of the link that the command prints for a lead with express consent."""
    assert capture(server, form(EMAIL, consentStatus="express")).status == 200
    done = footfall(
        *("lead", "link", "ADA@shop.example", "--url", f"{server.url}/"),
        database=database,
        IP_HASH_PEPPER=PEPPER,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{server.url}/v1/leads/unsubscribe/")
    return done.stdout.strip().removeprefix(server.url)


def consent(connection: Connection) -> list[tuple[str, str | None]]:
    history = rows(
        connection,
        "select consent_status, source_channel from raw.consent_events order by occurred_at, id",
    )
    [lead] = rows(connection, "select consent_status from raw.leads")
    assert history[-1]["consent_status"] == lead["consent_status"]
    return [(row["consent_status"], row["source_channel"]) for row in history]


def seen(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body.decode()


def test_a_look_shows_one_button_and_changes_nothing(
    server: Server, connection: Connection, link: str
) -> None:
    before = rows(connection, "select * from raw.leads")
    for method in ("GET", "HEAD", "GET"):
        answer = server.request(method, link)
        assert answer.status == 200
    text = answer.body.decode()
    assert len(re.findall("<button", text)) == len(re.findall("<form", text)) == 1
    assert '<form method="post">' in text
    assert "<script" not in text
    assert "shop.example" not in text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert rows(connection, "select * from raw.leads") == before
    assert consent(connection) == [("express", None)]


@pytest.mark.parametrize(
    ("body", "channel"),
    [(ONE_CLICK, "unsubscribe_one_click"), (b"", "unsubscribe_link")],
)
def test_one_click_or_the_button_withdraws_and_a_second_says_the_same(
    server: Server, connection: Connection, link: str, body: bytes, channel: str
) -> None:
    answers = {seen(server.request("POST", link, body, Content_Type=URLENCODED)) for _ in range(2)}
    assert len(answers) == 1
    assert answers.pop()[0] == 200
    assert consent(connection) == [("express", None), ("withdrawn", channel)]
    # Only express consent brings it back.
    assert capture(server, form(EMAIL, payload={"a": 1})).status == 200
    assert consent_now(connection) == "withdrawn"
    assert capture(server, form(EMAIL, consentStatus="express", payload={"a": 2})).status == 200
    assert consent_now(connection) == "express"


def consent_now(connection: Connection) -> str:
    [lead] = rows(connection, "select consent_status from raw.leads")
    return str(lead["consent_status"])


def test_a_link_that_is_nobodys_is_answered_like_any_other(
    server: Server, connection: Connection, link: str
) -> None:
    real = seen(server.request("GET", link))
    tampered = link[:-9] + ("A" if link[-9] != "A" else "B") + link[-8:]
    gone = Links(PEPPER.encode()).path(uuid4())
    of_another_key = Links(b"another pepper").path(uuid4())
    for path in (tampered, gone, of_another_key, f"{PATH}x", f"{PATH}%00%ff"):
        assert seen(server.request("GET", path)) == real, path
        answer = server.request("POST", path, ONE_CLICK, Content_Type=URLENCODED)
        assert answer.status == 200, path
    assert consent(connection) == [("express", None)]
    assert seen(answer) == seen(server.request("POST", link, ONE_CLICK, Content_Type=URLENCODED))


def test_what_fails_is_told_as_a_page_and_can_be_sent_again(
    server: Server, connection: Connection, link: str
) -> None:
    connection.execute(
        "create function raw.fail() returns trigger language plpgsql as"
        " $$ begin raise exception 'a fault within'; end $$"
    )
    connection.execute(
        "create trigger fail before update on raw.leads for each row execute function raw.fail()"
    )
    try:
        status, text = seen(server.request("POST", link, ONE_CLICK, Content_Type=URLENCODED))
    finally:
        connection.execute("drop function raw.fail() cascade")
    assert status == 500
    assert "<h1>This did not work</h1>" in text
    assert "Nothing has changed" in text
    assert "a fault within" not in text
    assert consent(connection) == [("express", None)]
    assert server.request("POST", link, ONE_CLICK, Content_Type=URLENCODED).status == 200
    assert consent_now(connection) == "withdrawn"


def test_the_list_has_the_same_link(server: Server, link: str) -> None:
    [lead] = server.request("GET", "/v1/leads", x_admin_key=KEY).body["leads"]
    assert lead["unsubscribePath"] == link


def test_the_command_says_what_it_does_not_find(database: str) -> None:
    for email, text in (("bob@shop.example", "no lead"), ("bob", "must be an address")):
        done = footfall(
            *("lead", "link", email, "--url", "https://x.example"),
            database=database,
            IP_HASH_PEPPER=PEPPER,
        )
        assert done.returncode == 1
        assert text in done.stderr
        assert "Traceback" not in done.stderr

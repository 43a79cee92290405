"""An erased lead is nowhere: not in a table, a file, a log or an answer. That there was one stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ingest_app.operations.purge import purge
from tests.ingest_app.leads.conftest import KEY
from tests.support.cli import footfall
from tests.support.forms import URLENCODED, Connection, capture, form, post, rows, submit
from tests.support.rejections import wait_for_rejections
from tests.support.server import PEPPER, Answer, Server

pytestmark = pytest.mark.usefixtures("clean_tables")

EMAIL = "augusta.byron@shop.example"
DELETE = "/v1/leads/delete"
TRACES = ("augusta", "byron", "Lovelace")


def delete(server: Server, email: str = EMAIL) -> Answer:
    return post(server, DELETE, {"email": email}, x_admin_key=KEY)


@pytest.fixture
def known(server: Server, connection: Connection, clean_tables: None) -> list[dict[str, Any]]:
    """A lead of two browsers and three forms, beside another one; the lead's submissions."""
    for anon_id, name in (("visitor-0001", "a"), ("visitor-0001", "b"), ("visitor-0002", "c")):
        body = form(
            EMAIL,
            anonId=anon_id,
            formName=name,
            consentText=f"Yes, {name}.",
            payload={"name": "Augusta Ada King, Countess of Lovelace"},
        )
        assert capture(server, body).status == 200
    # One that fell into the trap has the address among its words.
    trapped = form(EMAIL, honeypot="x", anonId="visitor-0003", payload={"name": "Lovelace"})
    assert capture(server, trapped).status == 200
    assert capture(server, form("bob@shop.example", anonId="visitor-0004")).status == 200
    return rows(
        connection,
        "select form_submissions.* from raw.form_submissions"
        " inner join raw.leads on leads.id = lead_id where email = %s order by captured_at",
        EMAIL,
    )


def places(url: str, traces: tuple[str, ...]) -> set[str]:
    """The tables of raw with a row in whose text one of these occurs."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select relname from pg_class where relnamespace = 'raw'::regnamespace "
            "and relkind in ('r', 'p')"
        ).fetchall()
        found = set()
        for (table,) in tables:
            rows = connection.execute(
                sql.SQL("select * from raw.{}").format(sql.Identifier(table))
            ).fetchall()
            if any(one.lower() in str(rows).lower() for one in traces):
                found.add(table)
        return found


@pytest.mark.parametrize("how", ["endpoint", "command"])
def test_who_it_was_is_gone_and_what_was_counted_stays(
    server: Server,
    database: str,
    data_dir: Path,
    connection: Connection,
    known: list[dict[str, Any]],
    how: str,
) -> None:
    lead_id = str(known[0]["lead_id"])
    assert places(database, TRACES) == {"leads", "form_submissions"}
    everything = (
        "select id, visitor_id, session_id, form_name, path, validation_status, is_first_capture,"
        " captured_at, created_at from raw.form_submissions order by id"
    )
    before = rows(connection, everything), rows(connection, "select * from raw.events order by id")
    counted_for = "select * from raw.submission_properties order by submission_id, property_id"
    properties = rows(connection, counted_for)
    if how == "endpoint":
        answer = delete(server, " Augusta.BYRON@shop.example")
        assert (answer.status, answer.body) == (200, {"ok": True})
    else:
        done = footfall(
            *("erase", "--yes", "--email", "Augusta.BYRON@shop.example"),
            database=database,
            IP_HASH_PEPPER=PEPPER,
        )
        assert done.returncode == 0, done.stderr
        assert "4" in done.stdout.split("submissions without words")[1]
    assert places(database, (*TRACES, lead_id)) == set()
    assert places(database, ("Yes, a.", "Yes, b.", "Yes, c.")) == set()
    after = rows(connection, everything), rows(connection, "select * from raw.events order by id")
    assert after == before
    assert rows(connection, counted_for) == properties
    # Its submissions are still known to be of one person, who is nobody.
    kept = rows(
        connection,
        "select lead_id, erased_lead_id, payload, fingerprint from raw.form_submissions"
        " where id = any(%s)",
        [row["id"] for row in known],
    )
    assert len({row["erased_lead_id"] for row in kept}) == 1
    assert kept[0]["erased_lead_id"] is not None
    assert {(row["lead_id"], row["payload"], row["fingerprint"]) for row in kept} == {
        (None, None, None)
    }
    assert [row["email"] for row in rows(connection, "select email from raw.leads")] == [
        "bob@shop.example"
    ]
    [audit] = rows(connection, "select * from raw.lead_accesses")
    assert (audit["purpose"], audit["leads"], audit["filters"]) == ("erase", 1, None)
    assert audit["actor"].startswith("key " if how == "endpoint" else "footfall erase")
    # No file of the app has ever had it, the log of the server neither.
    for file in data_dir.rglob("*"):
        if file.is_file():
            content = file.read_bytes().lower()
            assert not any(trace.lower().encode() in content for trace in TRACES), file


def test_a_later_form_is_refused_unless_it_brings_express_consent(
    server: Server, connection: Connection, known: list[dict[str, Any]]
) -> None:
    assert delete(server).status == 200
    before = rows(connection, "select id from raw.events order by id")
    for consent in ("pending", "implied", None):
        answer = capture(server, form(EMAIL, consentStatus=consent, propertyId="gone.example"))
        assert (answer.status, answer.body["error"]) == (400, "suppressed")
        [issue] = answer.body["issues"]
        assert issue["path"] == "consentStatus"
        assert "byron" not in str(answer.body)
    assert submit(server, {"email": EMAIL, "propertyId": "gone.example"}).status == 400
    # Nothing is half done.
    assert rows(connection, "select id from raw.events order by id") == before
    assert len(rows(connection, "select from raw.leads")) == 1
    key = ("gone.example", "/v1/leads/capture", "suppressed", 400)
    assert wait_for_rejections(connection, 4, "gone.example") == {key: 4}
    # What falls into the trap is kept without the address.
    trapped = form(EMAIL, honeypot="x", anonId="visitor-0009")
    assert capture(server, trapped).status == 200
    assert rows(connection, "select from raw.form_submissions where payload::text ~ 'byron'") == []

    answer = capture(server, form(EMAIL, consentStatus="express"))
    assert answer.status == 200
    assert answer.body["leadId"] != str(known[0]["lead_id"])
    assert rows(connection, "table raw.suppressions") == []
    # And from then on it is a lead like any other.
    assert capture(server, form(EMAIL, payload={"a": 1})).status == 200


def test_whom_nobody_knows_is_not_found(server: Server, connection: Connection) -> None:
    answer = delete(server)
    assert (answer.status, answer.body["error"]) == (404, "not_found")
    assert rows(connection, "table raw.suppressions") == []


@pytest.mark.parametrize("key", [None, "", "another-key"])
def test_it_wants_an_admin_key(
    server: Server, connection: Connection, known: list[dict[str, Any]], key: str | None
) -> None:
    headers = {} if key is None else {"x_admin_key": key}
    for method, path, body in (
        ("POST", DELETE, b'{"email": "%s"}' % EMAIL.encode()),
        ("GET", "/v1/leads", None),
    ):
        answer = server.request(method, path, body, Content_Type="application/json", **headers)
        assert (answer.status, answer.body["error"]) == (401, "unauthorized")
    assert len(rows(connection, "select from raw.leads")) == 2
    assert rows(connection, "select from raw.lead_accesses") == []


def test_the_command_reads_the_address_from_stdin_and_asks_before_it_erases(
    database: str, connection: Connection, known: list[dict[str, Any]]
) -> None:
    def erase(said: str, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ingest_app", "erase", "--email", "-", *options],
            env={"DATABASE_URL": database, "FOOTFALL_IP_HASH_PEPPER": PEPPER, "PATH": "/bin"},
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )

    # Nobody says yes.
    assert erase(f"{EMAIL}\n").returncode != 0
    assert len(rows(connection, "select from raw.leads")) == 2
    assert erase("byron\n", "--yes").returncode == 1
    assert erase(f"{EMAIL}\n", "--yes").returncode == 0
    assert len(rows(connection, "select from raw.leads")) == 1
    done = erase(f"{EMAIL}\n", "--yes")
    assert (done.returncode, "nothing was found" in done.stdout) == (0, True)


def test_an_address_is_in_no_log_metric_or_error(
    server: Server, database: str, data_dir: Path, connection: Connection
) -> None:
    """Of what is taken, of what is refused, and of what fails inside."""
    bodies = [form(EMAIL), form(f"{EMAIL}\x00"), form(EMAIL, unknown=EMAIL), form(EMAIL, path="")]
    answers = [capture(server, body) for body in bodies]
    answers.append(submit(server, {"email": f"{EMAIL} {EMAIL}"}))
    answers.append(post(server, "/v1/leads/unsubscribe", {"email": f"no-{EMAIL}"}))
    answers.append(
        server.request("POST", "/v1/leads/capture", EMAIL.encode(), Content_Type="text/plain")
    )
    answers.append(
        server.request("POST", "/v1/leads/capture", EMAIL.encode(), Content_Type=URLENCODED)
    )
    connection.execute(
        "create function raw.fail() returns trigger language plpgsql as"
        " $$ begin raise exception 'no %', new.email; end $$"
    )
    connection.execute(
        "create trigger fail before insert on raw.leads for each row execute function raw.fail()"
    )
    try:
        answers.append(capture(server, form(f"a-{EMAIL}")))
    finally:
        connection.execute("drop function raw.fail() cascade")
    assert [answer.status for answer in answers] == [200, *[400] * 4, 404, *[400] * 3]
    answers.append(server.request("GET", "/metrics"))
    for answer in answers:
        assert "byron" not in str(answer.body).lower()
        assert "byron" not in str(dict(answer.headers)).lower()
    log = (data_dir / "server.log").read_text()
    assert "/v1/leads/capture" in log
    assert "byron" not in log.lower()


def test_what_fell_into_the_trap_loses_its_words_with_its_day(
    database: str, connection: Connection, known: list[dict[str, Any]]
) -> None:
    connection.execute(
        "update raw.form_submissions set captured_at = now() - interval '9 days',"
        " occurred_on = occurred_on - 9"
    )
    for days, words in ((10, 4), (5, 3)):
        purge(database, older_than_days=days, even_uncounted=True)
        found = rows(connection, "select validation_status, payload from raw.form_submissions")
        assert len(found) == 5
        assert len([row for row in found if row["payload"]]) == words
    assert {row["validation_status"] for row in found if row["payload"]} == {"accepted"}
    connection.execute("delete from raw.retention_purges")

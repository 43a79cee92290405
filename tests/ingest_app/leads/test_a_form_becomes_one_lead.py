"""A form ends as one lead, one event, one submission and one line of consent, however often it is sent."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from ingest_app.enrichment.identity import visitor_id
from ingest_app.leads.address import address_hash
from ingest_app.leads.erasure import erase_lead
from tests.support.forms import ONE_OF_EACH, Connection, capture, counts, form, rows, submit
from tests.support.postgres import wait_until
from tests.support.server import PEPPER, Answer, Server

pytestmark = pytest.mark.usefixtures("clean_tables")


def test_everything_of_a_form_is_stored_and_answered(
    server: Server, connection: Connection
) -> None:
    answer = capture(
        server,
        form(
            " Ada@Shop.Example ",
            formName="newsletter",
            referrer="https://www.google.com/",
            sourceChannel="footer",
            consentStatus="express",
            consentText="Yes, send me the newsletter.",
            payload={"name": "Ada", "topics": ["a", "b"]},
            utm={"source": "spring", "medium": "email"},
        ),
    )
    assert answer.status == 200
    assert counts(connection) == ONE_OF_EACH
    [lead] = rows(connection, "select * from raw.leads")
    [event] = rows(connection, "select * from raw.events")
    [submission] = rows(connection, "select * from raw.form_submissions")
    [consent] = rows(connection, "select * from raw.consent_events")
    [link] = rows(connection, "select * from raw.lead_identities")
    [visitor] = rows(connection, "select * from raw.visitors")
    [session] = rows(connection, "select * from raw.sessions")
    assert answer.body == {
        "ok": True,
        "leadId": str(lead["id"]),
        "visitorId": str(visitor_id("visitor-0001")),
        "sessionId": str(session["id"]),
        "heuristicLinksCreated": 0,
    }
    at = event["timestamp"]
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=1)
    assert {**lead, "created_at": None, "updated_at": None} == {
        "id": lead["id"],
        "email": "ada@shop.example",
        "consent_status": "express",
        "source_channel": "footer",
        "email_domain_class": "business",
        "first_captured_at": at,
        "last_captured_at": at,
        "created_at": None,
        "updated_at": None,
    }
    assert {name: event[name] for name in ("event_type", "path", "property_id", "props")} == {
        "event_type": "form_submit",
        "path": "/newsletter",
        "property_id": "shop.example",
        "props": {"formName": "newsletter"},
    }
    # As the enrichment of any other event has it.
    assert (event["traffic_source"], event["device_type"]) == ("email", "desktop")
    assert (event["is_conversion"], event["is_entrance"]) == (True, False)
    assert (event["session_id"], event["visitor_id"]) == (session["id"], visitor["id"])
    assert session["utm_source"] == "spring"
    assert submission["payload"] == {"name": "Ada", "topics": ["a", "b"]}
    assert submission["captured_at"] == at
    named = ("form_name", "path", "validation_status", "is_first_capture", "lead_id", "session_id")
    assert [submission[name] for name in named] == [
        *("newsletter", "/newsletter", "accepted", True, lead["id"], session["id"])
    ]
    told = ("lead_id", "consent_status", "consent_text", "form_name", "path", "source_channel")
    assert [consent[name] for name in told] == [
        *(
            lead["id"],
            "express",
            "Yes, send me the newsletter.",
            "newsletter",
            "/newsletter",
            "footer",
        )
    ]
    assert consent["occurred_at"] == at
    assert (link["visitor_id"], link["link_source"], link["confidence"]) == (
        *(visitor["id"], "form_submit"),
        1,
    )
    # Where the event is, the submission counts.
    assert [row["property_id"] for row in rows(connection, "table raw.submission_properties")] == [
        "shop.example"
    ]


def test_what_is_left_out_has_its_default(server: Server, connection: Connection) -> None:
    assert capture(server, {"email": "ada@shop.example"}, Host="stats.example").status == 200
    [row] = rows(
        connection,
        "select form_name, form_submissions.path, payload, property_id, consent_status, anon_id"
        " from raw.form_submissions inner join raw.events using (visitor_id)"
        " inner join raw.leads on lead_id = leads.id"
        " inner join raw.visitors on visitors.id = visitor_id",
    )
    anon_id = row.pop("anon_id")
    assert anon_id.startswith("form-")
    assert len(anon_id) == 37
    assert row == {
        "form_name": "lead_capture",
        "path": "/",
        "payload": None,
        "property_id": "stats.example",
        "consent_status": "pending",
    }


@pytest.mark.parametrize("anon_id", ["visitor-0001", None])
def test_sent_again_it_is_stored_once(
    server: Server, connection: Connection, anon_id: str | None
) -> None:
    body = form(anonId=anon_id, payload={"name": "Ada"})
    first, again = capture(server, body), capture(server, body)
    assert first.status == again.status == 200
    assert again.body == first.body
    assert counts(connection) == {**ONE_OF_EACH, "ingest_duplicates": 1}


@pytest.mark.parametrize("anon_id", ["visitor-0001", None])
def test_sent_many_times_at_once_it_is_stored_once(
    server: Server, connection: Connection, anon_id: str | None
) -> None:
    fields = {"email": "ada@shop.example", "path": "/thanks", "name": "Ada"}
    if anon_id:
        fields["anonId"] = anon_id
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: submit(server, fields), range(12)))
    assert {answer.status for answer in answers} == {303}
    assert counts(connection) == {**ONE_OF_EACH, "ingest_duplicates": 11}


def test_one_address_from_many_browsers_at_once_is_one_lead(
    server: Server, connection: Connection
) -> None:
    bodies = [form("ada@shop.example", anonId=f"visitor-{n:04}") for n in range(10)]
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda body: capture(server, body), bodies))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["leadId"] for answer in answers}) == 1
    found = counts(connection)
    assert (found["leads"], found["events"], found["form_submissions"]) == (1, 10, 10)
    firsts = rows(connection, "select from raw.form_submissions where is_first_capture")
    assert len(firsts) == 1
    [lead] = rows(connection, "select * from raw.leads")
    [times] = rows(
        connection, "select min(captured_at) as a, max(captured_at) as z from raw.form_submissions"
    )
    assert (lead["first_captured_at"], lead["last_captured_at"]) == (times["a"], times["z"])


@pytest.mark.parametrize(
    "other",
    [
        {"email": "bob@shop.example"},
        {"anonId": "visitor-0002"},
        {"formName": "contact"},
        {"path": "/contact"},
        {"payload": {"name": "Bob"}},
        {"consentStatus": "express"},
        {"consentText": "Yes."},
        {"propertyId": "docs.example"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_what_differs_is_another_submission(
    server: Server, connection: Connection, other: dict[str, Any]
) -> None:
    for body in (form(), form(**other)):
        assert capture(server, body).status == 200
    found = counts(connection)
    assert (found["events"], found["form_submissions"], found["consent_events"]) == (2, 2, 2)
    assert found["leads"] == (2 if "email" in other else 1)


def test_much_later_the_same_form_is_another_submission(
    server: Server, connection: Connection
) -> None:
    assert capture(server, form()).status == 200
    connection.execute(
        "update raw.form_submissions set captured_at = now() - interval '11 minutes'"
    )
    assert capture(server, form()).status == 200
    found = counts(connection)
    assert (found["events"], found["form_submissions"], found["leads"]) == (2, 2, 1)
    flags = rows(
        connection, "select is_first_capture from raw.form_submissions order by captured_at"
    )
    assert [row["is_first_capture"] for row in flags] == [True, False]


class TestHeuristicLinks:
    """127.0.0.1 is a trusted proxy: the header says who a client is."""

    ADDRESS = "203.0.113.7"

    def visit(self, server: Server, anon_id: str, **headers: str) -> None:
        headers = {"X_Forwarded_For": self.ADDRESS, **headers}
        body = {"anonId": anon_id, "eventType": "page_view", "path": "/"}
        assert server.post(body, **headers).status == 202

    def test_visitors_of_both_hashes_within_the_window(
        self, server: Server, connection: Connection
    ) -> None:
        for anon_id in ("visitor-near", "visitor-long-ago", "visitor-ahead"):
            self.visit(server, anon_id)
        self.visit(server, "visitor-elsewhere", X_Forwarded_For="203.0.113.8")
        self.visit(server, "visitor-other-agent", User_Agent="Mozilla/5.0 (another)")
        connection.execute(
            "update raw.visitors set first_seen_at = now() - interval '16 minutes',"
            " last_seen_at = now() - interval '16 minutes' where anon_id = 'visitor-long-ago'"
        )
        # By a clock that runs ahead, as much as is taken.
        connection.execute(
            "update raw.visitors set last_seen_at = last_seen_at + interval '16 minutes'"
            " where anon_id = 'visitor-ahead'"
        )
        answer = capture(server, form(), X_Forwarded_For=self.ADDRESS)
        assert answer.body["heuristicLinksCreated"] == 1
        links = rows(
            connection,
            "select anon_id, link_source, confidence from raw.lead_identities"
            " inner join raw.visitors on visitors.id = visitor_id order by anon_id",
        )
        assert [tuple(map(str, link.values())) for link in links] == [
            ("visitor-0001", "form_submit", "1.000"),
            ("visitor-near", "same_ip_ua_window", "0.500"),
        ]
        # A second form of the lead finds nobody new.
        again = capture(server, form(path="/again"), X_Forwarded_For=self.ADDRESS)
        assert again.body["heuristicLinksCreated"] == 0

    def test_of_a_crowd_behind_one_address_only_the_last(
        self, server: Server, connection: Connection
    ) -> None:
        for n in range(22):
            self.visit(server, f"visitor-{n + 100}")
        answer = capture(server, form(), X_Forwarded_For=self.ADDRESS)
        assert answer.body["heuristicLinksCreated"] == 20


def test_a_submission_stays_in_the_session_of_its_event(
    server: Server, connection: Connection
) -> None:
    """However late events cut the sessions anew."""

    def visit(minutes: int, **fields: Any) -> None:
        at = datetime.now(UTC) + timedelta(minutes=minutes)
        body = {"anonId": "visitor-0001", "eventType": "page_view", "path": "/", **fields}
        assert server.post({**body, "timestamp": at.isoformat()}).status == 202

    def sessions() -> tuple[int, Any]:
        [row] = rows(
            connection,
            "select form_submissions.session_id as ours, events.session_id as theirs"
            " from raw.form_submissions inner join raw.events using (visitor_id, id)",
        )
        assert row["ours"] == row["theirs"] is not None
        return len(rows(connection, "select from raw.sessions")), row["ours"]

    visit(-50)
    assert capture(server, form()).status == 200
    number, before = sessions()
    assert number == 2
    # This one joins the two, and that one parts the form from what came before it.
    visit(-25)
    number, joined = sessions()
    assert (number, joined != before) == (1, True)
    visit(-1, utm={"source": "spring"})
    number, parted = sessions()
    assert (number, parted != joined) == (2, True)


@pytest.mark.parametrize("consent", ["pending", "express"])
def test_a_form_that_meets_an_erasure_waits_for_it(
    server: Server, database: str, connection: Connection, consent: str
) -> None:
    assert capture(server, form()).status == 200
    answers: list[Answer] = []
    body = form(anonId="visitor-0002", consentStatus=consent)
    thread = threading.Thread(target=lambda: answers.append(capture(server, body)))
    with psycopg.connect(database) as other:
        erase_lead(
            other,
            "ada@shop.example",
            email_hash=address_hash(PEPPER.encode(), "ada@shop.example"),
            actor="a test",
        )
        thread.start()
        wait_until(
            lambda: rows(connection, "select from pg_stat_activity where wait_event_type = 'Lock'"),
            "the form does not wait",
        )
    thread.join()
    is_taken = consent == "express"
    assert answers[0].status == (200 if is_taken else 400)
    found = counts(connection)
    assert (found["leads"], found["events"]) == ((1, 2) if is_taken else (0, 1))

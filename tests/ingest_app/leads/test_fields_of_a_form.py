"""What is sent with a form: every field has a place, and what is wrong is named and counted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from urllib3 import encode_multipart_formdata

from ingest_app.leads.body import CaptureBody
from tests.support.forms import (
    CAPTURE,
    ONE_OF_EACH,
    URLENCODED,
    Connection,
    capture,
    counts,
    form,
    rows,
    submit,
)
from tests.support.rejections import wait_for_rejections
from tests.support.server import Server

pytestmark = pytest.mark.usefixtures("clean_tables")

NOBODY = dict.fromkeys(ONE_OF_EACH, 0)
# Each of these is refused; the path is that of the field.
WRONG: list[tuple[str, Any]] = [
    *(("email", value) for value in ("", "ada", 7, None, "ada@shop.example\n, bob@shop.example")),
    *(("anonId", value) for value in ("short", "a" * 129, 7)),
    *(("formName", value) for value in ("  ", "a" * 129, "a\x00b")),
    *(("propertyId", value) for value in ("", "a" * 129)),
    *(("path", value) for value in ("", "a" * 2049)),
    *(("referrer", value) for value in ("a" * 2049, 7)),
    ("sourceChannel", "a" * 129),
    *(("consentStatus", value) for value in ("withdrawn", "yes", "Express", True)),
    ("consentText", "a" * 4001),
    *(("payload", value) for value in ("text", [1], {"a": "\x00"})),
    ("utm", "spring"),
]


@pytest.mark.parametrize(("field", "value"), WRONG, ids=lambda part: ascii(part)[:30])
def test_a_wrong_field_is_named_and_nothing_is_stored(
    server: Server, connection: Connection, field: str, value: Any
) -> None:
    answer = capture(server, {**form(), field: value})
    assert answer.status == 400
    assert (answer.body["ok"], answer.body["error"]) == (False, "invalid_request")
    assert [issue["path"] for issue in answer.body["issues"]] == [field]
    assert counts(connection) == NOBODY


@pytest.mark.parametrize(
    ("field", "length"),
    [
        ("anonId", 8),
        ("anonId", 128),
        ("formName", 1),
        ("formName", 128),
        ("propertyId", 128),
        ("path", 2048),
        ("referrer", 2048),
        ("sourceChannel", 128),
        ("consentText", 4000),
    ],
)
def test_a_field_at_its_bound_is_taken(
    server: Server, connection: Connection, field: str, length: int
) -> None:
    assert capture(server, {**form(), field: "a" * length}).status == 200
    assert counts(connection) == ONE_OF_EACH


def test_unknown_fields_of_json_are_refused(server: Server, connection: Connection) -> None:
    answer = capture(server, form(name="Ada"))
    assert answer.status == 400
    assert answer.body["issues"] == [{"path": "name", "message": "is not a field of this object"}]
    assert counts(connection) == NOBODY


def test_a_refusal_is_counted_by_property_and_field(server: Server, connection: Connection) -> None:
    sent = [
        capture(server, form("ada", propertyId="ledger.example")),
        capture(server, form(None, propertyId="ledger.example")),
        submit(server, {"email": "ada", "propertyId": "ledger.example"}),
        capture(server, form(propertyId="ledger.example", unknown="x")),
        capture(server, form(propertyId="ledger.example", consentStatus="yes")),
    ]
    assert {answer.status for answer in sent} == {400}
    key = ("ledger.example", CAPTURE)
    assert wait_for_rejections(connection, 5, "ledger.example") == {
        (*key, "invalid_request:email", 400): 3,
        (*key, "invalid_request:unknown_field", 400): 1,
        (*key, "invalid_request:consentStatus", 400): 1,
    }


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"x", "application/pdf", 415),
        (b'{"payload": "' + b"x" * 70_000 + b'"}', "application/json", 413),
        (b"email=" + b"x" * 70_000, URLENCODED, 413),
        (b"no parts", "multipart/form-data", 400),
        (b"no parts", "multipart/form-data; boundary=x", 400),
        (b"&".join(b"f%d=1" % n for n in range(300)) + b"&email=ada@shop.example", URLENCODED, 400),
    ],
    ids=lambda part: ascii(part)[:30],
)
def test_a_body_that_is_none_is_refused(
    server: Server, connection: Connection, body: bytes, content_type: str, status: int
) -> None:
    answer = server.request("POST", CAPTURE, body, Content_Type=content_type)
    assert answer.status == status
    assert counts(connection) == NOBODY


def test_a_browser_is_shown_what_is_wrong(server: Server) -> None:
    answer = submit(server, {"email": "<b>ada</b>", "path": "/thanks"})
    assert answer.status == 400
    assert answer.headers["Content-Type"].startswith("text/html")
    text = answer.body.decode()
    assert "email: must be an address" in text
    assert "<b>" not in text
    assert "ada</b>" not in text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("is_multipart", [False, True])
def test_a_plain_form_is_one_lead_and_leads_to_its_page(
    server: Server, connection: Connection, is_multipart: bool
) -> None:
    fields = [
        ("_charset_", "UTF-8"),
        ("email", "Ada@Shop.Example"),
        ("formName", "contact"),
        ("propertyId", "shop.example"),
        ("path", "/thanks?a=b"),
        # Hidden fields that no script has filled.
        ("anonId", ""),
        ("referrer", ""),
        ("honeypot", ""),
        ("consentStatus", "express"),
        ("consentText", "Yes, write to me."),
        ("utm_source", "spring"),
        ("utm_medium", " "),
        ("message", "Grüße,\r\nAda"),
        ("topic", "a"),
        ("topic", "b"),
        ("company", ""),
        ("send", "Send it"),
        ("image.x", "7"),
    ]
    if is_multipart:
        body, content_type = encode_multipart_formdata(
            [*fields, ("cv", ("cv.pdf", b"%PDF", "application/pdf"))]
        )
        answer = server.request("POST", CAPTURE, body, Content_Type=content_type)
    else:
        answer = submit(server, fields)
    assert (answer.status, answer.headers["Location"]) == (303, "/thanks?a=b")
    assert counts(connection) == ONE_OF_EACH
    [row] = rows(
        connection,
        "select email, form_name, form_submissions.path, payload, utm, leads.consent_status,"
        " consent_text, property_id"
        " from raw.form_submissions inner join raw.leads on lead_id = leads.id"
        " inner join raw.events using (visitor_id)"
        " inner join raw.consent_events using (lead_id, form_name)",
    )
    assert row == {
        "email": "ada@shop.example",
        "form_name": "contact",
        "path": "/thanks?a=b",
        "payload": {
            "message": "Grüße,\r\nAda",
            "topic": ["a", "b"],
            "company": "",
            "send": "Send it",
            "image.x": "7",
        },
        "utm": {"source": "spring"},
        "consent_status": "express",
        "consent_text": "Yes, write to me.",
        "property_id": "shop.example",
    }


def test_a_box_that_is_ticked_counts_and_not_its_default_before_it(
    server: Server, connection: Connection
) -> None:
    fields = [
        ("email", "ada@shop.example"),
        ("email", " "),
        ("consentStatus", "implied"),
        ("consentStatus", "express"),
        ("path", "/"),
        ("path", "/thanks"),
    ]
    answer = submit(server, fields)
    assert (answer.status, answer.headers["Location"]) == (303, "/thanks")
    told = rows(connection, "select consent_status, path from raw.consent_events")
    assert told == [{"consent_status": "express", "path": "/thanks"}]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/danke/schön", "/danke/sch%C3%B6n"),
        ("/a?next=//evil.example", "/a?next=//evil.example"),
        *(
            (path, "/")
            for path in ("//evil.example", "/\\evil.example", "https:", "/%2Fevil", None)
        ),
        ("/a\r\nSet-Cookie: a=b", "/"),
    ],
    ids=ascii,
)
def test_a_browser_stays_on_the_site(
    server: Server, connection: Connection, path: str | None, location: str
) -> None:
    fields = {"email": "ada@shop.example"} | ({"path": path} if path else {})
    answer = submit(server, fields, Referer="https://shop.example/newsletter?a=b")
    assert (answer.status, answer.headers["Location"]) == (303, location)
    assert "Set-Cookie" not in answer.headers
    # Where the form does not say its page, the browser does; it does not lead back there.
    [row] = rows(connection, "select path from raw.events")
    assert row["path"] == (path.strip() if path else "/newsletter")


def test_a_page_of_an_allowed_origin_may_read_the_answer(server: Server) -> None:
    asked = {
        "Origin": "https://shop.example",
        "Access_Control_Request_Method": "POST",
        "Access_Control_Request_Headers": "content-type",
    }
    preflight = server.request("OPTIONS", CAPTURE, **asked)
    assert preflight.status == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert preflight.headers["Access-Control-Allow-Headers"] == "content-type"
    answer = capture(server, form(), Origin="https://shop.example")
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    answer = capture(server, form(), Origin="https://evil.example")
    assert answer.status == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


class TestTheTrap:
    @pytest.mark.parametrize("is_form", [False, True])
    def test_what_falls_into_it_is_kept_and_answered_like_any_other(
        self, server: Server, connection: Connection, is_form: bool
    ) -> None:
        body = form(path="/thanks", honeypot="http://spam.example")
        if is_form:
            answer = submit(server, {**body, "message": "Buy!"})
            assert (answer.status, answer.headers["Location"]) == (303, "/thanks")
        else:
            answer = capture(server, {**body, "payload": {"message": "Buy!"}})
            assert answer.status == 200
            fair = capture(server, form("bob@shop.example", anonId="visitor-0002"))
            assert answer.body.keys() == fair.body.keys()
            assert answer.body["heuristicLinksCreated"] == fair.body["heuristicLinksCreated"] == 0
            assert all(UUID(answer.body[name]) for name in ("leadId", "visitorId", "sessionId"))
            connection.execute("delete from raw.visitors where anon_id = 'visitor-0002'")
            connection.execute("delete from raw.leads")
        assert counts(connection) == {**NOBODY, "visitors": 1, "form_submissions": 1}
        [row] = rows(connection, "select * from raw.form_submissions")
        assert (row["validation_status"], row["is_first_capture"]) == ("rejected", False)
        assert (row["lead_id"], row["session_id"]) == (None, None)
        assert row["payload"] == {
            "email": "ada@shop.example",
            "honeypot": "http://spam.example",
            "payload": {"message": "Buy!"},
        }

    def test_it_says_nothing_of_a_visitor_who_was_there(
        self, server: Server, connection: Connection
    ) -> None:
        event = {"anonId": "visitor-0001", "eventType": "page_view", "path": "/"}
        assert server.post(event).status == 202
        [before] = rows(connection, "select * from raw.visitors")
        for _ in range(2):
            assert capture(server, form(honeypot="x")).status == 200
        assert rows(connection, "select * from raw.visitors") == [before]
        assert counts(connection)["form_submissions"] == 1


def test_no_field_is_left_out_of_the_list_of_wrong_ones() -> None:
    fields = {field.alias or name for name, field in CaptureBody.model_fields.items()}
    assert {field for field, _ in WRONG} | {"honeypot"} == fields

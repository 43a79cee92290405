"""The list and the export: every lead once, those that were asked for, and each use written down."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from tests.ingest_app.leads.conftest import KEY
from tests.support.cli import footfall
from tests.support.forms import Connection, capture, form, post, rows
from tests.support.server import PEPPER, Answer, Server

pytestmark = pytest.mark.usefixtures("days_of_today", "clean_tables")

TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)


def listed(server: Server, query: str = "") -> Answer:
    return server.request("GET", f"/v1/leads?{query}", x_admin_key=KEY)


def emails(server: Server, query: str = "") -> list[str]:
    answer = listed(server, query)
    assert answer.status == 200, answer.body
    return [lead["email"].partition("@")[0] for lead in answer.body["leads"]]


@pytest.fixture
def leads(server: Server, connection: Connection, clean_tables: None) -> None:
    """Ada: newsletter on shop, yesterday; contact on docs, today. Bob: contact on shop. Eve: withdrawn."""
    for email, fields in (
        ("ada", {"formName": "newsletter", "consentStatus": "express"}),
        ("ada", {"formName": "contact", "propertyId": "docs.example", "anonId": "visitor-0002"}),
        ("bob", {"formName": "contact", "anonId": "visitor-0003", "consentStatus": "implied"}),
        ("eve", {"formName": "contact", "anonId": "visitor-0004"}),
    ):
        body = form(f"{email}@shop.example", payload={"from": fields["formName"]}, **fields)
        assert capture(server, body).status == 200
    assert post(server, "/v1/leads/unsubscribe", {"email": "eve@shop.example"}).status == 200
    connection.execute(
        "update raw.form_submissions set captured_at = now() - interval '1 day',"
        " occurred_on = occurred_on - 1"
        " where form_name = 'newsletter'"
    )


@pytest.mark.usefixtures("leads")
class TestTheList:
    def test_has_each_lead_with_all_that_is_known(
        self, server: Server, connection: Connection
    ) -> None:
        answer = listed(server)
        assert (answer.body["ok"], answer.body["nextCursor"]) == (True, None)
        assert answer.headers["Cache-Control"] == "no-store"
        ada = answer.body["leads"][0]
        [row] = rows(connection, "select * from raw.leads where email ~ '^ada'")
        path = ada.pop("unsubscribePath")
        assert path.startswith("/v1/leads/unsubscribe/")
        times = {name: datetime.fromisoformat(ada.pop(name)) for name in [*ada] if "At" in name}
        assert times == {
            "firstCapturedAt": row["first_captured_at"],
            "lastCapturedAt": row["last_captured_at"],
        }
        assert ada == {
            "leadId": str(row["id"]),
            "email": "ada@shop.example",
            "consentStatus": "express",
            "sourceChannel": None,
            "emailDomainClass": "business",
            "forms": ["contact", "newsletter"],
            "properties": ["docs.example", "shop.example"],
            "payload": {"from": "contact"},
        }

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", ["ada", "bob", "eve"]),
            ("propertyId=shop.example", ["ada", "bob", "eve"]),
            ("propertyId=docs.example", ["ada"]),
            ("form=contact", ["ada", "bob", "eve"]),
            ("form=newsletter", ["ada"]),
            # One submission has to fit all of it.
            ("form=newsletter&propertyId=docs.example", []),
            ("day={yesterday}", ["ada"]),
            ("day={today}", ["ada", "bob", "eve"]),
            ("form=newsletter&day={today}", []),
            ("consent=express", ["ada"]),
            ("consent=withdrawn", ["eve"]),
            ("consent=pending", []),
            ("form=contact&consent=implied", ["bob"]),
            ("form=nothing", []),
        ],
    )
    def test_has_those_that_fit(self, server: Server, query: str, expected: list[str]) -> None:
        assert emails(server, query.format(today=TODAY, yesterday=YESTERDAY)) == expected

    def test_comes_in_pages_that_hold_each_lead_once(self, server: Server) -> None:
        found: list[list[str]] = []
        cursor = ""
        while cursor is not None:
            answer = listed(server, f"limit=2{cursor}")
            found.append([lead["email"][:3] for lead in answer.body["leads"]])
            after = answer.body["nextCursor"]
            cursor = None if after is None else f"&cursor={after}"
        assert found == [["ada", "bob"], ["eve"]]

    def test_is_written_down_each_time_with_the_key_and_the_filters(
        self, server: Server, connection: Connection
    ) -> None:
        listed(server, "propertyId=docs.example&form=contact&limit=5")
        listed(server, f"day={YESTERDAY}&consent=pending")
        listed(server)
        listed(server, "limit=0")
        uses = rows(connection, "select * from raw.lead_accesses order by created_at, id")
        fingerprint = sha256(KEY.encode()).hexdigest()[:12]
        assert {(row["purpose"], row["actor"]) for row in uses} == {("list", f"key {fingerprint}")}
        assert [(row["leads"], row["filters"]) for row in uses] == [
            (1, {"property": "docs.example", "form": "contact"}),
            (0, {"day": str(YESTERDAY), "consent": "pending"}),
            (3, None),
        ]

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            *(("limit=0", "limit"), ("limit=501", "limit"), ("cursor=x", "cursor")),
            *(("day=yesterday", "day"), ("consent=maybe", "consent"), ("form=", "form")),
            *(("page=2", "page"), ("form=a&form=b", "form"), ("form=%00", "form")),
        ],
    )
    def test_says_which_parameter_is_wrong(self, server: Server, query: str, field: str) -> None:
        answer = listed(server, query)
        assert answer.status == 400
        assert [issue["path"] for issue in answer.body["issues"]] == [field]


def export(database: str, *options: str) -> list[dict[str, Any]]:
    done = footfall("leads", "export", *options, database=database, IP_HASH_PEPPER=PEPPER)
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


class TestTheExport:
    @pytest.mark.usefixtures("leads")
    def test_has_what_the_list_has_and_is_written_down(
        self, server: Server, database: str, connection: Connection
    ) -> None:
        [ada, bob] = [
            lead for lead in listed(server).body["leads"] if lead["consentStatus"] != "withdrawn"
        ]
        exported = export(database, "--form", "contact")
        assert [row["email"][:3] for row in exported] == ["ada", "bob", "eve"]
        assert export(database, "--consent", "implied", "--day", str(TODAY)) == [exported[1]]
        for row, lead in zip(exported, (ada, bob), strict=False):
            assert row.keys() == lead.keys()
            assert row["forms"] == " ".join(lead["forms"])
            assert row["properties"] == " ".join(lead["properties"])
            for name in ("leadId", "email", "consentStatus", "emailDomainClass", "unsubscribePath"):
                assert row[name] == lead[name]
            assert datetime.fromisoformat(row["firstCapturedAt"]) == datetime.fromisoformat(
                lead["firstCapturedAt"]
            )
        uses = rows(connection, "select * from raw.lead_accesses order by created_at, id")[1:]
        assert [(row["purpose"], row["leads"], row["filters"]) for row in uses] == [
            ("export", 3, {"form": "contact"}),
            ("export", 1, {"day": str(TODAY), "consent": "implied"}),
        ]

    def test_has_no_cell_that_a_spreadsheet_runs(self, server: Server, database: str) -> None:
        evil = ["=1+1", "+1", "-1", "@a", "\tx", "\rx"]
        for n, text in enumerate(evil):
            body = form(
                f"={n}@shop.example",
                formName=f"{text}{n}",
                sourceChannel=f"{text}{n}",
                anonId=f"visitor-{n:04}",
                propertyId=f"{text}{n}",
            )
            assert capture(server, body).status == 200
        cells = [cell for row in export(database) for cell in row.values()]
        assert "'=0@shop.example" in cells
        assert "'=1+10" in cells
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]

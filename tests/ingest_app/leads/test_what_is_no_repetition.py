"""Forms that say the same as one before them and are no repetition of it; and what keeps its first."""

from __future__ import annotations

import pytest

from tests.support.forms import ONE_OF_EACH, Connection, capture, counts, form, post, rows
from tests.support.server import Server

pytestmark = pytest.mark.usefixtures("clean_tables")

EMAIL = "ada@shop.example"


def test_a_form_after_the_same_one_fell_into_the_trap_is_a_lead(
    server: Server, connection: Connection
) -> None:
    """A browser may fill in what no person sees, and the person sends the form once more."""
    assert capture(server, form(EMAIL, honeypot="x")).status == 200
    answer = capture(server, form(EMAIL))
    assert answer.status == 200
    [lead] = rows(connection, "select id::text as id from raw.leads")
    assert answer.body["leadId"] == lead["id"]
    assert capture(server, form(EMAIL, honeypot="x")).status == 200
    assert counts(connection) == {**ONE_OF_EACH, "form_submissions": 2}


def test_express_consent_right_after_a_withdrawal_counts_once(
    server: Server, connection: Connection
) -> None:
    body = form(EMAIL, consentStatus="express")

    def history() -> list[str]:
        said = rows(
            connection, "select consent_status from raw.consent_events order by occurred_at, id"
        )
        [lead] = rows(connection, "select consent_status from raw.leads")
        return [*(row["consent_status"] for row in said), lead["consent_status"]]

    assert capture(server, body).status == 200
    assert post(server, "/v1/leads/unsubscribe", {"email": EMAIL}).status == 200
    for _ in range(2):
        assert capture(server, body).status == 200
    assert history() == ["express", "withdrawn", "express", "express"]
    # What says less is still a repetition.
    for _ in range(2):
        assert capture(server, form(EMAIL)).status == 200
        assert post(server, "/v1/leads/unsubscribe", {"email": EMAIL}).status == 200
    assert history()[-3:] == ["pending", "withdrawn", "withdrawn"]


def test_one_form_on_two_sites_is_two_submissions(server: Server, connection: Connection) -> None:
    """Where it does not say its property, the host does."""
    body = form(EMAIL, propertyId=None)
    for host in ("a.example", "b.example", "www.b.example"):
        assert capture(server, body, Host=host).status == 200
    told = rows(connection, "select property_id from raw.submission_properties order by 1")
    assert {row["property_id"] for row in told} == {"a.example", "b.example"}
    found = counts(connection)
    assert (found["leads"], found["form_submissions"], found["events"]) == (1, 2, 2)
    # Said or derived, it is the same property.
    assert capture(server, form(EMAIL, propertyId="b.example")).status == 200
    assert counts(connection)["form_submissions"] == 2


def test_the_first_channel_of_a_lead_is_kept(server: Server, connection: Connection) -> None:
    for name in (None, "footer", "popup"):
        assert capture(server, form(EMAIL, sourceChannel=name)).status == 200
    assert [row["source_channel"] for row in rows(connection, "table raw.leads")] == ["footer"]


def test_who_fell_into_the_trap_is_nobodys_neighbour(
    server: Server, connection: Connection
) -> None:
    assert (
        capture(server, form("bot@shop.example", anonId="visitor-0009", honeypot="x")).status == 200
    )
    answer = capture(server, form(EMAIL))
    assert answer.body["heuristicLinksCreated"] == 0

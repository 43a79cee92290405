"""Consent: every word of it stays as it was said, and the status follows from the words alone."""

from __future__ import annotations

import random
from typing import Any

import psycopg
import pytest
from psycopg.errors import IntegrityError

from ingest_app.leads.body import Consent
from ingest_app.leads.consent import consent_after
from tests.support.forms import Connection, capture, form, post, rows
from tests.support.server import Server

pytestmark = pytest.mark.usefixtures("clean_tables")

EMAIL = "ada@shop.example"
UNSUBSCRIBE = "/v1/leads/unsubscribe"


def status_of(history: list[str]) -> str:
    """The status that a history comes to, told backwards: by the last withdrawal and what followed."""
    if "withdrawn" in history:
        last = len(history) - history[::-1].index("withdrawn")
        since = history[last:]
        return "express" if "express" in since else "withdrawn"
    return next(word for word in ("express", "implied", "pending") if word in history)


@pytest.mark.parametrize("seed", range(3))
def test_the_status_follows_from_the_history(
    server: Server, connection: Connection, seed: int
) -> None:
    rng = random.Random(seed)
    said: list[str] = []
    for step in range(14):
        word = "withdrawn" if said and rng.random() < 0.3 else rng.choice(list(Consent)).value
        if word == "withdrawn":
            assert post(server, UNSUBSCRIBE, {"email": EMAIL}).status == 200
            if status_of(said) != "withdrawn":
                said.append(word)
        else:
            body = form(EMAIL, consentStatus=word, payload={"step": step})
            assert capture(server, body).status == 200
            said.append(word)
        [lead] = rows(connection, "select consent_status, updated_at from raw.leads")
        assert lead["consent_status"] == status_of(said), said
    history = rows(
        connection, "select consent_status from raw.consent_events order by occurred_at, id"
    )
    assert [row["consent_status"] for row in history] == said


@pytest.mark.parametrize("said", list(Consent))
@pytest.mark.parametrize("before", ["pending", "implied", "express", "withdrawn"])
def test_a_form_never_lowers_it_and_only_express_consent_ends_a_withdrawal(
    before: str, said: Consent
) -> None:
    expected = {
        "pending": {"pending": "pending", "implied": "implied", "express": "express"},
        "implied": {"pending": "implied", "implied": "implied", "express": "express"},
        "express": {"pending": "express", "implied": "express", "express": "express"},
        "withdrawn": {"pending": "withdrawn", "implied": "withdrawn", "express": "express"},
    }
    assert consent_after(before, said) == expected[before][said]


def test_what_was_told_stays_beside_what_was_said(server: Server, connection: Connection) -> None:
    for consent, text, name in (
        ("pending", None, "contact"),
        ("express", "Yes, send me the newsletter.\n(Privacy, §2)", "newsletter"),
    ):
        body = form(
            EMAIL,
            consentStatus=consent,
            consentText=text,
            formName=name,
            path=f"/{name}",
            sourceChannel="footer",
        )
        assert capture(server, body).status == 200
    assert post(server, UNSUBSCRIBE, {"email": " ADA@shop.example "}).status == 200
    told = rows(
        connection,
        "select consent_status, consent_text, form_name, path, source_channel"
        " from raw.consent_events order by occurred_at, id",
    )
    assert [tuple(row.values()) for row in told] == [
        ("pending", None, "contact", "/contact", "footer"),
        (
            *("express", "Yes, send me the newsletter.\n(Privacy, §2)", "newsletter"),
            *("/newsletter", "footer"),
        ),
        ("withdrawn", None, None, None, "unsubscribe"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        "update raw.consent_events set consent_status = 'express'",
        "update raw.consent_events set consent_text = consent_text",
        "delete from raw.consent_events",
    ],
)
def test_nobody_changes_the_history_and_it_goes_with_its_lead(
    server: Server, connection: Connection, change: str
) -> None:
    assert capture(server, form(EMAIL)).status == 200
    # The owner of the tables, who may do all that a trigger does not stop.
    with pytest.raises(IntegrityError, match="the history of consent is kept"):
        connection.execute(change.encode())
    assert len(rows(connection, "select from raw.consent_events")) == 1
    connection.execute("delete from raw.leads")
    assert rows(connection, "select from raw.consent_events") == []


def test_an_address_that_nobody_left_is_not_found(server: Server, connection: Connection) -> None:
    answer = post(server, UNSUBSCRIBE, {"email": EMAIL})
    assert (answer.status, answer.body) == (404, {"ok": False, "error": "not_found"})


@pytest.mark.parametrize("body", [{}, {"email": "ada"}, {"email": EMAIL, "x": 1}, [], "x"])
def test_what_is_no_address_is_refused(server: Server, body: Any) -> None:
    answer = post(server, UNSUBSCRIBE, body)
    assert (answer.status, answer.body["error"]) == (400, "invalid_request")


def test_a_change_of_consent_is_seen_by_who_looks_for_changes(
    database: str, server: Server, connection: Connection
) -> None:
    """Also by one whose snapshot is older than the transaction that made the change began."""
    assert capture(server, form(EMAIL)).status == 200
    with psycopg.connect(database, autocommit=True) as other:
        [(now,)] = other.execute("select clock_timestamp()").fetchall()
        assert post(server, UNSUBSCRIBE, {"email": EMAIL}).status == 200
        [(updated_at,)] = other.execute("select updated_at from raw.leads").fetchall()
    assert updated_at > now

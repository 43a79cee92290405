"""The app's role may do with leads what its endpoints do, and take back nothing that was said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from ingest_app.database.roles import APP
from tests.ingest_app.leads.conftest import KEY
from tests.ingest_app.leads.test_webhook import SECRET, listening
from tests.support.cli import footfall
from tests.support.forms import capture, form, post
from tests.support.postgres import wait_until
from tests.support.roles import As, database_of_roles
from tests.support.server import PEPPER, serving


@pytest.fixture(scope="module")
def as_role() -> Iterator[As]:
    """A database with its roles; called with a name it gives the URL of that role."""
    with database_of_roles() as made:
        with psycopg.connect(made("postgres"), autocommit=True) as connection:
            connection.execute("alter role footfall createrole")
        assert footfall("init-db", "--roles", database=made("footfall")).returncode == 0
        yield made


def test_every_endpoint_and_command_works_under_its_role(as_role: As, tmp_path: Path) -> None:
    told = {"email": "ada@shop.example"}
    with (
        listening() as crm,
        serving(
            as_role(APP),
            tmp_path,
            ADMIN_API_KEYS=KEY,
            LEAD_WEBHOOK_URL=crm.url,
            LEAD_WEBHOOK_SECRET=SECRET,
        ) as server,
    ):
        for body in (form(), form(), form(honeypot="x"), form("bob@shop.example")):
            assert capture(server, body).status == 200
        exported = footfall("leads", "export", database=as_role(APP), IP_HASH_PEPPER=PEPPER)
        assert exported.stdout.count("@shop.example") == 2, exported.stderr
        link = footfall(
            *("lead", "link", "ada@shop.example", "--url", server.url),
            database=as_role(APP),
            IP_HASH_PEPPER=PEPPER,
        )
        path = link.stdout.strip().removeprefix(server.url)
        assert server.request("POST", path).status == 200
        assert post(server, "/v1/leads/unsubscribe", told).status == 200
        wait_until(lambda: len(crm.heard) == 3, "the webhook was not told")
        assert post(server, "/v1/leads/delete", told, x_admin_key=KEY).status == 200
        wait_until(lambda: len(crm.heard) == 4, "the webhook was not told of the end")
        assert capture(server, form()).status == 400
        assert capture(server, form(consentStatus="express")).status == 200
        wait_until(lambda: len(crm.heard) == 5, "the webhook was not told of the new lead")
        assert server.request("GET", "/v1/leads", x_admin_key=KEY).status == 200
    # The rest is the owner's.
    done = footfall(
        *("erase", "--yes", "--email", "ada@shop.example"),
        database=as_role("footfall"),
        IP_HASH_PEPPER=PEPPER,
    )
    assert done.returncode == 0, done.stderr
    with psycopg.connect(as_role("footfall")) as connection:
        uses = connection.execute(
            "select purpose, count(*) from raw.lead_accesses group by 1 order by 1"
        ).fetchall()
    assert dict(uses) == {"erase": 2, "export": 1, "link": 1, "list": 1, "webhook": 4}


@pytest.mark.parametrize(
    "statement",
    [
        "delete from raw.consent_events",
        "update raw.consent_events set consent_status = 'express'",
        "truncate raw.consent_events",
        "delete from raw.lead_accesses",
        "update raw.lead_accesses set actor = 'nobody'",
        "drop trigger keep_history on raw.consent_events",
    ],
)
def test_the_app_takes_nothing_back(as_role: As, statement: str) -> None:
    with psycopg.connect(as_role(APP)) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(statement.encode())

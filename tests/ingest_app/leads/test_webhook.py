"""The webhook: what happens to a lead is told until it is answered, in order, signed, and to nobody else."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ingest_app.settings import PROJECT_FOLDER, SettingsError, load_settings
from tests.ingest_app.leads.conftest import KEY
from tests.support.forms import Connection, capture, form, post, rows
from tests.support.postgres import wait_until
from tests.support.server import Server, serving

pytestmark = pytest.mark.usefixtures("clean_tables")

SECRET = "a secret that both know"  # noqa: S105
SELECT = "select * from raw.lead_webhook_deliveries order by id"


@dataclass
class Receiver:
    """A CRM: notes what it is sent, and answers as the test says."""

    url: str = ""
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    # By the address in a body; 200 for what is not named.
    answers: dict[str, int] = field(default_factory=dict)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        self.heard.append((headers, body))
        return next((status for text, status in self.answers.items() if text in body.decode()), 200)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]

    def told(self) -> list[tuple[str, str | None]]:
        return [
            (body["kind"], body["lead"]["email"][:3] if "lead" in body else None)
            for body in self.bodies()
        ]


@contextmanager
def listening() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.take(dict(self.headers), body)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", receiver.url + "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def crm() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def server(database: str, data_dir: Path, crm: Receiver) -> Iterator[Server]:
    with serving(
        database,
        data_dir,
        log=data_dir / "server.log",
        ADMIN_API_KEYS=KEY,
        LEAD_WEBHOOK_URL=crm.url,
        LEAD_WEBHOOK_SECRET=SECRET,
    ) as running:
        yield running


@pytest.fixture
def receiver(crm: Receiver, clean_tables: None) -> Receiver:
    crm.heard.clear()
    crm.answers.clear()
    return crm


def waiting(connection: Connection) -> int:
    return len(
        rows(connection, f"select from ({SELECT}) as all_of_them where delivered_at is null")
    )


def wait_until_told(connection: Connection) -> None:
    wait_until(lambda: waiting(connection) == 0, "the webhook was not told")


def recover(connection: Connection, receiver: Receiver) -> None:
    """The receiver is well again, and what has failed is due now. Nothing may be on its way."""
    receiver.answers.clear()
    connection.execute("update raw.lead_webhook_deliveries set next_attempt_at = now()")


def test_a_capture_a_withdrawal_and_an_erasure_are_told_in_their_order(
    server: Server, connection: Connection, receiver: Receiver, data_dir: Path
) -> None:
    body = form(formName="newsletter", consentStatus="express", payload={"name": "Ada"})
    lead_id = capture(server, body).body["leadId"]
    wait_until_told(connection)
    [listed] = server.request("GET", "/v1/leads", x_admin_key=KEY).body["leads"]
    assert post(server, "/v1/leads/unsubscribe", {"email": "ada@shop.example"}).status == 200
    wait_until_told(connection)
    told = {"email": "ada@shop.example"}
    assert post(server, "/v1/leads/delete", told, x_admin_key=KEY).status == 200
    wait_until_told(connection)

    captured, withdrawn, erased = receiver.bodies()
    assert captured.keys() == {"id", "kind", "createdAt", "leadId", "lead"}
    assert (captured["kind"], captured["leadId"]) == ("captured", lead_id)
    # As the list has it.
    assert captured["lead"] == listed
    assert (withdrawn["kind"], withdrawn["lead"]["consentStatus"]) == ("withdrawn", "withdrawn")
    assert erased.keys() == {"id", "kind", "createdAt", "leadId"}
    assert (erased["kind"], erased["leadId"]) == ("erased", lead_id)
    assert captured["id"] < withdrawn["id"] < erased["id"]
    # Nothing of the lead is left, nor of its erasure.
    assert rows(connection, SELECT) == []
    uses = rows(connection, "select * from raw.lead_accesses where purpose = 'webhook'")
    assert [(row["actor"], row["leads"]) for row in uses] == [("127.0.0.1", 1)] * 2
    log = (data_dir / "server.log").read_text()
    assert "ada@" not in log
    assert receiver.url not in log


def test_each_is_signed_with_its_time(
    server: Server, connection: Connection, receiver: Receiver
) -> None:
    assert capture(server, form()).status == 200
    wait_until_told(connection)
    [(headers, body)] = receiver.heard
    assert headers["Content-Type"] == "application/json"
    assert headers["Footfall-Delivery"] == str(json.loads(body)["id"])
    stamp, _, signed = headers["Footfall-Signature"].partition(",")
    at = stamp.removeprefix("t=")
    expected = hmac.new(SECRET.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    assert signed == f"v1={expected}"
    assert abs(int(at) - time.time()) < 300
    # As receivers are told to look at it.
    document = (PROJECT_FOLDER / "docs" / "leads.md").read_text()
    [code] = re.findall(r"```python\n(.*?)```", document, flags=re.DOTALL)
    told: dict[str, Any] = {"hmac": hmac, "hashlib": hashlib, "time": time}
    exec(code, told)  # noqa: S102
    assert told["is_ours"](SECRET.encode(), headers["Footfall-Signature"], body)
    assert not told["is_ours"](b"another", headers["Footfall-Signature"], body)
    assert not told["is_ours"](SECRET.encode(), headers["Footfall-Signature"], body + b" ")


def test_what_is_not_answered_is_sent_again_later_and_holds_up_its_own_lead_alone(
    server: Server, connection: Connection, receiver: Receiver
) -> None:
    receiver.answers["ada@"] = 422
    assert capture(server, form("ada@shop.example")).status == 200
    assert capture(server, form("ada@shop.example", payload={"a": 2})).status == 200
    assert capture(server, form("bob@shop.example", anonId="visitor-0002")).status == 200
    wait_until(lambda: waiting(connection) == 2, "Bob waits for Ada")
    first, second, _ = rows(connection, SELECT)
    assert (first["attempts"], second["attempts"]) == (1, 0)
    [pause] = rows(
        connection,
        "select next_attempt_at - now() as pause from raw.lead_webhook_deliveries where id = %s",
        first["id"],
    )
    assert 0 < pause["pause"].total_seconds() <= 30
    # Each further attempt waits twice as long, and no longer than an hour.
    for attempts, seconds in ((2, 60), (3, 120), (40, 3600)):
        connection.execute(
            "update raw.lead_webhook_deliveries set next_attempt_at = now(), attempts = %s"
            " where id = %s",
            (attempts - 1, first["id"]),
        )
        sent = len(receiver.heard)
        wait_until(lambda sent=sent: len(receiver.heard) > sent, "it is not sent again")
        [row] = rows(connection, f"{SELECT} limit 1")
        assert row["attempts"] == attempts
        [left] = rows(
            connection,
            "select extract(epoch from next_attempt_at - now()) as seconds"
            " from raw.lead_webhook_deliveries where id = %s",
            first["id"],
        )
        assert seconds / 2 < left["seconds"] <= seconds
    recover(connection, receiver)
    wait_until_told(connection)
    told = receiver.told()
    assert told.index(("captured", "bob")) < len(told) - 2
    assert [body["id"] for body in receiver.bodies()[-2:]] == [first["id"], second["id"]]


@pytest.mark.parametrize("status", [500, 302])
def test_a_receiver_that_is_ill_or_points_elsewhere_is_told_again(
    server: Server, connection: Connection, receiver: Receiver, status: int
) -> None:
    receiver.answers["ada@"] = status
    assert capture(server, form()).status == 200
    wait_until(lambda: receiver.heard, "it was not tried")
    recover(connection, receiver)
    wait_until_told(connection)
    assert receiver.told() == [("captured", "ada")] * 2


def test_what_waits_for_an_erased_lead_is_never_sent(
    server: Server, connection: Connection, receiver: Receiver
) -> None:
    with connection.transaction():
        # The sender cannot look while this is open.
        connection.execute("lock table raw.lead_webhook_deliveries in share row exclusive mode")
        connection.execute(
            "insert into raw.leads (id, email, first_captured_at, last_captured_at)"
            " values (gen_random_uuid(), 'ada@shop.example', now(), now())"
        )
        connection.execute(
            "insert into raw.lead_webhook_deliveries (kind, lead_id, next_attempt_at)"
            " select 'captured', id, now() + interval '1 hour' from raw.leads"
        )
    told = {"email": "ada@shop.example"}
    assert post(server, "/v1/leads/delete", told, x_admin_key=KEY).status == 200
    # Nobody was told of the lead, so nobody is told of its end.
    assert rows(connection, SELECT) == []
    assert receiver.heard == []


def test_an_erasure_is_not_told_before_what_is_on_its_way(
    server: Server, connection: Connection, receiver: Receiver
) -> None:
    """Whoever is told of the end first, and of the address after it, keeps the address."""
    receiver.answers["ada@"] = 422
    assert capture(server, form()).status == 200
    wait_until(lambda: receiver.heard, "it was not tried")
    # The attempt may be going on, for all that anyone knows.
    told = {"email": "ada@shop.example"}
    assert post(server, "/v1/leads/delete", told, x_admin_key=KEY).status == 200
    [row] = rows(
        connection,
        "select kind, attempts, extract(epoch from next_attempt_at - created_at)::integer as wait"
        " from raw.lead_webhook_deliveries",
    )
    # Longer than the ten seconds that an attempt takes at most.
    assert row == {"kind": "erased", "attempts": 0, "wait": 30}
    recover(connection, receiver)
    wait_until_told(connection)
    assert receiver.told() == [("captured", "ada"), ("erased", None)]


def test_two_servers_send_nothing_twice_and_link_only_where_the_setting_says_so(
    server: Server, database: str, connection: Connection, receiver: Receiver, tmp_path: Path
) -> None:
    links = {}
    with serving(
        database,
        tmp_path,
        LEAD_WEBHOOK_URL=receiver.url,
        LEAD_WEBHOOK_SECRET=SECRET,
        HEURISTIC_LINK_WINDOW_MINUTES="0",
    ) as second:
        for n in range(20):
            body = form(f"lead-{n}@shop.example", anonId=f"visitor-{n:04}")
            answer = capture(second if n % 2 else server, body)
            assert answer.status == 200
            links[n] = answer.body["heuristicLinksCreated"]
        wait_until(lambda: waiting(connection) == 0, "not everything was told")
    ids = [body["id"] for body in receiver.bodies()]
    assert len(ids) == len(set(ids)) == 20
    # All come from one address with one agent. The second server looks for no neighbours.
    assert links == {n: 0 if n % 2 else n for n in range(20)}


@pytest.mark.parametrize(
    "settings",
    [
        {"lead_webhook_url": "https://crm.example/hook"},
        {"lead_webhook_url": "ftp://crm.example/hook", "lead_webhook_secret": "x"},
        {"lead_webhook_url": "https://user:pass@crm.example/", "lead_webhook_secret": "x"},
        {"lead_webhook_url": "crm.example", "lead_webhook_secret": "x"},
        {"lead_webhook_url": "https://crm.example:99999/hook", "lead_webhook_secret": "x"},
        {"lead_webhook_url": "https://crm.example:0/hook", "lead_webhook_secret": "x"},
        {"lead_webhook_url": "https://crm.example:port/hook", "lead_webhook_secret": "x"},
        {"lead_webhook_url": "https://crm.example/hook", "lead_webhook_secret": " "},
    ],
)
def test_a_webhook_is_a_url_with_a_secret(settings: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="FOOTFALL_LEAD_WEBHOOK_") as caught:
        load_settings(**settings)
    assert "crm.example" not in str(caught.value)

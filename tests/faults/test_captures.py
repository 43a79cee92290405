"""Kills of the server and of the database under a load of forms: what was answered 200 is one lead."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3

from tests.support.forms import CAPTURE, form, submit
from tests.support.postgres import BreakablePostgres, wait_until
from tests.support.processes import kill_family
from tests.support.server import BROWSER, serving
from tests.support.spool import depth

CLIENTS = 6
PAUSE_SECONDS = 0.02
HEADERS = {"Content-Type": "application/json", "User-Agent": BROWSER}

# Whatever a form writes, by the address or by its visitor.
STORED = {
    "leads": "select email from raw.leads",
    "events": (
        "select anon_id from raw.events "
        "inner join raw.visitors on visitors.id = events.visitor_id "
        "where event_type = 'form_submit'"
    ),
    "submissions": (
        "select email, anon_id from raw.form_submissions "
        "inner join raw.visitors on visitors.id = form_submissions.visitor_id "
        "inner join raw.leads on leads.id = form_submissions.lead_id "
        "where is_first_capture and validation_status = 'accepted'"
    ),
    "consents": (
        "select email from raw.consent_events "
        "inner join raw.leads on leads.id = consent_events.lead_id"
    ),
    "links": (
        "select email from raw.lead_identities "
        "inner join raw.leads on leads.id = lead_identities.lead_id "
        "where link_source = 'form_submit'"
    ),
}


class Forms:
    """People who send a form until it is answered, the same one again after an error."""

    def __init__(self, name: str) -> None:
        self.url = "http://127.0.0.1:1"
        self.sent: dict[str, str] = {}
        self.answered: dict[str, set[str]] = {}
        self.statuses: Counter[int | str] = Counter()
        self._name = name
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(number,)) for number in range(CLIENTS)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more: int, status: int = 200) -> None:
        first = self.statuses[status]
        wait_until(
            lambda: self.statuses[status] >= first + more,
            f"no {more} more answers of {status}: {self.statuses}",
        )

    def _run(self, number: int) -> None:
        count = 0
        while not self._is_over.is_set():
            email = f"{self._name}-{number}-{count}@shop.example"
            anon_id = f"{self._name}-{number}-{count}"
            self.sent[email] = anon_id
            body = json.dumps(form(email, anonId=anon_id, payload={"n": count})).encode()
            # Now and then a person clicks twice.
            for _ in range(2 if count % 5 == 0 else 1):
                while not self._is_over.is_set() and not self._send(email, body):
                    self._is_over.wait(PAUSE_SECONDS)
            count += 1

    def _send(self, email: str, body: bytes) -> bool:
        try:
            answer = urllib3.request(
                "POST", self.url + CAPTURE, body=body, headers=HEADERS, retries=False, timeout=30
            )
        except urllib3.exceptions.HTTPError:
            self.statuses["cut"] += 1
            return False
        if answer.status == 200:
            self.answered.setdefault(email, set()).add(answer.json()["leadId"])
        else:
            assert int(answer.headers["Retry-After"]) > 0
        self.statuses[answer.status] += 1
        return answer.status == 200

    def assert_stored_once(self, postgres: BreakablePostgres) -> None:
        with postgres.connect() as connection:
            found = {
                name: Counter(tuple(row.values()) for row in connection.execute(query.encode()))
                for name, query in STORED.items()
            }
        for email, anon_id in self.sent.items():
            row = {
                "leads": found["leads"][email,],
                "events": found["events"][anon_id,],
                "submissions": found["submissions"][email, anon_id],
                "consents": found["consents"][email,],
                "links": found["links"][email,],
            }
            # What was not answered is there as a whole or not at all.
            whole, nothing = dict.fromkeys(STORED, 1), dict.fromkeys(STORED, 0)
            assert row == whole or (email not in self.answered and row == nothing)
        assert all(len(ids) == 1 for ids in self.answered.values())
        assert set(self.statuses) <= {200, 503, "cut"}


@contextmanager
def sending(name: str) -> Iterator[Forms]:
    forms = Forms(name)
    forms.start()
    try:
        yield forms
    finally:
        forms.stop()


def test_kills_of_the_server(postgres: BreakablePostgres, tmp_path: Path) -> None:
    with sending("server") as forms:
        for kill in range(3):
            with serving(postgres.url, tmp_path) as server:
                forms.url = server.url
                forms.wait_for(10 + 10 * kill)
                kill_family(server.process.pid)
        with serving(postgres.url, tmp_path) as server:
            forms.url = server.url
            forms.wait_for(20)
            forms.stop()
    assert forms.statuses["cut"]
    forms.assert_stored_once(postgres)


def test_the_database_ends_and_comes_back(postgres: BreakablePostgres, tmp_path: Path) -> None:
    with (
        serving(postgres.url, tmp_path, log=tmp_path / "log") as server,
        sending("database") as forms,
    ):
        forms.url = server.url
        forms.wait_for(40)
        for end in (postgres.kill, postgres.stop_at_once):
            end()
            # Not taken, and said so.
            forms.wait_for(20, status=503)
            answer = submit(server, {"email": "not-taken@shop.example"})
            assert (answer.status, int(answer.headers["Retry-After"]) > 0) == (503, True)
            assert "send it again" in answer.body.decode()
            postgres.start()
            forms.wait_for(40)
        for _ in range(4):
            postgres.cut_connections()
            forms.wait_for(20)
        forms.stop()
        # No address waits on the disk.
        assert depth(server) == 0
        for file in tmp_path.rglob("*"):
            if file.is_file():
                assert b"@shop.example" not in file.read_bytes(), file
    forms.assert_stored_once(postgres)
    assert postgres.value("select count(*) from raw.leads where email ~ '^not-taken'") == 0

"""Rate limits as clients meet them, on the real server, in memory and in Redis."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from ingest_app.web.limits import PER_MINUTE, subscriber
from tests.support.cli import footfall
from tests.support.ports import new_port
from tests.support.rejections import counted, wait_for_rejections
from tests.support.server import PEPPER, Answer, Server, serving

Connection = psycopg.Connection[dict[str, Any]]
EVENT = {"anonId": "visitor-0001", "eventType": "page_view", "path": "/"}
UNSUBSCRIBE = "/v1/leads/unsubscribe"

pytestmark = pytest.mark.usefixtures("clean_tables")
needs_redis = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="there is no redis-server"
)


@pytest.fixture(scope="module")
def limited(database: str, data_dir: Path) -> Iterator[Server]:
    """A server with limits, behind a proxy; each test is a client with an address of its own."""
    with serving(
        database, data_dir, TRUSTED_PROXIES="127.0.0.1", RATE_LIMITS_ENABLED="true"
    ) as running:
        yield running


def statuses(server: Server, times: int, path: str = UNSUBSCRIBE, **headers: str) -> Counter[int]:
    # One after the other goes over one connection, and so to one worker with one memory.
    return Counter(server.request("POST", path, b"{}", **headers).status for _ in range(times))


def first_refusal(server: Server, address: str) -> Answer:
    for _ in range(PER_MINUTE["unsubscribe"] + 2):
        answer = server.request("POST", UNSUBSCRIBE, b"{}", X_Forwarded_For=address)
        if answer.status == 429:
            return answer
    raise AssertionError("nothing was refused")


class TestALimit:
    def test_holds_for_reports_too_and_is_no_refused_event(
        self, limited: Server, connection: Connection
    ) -> None:
        got = Counter(
            limited.request("GET", "/v1/metrics/summary", X_Forwarded_For="8.8.0.9").status
            for _ in range(PER_MINUTE["others"] + 5)
        )
        # No key is configured here; a wrong one would count as well.
        assert set(got) == {503, 429}
        assert got[503] in (PER_MINUTE["others"], PER_MINUTE["others"] + 1)
        time.sleep(2)
        assert counted(connection).total() == 0

    def test_lets_through_what_it_allows_and_no_more(self, limited: Server) -> None:
        got = Counter(limited.post(EVENT, X_Forwarded_For="8.8.0.1").status for _ in range(200))
        # A window that turns in between may round in the client's favour.
        assert got[202] in (PER_MINUTE["events"], PER_MINUTE["events"] + 1)
        assert got[202] + got[429] == 200

    @pytest.mark.parametrize(
        ("path", "limit"),
        [
            ("/v1/leads/capture", 24),
            ("/v1/leads/unsubscribe", 12),
            ("/v1/leads/delete", 10),
            ("/v1/metrics/summary", 120),
            ("/nothing", 120),
        ],
    )
    def test_is_that_of_the_contract(self, limited: Server, path: str, limit: int) -> None:
        address = f"8.8.1.{len(path)}"
        got = statuses(limited, limit + 5, path, X_Forwarded_For=address)
        assert got[429] in (4, 5), got

    def test_answers_in_the_projects_shape_with_whole_seconds_to_wait(
        self, limited: Server
    ) -> None:
        answer = first_refusal(limited, "8.8.2.1")
        assert answer.body == {"ok": False, "error": "rate_limited"}
        assert 1 <= int(answer.headers["Retry-After"]) <= 60

    def test_is_shown_as_a_page_to_who_sent_a_form_by_a_browser(self, limited: Server) -> None:
        client = {"X_Forwarded_For": "8.8.2.2"}
        by_browser = {**client, "Content_Type": "application/x-www-form-urlencoded"}
        capture, link = "/v1/leads/capture", "/v1/leads/unsubscribe/x"
        for path, headers in ((capture, by_browser), (link, client)):
            for _ in range(PER_MINUTE["others"] + 2):
                answer = limited.request("POST", path, b"", **headers)
                if answer.status == 429:
                    break
            assert answer.status == 429
            assert answer.headers["Content-Type"].startswith("text/html")
            assert 1 <= int(answer.headers["Retry-After"]) <= 60
            assert "go back in a minute" in answer.body.decode()
        assert limited.request("POST", capture, b"", **client).body["error"] == "rate_limited"

    def test_is_of_one_client_and_of_one_kind(self, limited: Server) -> None:
        first_refusal(limited, "8.8.3.1")
        assert statuses(limited, 1, X_Forwarded_For="8.8.3.2")[429] == 0
        assert limited.post(EVENT, X_Forwarded_For="8.8.3.1").status == 202

    def test_is_shared_by_single_events_and_batches(self, limited: Server) -> None:
        batches = set()
        # A minute may end before the batch. The next does not end at once.
        for _ in range(2):
            for _ in range(PER_MINUTE["events"] + 1):
                limited.post(EVENT, X_Forwarded_For="8.8.4.1")
            batch = limited.request("POST", "/v1/events/batch", b"[]", X_Forwarded_For="8.8.4.1")
            batches.add(batch.status)
        assert 429 in batches

    def test_does_not_count_what_watches_or_asks_first(self, limited: Server) -> None:
        for path in ("/v1/healthz", "/v1/readyz"):
            seen = {
                limited.request("GET", path, X_Forwarded_For="8.8.5.1").status for _ in range(130)
            }
            assert 429 not in seen
        preflights = {
            limited.request("OPTIONS", UNSUBSCRIBE, X_Forwarded_For="8.8.5.1").status
            for _ in range(20)
        }
        assert 429 not in preflights

    def test_is_counted_as_a_rejection_of_the_host_and_never_with_an_address(
        self, limited: Server, connection: Connection
    ) -> None:
        answers = Counter(
            limited.post(EVENT, X_Forwarded_For="8.8.6.1", Host="www.Shop.example").status
            for _ in range(190)
        )
        ledger = wait_for_rejections(connection, answers[429], "shop.example")
        assert ledger == {("shop.example", "/v1/events", "rate_limited", 429): answers[429]}

    def test_is_off_when_the_setting_says_so(self, database: str, tmp_path: Path) -> None:
        with serving(database, tmp_path, RATE_LIMITS_ENABLED="false") as running:
            assert statuses(running, 30)[429] == 0


class TestAClient:
    @pytest.mark.parametrize(
        ("address", "counted_as"),
        [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            (None, "none"),
        ],
    )
    def test_is_an_address_or_the_network_of_one_subscriber(
        self, address: str | None, counted_as: str
    ) -> None:
        assert subscriber(address) == counted_as

    def test_cannot_rotate_through_its_own_ipv6_network(self, limited: Server) -> None:
        got = Counter(
            limited.request(
                "POST", UNSUBSCRIBE, b"{}", X_Forwarded_For=f"2600:db8:1:2::{n + 1:x}"
            ).status
            for n in range(20)
        )
        assert got[429] >= 7

    def test_cannot_pose_as_others_without_a_trusted_proxy(
        self, database: str, tmp_path: Path
    ) -> None:
        with serving(database, tmp_path, RATE_LIMITS_ENABLED="true") as running:
            got = Counter(
                running.request("POST", UNSUBSCRIBE, b"{}", X_Forwarded_For=f"8.9.0.{n}").status
                for n in range(20)
            )
        assert got[429] >= 7


class TestABatch:
    @staticmethod
    def send(server: Server, events: int, address: str, host: str = "batch.example") -> Answer:
        body = json.dumps([EVENT] * events).encode()
        headers = {"X_Forwarded_For": address, "Host": host, "Content_Type": "application/json"}
        return server.request("POST", "/v1/events/batch", body, **headers)

    def test_costs_as_much_as_its_events(self, limited: Server) -> None:
        got = Counter(self.send(limited, 50, "8.8.7.1").status for _ in range(5))
        assert got == {202: 3, 429: 2}

    def test_that_is_larger_than_the_limit_costs_all_of_it(self, limited: Server) -> None:
        assert self.send(limited, 300, "8.8.7.2").status == 202
        assert self.send(limited, 1, "8.8.7.2").status == 429

    def test_that_is_refused_counts_each_of_its_events(
        self, limited: Server, connection: Connection
    ) -> None:
        for _ in range(4):
            self.send(limited, 50, "8.8.7.3", "refused.example")
        ledger = wait_for_rejections(connection, 50, "refused.example")
        assert ledger == {("refused.example", "/v1/events/batch", "rate_limited", 429): 50}


class Redis:
    """A redis-server of the test's own, in memory only."""

    def __init__(self, folder: Path) -> None:
        self.port = new_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],  # noqa: S607
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while True:
            try:
                self.client().ping()
            except redis.ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                return

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[Redis]:
    running = Redis(tmp_path)
    yield running
    running.stop()


@needs_redis
class TestRedis:
    def test_counts_for_all_workers_together_and_sees_no_address(
        self, database: str, tmp_path: Path, redis_server: Redis
    ) -> None:
        with serving(
            database,
            tmp_path,
            TRUSTED_PROXIES="127.0.0.1",
            RATE_LIMITS_ENABLED="true",
            RATE_LIMIT_STORAGE_URI=redis_server.url,
        ) as running:
            got: Counter[int] = Counter()
            for _ in range(30):
                # A connection each, so that both workers get some.
                one = Server(running.url, running.process)
                got += statuses(one, 1, X_Forwarded_For="8.8.8.77")
        assert got[429] in (17, 18)
        keys = redis_server.client().keys("*")
        assert keys
        assert not any(b"8.8.8" in key for key in keys)

    def test_that_goes_away_does_not_take_ingest_along(
        self, database: str, tmp_path: Path, redis_server: Redis
    ) -> None:
        with serving(
            database,
            tmp_path,
            RATE_LIMITS_ENABLED="true",
            RATE_LIMIT_STORAGE_URI=redis_server.url,
        ) as running:
            assert running.post(EVENT).status == 202
            redis_server.stop()
            assert {running.post(EVENT).status for _ in range(5)} == {202}
            assert TestABatch.send(running, 5, "").status == 202
            # Each process now counts for itself.
            assert statuses(running, 40)[429] >= 10


def test_a_storage_that_was_never_there_does_not_take_ingest_along(
    database: str, tmp_path: Path
) -> None:
    url = f"redis://127.0.0.1:{new_port()}/0"
    with serving(
        database, tmp_path, RATE_LIMITS_ENABLED="true", RATE_LIMIT_STORAGE_URI=url
    ) as running:
        assert running.post(EVENT).status == 202


@pytest.mark.parametrize(
    "uri", ["foo://:secret@cache.example", "memory", "redis://:secret@cache.example:port/0"]
)
def test_a_storage_that_cannot_be_stops_the_start_by_the_name_of_its_setting(
    database: str, tmp_path: Path, uri: str
) -> None:
    done = footfall(
        *("serve", "--port", str(new_port())),
        database=database,
        DATA_DIR=str(tmp_path),
        IP_HASH_PEPPER=PEPPER,
        RATE_LIMIT_STORAGE_URI=uri,
    )
    assert done.returncode == 1
    assert "FOOTFALL_RATE_LIMIT_STORAGE_URI: must be memory://, or" in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr

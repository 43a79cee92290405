"""Clients that post events over connections they keep, alone and many at once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError

from ingest_app.enrichment.body import MAX_BATCH_EVENTS
from tests.support.postgres import wait_until
from tests.support.server import BROWSER
from tests.support.traffic import POISON, Sent, Traffic

# Longer than any deadline of the server: a client that waits so long has been forgotten.
ANSWER_SECONDS = 30
PAUSE_SECONDS = 0.02
BATCH = 10
CONNECTIONS = 8
HEADERS = {"Content-Type": "application/json", "User-Agent": BROWSER}


class Client:
    """One connection. What it sends and hears is noted in `traffic`."""

    def __init__(self, traffic: Traffic, url: str) -> None:
        self._traffic = traffic
        self._url = url
        self._pool = self._connect()

    def aim(self, url: str) -> None:
        """Post to another server from now on."""
        if url != self._url:
            self.close()
            self._url = url
            self._pool = self._connect()

    def close(self) -> None:
        """Let the connection go."""
        self._pool.close()

    def post(self, sent: Sent) -> bool:
        """Send an event alone; false where no server was there to send it to."""
        return self._send("/v1/events", [sent], json.dumps(sent.body))

    def post_batch(self, batch: Sequence[Sent]) -> bool:
        """Send events together; false where no server was there to send them to."""
        lines = json.dumps([sent.body for sent in batch])
        return self._send("/v1/events/batch", batch, lines)

    def _connect(self) -> urllib3.HTTPConnectionPool:
        return urllib3.connection_from_url(
            self._url, maxsize=1, retries=False, timeout=ANSWER_SECONDS, headers=HEADERS
        )

    def _send(self, path: str, batch: Sequence[Sent], body: str) -> bool:
        began = datetime.now(UTC)
        try:
            response = self._pool.request("POST", path, body=body)
        except NewConnectionError:
            return False
        except HTTPError as error:
            for sent in batch:
                self._traffic.note_cut(sent, began)
            if isinstance(error, urllib3.exceptions.TimeoutError):
                self._traffic.odd(f"no answer to {path} within {ANSWER_SECONDS} s")
            return True
        try:
            answer = response.json()
        except ValueError:
            answer = response.data[:200].decode("utf-8", "replace")
        self._check_retry_after(response)
        is_batch = path.endswith("/batch")
        if is_batch and response.status == 202:
            self._note_results(batch, answer, began)
        else:
            word = response.headers.get("Footfall-Outcome")
            for sent in batch:
                self._traffic.note(sent, response.status, word, answer, began)
        return True

    def _check_retry_after(self, response: urllib3.BaseHTTPResponse) -> None:
        after = response.headers.get("Retry-After", "")
        if response.status == 503 and not (after.isdecimal() and int(after) > 0):
            self._traffic.odd("a 503 that does not say when to try again")

    def _note_results(self, batch: Sequence[Sent], answer: Any, began: datetime) -> None:
        words = [result.pop("outcome") for result in answer["results"]]
        told = {word: answer.get(word, 0) for word in ("accepted", "duplicate", "spooled")}
        told["rejected"] = answer["rejected"]
        if told != {word: words.count(word) for word in told}:
            self._traffic.odd(f"a batch whose counts {told} are not those of its results")
        for sent, word, result in zip(batch, words, answer["results"], strict=True):
            status = 202 if result.get("ok") else 400
            self._traffic.note(sent, status, word, result, began)


class Load:
    """Clients that post until they are stopped, two of them in batches.

    With `resends` an event that has its own id is sent again until it is answered with something
    else than a 503, as a snippet does it. Each `poison_each`th event has a path that ends in
    `POISON`.
    """

    def __init__(self, traffic: Traffic, url: str, *, resends: bool, poison_each: int) -> None:
        self.url = url
        self._traffic = traffic
        self._resends = resends
        self._poison_each = poison_each
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(number,), name=f"client {number}")
            for number in range(CONNECTIONS)
        ]

    def start(self) -> None:
        """Begin to post."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let every client hear its last answer, and end."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, events: int, outcome: str | None = None) -> None:
        """Returns once so many more sendings got a 202, or came to the outcome."""
        first = self._reached(outcome)
        wait_until(
            lambda: self._reached(outcome) >= first + events,
            f"no {events} more events came to {outcome or 'a 202'}: {self._traffic.counts}, "
            f"{self._traffic.oddities[:5]}",
        )

    def _reached(self, outcome: str | None) -> int:
        return self._traffic.taken if outcome is None else self._traffic.counts[outcome]

    def _run(self, number: int) -> None:
        client = Client(self._traffic, self.url)
        is_batch = number < 2
        turn = 0
        while not self._is_over.is_set():
            batch = []
            for place in range(BATCH if is_batch else 1):
                count = turn * BATCH + place if is_batch else turn
                batch.append(self._event(number, count, kind=turn))
            self._send(client, batch, is_batch=is_batch)
            turn += 1
            self._is_over.wait(PAUSE_SECONDS)
        client.close()

    def _event(self, number: int, count: int, *, kind: int) -> Sent:
        name = f"client-{number}"
        if self._poison_each and count % self._poison_each == 0:
            path = f"/{self._traffic.property_id}/{name}/{count}{POISON}"
            return self._traffic.event(name, count, kind=kind, path=path)
        return self._traffic.event(name, count, kind=kind)

    def _send(self, client: Client, batch: list[Sent], *, is_batch: bool) -> None:
        # Without an id of its own, a later sending would be another event.
        may_repeat = self._resends and all("eventId" in sent.body for sent in batch)
        while True:
            client.aim(self.url)
            was_there = client.post_batch(batch) if is_batch else client.post(batch[0])
            if was_there:
                heard = {sent.attempts[-1].status for sent in batch}
                if not may_repeat or not heard & {None, 503}:
                    return
            if self._is_over.wait(PAUSE_SECONDS):
                return


@contextmanager
def load(
    traffic: Traffic, url: str, *, resends: bool = False, poison_each: int = 0
) -> Iterator[Load]:
    """A load that ends with the block, if it was not stopped before."""
    running = Load(traffic, url, resends=resends, poison_each=poison_each)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def post_all(traffic: Traffic, url: str, events: Sequence[Sent], *, at_once: int = 1) -> None:
    """Send events alone, each on a connection of its own where several go `at_once`."""

    def run(part: Sequence[Sent]) -> None:
        client = Client(traffic, url)
        for sent in part:
            client.post(sent)
        client.close()

    threads = [
        threading.Thread(target=run, args=(events[number::at_once],)) for number in range(at_once)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def post_batches(traffic: Traffic, url: str, events: Sequence[Sent]) -> None:
    """Send events in batches as large as may be, one after the other."""
    client = Client(traffic, url)
    for start in range(0, len(events), MAX_BATCH_EVENTS):
        client.post_batch(events[start : start + MAX_BATCH_EVENTS])
    client.close()

"""Tells a receiver of the operator what happens to leads, until it answers, in order for each lead.

A delivery is claimed before it is sent: it is not due again before its next attempt, and what comes
after it of the same lead is not due before it is delivered. So many workers may send, and no two of
them the same. A worker that is killed in between has sent it or not; it is sent again.
"""

from __future__ import annotations

import hmac
import logging
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import urllib3
from psycopg import Connection
from psycopg.rows import class_row
from pydantic_core import to_json

from ingest_app.database.connection import ReconnectingConnection
from ingest_app.leads.access import Purpose, record_access
from ingest_app.leads.export import one_lead
from ingest_app.leads.links import Links
from ingest_app.leads.queue import ATTEMPT, Kind

logger = logging.getLogger(__name__)

SIGNATURE_HEADER = "Footfall-Signature"
POLL_SECONDS = 1.0
# While the receiver does not answer, nothing else is tried for so long.
LONGEST_PAUSE_SECONDS = 60.0
ANSWER_SECONDS = 10.0
# From the first failure of a delivery on, doubled each time.
FIRST_BACKOFF = ATTEMPT
LONGEST_BACKOFF = timedelta(hours=1)
TOO_MANY_REQUESTS = 429

# In seconds: a time of its own row plus an interval is what Citus does not take.
CLAIM = """
    with due as (
        select id
        from raw.lead_webhook_deliveries as waiting
        where
            delivered_at is null
            and next_attempt_at <= now()
            and not exists (
                select from raw.lead_webhook_deliveries as earlier
                where
                    earlier.lead_id = waiting.lead_id
                    and earlier.delivered_at is null
                    and earlier.id < waiting.id
            )
        order by id
        limit 1
        for update skip locked
    )

    update raw.lead_webhook_deliveries
    set
        attempts = attempts + 1,
        next_attempt_at = to_timestamp(
            extract(epoch from now())
            + least(%(first_seconds)s * power(2, least(attempts, 20)), %(longest_seconds)s)
        )
    from due
    where lead_webhook_deliveries.id = due.id
    returning
        lead_webhook_deliveries.id, lead_webhook_deliveries.kind,
        lead_webhook_deliveries.lead_id, lead_webhook_deliveries.erased_lead_id,
        lead_webhook_deliveries.submission_id, lead_webhook_deliveries.created_at
"""
DELIVERED = "update raw.lead_webhook_deliveries set delivered_at = now() where id = %(id)s"
FORGET = "delete from raw.lead_webhook_deliveries where id = %(id)s"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of raw.lead_webhook_deliveries that is ours to send."""

    id: int
    kind: str
    lead_id: UUID | None
    erased_lead_id: UUID | None
    submission_id: UUID | None
    created_at: Any


def signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """The header by which the receiver knows that it was us: HMAC-SHA-256 over `<timestamp>.<body>`."""
    signed = hmac.new(secret, b"%d.%s" % (timestamp, body), sha256).hexdigest()
    return f"t={timestamp},v1={signed}"


class Webhook:
    """Sends what waits, from a thread of its own."""

    def __init__(
        self, connection: ReconnectingConnection, *, url: str, secret: bytes, links: Links
    ) -> None:
        self._connection = connection
        self._url = url
        self._host = urlsplit(url).hostname or ""
        self._secret = secret
        self._links = links
        self._http = urllib3.PoolManager(
            num_pools=1,
            timeout=urllib3.Timeout(total=ANSWER_SECONDS),
            # Another address than the one that was set is never given an address of a lead.
            retries=urllib3.Retry(0, redirect=False, raise_on_redirect=False),
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhook", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish the delivery at hand and stop."""
        self._stop.set()
        self._thread.join()
        self._connection.close()
        self._http.clear()

    def _run(self) -> None:
        pause = POLL_SECONDS
        while not self._stop.wait(pause):
            try:
                while not self._stop.is_set() and (delivery := self._claim()) is not None:
                    self._deliver(delivery)
                pause = POLL_SECONDS
            except _AwayError as error:
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                logger.warning("the webhook does not answer", exc_info=error.__cause__)
            except psycopg.Error as error:
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                logger.warning("the webhook waits for the database", exc_info=error)
            except Exception:
                pause = LONGEST_PAUSE_SECONDS
                logger.exception("the webhook failed")

    def _claim(self) -> Delivery | None:
        with (
            self._connection.connection() as connection,
            connection.cursor(row_factory=class_row(Delivery)) as cursor,
        ):
            return cursor.execute(
                CLAIM,
                {
                    "first_seconds": FIRST_BACKOFF.total_seconds(),
                    "longest_seconds": LONGEST_BACKOFF.total_seconds(),
                },
            ).fetchone()

    def _deliver(self, delivery: Delivery) -> None:
        with self._connection.connection() as connection:
            body = self._body(connection, delivery)
        if body is None:
            # The lead was erased after it was claimed, and its deliveries with it.
            return
        status = self._post(delivery, body)
        if 200 <= status < 300:
            with self._connection.connection() as connection:
                done = FORGET if delivery.kind == Kind.ERASED else DELIVERED
                connection.execute(done, {"id": delivery.id})
        elif status >= 500 or status == TOO_MANY_REQUESTS:
            raise _AwayError
        else:
            logger.warning("the webhook answers %d to a delivery; it is sent again", status)

    def _body(self, connection: Connection[Any], delivery: Delivery) -> bytes | None:
        said: dict[str, Any] = {
            "id": delivery.id,
            "kind": delivery.kind,
            "createdAt": delivery.created_at,
        }
        if delivery.lead_id is None:
            return to_json({**said, "leadId": delivery.erased_lead_id})
        lead = one_lead(
            connection, delivery.lead_id, self._links, submission_id=delivery.submission_id
        )
        if lead is None:
            return None
        # Committed before the address leaves.
        record_access(connection, Purpose.WEBHOOK, actor=self._host, leads=1)
        return to_json({**said, "leadId": delivery.lead_id, "lead": lead})

    def _post(self, delivery: Delivery, body: bytes) -> int:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Footfall",
            "Footfall-Delivery": str(delivery.id),
            SIGNATURE_HEADER: signature(self._secret, int(time.time()), body),
        }
        try:
            return self._http.request("POST", self._url, body=body, headers=headers).status
        except urllib3.exceptions.HTTPError as error:
            raise _AwayError from error


class _AwayError(Exception):
    """The receiver takes nothing now, whatever it is sent."""

"""Which properties take events only from the pages of certain hosts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

import psycopg

from ingest_app.database.connection import ReconnectingConnection
from ingest_app.enrichment.hosts import referrer_host
from ingest_app.refusals import Issue, Reason, Refusal

logger = logging.getLogger(__name__)

# A change is known to a running server after this long. Events ask what was read, and not the database.
READ_SECONDS = 2.0

SELECT_BOUND = """
    select property_id, hosts from raw.properties where cardinality(hosts) > 0
"""


class BoundHosts:
    """The hosts of each property that is bound to some, as the database had them when last asked.

    While it is away, what was read last holds. One of it serves a process; safe to share.
    """

    def __init__(self, connection: ReconnectingConnection) -> None:
        self._connection = connection
        self._hosts: Mapping[str, frozenset[str]] = {}
        self._was_read = True
        self._stop = threading.Event()
        # Before the first event: else a stranger's would be taken in the moment of a start.
        self._read()
        self._thread = threading.Thread(target=self._read_forever, name="properties", daemon=True)
        self._thread.start()

    def check(self, property_id: str, page: str | None) -> None:
        """Raise Refusal where the property is bound to hosts, and the page is of none of them.

        Without a page it is no browser that sends, and could name any page.
        """
        hosts = self._hosts.get(property_id)
        if not hosts or page is None or referrer_host(page, keeps_www=True) in hosts:
            return
        message = f"the property {property_id} takes no events from pages of this origin"
        raise Refusal(Reason.ORIGIN_NOT_ALLOWED, [Issue("", message)])

    def close(self) -> None:
        """Stop reading."""
        self._stop.set()
        self._connection.cancel()
        self._thread.join()
        self._connection.close()

    def _read_forever(self) -> None:
        while not self._stop.wait(READ_SECONDS):
            self._read()

    def _read(self) -> None:
        try:
            with self._connection.connection() as connection:
                rows = connection.execute(SELECT_BOUND).fetchall()
        except psycopg.Error as error:
            if self._was_read:
                logger.warning("the hosts of properties stay as they were read: %s", error)
            self._was_read = False
        else:
            self._hosts = {property_id: frozenset(hosts) for property_id, hosts in rows}
            self._was_read = True

"""The ledger of refusals, read after its counts have had the time to be written."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import psycopg

# Several flushes; a busy machine makes them late.
PATIENCE_SECONDS = 60

Counted = tuple[str, str, str, int]
Connection = psycopg.Connection[dict[str, Any]]


def counted(connection: Connection, property_id: str | None = None) -> Counter[Counted]:
    """How often each (property, endpoint, reason, status) is in the ledger now."""
    totals: Counter[Counted] = Counter()
    for row in connection.execute(
        "select * from raw.ingest_rejections where property_id = %s or %s::text is null",
        (property_id, property_id),
    ):
        key = (row["property_id"], row["endpoint"], row["reason"], row["status_code"])
        totals[key] += row["occurrences"]
    return totals


def wait_for_rejections(
    connection: Connection, times: int, property_id: str | None = None
) -> Counter[Counted]:
    """The ledger once it counts at least `times` refusals. Fails when it does not come to that.

    What a test before this one was refused may be written only now. On a server that several tests
    share, give each a property of its own and name it here.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (totals := counted(connection, property_id)).total() < times:
        assert time.monotonic() < deadline, f"the ledger counts only {totals}"
        time.sleep(0.05)
    return totals

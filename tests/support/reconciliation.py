"""Compares what the server has answered with what is in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.support.postgres import BreakablePostgres
from tests.support.server import Server
from tests.support.spool import gauges, wait_until_drained
from tests.support.traffic import Sent, Traffic

Rows = dict[str, list[dict[str, Any]]]


def assert_reconciled(traffic: Traffic, postgres: BreakablePostgres, server: Server) -> None:
    """Every 202 is stored once and as it was answered, everything else is not stored.

    Waits for the spool to drain first. Where an answer was lost, the event may be stored or not,
    but not twice.
    """
    assert not traffic.oddities, "\n".join(traffic.oddities[:10])
    taken = {sent.path for sent in traffic.sent if sent.is_taken}
    assert taken, "the server took no event at all"
    missing = taken - rows_by_path(postgres, traffic).keys()
    if missing or gauges(server):
        wait_until_drained(server)
    rows = rows_by_path(postgres, traffic)
    problems = [
        f"{problem}: {sent}"
        for sent in traffic.sent
        if (problem := _problem(sent, rows.get(sent.path, [])))
    ]
    known = {sent.path for sent in traffic.sent}
    problems += [f"never sent: {path}" for path in rows if path not in known]
    assert not problems, f"{len(problems)} problems, such as\n" + "\n".join(problems[:10])
    _compare_the_sums(traffic, stored=len(rows), duplicates=duplicates(postgres, traffic))


def rows_by_path(postgres: BreakablePostgres, traffic: Traffic) -> Rows:
    """What is stored for the property."""
    rows: Rows = {}
    with postgres.connect() as connection:
        for row in connection.execute(
            'select path, id, session_id, "timestamp", created_at from raw.events '
            "where property_id = %s",
            (traffic.property_id,),
        ):
            rows.setdefault(row["path"], []).append(row)
    return rows


def duplicates(postgres: BreakablePostgres, traffic: Traffic) -> int:
    """How many duplicates the ledger counts for the property."""
    return int(
        postgres.value(
            "select coalesce(sum(occurrences), 0) from raw.ingest_duplicates "
            f"where property_id = '{traffic.property_id}'"
        )
    )


def _problem(sent: Sent, rows: list[dict[str, Any]]) -> str | None:
    if len(rows) > 1:
        return "stored twice"
    if sent.is_taken and not rows:
        return "lost"
    if rows and not sent.may_be_stored:
        return "stored although the answer said that it was not"
    if not rows:
        return None
    [row] = rows
    told = {attempt.event_id for attempt in sent.attempts if attempt.status == 202}
    if told and told != {str(row["id"])}:
        return f"stored as {row['id']}"
    if row["session_id"] is None:
        return "without a session"
    if "timestamp" in sent.body:
        is_time_kept = row["timestamp"] == datetime.fromisoformat(sent.body["timestamp"])
    else:
        # The server's clock while it had the request, however much later the event was stored.
        is_time_kept = any(
            attempt.began <= row["timestamp"] <= attempt.ended for attempt in sent.attempts
        )
    return None if is_time_kept else f"stored with the time {row['timestamp']}"


def _compare_the_sums(traffic: Traffic, *, stored: int, duplicates: int) -> None:
    """Received = accepted + duplicate; refusals are in a ledger of their own."""
    cut = traffic.counts["cut"]
    assert traffic.taken <= stored + duplicates <= traffic.taken + cut, (
        f"{traffic.taken} answers said 202 and {cut} were lost, "
        f"but {stored} events are stored and {duplicates} counted as duplicates"
    )
    resent = sum(max(len(sent.attempts) - 1, 0) for sent in traffic.sent)
    assert duplicates <= resent, (
        f"{duplicates} events are counted as duplicates and only {resent} were sent again"
    )

"""What is renamed takes its zone along; what is merged has its days by the zone of the other.

Berlin is an hour ahead of UTC in March, and Kathmandu is 5:45 ahead. The days are worked out by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest_app.operations.moves.command import move_property
from ingest_app.operations.moves.raw_rows import Move
from ingest_app.operations.moves.rules import MoveError
from ingest_app.operations.zones import ZoneError, set_time_zone
from ingest_app.store.spool import Spool
from ingest_app.store.writer import Writer
from tests.support.arrivals import drain, events, view, writing

Connection = psycopg.Connection[dict[str, Any]]

OLD, NEW, OTHER = "old.example", "new.example", "other.example"
FROM = date(2026, 1, 1)
# In Kathmandu and in Berlin it is the 10th, in Kathmandu alone, in neither.
IN_BOTH, IN_ONE, IN_NONE = (datetime(2026, 3, 9, hour, 30, tzinfo=UTC) for hour in (23, 20, 12))

pytestmark = pytest.mark.usefixtures("clean_tables")


@pytest.fixture(scope="module")
def writer(database: str) -> Iterator[Writer]:
    with writing(database) as made:
        yield made


def refuse(connection: Connection, property_id: str, at: datetime) -> None:
    connection.execute(
        "insert into raw.ingest_rejections (id, property_id, endpoint, reason, status_code,"
        " occurred_at) values (gen_random_uuid(), %s, '/v1/events', 'x', 400, %s)",
        (property_id, at),
    )


def days(connection: Connection, table: str = "events") -> list[tuple[str, int]]:
    """Of each row its property and the day of March."""
    rows = connection.execute(
        f"select property_id, occurred_on from raw.{table} order by 1, 2".encode()
    )
    return [(row["property_id"], row["occurred_on"].day) for row in rows]


def zones(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.execute("select property_id, time_zone from raw.property_zones order by 1")
    return [(row["property_id"], row["time_zone"]) for row in rows]


def owed(connection: Connection) -> set[date]:
    rows = connection.execute("select unnest(touched_days) as day from raw.erasures")
    return {row["day"] for row in rows}


def test_a_rename_takes_the_zone_along_and_so_does_what_waits_in_the_spool(
    connection: Connection, database: str, writer: Writer, tmp_path: Path
) -> None:
    set_time_zone(database, OLD, "Asia/Kathmandu", FROM)
    first = events([view(OLD, IN_ONE)])
    writer.write(first)
    spool = Spool(tmp_path / "events.sqlite3", max_bytes=1_000_000)
    spool.append(events([view(OLD, IN_ONE), view(OLD, IN_BOTH), view(OLD, IN_NONE)]))

    move_property(database, OLD, NEW, is_merge=False)
    assert zones(connection) == [(NEW, "Asia/Kathmandu")]
    drain(database, spool, tmp_path / "lease")
    # The first of the three is one that is stored.
    assert days(connection) == [(NEW, 9), (NEW, 10), (NEW, 10)]
    assert days(connection, "ingest_duplicates") == [(NEW, 10)]

    # Its other name has no zone of its own, also where the property has another name once more.
    with pytest.raises(ZoneError, match=f"another name of {NEW}: set it for {NEW}"):
        set_time_zone(database, OLD, "Europe/Berlin", FROM)
    move_property(database, NEW, OTHER, is_merge=False)
    assert zones(connection) == [(OTHER, "Asia/Kathmandu")]
    [late] = writer.write(events([view(OLD, IN_BOTH)]))
    assert getattr(late, "is_duplicate", None) is True


def test_a_merge_moves_rows_to_their_days_by_the_zone_of_the_other(
    connection: Connection, database: str, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_time_zone(database, OLD, "Asia/Kathmandu", FROM)
    set_time_zone(database, NEW, "Europe/Berlin", FROM)
    bodies = [view(OLD, at) for at in (IN_BOTH, IN_ONE, IN_NONE)]
    writer.write(events([*bodies, view(NEW, IN_ONE)]))
    # Somebody came to another property later: whether for the first time depends on days before.
    writer.write(events([view(OTHER, datetime(2026, 3, 14, 12, tzinfo=UTC))]))
    for at in (IN_BOTH, IN_ONE):
        refuse(connection, OLD, at)
    assert days(connection) == [(NEW, 9), (OLD, 9), (OLD, 10), (OLD, 10), (OTHER, 14)]

    # A retry between two chunks finds its first, wherever that one is.
    def fail(*_of: object) -> None:
        raise OSError("died")

    with monkeypatch.context() as dying:
        dying.setattr(Move, "_move_events", fail)
        with pytest.raises(OSError, match="died"):
            move_property(database, OLD, NEW, is_merge=True)
    again = writer.write(events(bodies))
    assert [getattr(outcome, "is_duplicate", None) for outcome in again] == [True] * 3
    with pytest.raises(ZoneError, match="on its way"):
        set_time_zone(database, NEW, "UTC", FROM)

    move_property(database, OLD, NEW, is_merge=True)
    assert zones(connection) == [(NEW, "Europe/Berlin")]
    assert days(connection) == [(NEW, 9), (NEW, 9), (NEW, 9), (NEW, 10), (OTHER, 14)]
    assert days(connection, "ingest_rejections") == [(NEW, 9), (NEW, 10)]
    assert owed(connection) >= {date(2026, 3, day) for day in range(9, 16)}


def test_a_merge_puts_nothing_on_a_closed_day(
    connection: Connection, database: str, writer: Writer
) -> None:
    set_time_zone(database, OLD, "Asia/Kathmandu", FROM)
    writer.write(events([view(OLD, IN_ONE), view(NEW, IN_NONE)]))
    connection.execute("delete from raw.events where property_id = %s", (NEW,))
    set_time_zone(database, NEW, "Europe/Berlin", FROM)
    connection.execute(
        "insert into raw.retention_purges (id, purged_before) values (gen_random_uuid(), '2026-03-10')"
    )
    with pytest.raises(MoveError, match="on days before 2026-03-10, which are closed"):
        move_property(database, OLD, NEW, is_merge=True)
    assert days(connection) == [(OLD, 10)]
    assert zones(connection) == [(NEW, "Europe/Berlin"), (OLD, "Asia/Kathmandu")]
    assert not connection.execute("select from raw.property_aliases").fetchall()

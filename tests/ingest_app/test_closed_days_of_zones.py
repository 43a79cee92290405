"""What lies before the horizon by the clocks of a property is closed for good, and leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
import pytest

from ingest_app.operations.purge import preview, purge
from ingest_app.operations.zones import ZoneError, set_time_zone
from ingest_app.store.outcomes import TooOld
from ingest_app.store.writer import Writer
from tests.support.arrivals import events, view, writing
from tests.support.recount.zones import day_of

Connection = psycopg.Connection[dict[str, Any]]

SHOP = "shop.example"
# 25 hours apart.
BEHIND, AHEAD = "Pacific/Pago_Pago", "Pacific/Kiritimati"
HORIZON = date(2026, 7, 1)
# The last half hour of 30 June behind, and the first of 2 July ahead.
AT = datetime(2026, 7, 1, 10, 40, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("clean_tables")


@pytest.fixture(scope="module")
def writer(database: str) -> Iterator[Writer]:
    with writing(database) as made:
        yield made


def close(connection: Connection, horizon: date) -> None:
    connection.execute(
        "insert into raw.retention_purges (id, purged_before) values (gen_random_uuid(), %s)",
        (horizon,),
    )


def known_zones(connection: Connection) -> list[tuple[date, str]]:
    rows = connection.execute("select * from raw.property_zones order by from_day")
    return [(row["from_day"], row["time_zone"]) for row in rows]


def test_no_clock_reopens_a_closed_day(
    connection: Connection, database: str, writer: Writer
) -> None:
    set_time_zone(database, SHOP, BEHIND, date(2026, 6, 1))
    before = known_zones(connection)
    assert day_of(tuple(before), AT) == date(2026, 6, 30)
    assert day_of(((date(2026, 7, 2), AHEAD),), AT) == date(2026, 7, 2)
    close(connection, HORIZON)
    with pytest.raises(ZoneError, match="name a day from 2026-07-03 on"):
        set_time_zone(database, SHOP, AHEAD, date(2026, 7, 2))
    assert known_zones(connection) == before
    set_time_zone(database, SHOP, AHEAD, date(2026, 7, 3))
    [outcome] = writer.write(events([view(SHOP, AT)]))
    assert isinstance(outcome, TooOld)


def test_no_clock_takes_a_stored_row_to_a_closed_day(
    connection: Connection, database: str, writer: Writer
) -> None:
    set_time_zone(database, SHOP, BEHIND, date(2026, 6, 1))
    set_time_zone(database, SHOP, AHEAD, date(2026, 7, 2))
    before = known_zones(connection)
    writer.write(events([view(SHOP, AT)]))
    close(connection, HORIZON)
    # By neither of them is it 2 July: the clocks behind would have it.
    with pytest.raises(ZoneError, match="name a day from 2026-07-03 on"):
        set_time_zone(database, SHOP, "UTC", date(2026, 7, 2))
    assert known_zones(connection) == before
    [row] = connection.execute("select occurred_on from raw.events").fetchall()
    assert row["occurred_on"] == date(2026, 7, 2)


def test_a_purge_takes_visitors_whose_last_day_has_ended_by_their_clocks(
    connection: Connection, database: str, writer: Writer
) -> None:
    horizon = datetime.now(UTC).date() - timedelta(days=90)
    set_time_zone(database, SHOP, BEHIND, horizon - timedelta(days=30))
    # The day before by the clocks of Pago Pago, which are eleven hours behind.
    writer.write(events([view(SHOP, datetime.combine(horizon, time(10, 30), UTC))]))
    foreseen = preview(database, older_than_days=90)
    done = purge(database, older_than_days=90)
    for counted in (foreseen, done):
        gone = counted.events_deleted, counted.sessions_deleted, counted.visitors_deleted
        assert gone == (1, 1, 1)
    for table in ("events", "sessions", "visitors"):
        assert not connection.execute(f"select from raw.{table}").fetchall()

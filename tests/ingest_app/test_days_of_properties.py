"""The day of a property: PostgreSQL's rules of zones against those that Python has, and what is stored."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingest_app.cli import cli
from ingest_app.operations.zones import ZoneError, read_time_zone, set_time_zone
from ingest_app.store.outcomes import TooOld
from ingest_app.store.spool import Spool
from ingest_app.store.writer import Writer
from tests.support.arrivals import Begun, drain, events, writing
from tests.support.postgres import wait_until
from tests.support.recount.zones import day_of

Connection = psycopg.Connection[dict[str, Any]]
History = Sequence[tuple[date, str]]

SHOP, PLAIN = "shop.example", "plain.example"
# Offsets of +05:45, +14, -11 and -9:30, summer time on both halves, midnights that are not there or come
# twice (Havana, Beirut), a day that was not there (Apia), rules that changed (Istanbul, Almaty).
PLACES = (
    *("UTC", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Marquesas"),
    *("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut"),
    *("Pacific/Apia", "Europe/Istanbul", "Asia/Almaty", "America/Sao_Paulo"),
)
LATEST_PLACES = st.sampled_from(PLACES)
FIRST, LAST = datetime(2009, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)
MINUTES = int((LAST - FIRST).total_seconds()) // 60
INSTANTS = st.integers(0, MINUTES).map(lambda minutes: FIRST + timedelta(minutes=minutes))
DAYS = st.integers(0, MINUTES // 1440).map(lambda days: (FIRST + timedelta(days=days)).date())

pytestmark = pytest.mark.usefixtures("clean_tables")


@pytest.fixture(scope="module")
def writer(database: str) -> Iterator[Writer]:
    with writing(database) as made:
        yield made


def expected_day(history: History, at: datetime) -> date:
    return day_of(tuple(sorted(history)), at)


def remember(connection: Connection, history: History) -> None:
    connection.execute("delete from raw.property_zones where property_id = %s", (SHOP,))
    for from_day, zone in history:
        connection.execute(
            "insert into raw.property_zones (property_id, from_day, time_zone) values (%s, %s, %s)",
            (SHOP, from_day, zone),
        )


def days_of(connection: Connection, instants: Sequence[datetime]) -> list[date]:
    rows = connection.execute(
        "select raw.day_of(%s, at) as day from unnest(%s::timestamptz[]) with ordinality as t (at, n)"
        " order by n",
        (SHOP, list(instants)),
    )
    return [row["day"] for row in rows]


def around(from_day: date) -> list[datetime]:
    """Each half hour of the days around one, in which every zone begins it."""
    noon = datetime(from_day.year, from_day.month, from_day.day, 12, tzinfo=UTC)
    return [noon + timedelta(minutes=30 * step) for step in range(-96, 97)]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    history=st.lists(st.tuples(DAYS, LATEST_PLACES), max_size=3, unique_by=lambda row: row[0]),
    instants=st.lists(INSTANTS, min_size=1, max_size=5),
)
@example(history=[(date(2010, 1, 1), "Pacific/Apia")], instants=around(date(2011, 12, 30)))
@example(history=[(date(2010, 1, 1), "America/Havana")], instants=around(date(2026, 3, 8)))
@example(history=[(date(2010, 1, 1), "America/Havana")], instants=around(date(2026, 11, 1)))
@example(
    history=[(date(2026, 3, 1), "Pacific/Kiritimati"), (date(2026, 3, 2), "Pacific/Pago_Pago")],
    instants=around(date(2026, 3, 2)),
)
@example(
    history=[(date(2026, 3, 1), "Pacific/Pago_Pago"), (date(2026, 3, 2), "Pacific/Kiritimati")],
    instants=around(date(2026, 3, 2)),
)
def test_the_database_and_python_cut_the_same_days(
    connection: Connection, history: History, instants: list[datetime]
) -> None:
    remember(connection, history)
    instants = sorted({*instants, *(at for from_day, _ in history for at in around(from_day))})
    found = days_of(connection, instants)
    assert found == [expected_day(history, at) for at in instants]
    assert found == sorted(found), "days go back"


def view(property_id: str, at: datetime, *, visitor: str = "visitor-0001") -> dict[str, Any]:
    return {
        "anonId": visitor,
        "eventType": "page_view",
        "path": "/",
        "timestamp": at.isoformat(),
        "traffic": {"propertyId": property_id},
    }


def stored_days(connection: Connection) -> dict[tuple[str, str], date]:
    return {
        (row["property_id"], f"{row['timestamp'].astimezone(UTC):%m-%d %H:%M}"): row["occurred_on"]
        for row in connection.execute("select * from raw.events")
    }


def test_an_event_is_stored_on_the_day_of_its_property(
    connection: Connection, writer: Writer
) -> None:
    # Berlin has 23 hours on 2026-03-29, and is an hour or two ahead of UTC.
    remember(connection, [(date(2026, 1, 1), "Europe/Berlin")])
    instants = [
        datetime(2026, 3, 28, 22, 59, tzinfo=UTC),
        datetime(2026, 3, 28, 23, 0, tzinfo=UTC),
        datetime(2026, 3, 29, 21, 59, tzinfo=UTC),
        datetime(2026, 3, 29, 22, 0, tzinfo=UTC),
        # The month of the partition is another one than that of the UTC day.
        datetime(2026, 2, 28, 23, 30, tzinfo=UTC),
    ]
    bodies = [view(name, at) for at in instants for name in (SHOP, PLAIN)]
    writer.write(events(bodies))
    assert stored_days(connection) == {
        (SHOP, "03-28 22:59"): date(2026, 3, 28),
        (SHOP, "03-28 23:00"): date(2026, 3, 29),
        (SHOP, "03-29 21:59"): date(2026, 3, 29),
        (SHOP, "03-29 22:00"): date(2026, 3, 30),
        (SHOP, "02-28 23:30"): date(2026, 3, 1),
        (PLAIN, "03-28 22:59"): date(2026, 3, 28),
        (PLAIN, "03-28 23:00"): date(2026, 3, 28),
        (PLAIN, "03-29 21:59"): date(2026, 3, 29),
        (PLAIN, "03-29 22:00"): date(2026, 3, 29),
        (PLAIN, "02-28 23:30"): date(2026, 2, 28),
    }
    # Sent again, each finds its first.
    again = writer.write(events(bodies))
    assert [getattr(outcome, "is_duplicate", None) for outcome in again] == [True] * len(bodies)
    counted = connection.execute(
        "select occurred_on, sum(occurrences)::integer as times from raw.ingest_duplicates"
        " where property_id = %s group by 1",
        (SHOP,),
    )
    assert {row["occurred_on"]: row["times"] for row in counted} == {
        date(2026, 3, 1): 1,
        date(2026, 3, 28): 1,
        date(2026, 3, 29): 2,
        date(2026, 3, 30): 1,
    }


@pytest.mark.parametrize(
    ("zone", "hour", "day"),
    [("Pacific/Kiritimati", 12, date(2026, 3, 11)), ("Pacific/Pago_Pago", 5, date(2026, 3, 9))],
)
def test_late_events_move_sessions_whose_events_lie_on_another_day_than_utc_says(
    connection: Connection, writer: Writer, zone: str, hour: int, day: date
) -> None:
    remember(connection, [(date(2026, 1, 1), zone)])
    noon = datetime(2026, 3, 10, hour, tzinfo=UTC)
    writer.write(events([view(SHOP, noon), view(SHOP, noon + timedelta(minutes=50))]))
    assert connection.execute("select count(*) as n from raw.sessions").fetchall() == [{"n": 2}]
    writer.write(events([view(SHOP, noon + timedelta(minutes=25))]))
    sessions = connection.execute(
        "select distinct session_id, occurred_on from raw.events"
    ).fetchall()
    assert [row["occurred_on"] for row in sessions] == [day]
    assert connection.execute("select count(*) as n from raw.sessions").fetchall() == [{"n": 1}]


def test_a_closed_day_is_that_of_the_property(connection: Connection, writer: Writer) -> None:
    remember(connection, [(date(2026, 1, 1), "Pacific/Kiritimati")])
    connection.execute(
        "insert into raw.retention_purges (id, purged_before) values (gen_random_uuid(), '2026-03-10')"
    )
    before_midnight = datetime(2026, 3, 9, 9, 59, tzinfo=UTC)
    midnight = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
    outcomes = writer.write(
        events([view(SHOP, before_midnight), view(SHOP, midnight), view(PLAIN, midnight)])
    )
    assert [isinstance(outcome, TooOld) for outcome in outcomes] == [True, False, True]
    assert stored_days(connection) == {(SHOP, "03-09 10:00"): date(2026, 3, 10)}
    # Whom the spool may take, while nobody can ask: only what no zone would save is refused.
    held = events([view(PLAIN, midnight), view(PLAIN, midnight - timedelta(days=1))])
    assert [writer.is_surely_closed(event) for event in held] == [False, True]


def test_an_event_of_the_spool_has_its_day_from_when_it_is_stored(
    connection: Connection, database: str, tmp_path: Path
) -> None:
    spool = Spool(tmp_path / "events.sqlite3", max_bytes=1_000_000)
    midnight = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
    spool.append(events([view(SHOP, midnight)]))
    set_time_zone(database, SHOP, "Pacific/Kiritimati", date(2026, 1, 1))
    drain(database, spool, tmp_path / "lease")
    assert stored_days(connection) == {(SHOP, "03-09 10:00"): date(2026, 3, 10)}


def test_refusals_have_the_day_of_their_property(connection: Connection) -> None:
    remember(connection, [(date(2026, 1, 1), "Asia/Kathmandu")])
    for name in (SHOP, PLAIN):
        connection.execute(
            "insert into raw.ingest_rejections (id, property_id, endpoint, reason, status_code,"
            " occurred_at) values (gen_random_uuid(), %s, '/v1/events', 'x', 400,"
            " '2026-03-09 18:15+00')",
            (name,),
        )
    rows = connection.execute("select property_id, occurred_on from raw.ingest_rejections")
    assert {row["property_id"]: row["occurred_on"] for row in rows} == {
        SHOP: date(2026, 3, 10),
        PLAIN: date(2026, 3, 9),
    }


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("europe/berlin", "Europe/Berlin"),
        (" America/Argentina/SALTA ", "America/Argentina/Salta"),
        ("utc", "UTC"),
    ],
)
def test_a_zone_is_spelled_as_the_iana_database_spells_it(text: str, name: str) -> None:
    assert read_time_zone(text) == name


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "Berlin",
            "Europe/Atlantis",
            "EST5EDT",
            "EST",
            "+02:00",
            "UTC+2",
            "Etc/GMT-14",
            "GMT",
        ),
        *("posix/Europe/Berlin", "right/Europe/Berlin", "<-03>3", "Europe/Berlin\x00", "CET-1CEST"),
    ],
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="name a place of the IANA database such as Europe/Berlin"):
        read_time_zone(text)


class TestAZoneIsSet:
    def run(self, database: str, *arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["property", *arguments], env={"DATABASE_URL": database})
        return done.exit_code, done.output

    def test_from_the_first_day_that_is_untouched(
        self, connection: Connection, database: str, writer: Writer
    ) -> None:
        # Ahead of time: it is the last day of which something is stored, by either clock.
        latest = datetime.now(UTC).replace(hour=13, minute=0) + timedelta(days=20)
        writer.write(events([view(SHOP, latest), view(SHOP, latest - timedelta(days=40))]))
        before = stored_days(connection)
        first = latest.date() + timedelta(days=2)
        code, said = self.run(database, "set", SHOP, "--time-zone", "pacific/kiritimati")
        assert (code, said.splitlines()[0]) == (
            0,
            f"Pacific/Kiritimati cuts the days of {SHOP} from {first} on; nothing that is stored was "
            "moved",
        )
        assert stored_days(connection) == before
        assert days_of(connection, [latest]) == [latest.date()]
        # What is stored from now on has its day from the same history.
        code, shown = self.run(database, "show", SHOP, "--json")
        told = json.loads(shown)
        assert (told["timeZone"], told["timeZones"]) == (
            "Pacific/Kiritimati",
            [{"from": first.isoformat(), "timeZone": "Pacific/Kiritimati"}],
        )
        assert f"by Pacific/Kiritimati from {first} on" in self.run(database, "show", SHOP)[1]
        assert "Pacific/Kiritimati" in self.run(database, "list")[1]
        assert not connection.execute("select from raw.erasures").fetchall()

    def test_from_a_day_on_which_rows_are_stored(
        self, connection: Connection, database: str, writer: Writer
    ) -> None:
        instants = [
            datetime(2026, 6, 30, 12, tzinfo=UTC) + timedelta(hours=3 * step) for step in range(20)
        ]
        writer.write(events([view(name, at) for at in instants for name in (SHOP, PLAIN)]))
        connection.execute(
            "insert into raw.ingest_rejections (id, property_id, endpoint, reason, status_code,"
            " occurred_at) select gen_random_uuid(), %s, '/v1/events', 'x', 400, at"
            " from unnest(%s::timestamptz[]) as t (at)",
            (SHOP, instants),
        )
        ids = connection.execute("select id, session_id from raw.events order by id").fetchall()
        history = [(date(2026, 7, 1), "America/New_York")]
        # 2026-07-01 04:00 UTC is the midnight that begins the day; until then it is June.
        moved = [at for at in instants if expected_day(history, at) != at.date()]
        assert moved[0] == datetime(2026, 7, 1, 0, tzinfo=UTC)
        code, said = self.run(
            database, "set", SHOP, "--time-zone", "America/New_York", "--from", "2026-07-01"
        )
        assert code == 0, said
        assert said.splitlines()[0] == (
            f"America/New_York cuts the days of {SHOP} from 2026-07-01 on; {len(moved)} events and "
            f"{len(moved)} rows of refusals were moved to their days. The next build replaces the days "
            "from 2026-06-30 on"
        )
        assert stored_days(connection) == {
            (name, f"{at:%m-%d %H:%M}"): expected_day(history if name == SHOP else [], at)
            for at in instants
            for name in (SHOP, PLAIN)
        }
        # Nothing is lost, and nothing is there twice.
        assert (
            connection.execute("select id, session_id from raw.events order by id").fetchall()
            == ids
        )
        refused = connection.execute("select occurred_at, occurred_on from raw.ingest_rejections")
        assert {row["occurred_at"].astimezone(UTC): row["occurred_on"] for row in refused} == {
            at: expected_day(history, at) for at in instants
        }
        [owed] = connection.execute("select touched_days from raw.erasures").fetchall()
        assert {date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 2)} <= {*owed["touched_days"]}
        # What comes again finds its first, wherever it has gone.
        again = writer.write(events([view(SHOP, at) for at in instants]))
        assert all(getattr(outcome, "is_duplicate", False) for outcome in again)
        # And back again: UTC from the same day on.
        code, said = self.run(database, "set", SHOP, "--time-zone", "UTC", "--from", "2026-07-01")
        assert code == 0, said
        assert set(stored_days(connection).values()) == {at.date() for at in instants}
        assert not connection.execute("select from raw.property_zones").fetchall()

    def test_rows_that_stay_on_their_day_have_another_hour_there(
        self, connection: Connection, database: str, writer: Writer
    ) -> None:
        before, noon = (datetime(2026, 7, day, 12, tzinfo=UTC) for day in (1, 3))
        writer.write(events([view(SHOP, before), view(SHOP, noon), view(PLAIN, noon)]))
        code, said = self.run(
            database, "set", SHOP, "--time-zone", "Asia/Kathmandu", "--from", "2026-07-02"
        )
        assert code == 0, said
        assert said.splitlines()[0] == (
            f"Asia/Kathmandu cuts the days of {SHOP} from 2026-07-02 on; nothing that is stored was "
            "moved. The next build replaces the days from 2026-07-03 on"
        )
        [owed] = connection.execute("select touched_days from raw.erasures").fetchall()
        assert owed["touched_days"] == [date(2026, 7, 3), date(2026, 7, 4)]

    def test_closed_days_refuse(self, connection: Connection, database: str) -> None:
        connection.execute(
            "insert into raw.retention_purges (id, purged_before)"
            " values (gen_random_uuid(), '2026-06-30')"
        )
        code, said = self.run(
            database, "set", SHOP, "--time-zone", "Europe/Berlin", "--from", "2026-06-30"
        )
        assert code == 1
        assert "name a day from 2026-07-01 on" in said
        assert not connection.execute("select from raw.property_zones").fetchall()
        code, said = self.run(
            database, "set", SHOP, "--time-zone", "Europe/Berlin", "--from", "2026-07-01"
        )
        assert code == 0, said

    def test_names_and_options_that_mean_nothing(self, database: str) -> None:
        code, said = self.run(database, "set", SHOP, "--time-zone", "Berlin")
        assert code == 2
        assert "--time-zone" in said
        code, said = self.run(database, "set", SHOP, "--from", "2026-07-01")
        assert code == 2
        assert "name it by --time-zone" in said
        with pytest.raises(ZoneError, match="the database does not know"):
            set_time_zone(database, SHOP, "Europe/Atlantis")

    def test_a_writer_that_is_under_way_is_awaited_and_a_later_one_sees_it(
        self, connection: Connection, database: str, writer: Writer
    ) -> None:
        at = datetime(2026, 7, 1, 2, tzinfo=UTC)
        writer.write(events([view(SHOP, at, visitor="visitor-0002")]))
        began = Begun(database)
        began.transaction.execute("lock table only raw.events in row exclusive mode")
        done: list[Any] = []
        setting = threading.Thread(
            target=lambda: done.append(
                set_time_zone(database, SHOP, "America/New_York", date(2026, 7, 1))
            )
        )
        setting.start()
        waits = (
            "select from pg_locks where not granted and mode = 'ShareRowExclusiveLock'"
            " and relation = 'raw.events'::regclass"
        )
        wait_until(lambda: bool(connection.execute(waits).fetchall()), "nobody waits")
        assert not done
        # By the history that held when it began: the change moves it.
        began.write(events([view(SHOP, at)]))
        setting.join()
        assert done[0].events_moved == 2
        writer.write(events([view(SHOP, at, visitor="visitor-0003")]))
        days = connection.execute("select distinct occurred_on as day from raw.events").fetchall()
        assert days == [{"day": date(2026, 6, 30)}]

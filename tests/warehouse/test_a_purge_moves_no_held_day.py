"""What a held day counts does not hang on rows that a purge takes.

One history: a build, late events of the day before the horizon, a purge before anything counted
them, and two more builds. Each test looks at one part of what is left. Expected by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from ingest_app.enrichment.identity import visitor_id
from ingest_app.operations.discrepancy.check import compare_with_raw
from ingest_app.operations.purge import preview, purge
from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.captures import submit
from tests.support.citus import pass_grace
from tests.support.dbt import Dbt

pytestmark = pytest.mark.usefixtures("days_of_today")

TODAY = datetime.combine(datetime.now(UTC).date(), time(), UTC)
HELD = TODAY - timedelta(days=10)
CAPTURED = HELD + timedelta(days=2, hours=12)
SPRING = {"source": "news", "medium": "email", "campaign": "spring"}

Picture = dict[str, list[dict[str, Any]]]


def view(
    anon_id: str,
    at: datetime,
    property_id: str = "shop.example",
    utm: dict[str, str] | None = None,
) -> dict[str, Any]:
    body = {
        "anonId": anon_id,
        "eventType": "page_view",
        "path": f"/{at:%H:%M}",
        "timestamp": at.isoformat(),
        "traffic": {"propertyId": property_id},
    }
    return body if utm is None else body | {"utm": utm}


def held(hour: int, minute: int) -> datetime:
    """A time of the first held day, or of the day before it where the hour is negative."""
    return HELD + timedelta(hours=hour, minutes=minute)


BEFORE = [
    view("visitor-moved", held(0, 5), utm=SPRING),
    view("visitor-moved", held(0, 10)),
    view("visitor-known", held(-1, 40)),
    view("visitor-known", held(0, 2)),
    view("visitor-bridged", held(-1, 20)),
    view("visitor-bridged", held(0, 10)),
    view("visitor-lead", HELD - timedelta(days=5), "purged.example"),
    view("visitor-lead", HELD + timedelta(days=1), "shop.example"),
]
LATE = [
    # Ten minutes before the midnight, with the same campaign: the session begins here now.
    view("visitor-moved", held(-1, 50), utm=SPRING),
    # Nobody has counted this one at all.
    view("visitor-new", held(-1, 55), utm=SPRING),
    view("visitor-new", held(0, 3)),
    # Two sessions become one.
    view("visitor-bridged", held(-1, 45)),
]
AFTER = [
    view("visitor-known", held(0, 20)),
    view("visitor-moved", held(0, 15)),
    view("visitor-lead", held(9, 0), "late.example"),
    view("visitor-lead", CAPTURED, "moment.example"),
    view("visitor-lead", CAPTURED + timedelta(milliseconds=1), "after.example"),
]


@pytest.fixture(scope="module")
def told(database: str, writer: Writer, dbt: Dbt) -> dict[str, Picture]:
    """What the marts said at each step."""
    snapshots = {}
    writer.write(events(BEFORE))
    with psycopg.connect(database, autocommit=True) as connection:
        submit(connection, visitor_id("visitor-lead"), CAPTURED, is_first=True)
    pass_grace(database)
    dbt.build()
    snapshots["before"] = snapshot(database)
    assert not preview(database, older_than_days=10).is_held_back
    writer.write(events(LATE))
    assert_days_that_wait_are_kept(database)
    purge(database, older_than_days=10, even_uncounted=True)
    writer.write(events(AFTER))
    dbt.build()
    snapshots["purged"] = snapshot(database)
    days = f"rebuild_from: {HELD.date()}, rebuild_to: {TODAY.date()}"
    dbt.build("--full-refresh", "--vars", f"{{{days}}}")
    snapshots["rebuilt"] = snapshot(database)
    return snapshots


def assert_days_that_wait_are_kept(database: str) -> None:
    """The late events are of the day before the horizon that is asked for: it stops there."""
    kept_from = HELD.date() - timedelta(days=1)
    assert preview(database, older_than_days=10).purged_before == kept_from
    purged = purge(database, older_than_days=10)
    assert (purged.purged_before, purged.is_held_back) == (kept_from, True)
    with psycopg.connect(database) as connection:
        [(oldest,)] = connection.execute("select min(occurred_on) from raw.events").fetchall()
    assert oldest == kept_from
    foreseen = preview(database, older_than_days=10, even_uncounted=True)
    assert (foreseen.purged_before, foreseen.is_held_back) == (HELD.date(), False)


def snapshot(database: str) -> Picture:
    queries = {
        "sessions": "select visitor_id, day, started_at, ended_at, events, entry_path, utm_campaign"
        " from analytics.sessions order by visitor_id, day",
        "campaigns": "select day, utm_campaign, sessions, visitors, page_views"
        " from analytics.daily_campaigns order by day",
        "leads": "select property_id, day, new_leads from analytics.daily_new_leads order by 1",
        "rollups": "select property_id, new_leads from analytics.daily_metric_rollups"
        " where new_leads > 0 order by 1",
        "accepted": "select property_id, leads_accepted as new_leads"
        " from analytics.daily_ingest_rollups where leads_accepted > 0 order by 1",
    }
    with psycopg.connect(database, row_factory=dict_row) as connection:
        return {name: connection.execute(query).fetchall() for name, query in queries.items()}


def sessions(told: Picture, anon_id: str) -> list[tuple[Any, ...]]:
    identity = visitor_id(anon_id)
    return [tuple(row.values())[1:] for row in told["sessions"] if row["visitor_id"] == identity]


STEPS = ("purged", "rebuilt")


@pytest.mark.parametrize("step", STEPS)
def test_a_session_that_a_purged_event_moved_keeps_its_row(
    told: dict[str, Picture], step: str
) -> None:
    day = HELD.date()
    known = (day, held(0, 5), held(0, 10), 2, "/00:05", "spring")
    assert sessions(told["before"], "visitor-moved") == [known]
    # And goes on to count what comes.
    grown = (day, held(0, 5), held(0, 15), 3, "/00:05", "spring")
    assert sessions(told[step], "visitor-moved") == [grown]


@pytest.mark.parametrize("step", STEPS)
def test_a_session_of_whose_beginning_nobody_knew_is_counted_from_the_horizon(
    told: dict[str, Picture], step: str
) -> None:
    row = (HELD.date(), held(0, 3), held(0, 3), 1, "/00:03", "spring")
    assert sessions(told[step], "visitor-new") == [row]


@pytest.mark.parametrize("step", STEPS)
def test_a_session_with_a_row_before_the_horizon_gets_no_second(
    told: dict[str, Picture], step: str
) -> None:
    day = (HELD - timedelta(days=1)).date()
    known = (day, held(-1, 40), held(0, 2), 2, "/23:40", None)
    assert sessions(told["before"], "visitor-known") == [known]
    assert sessions(told[step], "visitor-known") == [known]
    # Two that became one are one, as they would be with all of raw.
    assert len(sessions(told["before"], "visitor-bridged")) == 2
    first = (day, held(-1, 20), held(-1, 20), 1, "/23:20", None)
    assert sessions(told[step], "visitor-bridged") == [first]


@pytest.mark.parametrize("step", STEPS)
def test_the_campaign_keeps_its_row(told: dict[str, Picture], step: str) -> None:
    def row(sessions: int, page_views: int) -> dict[str, Any]:
        return {
            "day": HELD.date(),
            "utm_campaign": "spring",
            "sessions": sessions,
            "visitors": sessions,
            "page_views": page_views,
        }

    assert told["before"]["campaigns"] == [row(1, 2)]
    assert told[step]["campaigns"] == [row(2, 4)]


@pytest.mark.parametrize("step", STEPS)
def test_a_capture_keeps_the_property_whose_events_are_purged(
    told: dict[str, Picture], step: str
) -> None:
    day = CAPTURED.date()

    def leads(*properties: str) -> list[dict[str, Any]]:
        return [
            {"property_id": property_id, "day": day, "new_leads": 1}
            for property_id in sorted(properties)
        ]

    been = ("purged.example", "shop.example")
    assert told["before"]["leads"] == leads("", *been)
    been = (*been, "late.example", "moment.example")
    assert told[step]["leads"] == leads("", *been)
    for mart in ("rollups", "accepted"):
        assert told[step][mart] == [
            {"property_id": property_id, "new_leads": 1} for property_id in sorted(been)
        ]


def test_the_discrepancy_check_finds_nothing(told: dict[str, Picture], database: str) -> None:
    assert told
    assert compare_with_raw(database, first=HELD.date(), last=TODAY.date()).differences == []

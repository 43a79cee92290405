"""Posts to a real server around the midnights of three zones: their days in raw, marts and the summary."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from click.testing import CliRunner

from ingest_app.cli import cli
from ingest_app.operations.discrepancy.check import compare_with_raw
from ingest_app.operations.discrepancy.stored_days import STORED_DAYS
from tests.support.dbt import Dbt
from tests.support.server import Server, serving

Connection = psycopg.Connection[dict[str, Any]]

ZONES = {
    "kathmandu.example": "Asia/Kathmandu",
    "kiritimati.example": "Pacific/Kiritimati",
    "pago.example": "Pacific/Pago_Pago",
    "plain.example": None,
}
# Of the two, at least one is on another day than UTC, whenever this runs.
FORMS = {"early.example": "Pacific/Kiritimati", "late.example": "Pacific/Pago_Pago"}
KEY = "a key of an administrator"
DAY = datetime.now(UTC).date() - timedelta(days=12)
# The first day of the zones: rows of before and after are stored by then.
SINCE = DAY - timedelta(days=1)
MOVING = "kiritimati.example"


def midnight(zone: str | None, day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone or "UTC")).astimezone(UTC)


def moments(zone: str | None) -> dict[date, list[datetime]]:
    """The last second of a local day, the first and the last of the next, and the first after it."""
    begin, end = midnight(zone, DAY), midnight(zone, DAY + timedelta(days=1))
    second = timedelta(seconds=1)
    return {
        DAY - timedelta(days=1): [begin - second],
        DAY: [begin, end - second],
        DAY + timedelta(days=1): [end],
    }


def post(server: Server, name: str, at: datetime, visitor: str) -> None:
    answer = server.post(
        {
            "anonId": visitor,
            "eventType": "page_view",
            "path": "/",
            "timestamp": at.isoformat(),
            "traffic": {"propertyId": name},
        }
    )
    assert answer.status == 202, answer.body


def send_form(server: Server, name: str) -> set[date]:
    """A form as of now; the days that it may be on, should this be a midnight."""
    zone = ZoneInfo(FORMS[name])
    before = datetime.now(zone).date()
    form = {"email": f"ada@{name}", "anonId": f"visitor-of-{name}", "propertyId": name, "path": "/"}
    answer = server.request(
        "POST", "/v1/leads/capture", json.dumps(form).encode(), Content_Type="application/json"
    )
    assert answer.status == 200, answer.body
    return {before, datetime.now(zone).date()}


def set_zone(database: str, name: str, *arguments: str) -> str:
    done = CliRunner().invoke(
        cli, ["property", "set", name, *arguments], env={"DATABASE_URL": database}
    )
    assert done.exit_code == 0, done.output
    return done.output


def counts(connection: Connection, query: str) -> Counter[tuple[str, date]]:
    return Counter(
        {
            (row["property_id"], row["day"]): row["n"]
            for row in connection.execute(query.encode())
            if row["property_id"] in ZONES
        }
    )


RAW = "select property_id, occurred_on as day, count(*) as n from raw.events group by 1, 2"
MARTS = {
    "rollup": "select property_id, day, total_page_views as n from analytics.daily_metric_rollups",
    "ledger": "select property_id, day, events_accepted as n from analytics.daily_ingest_rollups",
    "visitors": "select property_id, day, unique_visitors as n from analytics.daily_metric_rollups",
}
RETURNING = (
    "select property_id, day, returning_visitors as n from analytics.daily_metric_rollups",
    "select property_id, day, count(*) filter (where is_returning) as n from analytics.visitor_days"
    " group by property_id, day",
    "select property_id, day, sum(returning_visitors) as n from analytics.visitor_recency"
    " where property_id <> '' and dimension = '' group by property_id, day",
)
FORM_DAYS = (
    "select property_id, occurred_on as day from raw.events where event_type = 'form_submit'",
    "select property_id, submissions.occurred_on as day from raw.form_submissions as submissions"
    " inner join raw.submission_properties as properties"
    " on submissions.visitor_id = properties.visitor_id and submissions.id = submission_id",
    "select property_id, day from analytics.daily_metric_rollups where new_leads = 1",
    "select property_id, day from analytics.daily_new_leads where property_id <> '' and new_leads = 1",
)


def views_of_summary(server: Server, name: str) -> dict[date, int]:
    first, last = DAY - timedelta(days=2), DAY + timedelta(days=2)
    answer = server.request(
        "GET",
        f"/v1/metrics/summary?from={first}&to={last}&propertyId={name}",
        X_Admin_Key=KEY,
    )
    assert answer.status == 200, answer.body
    return {
        date.fromisoformat(row["day"]): row["pageViews"]
        for row in answer.body["trend"]
        if row["pageViews"]
    }


def misplaced(database: str) -> list[tuple[str, date, int, int]]:
    found = compare_with_raw(
        database, first=DAY - timedelta(days=5), last=DAY + timedelta(days=5), names=[STORED_DAYS]
    )
    assert found.compared == [STORED_DAYS]
    return [
        (str(one.property_id), one.day, one.rollup_value, one.raw_value)
        for one in found.differences
        if one.day is not None
    ]


@pytest.mark.usefixtures("clean_tables")
def test_raw_marts_and_summary_mean_the_day_of_the_property(
    connection: Connection, database: str, dbt: Dbt, data_dir: Path
) -> None:
    for name, zone in (ZONES | FORMS).items():
        if zone is not None and name != MOVING:
            set_zone(database, name, "--time-zone", zone, "--from", SINCE.isoformat())
    with serving(database, data_dir, ADMIN_API_KEYS=KEY, SUMMARY_CACHE_SECONDS="0") as server:
        expected: Counter[tuple[str, date]] = Counter()
        for name, zone in ZONES.items():
            for day, instants in moments(zone).items():
                for number, at in enumerate(instants):
                    # The first visitor of each day is one and the same.
                    post(server, name, at, f"visitor-{number}-of-{name}")
                expected[name, day] = len(instants)
        # 2, and not 1 and 1: the day is that of the property, and of UTC where it has none.
        assert expected["kathmandu.example", DAY] == 2
        by_utc = Counter(
            (MOVING, at.date()) for instants in moments(ZONES[MOVING]).values() for at in instants
        )
        others = Counter({key: n for key, n in expected.items() if key[0] != MOVING})
        assert counts(connection, RAW) == others + by_utc
        days_of_forms = {name: send_form(server, name) for name in FORMS}
        dbt.run_models()
        for query in FORM_DAYS:
            found = {row["property_id"]: row["day"] for row in connection.execute(query.encode())}
            assert found.keys() == days_of_forms.keys()
            assert all(day in days_of_forms[name] for name, day in found.items())
        assert counts(connection, MARTS["rollup"]) == others + by_utc

        # Set later for a day of before: rows move, and the next build moves their days.
        said = set_zone(
            database, MOVING, "--time-zone", "Pacific/Kiritimati", "--from", SINCE.isoformat()
        )
        assert "events and 0 rows of refusals were moved to their days" in said
        assert counts(connection, RAW) == expected
        # With its tests.
        dbt.build()
        for query in MARTS.values():
            assert +counts(connection, query) == expected
        came_back = Counter((name, DAY + timedelta(days=days)) for name in ZONES for days in (0, 1))
        for query in RETURNING:
            assert +counts(connection, query) == came_back
        for name, zone in ZONES.items():
            assert views_of_summary(server, name) == {
                day: len(instants) for day, instants in moments(zone).items()
            }
    assert misplaced(database) == []
    everything = compare_with_raw(
        database, first=DAY - timedelta(days=5), last=DAY + timedelta(days=20)
    )
    assert everything.differences == []
    # A zone that somebody writes into the table by hand moves nothing: the check says what is wrong.
    connection.execute(
        "insert into raw.property_zones values ('plain.example', %s, 'Asia/Tokyo')", (SINCE,)
    )
    days = [DAY + timedelta(days=number) for number in range(-1, 2)]
    # 23:59:59 UTC is the next day in Tokyo, twice.
    assert misplaced(database) == [
        ("plain.example", days[0], 1, 0),
        ("plain.example", days[1], 1, 1),
        ("plain.example", days[2], 0, 1),
    ]
    listed = CliRunner().invoke(cli, ["property", "list", "--json"], env={"DATABASE_URL": database})
    assert {one["propertyId"]: one["timeZone"] for one in json.loads(listed.output)} == {
        name: zone for name, zone in (ZONES | FORMS).items() if zone is not None
    }


SEEN = """
    with sights (property_id, day, seen_at) as (
        values
        ('berlin.example', '2026-03-29'::date, '2026-03-28 22:59:59+00'::timestamptz),
        ('berlin.example', '2026-03-29'::date, '2026-03-28 23:00:00+00'::timestamptz),
        ('berlin.example', '2026-02-01'::date, '2026-01-31 23:30:00+00'::timestamptz),
        ('berlin.example', '2026-07-01'::date, '2026-06-30 23:30:00+00'::timestamptz),
        ('elsewhere.example', '2026-03-29'::date, '2026-03-28 23:30:00+00'::timestamptz)
    )

    select
        to_char(seen_at, 'MM-DD HH24:MI') as seen,
        {{ seen_before('sights.seen_at', 'sights') }} as is_before,
        to_char({{ local_time('sights.seen_at') }}, 'MM-DD HH24:MI') as shown
    from sights
    {{ join_zones('sights') }}
    order by sights.property_id, sights.seen_at
"""


@pytest.mark.usefixtures("clean_tables")
def test_models_ask_the_zone_that_cuts_the_day(connection: Connection, dbt: Dbt) -> None:
    connection.execute(
        "insert into raw.property_zones values"
        " ('berlin.example', '2026-03-01', 'Europe/Berlin'), ('berlin.example', '2026-06-01', 'UTC')"
    )
    run = dbt.run("--quiet", "show", "--inline", SEEN, "--output", "json")
    assert run.is_success, run.output
    # UTC in February, Berlin in March, UTC again in July.
    assert json.loads(run.output[run.output.index("{") :])["show"] == [
        {"seen": "01-31 23:30", "is_before": True, "shown": "01-31 23:30"},
        {"seen": "03-28 22:59", "is_before": True, "shown": "03-28 23:59"},
        {"seen": "03-28 23:00", "is_before": False, "shown": "03-29 00:00"},
        {"seen": "06-30 23:30", "is_before": True, "shown": "06-30 23:30"},
        {"seen": "03-28 23:30", "is_before": True, "shown": "03-28 23:30"},
    ]

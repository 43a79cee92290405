"""A late event moves the day before of the next days with its values, and of no others.

The days are worked out by hand. Every mart is counted once more after each build.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.dbt import Dbt
from tests.support.recount import assert_marts_equal_recount

Connection = psycopg.Connection[dict[str, Any]]

pytestmark = pytest.mark.usefixtures("restored")
FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEARCH, SHARED = "https://www.google.com/", "https://www.facebook.com/"
LAST_TOUCHED = """
    select mart, day from analytics_state.rollup_touched_days
    where
        mart in ('visitor_recency', 'page_recency', 'visit_recency')
        and cutoff = (select max(cutoff) from analytics_state.rollup_touched_days)
"""


def came(
    visitor: str,
    day: int,
    *,
    referrer: str | None,
    path: str,
    device: str = "mobile",
    property_id: str = "shop.example",
) -> dict[str, Any]:
    return {
        "anonId": visitor,
        "eventType": "page_view",
        "path": path,
        "timestamp": (FIRST + timedelta(days=day)).isoformat(),
        "traffic": {"propertyId": property_id, "deviceType": device, "countryCode": "DE"},
    } | ({} if referrer is None else {"referrer": referrer})


# One who came five times; somebody else on each day, so that a day has more than one.
BEFORE = [
    came("visitor-0001", 1, referrer=SEARCH, path="/a"),
    came("visitor-0001", 3, referrer=None, path="/b"),
    came("visitor-0001", 5, referrer=SEARCH, path="/a"),
    came("visitor-0001", 7, referrer=SEARCH, path="/a"),
    came("visitor-0001", 9, referrer=SHARED, path="/c", device="bot"),
    *(came("visitor-0002", day, referrer=SEARCH, path="/a") for day in range(11)),
]
# By what comes late: days that marts of all visitors, of pages and of visits rebuild. Of visits these are
# all later ones of the visitor: what began them is known only once sessions are made anew.
CASES = {
    # On the 2nd by search: the next day at all is the 3rd, by search the 5th, as a bot the 9th.
    "a day between": (
        came("visitor-0001", 2, referrer=SEARCH, path="/a"),
        ({2, 3, 5, 9}, {2, 5}, {2, 3, 5, 7, 9}),
    ),
    # As a bot: the same days, for the device is one more value that nobody looks back to before the 9th.
    "a bot between": (
        came("visitor-0001", 2, referrer=SHARED, path="/c", device="bot"),
        ({2, 3, 9}, {2, 9}, {2, 3, 5, 7, 9}),
    ),
    # New on day 0: the 1st is returning now. To that the next by search looks back, and the 3rd.
    "one made older": (
        came("visitor-0001", 0, referrer=SHARED, path="/c"),
        ({0, 1, 3, 5, 9}, {0, 1, 5, 9}, {0, 1, 3, 5, 7, 9}),
    ),
    # On another property the next days are those of the first: all together look back.
    "another property": (
        came("visitor-0001", 6, referrer=None, path="/z", property_id="docs.example"),
        ({6, 7, 9}, {6}, {6, 7, 9}),
    ),
    # The session of the 9th is over now, which might have changed its visits.
    "after all others": (
        came("visitor-0001", 10, referrer=SEARCH, path="/a"),
        ({10}, {10}, {9, 10}),
    ),
}


@pytest.fixture(scope="module", autouse=True)
def history(database: str, writer: Writer, dbt: Dbt) -> None:
    writer.write(events(BEFORE))
    dbt.run_models()
    # Sessions that changed within the grace before a build are looked at once more.
    with psycopg.connect(database) as connection:
        connection.execute(
            "update raw.sessions set updated_at = (updated_at at time zone 'UTC' - interval '1 day') at time zone 'UTC'"
        )


def day_number(day: date) -> int:
    return (day - FIRST.date()).days


@pytest.mark.parametrize("case", CASES)
def test_the_next_days_with_its_values_are_made_anew(
    connection: Connection, writer: Writer, dbt: Dbt, case: str
) -> None:
    late, (recency, pages, visits) = CASES[case]
    writer.write(events([late]))
    dbt.run_models()
    touched: dict[str, set[int]] = {}
    for row in connection.execute(LAST_TOUCHED):
        touched.setdefault(row["mart"], set()).add(day_number(row["day"]))
    assert touched == {
        "visitor_recency": recency,
        "page_recency": pages,
        "visit_recency": visits,
    }
    assert_marts_equal_recount(connection)

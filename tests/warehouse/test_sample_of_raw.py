"""A target of one's own may see the last days of raw alone, and production never does."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.dbt import Dbt, dbt_process
from tests.support.visits import random_visit

DEV = ("--target", "dev")
SAMPLED = ("--vars", "{sample_days: 4}")
BY_DAY = """
    select property_id, {day}, {page_views} from {source}
    where {day} >= %s group by 1, 2 having {page_views} > 0 order by 1, 2
"""


def today() -> date:
    return datetime.now(UTC).date()


@pytest.fixture(scope="module")
def anna(database: str, writer: Writer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    """dbt of an analyst, on raw rows of ten days."""
    rng = random.Random(20261128)
    midnight = datetime(*today().timetuple()[:3], tzinfo=UTC)
    for number in range(60):
        day = midnight - timedelta(days=1 + number % 10)
        visitor = f"visitor-{rng.randrange(20):04}"
        writer.write(events(random_visit(rng, day=day, visitor=visitor, properties=("a.example",))))
    folder: Path = tmp_path_factory.mktemp("anna")
    # A process of its own: that of the other tests goes on with what it parsed for production.
    with pytest.MonkeyPatch.context() as patch, dbt_process() as process:
        patch.setenv("DEV_NAME", "anna")
        yield Dbt(database, folder, process)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--select", "+daily_pages", *SAMPLED), "sample_days is for --target dev"),
        (
            (*DEV, "--select", "+daily_pages", "--vars", "{sample_days: last}"),
            "a number from 1 on, and not 'last'",
        ),
        # Staging would be that of production, or of before.
        ((*DEV, "--select", "daily_pages", *SAMPLED), "the first build of a sample makes staging"),
    ],
)
def test_a_sample_that_cannot_be_is_refused(
    database: str, anna: Dbt, arguments: tuple[str, ...], message: str
) -> None:
    refused = anna.run("run", *arguments)
    assert not refused.is_success
    assert message in refused.output
    with psycopg.connect(database) as connection:
        built = connection.execute(
            "select count(*) from pg_class where relname = 'daily_pages'"
        ).fetchone()
    assert built == (0,)


def test_a_sample_is_the_last_days_and_stays_so(database: str, anna: Dbt) -> None:
    before = today()
    target = (*DEV, "--indirect-selection", "buildable", "--select", "+daily_pages")
    # Its data tests too: on the days of a sample, what was built equals raw.
    anna.build(*target, "+sessions", *SAMPLED)
    with psycopg.connect(database, autocommit=True) as connection:
        [first_day] = connection.execute("select held_from from dev_anna_state.raw_horizon")
        assert before - timedelta(days=3) <= first_day[0] <= today() - timedelta(days=3)
        raw = BY_DAY.format(
            day="occurred_on",
            page_views="count(*) filter (where event_type = 'page_view')",
            source="raw.events",
        )
        built = BY_DAY.format(day="day", page_views="sum(views)", source="dev_anna.daily_pages")
        expected = connection.execute(raw.encode(), first_day).fetchall()
        assert len(expected) in (2, 3, 4)
        everything = (date(1, 1, 1),)
        assert len(connection.execute(raw.encode(), everything).fetchall()) > len(expected)
        assert connection.execute(built.encode(), everything).fetchall() == expected
        assert connection.execute("select min(day) from dev_anna.sessions").fetchone() == first_day
        of_production = "select to_regclass('analytics.daily_pages')"
        assert connection.execute(of_production).fetchone() == (None,)

        # Whoever forgets to say it again has no other days.
        anna.run_models(*target)
        assert connection.execute(built.encode(), everything).fetchall() == expected
        horizon = connection.execute("select held_from from dev_anna_state.raw_horizon").fetchone()
        assert horizon == first_day

    earlier = anna.run("run", *target, "--vars", "{sample_days: 9}")
    assert not earlier.is_success
    assert f"what was built in dev_anna begins on {first_day[0]}" in earlier.output

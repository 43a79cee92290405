"""The badge is green when all that a page shows was compared with raw and is equal, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from playwright.sync_api import Page

from tests.support.browser import require_chromium
from tests.support.dashboard import LAST_WEEK, SHOP, rows_of
from tests.support.dbt import Dbt, DbtProcess

require_chromium()

FIRST, LAST = LAST_WEEK
ADDRESS = f"property={SHOP}&window=custom&from={FIRST}&to={LAST}"
# What the pages read, by hand.
SHOWN = {
    *("daily_metric_rollups", "daily_ingest_rollups", "rollup_reconciliation", "daily_new_leads"),
    *("visitor_recency", "daily_breakdowns", "daily_pages", "page_recency", "sessions"),
    *("daily_entry_sources", "visit_recency"),
    *(
        "daily_hours",
        "daily_web_vitals",
        "web_vital_distributions",
        "daily_funnel",
        "visitor_forms",
    ),
}


def badge(page: Page) -> str:
    page.goto(f"/dashboard/trust?{ADDRESS}")
    return page.locator(".badge").inner_text()


def marts(page: Page) -> dict[str, str]:
    """What the page says of each mart."""
    page.goto(f"/dashboard/trust?{ADDRESS}")
    page.get_by_text("Each mart").click()
    return {row[0]: row[1] for row in rows_of(page, "details")}


@contextmanager
def changed(database: str, change: str, back: str) -> Iterator[None]:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(change.encode())
        try:
            yield
        finally:
            connection.execute(back.encode())


def test_a_build_with_tests_vouches_for_every_mart_that_is_shown(plain: Page) -> None:
    assert badge(plain) == "Equal to raw"
    told = marts(plain)
    assert {name for name in told if not name.endswith("(not shown)")} == SHOWN
    assert {told[name] for name in SHOWN} == {"equal"}
    heading = plain.locator(".verdict h2").inner_text()
    assert heading == "Yes: all that is shown of these days equals raw"


def test_a_mart_that_was_written_since_is_not_known(plain: Page, built: str) -> None:
    move = "update analytics_state.rollup_watermarks set built_at = built_at {} interval '1 day'"
    for mart in sorted(SHOWN):
        of_mart = f" where mart = '{mart}'"
        with changed(built, move.format("+") + of_mart, move.format("-") + of_mart):
            assert badge(plain) == "Not all compared", mart
    # Others do not matter to what is shown.
    of_mart = " where mart = 'daily_campaigns'"
    with changed(built, move.format("+") + of_mart, move.format("-") + of_mart):
        assert badge(plain) == "Equal to raw"


def test_a_test_that_fails_turns_it_red_until_it_passes_again(
    plain: Page, built: str, tmp_path: Path, process: DbtProcess
) -> None:
    dbt = Dbt(built, tmp_path, process)
    with changed(
        built,
        "update analytics.daily_hours set page_views = page_views + 1",
        "update analytics.daily_hours set page_views = page_views - 1",
    ):
        run = dbt.run("test", "--select", "daily_hours")
        assert run.failed() == {"hours_equal_raw"}
        assert badge(plain) == "Differs from raw"
        told = marts(plain)
        assert {name: told[name] for name in SHOWN if told[name] != "equal"} == {
            "daily_hours": "different"
        }
        assert plain.locator(".verdict h2").inner_text() == "No: a mart differs from raw"
        assert "daily_hours" in plain.locator(".verdict").inner_text()
    # All tests of a mart vouch for it together. Of daily_pages another one does not run.
    forget = (
        "update analytics_state.rollup_watermarks set compared_at = {} where mart = 'daily_pages'"
    )
    with changed(built, forget.format("null"), forget.format("clock_timestamp()")):
        run = dbt.run("test", "--select", "daily_hours", "daily_pages_equal_raw")
        assert run.is_success
        assert run.statuses["daily_pages_equal_raw"] == "pass"
        told = marts(plain)
        assert (told["daily_hours"], told["daily_pages"]) == ("equal", "not compared")
    assert badge(plain) == "Equal to raw"

"""What the demo shows of the marts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from psycopg.errors import InvalidSchemaName, UndefinedTable
from psycopg.rows import dict_row
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ingest_app.cli.differences import differences_table
from ingest_app.database.connection import READ, connect
from ingest_app.operations.discrepancy.check import compare_with_raw

BIGGEST_PROPERTY = """
    select property_id
    from analytics.daily_ingest_rollups
    group by property_id
    order by sum(events_accepted) desc, property_id
    limit 1
"""

HAS_ROLLUPS = "select exists (select from analytics.daily_ingest_rollups)"

ROLLUPS = """
    select
        day,
        unique_visitors,
        returning_visitors,
        total_page_views,
        total_entrances,
        total_conversions,
        form_starts,
        form_submits,
        top_landing_paths -> 0 ->> 'path' as top_landing_path,
        p95_ttfb_ms,
        ingest.events_accepted,
        ingest.events_duplicate,
        ingest.events_rejected
    from analytics.daily_ingest_rollups as ingest
    left join analytics.daily_metric_rollups using (property_id, day)
    where property_id = %(property_id)s and day between %(first)s and %(last)s
    order by day
"""

TOTALS = """
    select
        sum(events_accepted) as accepted,
        sum(events_duplicate) as duplicate,
        sum(events_rejected) as rejected,
        min(day) as first_day,
        max(day) as last_day
    from analytics.daily_ingest_rollups
"""

# Heading, column of ROLLUPS. Two tables, so that each fits a terminal of 80 columns.
METRICS = (
    ("visitors", "unique_visitors"),
    ("returning", "returning_visitors"),
    ("page views", "total_page_views"),
    ("entrances", "total_entrances"),
    ("conversions", "total_conversions"),
    ("p95 TTFB", "p95_ttfb_ms"),
)
LEDGER = (
    ("accepted", "events_accepted"),
    ("duplicate", "events_duplicate"),
    ("rejected", "events_rejected"),
    ("form starts", "form_starts"),
    ("submits", "form_submits"),
    ("top landing path", "top_landing_path"),
)


def has_rollups(url: str) -> bool:
    """Whether a build has counted anything."""
    with connect(url, READ, name="footfall-demo") as connection:
        try:
            [(has_any,)] = connection.execute(HAS_ROLLUPS).fetchall()
        except (UndefinedTable, InvalidSchemaName):
            return False
    return bool(has_any)


def biggest_property(url: str) -> str:
    """The property with the most accepted events."""
    with connect(url, READ, name="footfall-demo") as connection:
        row = connection.execute(BIGGEST_PROPERTY).fetchone()
    return str(row[0]) if row else "unknown"


def show_rollups(console: Console, url: str, property_id: str, first: date, last: date) -> None:
    """Both daily rollups of one property, a line a day."""
    with (
        connect(url, READ, name="footfall-demo") as connection,
        connection.cursor(row_factory=dict_row) as rows,
    ):
        days = rows.execute(
            ROLLUPS, {"property_id": property_id, "first": first, "last": last}
        ).fetchall()
    for title, columns in (
        (f"{property_id}: people, by day (UTC)", METRICS),
        (f"{property_id}: what was received, by day (UTC)", LEDGER),
    ):
        of_day = [row for row in days if row[columns[0][1]] is not None]
        console.print(_table(title, columns, of_day), "")


def _table(title: str, columns: Sequence[tuple[str, str]], days: Sequence[dict[str, Any]]) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column("day", no_wrap=True)
    for heading, column in columns:
        is_text = column == "top_landing_path"
        table.add_column(
            heading,
            justify="left" if is_text else "right",
            no_wrap=True,
            overflow="ellipsis",
            max_width=20 if is_text else None,
        )
    for row in days:
        cells = [_cell(row[column], column) for _, column in columns]
        table.add_row(str(row["day"]), *cells)
    return table


def show_discrepancies(console: Console, url: str) -> bool:
    """The ledger in one line and the verdict over all days; true when they match."""
    with (
        connect(url, READ, name="footfall-demo") as connection,
        connection.cursor(row_factory=dict_row) as rows,
    ):
        totals = rows.execute(TOTALS).fetchone()
    if totals is None or totals["first_day"] is None:
        console.print("nothing was received")
        return True
    console.print(
        f"All properties: {totals['accepted']:,} accepted, {totals['duplicate']:,} duplicate, "
        f"{totals['rejected']:,} rejected."
    )
    found = compare_with_raw(url, first=totals["first_day"], last=totals["last_day"]).differences
    if found:
        console.print(f"[red]{len(found)} discrepancies[/red] between marts, reports and raw rows:")
        console.print(differences_table(found))
    else:
        console.print(
            f"[green]No discrepancy[/green]: marts and reports equal raw rows on every day from "
            f"{totals['first_day']} to {totals['last_day']}."
        )
    return not found


def _cell(value: object, column: str) -> str:
    if value is None:
        return "-"
    if not isinstance(value, int):
        return str(value)
    return f"{value:,} ms" if column.endswith("_ms") else f"{value:,}"

"""`footfall discrepancy`: rollups against raw rows."""

from __future__ import annotations

from datetime import datetime

import click
from psycopg import errors
from rich.console import Console
from rich.table import Table

from ingest_app.database import database_url
from ingest_app.discrepancy import Difference, find_differences
from ingest_app.settings import load_settings

DAY = click.DateTime(formats=["%Y-%m-%d"])
EXIT_DIFFERENCES = 2


@click.command()
@click.option("--from", "first", required=True, type=DAY, help="First day, YYYY-MM-DD (UTC).")
@click.option("--to", "last", required=True, type=DAY, help="Last day, YYYY-MM-DD (UTC).")
@click.option("--property-id", help="Only this property. Default: all.")
def discrepancy(first: datetime, last: datetime, property_id: str | None) -> int:
    """Compare the rollups with raw rows, day by day, and list each difference.

    Exit code 0: none. 2: differences, listed with both sides. 1: the check could not be made.
    """
    if first > last:
        raise click.UsageError(f"--from {first:%Y-%m-%d} lies after --to {last:%Y-%m-%d}")
    try:
        found = find_differences(
            database_url(load_settings()),
            first=first.date(),
            last=last.date(),
            property_id=property_id,
        )
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        raise click.ClickException(
            "there are no rollups to check: run `footfall up` and `dbt build` first"
        ) from None
    console = Console()
    scope = f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, {property_id or 'all properties'}"
    if not found:
        console.print(f"clean: rollups equal raw rows, {scope}")
        return 0
    console.print(f"{len(found)} differences, {scope}", soft_wrap=True)
    console.print(differences_table(found))
    if any(difference.received_after_build for difference in found):
        console.print("rows received after the last build are counted by the next `dbt build`")
    return EXIT_DIFFERENCES


def differences_table(found: list[Difference]) -> Table:
    """Both sides of each difference, for a person."""
    table = Table(box=None, pad_edge=False)
    table.add_column("day", no_wrap=True)
    table.add_column("property", overflow="fold")
    table.add_column("measure", no_wrap=True)
    for heading in ("rollup", "raw", "difference", "since build"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in found:
        table.add_row(
            row.day.isoformat(),
            row.property_id,
            row.measure,
            f"{row.rollup_value:,}",
            f"{row.raw_value:,}",
            f"{row.difference:+,}",
            f"{row.received_after_build:,}",
        )
    return table

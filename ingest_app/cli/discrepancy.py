"""`footfall discrepancy`: rollups against raw rows."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import click
from psycopg import errors
from rich.console import Console
from rich.table import Table

from ingest_app.database import database_at_hand
from ingest_app.discrepancy import Difference, find_differences
from ingest_app.settings import load_settings

DAY = click.DateTime(formats=["%Y-%m-%d"])
EXIT_DIFFERENCES = 2


@click.command()
@click.option("--from", "first", required=True, type=DAY, help="First day, YYYY-MM-DD (UTC).")
@click.option("--to", "last", required=True, type=DAY, help="Last day, YYYY-MM-DD (UTC).")
@click.option("--property-id", help="Only this property. Default: all.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
def discrepancy(first: datetime, last: datetime, property_id: str | None, as_json: bool) -> int:
    """Compare every measure of the daily rollups with raw rows, and list each difference.

    With --json: from, to, propertyId (null: all), isClean, and differences, each with day,
    propertyId, measure, rollupValue, rawValue, difference and receivedAfterBuild.

    Exit code 0: none. 2: differences, listed with both sides. 1: the check could not be made.
    """
    if first > last:
        raise click.UsageError(f"--from {first:%Y-%m-%d} lies after --to {last:%Y-%m-%d}")
    try:
        found = find_differences(
            database_at_hand(load_settings()),
            first=first.date(),
            last=last.date(),
            property_id=property_id,
        )
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        raise click.ClickException(
            "there are no rollups to check: run `footfall up` and `footfall dbt build` first"
        ) from None
    if as_json:
        click.echo(json.dumps(_report(found, first, last, property_id), ensure_ascii=False))
        return EXIT_DIFFERENCES if found else 0
    console = Console()
    scope = f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, {property_id or 'all properties'}"
    if not found:
        console.print(f"clean: rollups equal raw rows, {scope}")
        return 0
    console.print(f"{len(found)} differences, {scope}", soft_wrap=True)
    console.print(differences_table(found))
    if any(difference.received_after_build for difference in found):
        console.print(
            "rows received after the last build are counted by the next `footfall dbt build`"
        )
    return EXIT_DIFFERENCES


def _report(
    found: list[Difference], first: datetime, last: datetime, property_id: str | None
) -> dict[str, Any]:
    return {
        "from": first.date().isoformat(),
        "to": last.date().isoformat(),
        "propertyId": property_id,
        "isClean": not found,
        "differences": [
            {
                "day": row.day.isoformat(),
                "propertyId": row.property_id,
                "measure": row.measure,
                "rollupValue": _number(row.rollup_value),
                "rawValue": _number(row.raw_value),
                "difference": _number(row.difference),
                "receivedAfterBuild": _number(row.received_after_build),
            }
            for row in found
        ],
    }


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def differences_table(found: list[Difference]) -> Table:
    """Both sides of each difference, for a person."""
    table = Table(box=None, pad_edge=False)
    table.add_column("day", no_wrap=True)
    table.add_column("property", overflow="fold")
    table.add_column("measure", overflow="fold")
    for heading in ("rollup", "raw", "difference", "since build"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in found:
        table.add_row(
            row.day.isoformat(),
            row.property_id,
            row.measure,
            f"{_number(row.rollup_value):,}",
            f"{_number(row.raw_value):,}",
            f"{_number(row.difference):+,}",
            f"{_number(row.received_after_build):,}",
        )
    return table

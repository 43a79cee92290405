"""`footfall discrepancy`: marts and reports against raw rows."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import click
from psycopg import errors
from rich.console import Console
from rich.markup import escape

from ingest_app.cli.days import DAY
from ingest_app.cli.differences import differences_table, number
from ingest_app.database.address import database_at_hand
from ingest_app.operations.discrepancy.check import EVERYTHING, compare_with_raw
from ingest_app.operations.discrepancy.findings import Findings, NothingBuiltError
from ingest_app.settings import load_settings

EXIT_DIFFERENCES = 2


@click.command()
@click.option("--from", "first", required=True, type=DAY, help="First day, YYYY-MM-DD.")
@click.option("--to", "last", required=True, type=DAY, help="Last day, YYYY-MM-DD.")
@click.option("--property-id", help="Only this property. Default: all.")
@click.option(
    "--mart",
    "names",
    multiple=True,
    type=click.Choice(EVERYTHING),
    metavar="NAME",
    help="Only this mart, or report:summary and so on; may be repeated. Default: everything.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
def discrepancy(
    first: datetime, last: datetime, property_id: str | None, names: tuple[str, ...], as_json: bool
) -> int:
    """Compare marts and reports with raw rows.

    That is every mart and every figure of the reports, and each difference is listed. Days that raw
    no longer holds are left out, and rows that wait for the next build are not counted. With
    --json: from, to, propertyId (null: all), isClean, compared, leftOut (with the reason), and
    differences, each with mart, day, propertyId, key, measure, rollupValue, rawValue and difference
    (null of what is no number).

    Exit code 0: none. 2: differences, listed with both sides. 1: the check could not be made.
    """
    if first > last:
        raise click.UsageError(f"--from {first:%Y-%m-%d} lies after --to {last:%Y-%m-%d}")
    try:
        found = compare_with_raw(
            database_at_hand(load_settings()),
            first=first.date(),
            last=last.date(),
            property_id=property_id,
            names=names or EVERYTHING,
        )
    except (NothingBuiltError, errors.UndefinedTable, errors.InvalidSchemaName):
        raise click.ClickException(
            "there are no rollups to check: run `footfall up` and `footfall dbt build` first"
        ) from None
    if as_json:
        report = _report(found, first.date(), last.date(), property_id)
        click.echo(json.dumps(report, ensure_ascii=False, default=number))
        return EXIT_DIFFERENCES if found.differences else 0
    console = Console()
    scope = f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, {property_id or 'all properties'}"
    for name, reason in found.left_out.items():
        console.print(f"{name} is left out: {reason}", soft_wrap=True)
    if not found.differences:
        told = f"clean: {len(found.compared)} marts and reports equal raw rows, {scope}"
        console.print(escape(told), soft_wrap=True)
        return 0
    console.print(escape(f"{len(found.differences)} differences, {scope}"), soft_wrap=True)
    console.print(differences_table(found.differences))
    return EXIT_DIFFERENCES


def _report(found: Findings, first: date, last: date, property_id: str | None) -> dict[str, Any]:
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "propertyId": property_id,
        "isClean": not found.differences,
        "compared": found.compared,
        "leftOut": found.left_out,
        "differences": [
            {
                "mart": row.mart,
                "day": row.day and row.day.isoformat(),
                "propertyId": row.property_id,
                "key": row.key,
                "measure": row.measure,
                "rollupValue": row.rollup_value,
                "rawValue": row.raw_value,
                "difference": row.difference,
            }
            for row in found.differences
        ],
    }

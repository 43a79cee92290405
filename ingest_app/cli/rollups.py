"""`footfall rollups`: how far the marts are, and rebuilds of named days, both by dbt."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial

import click
from psycopg import errors
from rich.console import Console
from rich.progress import MofNCompleteColumn, TimeElapsedColumn
from rich.table import Table

from ingest_app.cli.days import DAY
from ingest_app.clients.display import bars
from ingest_app.database.address import database_at_hand
from ingest_app.database.connection import NO_RAW_TABLES, READ, connect
from ingest_app.database.ownership import refuse_what_others_own
from ingest_app.operations.rollups import DbtError, MartStatus, read_status, rebuild
from ingest_app.settings import load_settings

OLDEST_HELD_DAY = "select max(purged_before) from raw.retention_purges"
REBUILT = "models and tests"


@click.group()
def rollups() -> None:
    """Show how far the marts are, and rebuild named days."""


@rollups.command()
def status() -> int:
    """Show how far each mart is, and which days wait.

    Of each: received through when, how far behind, and which days the next build rebuilds.

    Exit code 0: every mart was built. 1: one was not, or dbt failed.
    """
    url = database_at_hand(load_settings())
    _held_from(url)
    try:
        marts = read_status(url)
    except DbtError as error:
        raise click.ClickException(str(error)) from None
    Console().print(status_table(marts))
    unbuilt = [mart.mart for mart in marts if mart.received_through is None]
    if unbuilt:
        click.echo(f"no build is known of {', '.join(unbuilt)}: run `footfall dbt build`", err=True)
    return 1 if unbuilt else 0


@rollups.command()
@click.option("--from", "first", required=True, type=DAY, help="First day, YYYY-MM-DD.")
@click.option("--to", "last", required=True, type=DAY, help="Last day, YYYY-MM-DD.")
def backfill(first: datetime, last: datetime) -> None:
    """Rebuild these days from raw rows, and those that wait. Other days stay as they are."""
    if first > last:
        raise click.UsageError(f"--from {first:%Y-%m-%d} lies after --to {last:%Y-%m-%d}")
    url = database_at_hand(load_settings())
    held_from = _held_from(url)
    if held_from is not None and first.date() < held_from:
        raise click.ClickException(
            f"raw rows before {held_from} were purged: --from {first:%Y-%m-%d} would lose the "
            "rollups of its days"
        )
    try:
        with bars(Console(), MofNCompleteColumn(), TimeElapsedColumn()) as show:
            show(REBUILT, 0, None)
            summary = rebuild(url, first.date(), last.date(), progress=partial(show, REBUILT))
    except DbtError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"rebuilt {first:%Y-%m-%d} to {last:%Y-%m-%d}: {summary}")


def _held_from(url: str) -> date | None:
    """The raw horizon; asked before dbt, whose own words for a database that is away are many."""
    try:
        with connect(url, READ, name="footfall-rollups") as connection:
            # dbt works on the marts with the rights of this role.
            refuse_what_others_own(connection)
            [(held_from,)] = connection.execute(OLDEST_HELD_DAY).fetchall()
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        raise click.ClickException(NO_RAW_TABLES) from None
    return held_from if isinstance(held_from, date) else None


def status_table(marts: list[MartStatus]) -> Table:
    """A line for each mart, no wider than a terminal of 80 columns."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("mart", no_wrap=True)
    # The heading wraps, and nothing else has to.
    table.add_column("received through (UTC)")
    table.add_column("behind", justify="right", no_wrap=True)
    table.add_column("days", justify="right", no_wrap=True)
    table.add_column("waiting", no_wrap=True)
    for mart in marts:
        days = mart.waiting_days
        table.add_row(
            mart.mart,
            *_reached(mart),
            str(len(days)) if mart.received_through or days else "",
            f"{days[0]} to {days[-1]}" if days else "",
        )
    return table


def _reached(mart: MartStatus) -> tuple[str, str]:
    if mart.received_through is None:
        return "not known" if mart.waiting_days else "never built", ""
    return f"{mart.received_through.astimezone(UTC):%Y-%m-%d %H:%M}", in_words(mart.lag)


def in_words(span: timedelta) -> str:
    """A span of time in its largest unit: 40 s, 12 min, 5 h, 3 days."""
    seconds = int(span.total_seconds())
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"

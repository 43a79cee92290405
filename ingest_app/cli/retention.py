"""`footfall purge` and `footfall erase`."""

from __future__ import annotations

import sqlite3
from functools import partial

import click
from psycopg import errors
from rich.console import Console
from rich.progress import TaskProgressColumn
from rich.table import Table

from ingest_app.cli.leads import erase_by_address, read_address
from ingest_app.clients.display import bars
from ingest_app.database.address import database_at_hand
from ingest_app.database.connection import NO_RAW_TABLES
from ingest_app.operations.erase import Erased, erase_visitor, finish_erasures
from ingest_app.operations.purge import Purged, PurgeError, preview
from ingest_app.operations.purge import purge as purge_raw
from ingest_app.settings import MAX_DAYS, load_settings
from ingest_app.store.spool import FOLDER_NAME

MIN_ANON_ID, MAX_ANON_ID = 8, 128


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@click.option(
    "--older-than-days",
    type=click.IntRange(1, MAX_DAYS),
    help="Keep today and so many UTC days before it. Default: FOOTFALL_RAW_RETENTION_DAYS.",
)
@click.option(
    "--even-uncounted",
    is_flag=True,
    help="Take days of which the next build has yet to count something, too: it never will.",
)
def purge(dry_run: bool, older_than_days: int | None, even_uncounted: bool) -> None:
    """Delete raw events that are too old.

    Then sessions and visitors that nothing refers to. Rollups stay as they are. Safe while events
    come in and builds run; one that was interrupted is run again. Days that wait for the next build
    are kept until a purge after it.
    """
    settings = load_settings()
    url = database_at_hand(settings)
    days = older_than_days or settings.raw_retention_days
    console = Console()
    try:
        if dry_run:
            found = preview(url, older_than_days=days, even_uncounted=even_uncounted)
        else:
            with bars(console, TaskProgressColumn()) as show:
                found = purge_raw(
                    url,
                    older_than_days=days,
                    even_uncounted=even_uncounted,
                    report=partial(show, total=1.0),
                )
    except PurgeError as error:
        raise click.ClickException(str(error)) from None
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        raise click.ClickException(NO_RAW_TABLES) from None
    verb = "would go" if dry_run else "gone"
    console.print(f"raw rows before {found.purged_before} (UTC), {verb}:", highlight=False)
    console.print(_purged_table(found))
    if found.is_held_back:
        click.echo(
            f"days from {found.purged_before} on are kept, because the next `footfall dbt build` has "
            "yet to count events of them: purge again after it"
        )


@click.command()
@click.option("--anon-id", help="The visitor's anonymous id, as the browser has it.")
@click.option(
    "--email",
    help="A lead's address, which goes with the words of its forms; - reads it from stdin.",
)
@click.option(
    "--finish",
    is_flag=True,
    help="Take whoever was erased out of the marts, as the role that owns them. A build does too.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(anon_id: str | None, email: str | None, finish: bool, yes: bool) -> None:
    """Delete all that is known of a visitor, or of a lead.

    The next `footfall dbt build` counts the days without them. Days whose raw events are purged
    keep their counts; there the visitor's id is replaced by one that is no one's: at once where the
    marts belong to the same role, else by `--finish` as the role that owns them, or by the next
    build. Of a visitor who is not known nothing is deleted, and that is no failure. Of a lead a
    keyed hash stays, by which its address is not taken again without express consent; every count
    stays, and its visitors are those of --anon-id.
    """
    if (anon_id is not None) + (email is not None) + finish != 1:
        raise click.UsageError("give --anon-id, --email or --finish, one of them")
    if email is not None:
        _erase_lead(email, yes=yes)
        return
    settings = load_settings()
    url = database_at_hand(settings)
    if anon_id is None:
        if waiting := finish_erasures(url):
            raise click.ClickException(
                f"{waiting} visitors are still in tables beside the marts that belong to others, "
                "or on which others have put triggers"
            )
        click.echo("no mart has a visitor who was erased")
        return
    anon_id = anon_id.strip()
    if not MIN_ANON_ID <= len(anon_id) <= MAX_ANON_ID:
        raise click.BadParameter(
            f"must have {MIN_ANON_ID} to {MAX_ANON_ID} characters, and has {len(anon_id)}",
            param_hint="--anon-id",
        )
    if not yes:
        click.confirm(
            "Delete this visitor's events, sessions and submissions for good?", abort=True
        )
    try:
        erased = erase_visitor(url, anon_id, spool_folder=settings.data_dir / FOLDER_NAME)
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        raise click.ClickException(NO_RAW_TABLES) from None
    except errors.InsufficientPrivilege as error:
        raise click.ClickException(
            f"{error.diag.message_primary}: erase as the owner of schema raw"
        ) from None
    except sqlite3.Error as error:
        raise click.ClickException(f"the spool does not answer: {error}") from None
    if erased.found_nothing:
        click.echo("nothing was found of this visitor")
    else:
        Console().print(_erased_table(erased))
    if erased.touched_days:
        click.echo(
            f"{len(erased.touched_days)} days are counted anew by the next `footfall dbt build`"
        )
    if erased.mart_owner:
        click.echo(
            f"the marts belong to {erased.mart_owner}: the id is taken out of them by the next "
            "`footfall dbt build`, or at once by `footfall erase --finish` as that role"
        )


def _erase_lead(email: str, *, yes: bool) -> None:
    address = read_address(email)
    if not yes:
        click.confirm("Delete this address and the words of its forms for good?", abort=True)
    erased = erase_by_address(address)
    if erased.found_nothing:
        click.echo("nothing was found of this address")
    else:
        Console().print(
            _counts({"leads": erased.leads, "submissions without words": erased.submissions})
        )


def _purged_table(purged: Purged) -> Table:
    return _counts(
        {
            "events": purged.events_deleted,
            "of them in whole months": f"{purged.partitions_dropped:,} dropped",
            "sessions": purged.sessions_deleted,
            "visitors": purged.visitors_deleted,
            "refusals, rows": purged.rejections_deleted,
            "duplicates, rows": purged.duplicates_deleted,
        }
    )


def _erased_table(erased: Erased) -> Table:
    return _counts(
        {
            "events": erased.events,
            "sessions": erased.sessions,
            "submissions": erased.form_submissions,
            "links to leads": erased.lead_identities,
            "events in the spool": erased.spooled,
            "mart rows under another id": "pending" if erased.mart_owner else erased.mart_rows or 0,
        }
    )


def _counts(rows: dict[str, int | str]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for name, count in rows.items():
        table.add_row(name, f"{count:,}" if isinstance(count, int) else count)
    return table

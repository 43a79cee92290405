"""`footfall share`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from html import escape
from urllib.parse import urlencode

import click
from psycopg import errors
from rich.console import Console
from rich.table import Column, Table

from ingest_app.cli.days import DAY
from ingest_app.cli.snippet import PLACEHOLDER, base_address
from ingest_app.database.address import database_at_hand
from ingest_app.enrichment.property_id import MAX_PROPERTY_ID_LENGTH
from ingest_app.operations.properties import show_property
from ingest_app.operations.share_links import (
    MAX_PASSWORD_LENGTH,
    MIN_PASSWORD_LENGTH,
    MadeLink,
    list_links,
    make_link,
    revoke_link,
)
from ingest_app.origins import normal_origin
from ingest_app.settings import load_settings

NO_TABLE = (
    "there is no table of share links: run `footfall up`, `footfall init-db` or `footfall upgrade`"
)


@click.group(invoke_without_command=True)
@click.option("--property", "property_id", help="The property to show, and no other.")
@click.option(
    "--password",
    "has_password",
    is_flag=True,
    help="Ask for a password, or read it from stdin; whoever opens the link has to know it.",
)
@click.option("--expires", type=DAY, help="The last day (UTC) on which it opens.")
@click.option(
    "--embed",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="An origin whose pages may show it in a frame, such as https://shop.example; repeatable.",
)
@click.option(
    "--url",
    default=PLACEHOLDER,
    help="The address under which people reach this app, such as https://stats.shop.example.",
)
@click.pass_context
def share(
    context: click.Context,
    property_id: str | None,
    has_password: bool,
    expires: datetime | None,
    origins: Sequence[str],
    url: str,
) -> None:
    """Make a link to one property for people without a key.

    As the owner of schema raw.
    """
    if context.invoked_subcommand is not None:
        return
    name = (property_id or "").strip()
    if not 1 <= len(name) <= MAX_PROPERTY_ID_LENGTH or "\x00" in name:
        raise click.ClickException(
            f"--property: say which, 1 to {MAX_PROPERTY_ID_LENGTH} characters"
        )
    if has_password and origins:
        raise click.ClickException(
            "--embed: a link with a password opens in no frame, where browsers keep no cookie of ours"
        )
    base = base_address(url)
    frame_origins = _origins(origins)
    expires_at = _end_of(expires)
    with _table_at_hand() as database:
        if other := show_property(database, name).alias_of:
            raise click.ClickException(
                f"--property: {name} is another name of {other}: share {other}"
            )
        made = make_link(
            database,
            name,
            password=_password() if has_password else None,
            frame_origins=frame_origins,
            expires_at=expires_at,
        )
    query = urlencode({"share": made.token})
    click.echo(f"{base}/?{query}")
    if frame_origins:
        click.echo("\nIn a page:\n")
        click.echo(
            f'<iframe src="{base}/embed?{query}" title="{escape(name)}" width="100%" height="900"></iframe>'
        )
    click.echo(
        f"\nWhoever has the address sees {name}. It is not shown again; `footfall share revoke {made.id}` "
        "ends it.",
        err=True,
    )
    if not made.has_events:
        click.echo(f"No event of {name} is in raw: is the name right?", err=True)
    if base == PLACEHOLDER:
        click.echo("HOST is the name under which people reach this app: say --url.", err=True)


@share.command("list")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def list_all(is_json: bool) -> None:
    """List every link that was made, without its address."""
    with _table_at_hand() as database:
        found = list_links(database)
    if is_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2, default=_as_text))
    elif not found:
        click.echo("no link was made")
    else:
        names = ("number", "property", "state", "password", "frames of", "made", "opens until")
        columns = (Column(name, overflow="fold") for name in names)
        table = Table(*columns, box=None, pad_edge=False)
        for one in found:
            table.add_row(*_cells(one))
        Console().print(table, highlight=False)


@share.command("revoke")
@click.argument("number", type=click.IntRange(min=1, max=2**31 - 1))
def revoke(number: int) -> None:
    """End a link, by its number in the list. Also for those who look at it now."""
    with _table_at_hand() as database:
        was_there = revoke_link(database, number)
    if not was_there:
        raise click.ClickException(f"there is no link {number}: see `footfall share list`")
    click.echo(f"link {number} opens nothing any more")


def _origins(texts: Sequence[str]) -> list[str]:
    try:
        origins = [normal_origin(text, may_end_in_slash=True) for text in texts]
    except ValueError as error:
        raise click.ClickException(f"--embed: {error}") from None
    if wrong := [one for one in origins if not one.startswith(("http://", "https://"))]:
        raise click.ClickException(f"--embed: {wrong[0]!r} is no origin of http or https")
    return list(dict.fromkeys(origins))


def _end_of(last_day: datetime | None) -> datetime | None:
    if last_day is None:
        return None
    if last_day.date() == date.max:
        raise click.ClickException(
            f"--expires: after {date.max} there is no day; take an earlier one, or leave it out"
        )
    end = last_day.replace(tzinfo=UTC) + timedelta(days=1)
    if end <= datetime.now(UTC):
        raise click.ClickException(
            f"--expires: {last_day:%Y-%m-%d} is over (UTC); take a later day"
        )
    return end


def _password() -> str:
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise click.ClickException(
            f"--password: must have {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters"
        )
    return str(password)


def _cells(one: MadeLink) -> list[str]:
    return [
        str(one.id),
        one.property_id,
        one.state,
        "yes" if one.has_password else "no",
        " ".join(one.frame_origins) or "none",
        f"{one.created_at:%Y-%m-%d}",
        f"{one.expires_at:%Y-%m-%d %H:%M}" if one.expires_at else "it is revoked",
    ]


def _as_text(value: datetime) -> str:
    return value.isoformat()


@contextmanager
def _table_at_hand() -> Iterator[str]:
    try:
        yield database_at_hand(load_settings())
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        raise click.ClickException(NO_TABLE) from None

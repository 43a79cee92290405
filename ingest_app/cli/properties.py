"""`footfall property`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

import click
from psycopg import errors
from rich.console import Console
from rich.progress import TaskProgressColumn
from rich.table import Table

from ingest_app.cli.days import DAY
from ingest_app.clients.display import bars
from ingest_app.database.address import database_at_hand
from ingest_app.enrichment.property_id import MAX_PROPERTY_ID_LENGTH
from ingest_app.operations.moves.command import move_property, preview_move
from ingest_app.operations.moves.found import Moved
from ingest_app.operations.moves.rules import MoveError
from ingest_app.operations.properties import (
    AliasError,
    Change,
    Property,
    change_property,
    list_properties,
    read_domains,
    read_hosts,
    read_parameters,
    show_property,
)
from ingest_app.operations.zones import ZoneChange, ZoneError, read_time_zone, set_time_zone
from ingest_app.settings import load_settings

EVERYWHERE = "everywhere"
NO_TABLE = (
    "there is no table of properties: run `footfall up`, `footfall init-db` or `footfall upgrade`"
)

as_json = click.option("--json", "is_json", is_flag=True, help="Print JSON.")


def _name(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= MAX_PROPERTY_ID_LENGTH or "\x00" in name:
        raise click.BadParameter(f"must have 1 to {MAX_PROPERTY_ID_LENGTH} characters")
    return name


def _list_by(read: Callable[[list[str]], list[str]]) -> Callable[..., list[str] | None]:
    def read_option(
        _context: click.Context, parameter: click.Parameter, text: str | None
    ) -> list[str] | None:
        if text is None:
            return None
        try:
            return read([named for part in text.split(",") if (named := part.strip())])
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint=parameter.opts[0]) from None

    return read_option


def _zone(_context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    try:
        return None if text is None else read_time_zone(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=parameter.opts[0]) from None


property_id = click.argument("property_id", callback=_name)


@click.group("property")
def properties() -> None:
    """Set, show, rename and merge properties.

    As the owner of schema raw. A property needs no setting: it is there once an event names it.
    """


@properties.command("list")
@as_json
def list_all(is_json: bool) -> None:
    """List properties with a setting or a former name."""
    with _table_at_hand() as url:
        found = list_properties(url)
    if is_json:
        click.echo(json.dumps([one.as_json() for one in found], indent=2))
    elif not found:
        click.echo("nothing is set for any property: each takes events from everywhere")
    else:
        table = Table(
            *("property", "takes events from", "days", "and", "set"), box=None, pad_edge=False
        )
        for one in found:
            at = one.updated_at.strftime("%Y-%m-%d %H:%M UTC") if one.updated_at else ""
            table.add_row(one.property_id, _sources(one), one.time_zone, "; ".join(_more(one)), at)
        Console().print(table, highlight=False)


@properties.command("show")
@property_id
@as_json
def show(property_id: str, is_json: bool) -> None:
    """Show what is set for one property, and the names it had."""
    with _table_at_hand() as url:
        _print(show_property(url, property_id), is_json)


@properties.command("set")
@property_id
@click.option(
    "--hosts",
    callback=_list_by(read_hosts),
    help="Hosts whose pages may send its events, with commas between; '' takes them away.",
)
@click.option(
    "--ignore-referrers",
    callback=_list_by(read_domains),
    help="Domains, with their subdomains, from which a return is no new source; '' takes them away.",
)
@click.option(
    "--keep-query",
    callback=_list_by(read_parameters),
    help="Parameters that make another page, '*' for all that track nobody; '' takes them away.",
)
@click.option(
    "--trailing-slash",
    type=click.Choice(["keep", "strip"]),
    help="Whether /a/ is another page than /a (keep, the default) or the same.",
)
@click.option(
    "--case",
    type=click.Choice(["keep", "lower"]),
    help="Whether /A is another page than /a (keep, the default) or the same.",
)
@click.option(
    "--fragment",
    type=click.Choice(["drop", "route"]),
    help="Whether #/a makes another page (route) or no fragment does (drop, the default).",
)
@click.option("--name", help="What people call it; '' takes the name away.")
@click.option(
    "--time-zone",
    callback=_zone,
    help="The zone that cuts its days, such as Europe/Berlin; UTC without one.",
)
@click.option(
    "--from",
    "from_day",
    type=DAY,
    help="With --time-zone: the first day that it cuts, YYYY-MM-DD. Rows that are stored move to their "
    "days. Without it, the first day that has not begun.",
)
@as_json
def change(
    property_id: str,
    name: str | None,
    time_zone: str | None,
    from_day: datetime | None,
    hosts: list[str] | None,
    ignore_referrers: list[str] | None,
    keep_query: list[str] | None,
    trailing_slash: str | None,
    case: str | None,
    fragment: str | None,
    is_json: bool,
) -> None:
    """Set what is named, and leave the rest as it is.

    With hosts, events from pages elsewhere are refused and counted, and referrers of the hosts are
    internal. Name each host, the one with www. too; ports and case do not matter. What concerns
    referrers and pages holds for events that arrive from then on. Running servers know it within
    seconds.
    """
    if from_day is not None and time_zone is None:
        raise click.UsageError("--from says from which day a zone holds: name it by --time-zone")
    if name is not None and (len(name) > MAX_PROPERTY_ID_LENGTH or "\x00" in name):
        raise click.BadParameter(
            f"must have at most {MAX_PROPERTY_ID_LENGTH} characters", param_hint="--name"
        )
    changed = Change(
        name=name,
        hosts=hosts,
        ignored_referrers=ignore_referrers,
        kept_query=keep_query,
        keeps_slash=_is(trailing_slash, "keep"),
        keeps_case=_is(case, "keep"),
        keeps_route=_is(fragment, "route"),
    )
    if changed == Change() and time_zone is None:
        raise click.UsageError("name what is to be set: --hosts, --keep-query or another option")
    try:
        with _table_at_hand() as url:
            if time_zone is not None:
                first = from_day and from_day.date()
                moved = set_time_zone(url, property_id, time_zone, first)
                click.echo(_done(property_id, time_zone, moved), err=is_json)
            if changed == Change():
                _print(show_property(url, property_id), is_json)
            else:
                _print(change_property(url, property_id, changed), is_json)
    except (AliasError, ZoneError) as error:
        raise click.ClickException(str(error)) from None


def _done(property_id: str, time_zone: str, done: ZoneChange) -> str:
    if done.from_day is None:
        return f"{time_zone} cuts the days of {property_id} already: nothing was changed"
    said = f"{time_zone} cuts the days of {property_id} from {done.from_day} on"
    moved = "nothing that is stored was moved"
    if done.first_moved is not None:
        moved = (
            f"{done.events_moved:,} events and {done.rejections_moved:,} rows of refusals were moved to "
            "their days"
        )
    if done.owed_from is None:
        return f"{said}; {moved}"
    return f"{said}; {moved}. The next build replaces the days from {done.owed_from} on"


old_name = click.argument("old", callback=_name)
new_name = click.argument("new", callback=_name)
dry_run = click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
yes = click.option("--yes", is_flag=True, help="Do not ask.")


@properties.command("rename")
@old_name
@new_name
@dry_run
@yes
@as_json
def rename(old: str, new: str, dry_run: bool, yes: bool, is_json: bool) -> None:
    """Give a property another name, in raw and in the marts.

    Nothing may be known of the new name. What still arrives under the old one counts for the new one
    from then on. Safe while events come in; not while a build runs. One that was interrupted is run
    again.
    """
    _move(old, new, is_merge=False, dry_run=dry_run, yes=yes, is_json=is_json)


@properties.command("merge")
@old_name
@new_name
@dry_run
@yes
@as_json
def merge(old: str, new: str, dry_run: bool, yes: bool, is_json: bool) -> None:
    """Make one property part of another, in raw and in the marts.

    The other one keeps its settings; where it is bound to hosts, it gets those of the first as well.
    What still arrives under the first name counts for the other from then on, and its days are cut by
    the zone of the other. Nothing can take the two apart again. Marts become one with the next build,
    on days that raw no longer holds too: there from what the marts keep of both. Safe while events come
    in; not while a build runs. One that was interrupted is run again.
    """
    _move(old, new, is_merge=True, dry_run=dry_run, yes=yes, is_json=is_json)


def _move(old: str, new: str, *, is_merge: bool, dry_run: bool, yes: bool, is_json: bool) -> None:
    question = f"Merge {old} into {new} for good?" if is_merge else f"Rename {old} to {new}?"
    try:
        with _table_at_hand() as url:
            if dry_run:
                moved = preview_move(url, old, new, is_merge=is_merge)
            else:
                if not yes:
                    _print_move(preview_move(url, old, new, is_merge=is_merge), is_done=False)
                    click.confirm(question, abort=True)
                with bars(Console(stderr=is_json), TaskProgressColumn()) as show:
                    moved = move_property(
                        url, old, new, is_merge=is_merge, report=partial(show, total=1.0)
                    )
    except MoveError as error:
        raise click.ClickException(str(error)) from None
    except errors.InsufficientPrivilege as error:
        raise click.ClickException(
            f"{error.diag.message_primary}: run this as the owner of schema raw"
        ) from None
    if is_json:
        click.echo(json.dumps(moved.as_json() | {"isDone": not dry_run}, indent=2))
    else:
        _print_move(moved, is_done=not dry_run)


def _print_move(moved: Moved, *, is_done: bool) -> None:
    verb = "have" if is_done else "would get"
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for name, count in moved.rows().items():
        table.add_row(name, f"{count:,}")
    click.echo(f"{verb} the name {moved.new} in place of {moved.old}:")
    Console().print(table, highlight=False)
    click.echo(f"{moved.days} days are counted anew by the next `footfall dbt build`")
    if moved.mart_owner:
        click.echo(
            f"the marts belong to {moved.mart_owner}: they get the name by the next "
            "`footfall dbt build` as that role"
        )
    elif moved.closed_days and moved.mart_rows is None:
        click.echo("which also gives the name to the days that marts alone know")


def _is(chosen: str | None, word: str) -> bool | None:
    return None if chosen is None else chosen == word


@contextmanager
def _table_at_hand() -> Iterator[str]:
    """The URL of the database; that it has no such table is told in words."""
    try:
        yield database_at_hand(load_settings())
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        raise click.ClickException(NO_TABLE) from None


def _print(one: Property, is_json: bool) -> None:
    if is_json:
        click.echo(json.dumps(one.as_json(), indent=2))
    else:
        if one.alias_of:
            click.echo(f"{one.property_id} is another name of {one.alias_of}, and counts for it")
            return
        click.echo(f"{one.property_id} takes events from {_sources(one)}")
        for zone in one.zones:
            click.echo(f"  has its days by {zone['timeZone']} from {zone['from']} on")
        for line in _more(one):
            click.echo(f"  {line}")


def _sources(one: Property) -> str:
    return ", ".join(one.hosts) or EVERYWHERE


def _more(one: Property) -> list[str]:
    said = [
        (one.name, f"is called {one.name}"),
        (one.aliases, f"also takes what arrives under {', '.join(one.aliases)}"),
        (one.ignored_referrers, f"sees through referrers of {', '.join(one.ignored_referrers)}"),
        (one.kept_query, f"keeps in its pages the parameters {', '.join(one.kept_query)}"),
        (not one.keeps_slash, "strips slashes at the end of its pages"),
        (not one.keeps_case, "has its pages in lower case"),
        (one.keeps_route, "keeps routes behind # in its pages"),
    ]
    return [text for is_set, text in said if is_set]

"""`footfall replay` and `footfall simulate`."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console

from ingest_app.clients.log_formats import FORMATS, Format, format_named
from ingest_app.clients.log_pattern import UnusableFormat
from ingest_app.clients.log_stream import UnreadableLog
from ingest_app.clients.runs import (
    DEFAULT_CONCURRENCY,
    DEFAULT_DAYS,
    DEFAULT_SEED,
    DEFAULT_VISITORS_PER_DAY,
    replay_log,
    run_simulation,
)
from ingest_app.clients.sender import SendError, SendReport, events_url
from ingest_app.enrichment.property_id import MAX_PROPERTY_ID_LENGTH

DEFAULT_URL = "http://127.0.0.1:8000"
HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def _endpoint(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    try:
        return events_url(value)
    except ValueError as error:
        raise click.BadParameter(f"{error}. Example: {DEFAULT_URL}") from error


def _host(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and HOST.fullmatch(value) is None:
        raise click.BadParameter(f"{value!r} is not a host name.")
    return value


def _property_id(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> str | None:
    if value is not None and not 1 <= len(value.strip()) <= MAX_PROPERTY_ID_LENGTH:
        raise click.BadParameter(f"a property has 1 to {MAX_PROPERTY_ID_LENGTH} characters.")
    return value


def _format(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> Format | None:
    try:
        return None if value is None else format_named(value)
    except UnusableFormat as error:
        raise click.BadParameter(f"{error}. Formats with a name: {', '.join(FORMATS)}.") from error


url_option = click.option(
    "--url",
    default=DEFAULT_URL,
    show_default=True,
    callback=_endpoint,
    help="The server's root, or the full URL of its events endpoint.",
)
concurrency_option = click.option(
    "--concurrency",
    type=click.IntRange(1, 256),
    default=DEFAULT_CONCURRENCY,
    show_default=True,
    help="How many requests are under way at the same time.",
)


@click.command()
@click.argument(
    "log",
    metavar="FILE.log",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
@url_option
@click.option(
    "--property-id", callback=_property_id, help="The property that the page views belong to."
)
@click.option(
    "--host",
    callback=_host,
    help="The Host header to send. Without --property-id the server takes the property from it.",
)
@click.option(
    "--query",
    metavar="NAMES",
    help="Parameters that stay in the path, as the snippet's data-query has them: page,q",
)
@click.option(
    "--format",
    "known",
    callback=_format,
    help="The log's format, where its first lines do not tell: a name, or nginx's log_format, "
    "Apache's LogFormat or the #Fields: line of a W3C log, as they stand there.",
)
@concurrency_option
@click.option("--limit", type=click.IntRange(min=1), help="Send at most this many page views.")
def replay(
    log: Path,
    url: str,
    property_id: str | None,
    host: str | None,
    query: str | None,
    known: Format | None,
    concurrency: int,
    limit: int | None,
) -> None:
    """Send the page views of a web server's access log.

    FILE.log is plain or compressed with gzip or zstd; `-` is the standard input. Its first lines
    tell the format: common, combined and what is built on them, JSON of Caddy, nginx, Traefik and
    clouds, IIS and the W3C extended format, load balancers (docs/replay.md has the list).

    Requests for pages become page views with their own time, address, referrer and user agent;
    images, scripts, feeds, errors and redirects are left out. Where the log names the site, that is
    the property. Sending the same file twice stores nothing twice.

    The server only believes the logged addresses when its FOOTFALL_TRUSTED_PROXIES names this
    machine, and only takes old events when its FOOTFALL_MAX_EVENT_AGE_DAYS reaches back that far.
    """
    try:
        report = replay_log(
            log,
            url=url,
            console=Console(),
            property_id=property_id,
            host=host,
            query=re.findall(r"[^\s,]+", query or ""),
            known=known,
            concurrency=concurrency,
            limit=limit,
        )
    except (SendError, UnreadableLog) as error:
        raise click.ClickException(str(error)) from error
    _finish(report)


@click.command()
@url_option
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=DEFAULT_DAYS,
    show_default=True,
    help="How many days of traffic.",
)
@click.option(
    "--visitors-per-day",
    type=click.IntRange(min=1),
    default=DEFAULT_VISITORS_PER_DAY,
    show_default=True,
    help="Visits on a working day, over all sites.",
)
@click.option(
    "--seed",
    type=int,
    default=DEFAULT_SEED,
    show_default=True,
    help="The same seed and last day give the same traffic, byte by byte.",
)
@click.option(
    "--last-day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day of the traffic, in UTC.  [default: yesterday]",
)
@concurrency_option
def simulate(
    url: str,
    days: int,
    visitors_per_day: int,
    seed: int,
    last_day: datetime | None,
    concurrency: int,
) -> None:
    """Send invented visitors of three sites.

    They come from searches, campaigns and links, on phones and desktops, return on other days, fill
    in forms, and report web vitals. Among them are bots, events that arrive days late, posts sent
    twice (duplicates) and a few that are wrong (rejected): all of that is meant to be there.

    The server only tells the visitors' addresses apart when its FOOTFALL_TRUSTED_PROXIES names this
    machine.
    """
    now = datetime.now(UTC)
    try:
        report = run_simulation(
            url=url,
            console=Console(),
            last_day=last_day.date() if last_day else _yesterday(now),
            days=days,
            visitors_per_day=visitors_per_day,
            seed=seed,
            until=now,
            concurrency=concurrency,
        )
    except SendError as error:
        raise click.ClickException(str(error)) from error
    _finish(report)


def _yesterday(now: datetime) -> date:
    return (now - timedelta(days=1)).date()


def _finish(report: SendReport) -> None:
    if report.failed:
        raise click.exceptions.Exit(1)

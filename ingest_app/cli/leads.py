"""`footfall lead` and `footfall leads`: what operators do with addresses."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
from psycopg import Connection, errors
from pydantic_core import to_json

from ingest_app.cli.days import DAY
from ingest_app.database.address import database_at_hand
from ingest_app.database.connection import NO_RAW_TABLES, WORK, connect
from ingest_app.leads.access import Purpose, record_access
from ingest_app.leads.address import address_hash, normal_address
from ingest_app.leads.erasure import ErasedLead, erase_lead
from ingest_app.leads.export import Filters, pages
from ingest_app.leads.links import Links
from ingest_app.settings import load_settings
from ingest_app.web.reports.csv_text import disarmed

COLUMNS = (
    *("leadId", "email", "consentStatus", "sourceChannel", "emailDomainClass", "firstCapturedAt"),
    *("lastCapturedAt", "forms", "properties", "payload", "unsubscribePath"),
)
CONSENTS = ("pending", "express", "implied", "withdrawn")
FIND_LEAD = "select id from raw.leads where email = %(email)s"


@click.group()
def lead() -> None:
    """Make the link of one lead, by its address."""


@click.group()
def leads() -> None:
    """Export leads with their addresses."""


@lead.command()
@click.argument("email")
@click.option(
    "--url",
    required=True,
    help="Where people reach the server, such as https://stats.shop.example.",
)
def link(email: str, url: str) -> None:
    """Print the signed link by which EMAIL unsubscribes.

    `-` reads the address from stdin. The link works for good, and as List-Unsubscribe with one
    click (RFC 8058).
    """
    links = Links(load_settings().pepper)
    address = read_address(email)
    with _raw() as connection:
        found = connection.execute(FIND_LEAD, {"email": address}).fetchone()
        if found is None:
            raise click.ClickException("there is no lead with this address")
        record_access(connection, Purpose.LINK, actor="footfall lead link", leads=1)
    click.echo(url.rstrip("/") + links.path(found[0]))


@leads.command()
@click.option("--property-id", help="With a submission that counts for this property.")
@click.option("--form", help="With a submission of this form.")
@click.option(
    "--day",
    type=DAY,
    help="With a submission on this day of its property.",
)
@click.option("--consent", type=click.Choice(CONSENTS), help="Whose consent is this now.")
def export(
    property_id: str | None, form: str | None, day: datetime | None, consent: str | None
) -> None:
    """Print leads with their addresses as CSV. Each export is written to raw.lead_accesses.

    Cells that a spreadsheet would run begin with an apostrophe.
    """
    links = Links(load_settings().pepper)
    filters = Filters(property_id, form, day.date() if day else None, consent)
    write = csv.writer(sys.stdout).writerow
    with _raw() as connection:
        write(COLUMNS)
        for page in pages(
            connection, filters, links, purpose=Purpose.EXPORT, actor="footfall leads export"
        ):
            for row in page:
                write([_cell(row[column]) for column in COLUMNS])


def erase_by_address(address: str) -> ErasedLead:
    """Erase the lead with this normalised address, as the owner of raw or as the app."""
    pepper = load_settings().pepper
    with _raw() as connection:
        return erase_lead(
            connection,
            address,
            email_hash=address_hash(pepper, address),
            actor="footfall erase",
        )


def read_address(email: str) -> str:
    """The normalised address; `-` reads it from stdin, so that no list of processes shows it."""
    if email == "-":
        is_person = sys.stdin.isatty()
        email = click.prompt("Address", err=True) if is_person else sys.stdin.readline()
    try:
        return normal_address(email)
    except ValueError as error:
        raise click.ClickException(f"the address {error}") from None


@contextmanager
def _raw() -> Iterator[Connection[Any]]:
    url = database_at_hand(load_settings())
    try:
        with connect(url, WORK, name="footfall-leads") as connection:
            yield connection
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        raise click.ClickException(NO_RAW_TABLES) from None


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        value = to_json(value).decode()
    elif isinstance(value, list):
        value = " ".join(value)
    elif isinstance(value, datetime):
        value = value.isoformat()
    return disarmed(value)

"""The `footfall` command. Every failure exits 1; 2 is kept for differences found.

`footfall dbt` exits as dbt does.
"""

from __future__ import annotations

import sys

import click
import psycopg

from ingest_app.cli.bi import bi
from ingest_app.cli.database import down, init_db, up, upgrade, url
from ingest_app.cli.dbt import dbt, env
from ingest_app.cli.demo import demo
from ingest_app.cli.discrepancy import discrepancy
from ingest_app.cli.leads import lead, leads
from ingest_app.cli.properties import properties
from ingest_app.cli.retention import erase, purge
from ingest_app.cli.rollups import rollups
from ingest_app.cli.serve import serve
from ingest_app.cli.settings import settings
from ingest_app.cli.share import share
from ingest_app.cli.snippet import snippet
from ingest_app.cli.status import status
from ingest_app.clients.commands import replay, simulate
from ingest_app.database.connection import LOCKED, READ_ONLY
from ingest_app.database.embedded import EmbeddedPostgresError
from ingest_app.database.ownership import OwnedByOthersError
from ingest_app.database.schema import SchemaError
from ingest_app.settings import SettingsError

EXPECTED_FAILURES = (
    SettingsError,
    EmbeddedPostgresError,
    SchemaError,
    OwnedByOthersError,
    psycopg.OperationalError,
    psycopg.errors.InsufficientPrivilege,
    OSError,
)
OTHER_VERSION = (
    "the database is not of this version: run `footfall upgrade`, as the owner of raw and as that of the "
    "marts"
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="footfall", prog_name="footfall")
def cli() -> None:
    """Warehouse-native web analytics: events in, reconciled rollups out.

    Without DATABASE_URL everything uses the embedded PostgreSQL of this folder.
    """


for command in (
    *(up, url, down, init_db, upgrade, serve, replay, simulate, demo),
    *(dbt, env, status, rollups, discrepancy, purge, erase, bi),
    *(lead, leads, properties, share, snippet, settings),
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; failures that a person can mend come as one message."""
    try:
        outcome = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(1)
    except psycopg.errors.LockNotAvailable:
        click.echo(f"footfall: {LOCKED}", err=True)
        sys.exit(1)
    except psycopg.errors.ReadOnlySqlTransaction:
        click.echo(f"footfall: {READ_ONLY}", err=True)
        sys.exit(1)
    except psycopg.errors.UndefinedColumn as error:
        click.echo(f"footfall: {OTHER_VERSION} ({error.diag.message_primary})", err=True)
        sys.exit(1)
    except EXPECTED_FAILURES as error:
        click.echo(f"footfall: {error}", err=True)
        sys.exit(1)
    sys.exit(outcome if isinstance(outcome, int) else 0)

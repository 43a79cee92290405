"""The `footfall` command. Every failure exits 1; 2 is kept for differences found.

`footfall dbt` exits as dbt does.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click
import psycopg

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
# The function of each command, in its file. Who reads all files takes twice as long to answer.
COMMANDS = {
    "bi": "ingest_app.cli.bi:bi",
    "dbt": "ingest_app.cli.dbt:dbt",
    "demo": "ingest_app.cli.demo:demo",
    "discrepancy": "ingest_app.cli.discrepancy:discrepancy",
    "down": "ingest_app.cli.database:down",
    "env": "ingest_app.cli.dbt:env",
    "erase": "ingest_app.cli.retention:erase",
    "init-db": "ingest_app.cli.database:init_db",
    "lead": "ingest_app.cli.leads:lead",
    "leads": "ingest_app.cli.leads:leads",
    "property": "ingest_app.cli.properties:properties",
    "purge": "ingest_app.cli.retention:purge",
    "replay": "ingest_app.clients.commands:replay",
    "rollups": "ingest_app.cli.rollups:rollups",
    "serve": "ingest_app.cli.serve:serve",
    "settings": "ingest_app.cli.settings:settings",
    "share": "ingest_app.cli.share:share",
    "simulate": "ingest_app.clients.commands:simulate",
    "snippet": "ingest_app.cli.snippet:snippet",
    "status": "ingest_app.cli.status:status",
    "up": "ingest_app.cli.database:up",
    "upgrade": "ingest_app.cli.database:upgrade",
    "url": "ingest_app.cli.database:url",
}


class CommandsOfFiles(click.Group):
    """Reads the file of a command once it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(
    cls=CommandsOfFiles,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="footfall", prog_name="footfall")
def cli() -> None:
    """Warehouse-native web analytics: events in, reconciled rollups out.

    Without DATABASE_URL everything uses the embedded PostgreSQL of this folder.
    """


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

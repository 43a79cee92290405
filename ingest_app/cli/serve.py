"""`footfall serve`: the app on a production server."""

from __future__ import annotations

import os
import signal
import socket
import sys
from importlib import import_module

import click
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.server import Server

from ingest_app.cli.database import ensure_database
from ingest_app.database.address import database_url
from ingest_app.database.connection import is_reachable
from ingest_app.metrics import share_between_workers
from ingest_app.settings import Settings, load_settings
from ingest_app.web.limits import check_storage
from ingest_app.web.logs import LOG_CONFIG

APP = "ingest_app.web.app"
HEADER_TIMEOUT_MS = 10_000
BACKLOG = 2048
# Connections that a worker holds at once; more of them wait in the backlog.
CONNECTIONS_A_WORKER = 2048


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port."
)
@click.option(
    "--workers",
    default=2,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Worker processes, about one for each core.",
)
def serve(host: str, port: int, workers: int) -> None:
    """Serve events, forms, reports and the dashboard. Ctrl-C stops it."""
    settings = load_settings()
    # A worker would say so with a traceback, and end.
    check_storage(settings)
    _ensure_database_or_spool(settings)
    _ = settings.pepper  # made before the workers, which then all read the same one
    _check_address(host, port)
    # A folder for each port: two servers may share a data folder.
    share_between_workers(settings.data_dir / "metrics" / str(port))
    if sys.stderr.isatty():
        click.echo(f"listening on http://{host}:{port}  (stop with Ctrl-C)", err=True)
    # Before the workers are forked: they share what is loaded.
    import_module(APP)
    os.register_at_fork(after_in_child=_end_when_told)
    server = Server(
        f"{APP}:create_server_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        # HTTP/2 has no bound on idle connections here, and its preface none on a silent one.
        http=HTTPModes.http1,
        workers=workers,
        # Also how long a connection may idle between two requests.
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS),
        backlog=BACKLOG,
        backpressure=CONNECTIONS_A_WORKER,
        workers_kill_timeout=10,
        respawn_failed_workers=True,
        log_access=False,
        log_dictconfig=LOG_CONFIG,
        websockets=False,
    )
    server.serve()


def _end_when_told() -> None:
    # Until it listens and has handlers of its own, a worker has those of its parent, which would only note
    # the signal: it would be waited for, and killed.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _ensure_database_or_spool(settings: Settings) -> None:
    # A server that answers and refuses us is a mistake to stop for; one that is away is not.
    if settings.database_url is not None and not is_reachable(database_url(settings)):
        click.echo("the database does not answer: events are spooled until it does", err=True)
        return
    ensure_database(settings, may_be_newer=True)


def _check_address(host: str, port: int) -> None:
    # The server would say so from inside a worker, with a traceback.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(f"cannot listen on {host}:{port}: {error}") from None

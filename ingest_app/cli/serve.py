"""`footfall serve`: the app on a production WSGI server."""

from __future__ import annotations

import socket

import click
from granian.constants import Interfaces
from granian.server import Server

from ingest_app import POOL_SIZE
from ingest_app.cli.database import ensure_database
from ingest_app.settings import load_settings


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
    """Serve POST /v1/events until interrupted."""
    settings = load_settings()
    ensure_database(settings)
    _ = settings.pepper  # made before the workers, which then all read the same one
    _check_address(host, port)
    click.echo(f"listening on http://{host}:{port}  (stop with Ctrl-C)", err=True)
    server = Server(
        "ingest_app:create_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=POOL_SIZE,
        workers_kill_timeout=10,
        respawn_failed_workers=True,
        log_access=False,
        websockets=False,
    )
    server.serve()


def _check_address(host: str, port: int) -> None:
    # The server would say so from inside a worker, with a traceback.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(f"cannot listen on {host}:{port}: {error}") from None

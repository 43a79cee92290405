"""`footfall demo`: the whole way of an event, once, on this machine."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import urllib3
from rich.console import Console

from ingest_app.cli.database import ensure_database
from ingest_app.cli.demo_report import (
    biggest_property,
    has_rollups,
    show_discrepancies,
    show_rollups,
)
from ingest_app.cli.serve import serve
from ingest_app.cli.settings import without_password
from ingest_app.clients.log_stream import UnreadableLog
from ingest_app.clients.runs import replay_log, run_simulation
from ingest_app.clients.sender import SendError
from ingest_app.database.address import database_url
from ingest_app.database.embedded import free_port
from ingest_app.operations.rollups import dbt_environment
from ingest_app.settings import ENV_PREFIX, Settings, load_settings

# A week, and the one before it to compare with.
SIMULATED_DAYS = 14
VISITORS_A_DAY = 220
SHOWN_DAYS = 7
# The replayed log may be of any age; the demo's server is told to take it.
ANY_AGE_DAYS = 36_500
START_SECONDS = 30
PORT = 8000
LOG_PROPERTY = "access-log"


@click.command()
@click.option(
    "--log",
    type=click.Path(path_type=Path),
    help="A web server log, to be replayed as page views.",
)
@click.option("--seed", default=7, show_default=True, help="Seed of the simulated visitors.")
@click.option("--yes", is_flag=True, help="Do not ask before traffic goes to DATABASE_URL.")
@click.option(
    "--serve",
    "is_served",
    is_flag=True,
    help="Open the dashboard on its data, until interrupted. Where there are rollups already, do "
    "nothing else.",
)
@click.pass_context
def demo(context: click.Context, log: Path | None, seed: int, yes: bool, is_served: bool) -> None:
    """Show the whole way of an event, once, on this machine.

    Starts everything, sends traffic over HTTP, runs dbt build, and shows the rollups.
    """
    console = Console()
    settings = load_settings()
    if not is_served or not _is_made(settings):
        _demonstrate(console, settings, log=log, seed=seed, yes=yes)
    if is_served:
        _serve(context, console, settings)


def _is_made(settings: Settings) -> bool:
    if settings.database_url is None:
        ensure_database(settings)
    return has_rollups(database_url(settings))


def _demonstrate(
    console: Console, settings: Settings, *, log: Path | None, seed: int, yes: bool
) -> None:
    if settings.database_url is not None and not yes:
        _ask(without_password(settings.database_url.get_secret_value()))
    started = time.monotonic()

    console.rule("[bold]1  The database", align="left")
    database = ensure_database(settings)
    console.print(f"PostgreSQL is up: {without_password(database)}", highlight=False)

    console.rule("[bold]2  Traffic through POST /v1/events", align="left")
    last_day = datetime.now(UTC).date() - timedelta(days=1)
    with _server(settings) as url:
        if settings.ip_hash_pepper is None:
            console.print(f"The demo made a pepper of its own: {settings.data_dir}/ip_hash_pepper")
        _send_traffic(console, url, log=log, last_day=last_day, seed=seed)

    console.rule("[bold]3  dbt build", align="left")
    _dbt_build(console, settings, database)

    console.rule("[bold]4  The rollups", align="left")
    first_day = last_day - timedelta(days=SHOWN_DAYS - 1)
    show_rollups(console, database, biggest_property(database), first_day, date.max)
    if log is not None:
        show_rollups(console, database, LOG_PROPERTY, date.min, date.max)
    clean = show_discrepancies(console, database)

    console.rule("[bold]5  Where to go from here", align="left")
    console.print(_next_steps(settings), highlight=False)
    console.print(f"The demo took {time.monotonic() - started:.0f} seconds.")
    console.print("[bold]Look at it:[/bold]  footfall demo --serve", highlight=False)
    console.print(_address_and_key(settings, PORT), highlight=False, soft_wrap=True)
    if not clean:
        sys.exit(2)


def _ask(database: str) -> None:
    try:
        is_meant = click.confirm(
            f"DATABASE_URL is set. Write simulated visitors into {database}?", err=True
        )
    except click.Abort:
        # Nobody is there to answer.
        is_meant = False
    if not is_meant:
        raise click.ClickException(
            "nothing was sent. --yes does not ask; without DATABASE_URL the demo has a database "
            "of its own"
        )


def _send_traffic(
    console: Console, url: str, *, log: Path | None, last_day: date, seed: int
) -> None:
    try:
        if log is not None:
            console.print(f"Real requests, from {log}, as the property {LOG_PROPERTY}:")
            replay_log(log, url=url, console=console, property_id=LOG_PROPERTY)
        console.print(
            f"[bold]Simulated[/bold] visitors of {SIMULATED_DAYS} days (seed {seed}), among them "
            "late events, retries and a few invalid posts:"
        )
        run_simulation(
            url=url,
            console=console,
            last_day=last_day,
            days=SIMULATED_DAYS,
            visitors_per_day=VISITORS_A_DAY,
            seed=seed,
        )
    except (SendError, UnreadableLog) as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _server(settings: Settings) -> Iterator[str]:
    """The app as a process of its own, as `footfall serve` runs it."""
    port = free_port(PORT)
    url = f"http://127.0.0.1:{port}"
    log = settings.data_dir / "demo-server.log"
    environment = {
        **os.environ,
        f"{ENV_PREFIX}TRUSTED_PROXIES": "127.0.0.1",
        f"{ENV_PREFIX}RATE_LIMITS_ENABLED": "false",
        f"{ENV_PREFIX}MAX_EVENT_AGE_DAYS": str(ANY_AGE_DAYS),
    }
    if settings.ip_hash_pepper is None:
        environment[f"{ENV_PREFIX}IP_HASH_PEPPER"] = settings.own_pepper().decode()
    command = [sys.executable, "-m", "ingest_app", "serve", "--port", str(port)]
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        server = subprocess.Popen(  # noqa: S603
            command, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_alive(server, url, log)
            yield url
        finally:
            server.terminate()
            server.wait(timeout=START_SECONDS)


def _wait_until_alive(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib3.request("GET", f"{url}/v1/healthz", retries=False, timeout=1)
        except urllib3.exceptions.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise click.ClickException(
        f"the server did not start; the end of {log}:\n{log.read_text(errors='replace')[-2000:]}"
    )


def _dbt_build(console: Console, settings: Settings, database: str) -> None:
    log = settings.data_dir / "demo-dbt.log"
    dbt = Path(sys.executable).with_name("dbt")
    began = time.monotonic()
    with console.status("building and testing the models"), log.open("w") as output:
        done = subprocess.run(  # noqa: S603
            [dbt, "--no-use-colors", "build"],
            env=os.environ | dbt_environment(database),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    lines = log.read_text(errors="replace").splitlines()
    if done.returncode != 0:
        console.print("\n".join(lines[-40:]), markup=False, highlight=False)
        raise click.ClickException(f"dbt build failed; all of its output is in {log}")
    outcome = next((line for line in reversed(lines) if "PASS=" in line), "")
    console.print(
        f"{outcome.partition('Done. ')[2]} in {time.monotonic() - began:.0f} s",
        highlight=False,
    )


def _serve(context: click.Context, console: Console, settings: Settings) -> None:
    port = free_port(PORT)
    console.print(_address_and_key(settings, port), highlight=False, soft_wrap=True)
    console.print("Ctrl-C stops it.")
    # Workers read their settings from the environment, as those of any server.
    if not settings.admin_api_keys:
        os.environ[f"{ENV_PREFIX}ADMIN_API_KEYS"] = _own_key(settings)
    if settings.ip_hash_pepper is None:
        os.environ[f"{ENV_PREFIX}IP_HASH_PEPPER"] = settings.own_pepper().decode()
    context.invoke(serve, host="127.0.0.1", port=port, workers=1)


def _address_and_key(settings: Settings, port: int) -> str:
    key = "one of your keys" if settings.admin_api_keys else f"the key {_own_key(settings)}"
    return f"Open http://127.0.0.1:{port}/ and sign in with {key}"


def _own_key(settings: Settings) -> str:
    """A key made once and kept, so that what the demo printed opens the next server too."""
    kept = settings.data_dir / "demo_key"
    if not kept.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(18))
    return kept.read_text().strip()


def _next_steps(settings: Settings) -> str:
    lines = [
        'Ask it anything:      psql "$(footfall url)"',
    ]
    if settings.database_url is None:
        lines.append("Click around a shop:  footfall serve --port 8000   and then open")
        lines.append("                      http://127.0.0.1:8000/demo   to see its events arrive")
        lines.append(
            "Connect a BI tool:    footfall url --bi   prints user, password, host and port;"
        )
        lines.append("                      read analytics_bi and analytics: docs/bi.md")
        lines.append("Stop the database:    footfall down   (its data stay in .footfall)")
    lines += [
        "Serve:                footfall serve --port 8000",
        "Build again:          footfall dbt build",
        "Check the numbers:    footfall discrepancy --from YYYY-MM-DD --to YYYY-MM-DD",
        "(footfall, dbt and psql are in .venv/bin:  source .venv/bin/activate)",
    ]
    return "\n".join(lines)

"""dbt and every command meet the database of their own folder, or stop and say what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from ingest_app.database.embedded import EmbeddedPostgres, binaries
from ingest_app.settings import PROJECT_FOLDER
from tests.support.dbt import DbtProcess, Run, dbt_process
from tests.support.ports import new_port

# Nothing listens to port 1.
UNREACHABLE = "postgresql://footfall:secret@127.0.0.1:1/footfall"
DAYS = ("--from", "2026-01-01", "--to", "2026-01-31")
ODD = 'it\'s $HOME `id` \\ "quoted" %s\n{{ 1 }} ü'


def without_ours(**variables: str) -> dict[str, str]:
    """The environment, with these variables and no others that say where a database is."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name != "DATABASE_URL" and not name.startswith(("FOOTFALL_", "PG", "DBT_"))
    }
    return inherited | variables


def run(
    *command: str | Path, folder: Path | None = None, stdin: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command],
        cwd=folder or PROJECT_FOLDER,
        env=without_ours(**variables),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def footfall(*arguments: str, **options: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "ingest_app", *arguments, **options)


@pytest.fixture(scope="module")
def other() -> Iterator[EmbeddedPostgres]:
    """The embedded database of another project."""
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as name:
        server = EmbeddedPostgres(Path(name) / "postgres", new_port())
        server.up()
        yield server
        server.down()


@pytest.fixture(scope="module")
def project(other: EmbeddedPostgres) -> Iterator[Path]:
    """A folder with the profile and a running database of its own, whose port another one has."""
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as name:
        folder = Path(name)
        shutil.copy(PROJECT_FOLDER / "profiles.yml", folder)
        server = EmbeddedPostgres(folder / ".footfall" / "postgres", other.port)
        server.up()
        yield folder
        server.down()


def stopped(folder: Path, port: int) -> Path:
    """What a database leaves of itself that was up at this port and is not."""
    place = folder / ".footfall" / "postgres"
    (place / "run footfall up").mkdir(parents=True, exist_ok=True)
    (place / "port").write_text(f"{port}\n")
    (place / "password").write_text("another\n")
    return folder / ".footfall"


@pytest.fixture(scope="module")
def process() -> Iterator[DbtProcess]:
    with dbt_process() as one:
        yield one


def debug(process: DbtProcess, profiles: Path | str, **variables: str) -> Run:
    """Whether dbt connects, and what it says of that."""
    command = ["--no-use-colors", "debug", "--profiles-dir", str(profiles)]
    with tempfile.TemporaryDirectory() as logs:
        return process.run(command, without_ours(DBT_LOG_PATH=logs, **variables))


class TestABareDbt:
    def test_finds_the_database_of_its_folder_whatever_its_port(
        self, process: DbtProcess, project: Path, other: EmbeddedPostgres
    ) -> None:
        server = EmbeddedPostgres(project / ".footfall" / "postgres", other.port)
        assert server.port != other.port
        before = logins(server), logins(other)
        # The shell knows the other port, and was in another folder when it was asked last.
        shell = {"FOOTFALL_DB_PORT": str(other.port), "DATABASE_URL": " ", "PWD": "/"}
        for profiles in (project, os.path.relpath(project, PROJECT_FOLDER)):
            run = debug(process, profiles, **shell)
            assert run.is_success, run.output
        assert (logins(server) - before[0] > 0, logins(other) - before[1]) == (True, 0)

    def test_finds_the_data_folder_of_the_environment(
        self, process: DbtProcess, project: Path, tmp_path: Path
    ) -> None:
        shutil.copy(PROJECT_FOLDER / "profiles.yml", tmp_path)
        data = project / ".footfall"
        for folder in (str(data), os.path.relpath(data, PROJECT_FOLDER)):
            run = debug(process, tmp_path, FOOTFALL_DATA_DIR=folder)
            assert run.is_success, run.output

    def test_says_how_to_start_one_that_is_stopped(
        self, process: DbtProcess, other: EmbeddedPostgres
    ) -> None:
        # Not pytest's own folder, whose path is longer than that of a socket may be.
        with tempfile.TemporaryDirectory(prefix="footfall-test-") as name:
            shutil.copy(PROJECT_FOLDER / "profiles.yml", name)
            for _ in range(2):
                run = debug(process, name, FOOTFALL_DB_PORT=str(other.port))
                assert not run.is_success
                assert "run footfall up" in run.output
                stopped(Path(name), other.port)

    @pytest.mark.parametrize(
        ("variables", "told"),
        [
            ({"DATABASE_URL": UNREACHABLE}, "run `footfall dbt`"),
            ({"DATABASE_URL": UNREACHABLE, "PGUSER": "ana"}, 'eval "$(footfall env)"'),
            ({"PGHOSTADDR": "127.0.0.1"}, "PGHOST. PGHOSTADDR"),
            ({"PGSERVICE": "web"}, "PGHOST. PGHOSTADDR and PGSERVICE"),
            ({"PGHOST": "127.0.0.1"}, "'PGUSER'"),
            ({"PGHOST": "127.0.0.1", "PGUSER": "ana"}, "'PGDATABASE'"),
            ({"FOOTFALL_DATA_DIR": f"/{'long' * 20}"}, "run `footfall dbt`"),
        ],
    )
    def test_stops_with_a_word_where_it_is_not_told_where(
        self, process: DbtProcess, project: Path, variables: dict[str, str], told: str
    ) -> None:
        run = debug(process, project, **variables)
        assert not run.is_success
        assert told in run.output
        assert "connection ok" not in run.output

    def test_goes_where_the_standard_variables_point(
        self, process: DbtProcess, project: Path, other: EmbeddedPostgres
    ) -> None:
        before = logins(other)
        told = footfall("env", DATABASE_URL=other.url).stdout.splitlines()
        variables = dict(line.removeprefix("export ").split("=", 1) for line in told)
        run = debug(process, project, DATABASE_URL=UNREACHABLE, **variables)
        assert run.is_success, run.output
        assert logins(other) > before


def logins(server: EmbeddedPostgres) -> int:
    """How many sessions the database has had, without this one."""
    with psycopg.connect(server.url) as connection:
        connection.execute("select pg_stat_force_next_flush()")
        [(sessions,)] = connection.execute(
            "select sessions from pg_stat_database where datname = current_database()"
        ).fetchall()
    # Each look is a session too.
    looks = LOOKS[server.url] = LOOKS.get(server.url, 0) + 1
    return int(sessions) - looks


LOOKS: dict[str, int] = {}


class TestFootfallDbt:
    def test_runs_dbt_in_the_database_at_hand_from_any_folder(
        self, other: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        answers = [
            run(
                *(sys.executable, "-m", "ingest_app", "dbt", "--no-use-colors", "debug"),
                folder=tmp_path,
                PYTHONPATH=str(PROJECT_FOLDER),
                DBT_PROFILES_DIR="/",
                DBT_LOG_PATH=str(tmp_path / "logs"),
                **variables,
            )
            for variables in (
                {"FOOTFALL_DATA_DIR": str(other.folder.parent), "PGHOST": "no.such.host.invalid"},
                {"DATABASE_URL": f"{other.url}?sslmode=require"},
            )
        ]
        first, second = answers
        assert first.returncode == 0, first.stdout + first.stderr
        assert f"port: {other.port}" in first.stdout
        # The embedded server has no TLS, and dbt was told to want it.
        assert second.returncode == 1
        assert "server does not support SSL" in second.stdout

    def test_ends_with_the_exit_code_of_dbt(self, other: EmbeddedPostgres) -> None:
        done = footfall("dbt", "frobnicate", DATABASE_URL=other.url)
        assert (done.returncode, "No such command" in done.stderr) == (2, True)
        helped = footfall("dbt", "build", "--help", DATABASE_URL=other.url)
        assert (helped.returncode, "--full-refresh" in helped.stdout) == (0, True)


class TestFootfallEnv:
    def test_is_what_a_shell_and_psql_take(self, other: EmbeddedPostgres) -> None:
        script = f'eval "$({sys.executable} -m ingest_app env)" && {binaries()}/psql -Atc "$1"'
        asked = "select current_user || ' ' || inet_server_port()"
        done = run(
            *("/bin/sh", "-c", script, "sh", asked),
            FOOTFALL_DATA_DIR=str(other.folder.parent),
        )
        assert done.stdout == f"footfall {other.port}\n"

    def test_keeps_every_character(self) -> None:
        url = f"postgresql://{quote(ODD, safe='')}:{quote(ODD, safe='')}@h/{quote(ODD, safe='')}"
        script = f'eval "$({sys.executable} -m ingest_app env)" && env -0'
        done = run("/bin/sh", "-c", script, DATABASE_URL=url)
        told = dict(entry.split("=", 1) for entry in done.stdout.split("\0") if entry)
        assert [told[name] for name in ("PGUSER", "PGPASSWORD", "PGDATABASE")] == [ODD] * 3


class TestAnotherServerOnThePort:
    @pytest.mark.parametrize(
        "arguments",
        [
            ("url",),
            ("env",),
            ("dbt", "build"),
            ("discrepancy", *DAYS),
            ("rollups", "status"),
            ("rollups", "backfill", *DAYS),
            ("purge",),
            ("erase", "--yes", "--anon-id", "visitor-0001"),
        ],
        ids=lambda arguments: " ".join(arguments[:2]),
    )
    def test_is_not_taken_for_ours_that_is_stopped(
        self, arguments: tuple[str, ...], other: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        before = logins(other)
        data = stopped(tmp_path, other.port)
        done = footfall(*arguments, FOOTFALL_DATA_DIR=str(data), FOOTFALL_DB_PORT=str(other.port))
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr == "footfall: the embedded database is not running: footfall up\n"
        assert logins(other) == before

    def test_is_not_taken_for_one_that_never_was(
        self, other: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        done = footfall(
            "url", FOOTFALL_DATA_DIR=str(tmp_path / "new"), FOOTFALL_DB_PORT=str(other.port)
        )
        assert "footfall up" in done.stderr
        assert not (tmp_path / "new").exists()

    def test_makes_status_say_that_ours_is_stopped(
        self, other: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        data = stopped(tmp_path, other.port)
        done = footfall("status", FOOTFALL_DATA_DIR=str(data), COLUMNS="200")
        assert done.returncode == 1
        assert "NOT OK  database" in done.stdout
        assert "is not running: footfall up" in done.stdout

    def test_does_not_know_our_password(self, other: EmbeddedPostgres, tmp_path: Path) -> None:
        ours = EmbeddedPostgres(stopped(tmp_path, other.port) / "postgres", new_port())
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(ours.url)


class TestTheDemo:
    @pytest.mark.parametrize("answer", ["", "\n", "n\n"], ids=["nobody", "enter", "no"])
    def test_sends_nothing_to_a_database_of_ones_own_unasked(
        self, other: EmbeddedPostgres, tmp_path: Path, answer: str
    ) -> None:
        done = footfall(
            "demo", stdin=answer, DATABASE_URL=other.url, FOOTFALL_DATA_DIR=str(tmp_path)
        )
        assert done.returncode == 1
        assert "postgresql://footfall:****@127.0.0.1" in done.stderr
        assert "nothing was sent" in done.stderr
        assert "--yes" in done.stderr
        with psycopg.connect(other.url) as connection:
            assert connection.execute("select to_regclass('raw.events')").fetchone() == (None,)

    @pytest.mark.parametrize(("arguments", "answer"), [(("--yes",), ""), ((), "y\n")])
    def test_goes_on_where_that_is_meant(
        self, tmp_path: Path, arguments: tuple[str, ...], answer: str
    ) -> None:
        done = footfall(
            *("demo", *arguments),
            stdin=answer,
            DATABASE_URL=UNREACHABLE,
            FOOTFALL_DATA_DIR=str(tmp_path),
        )
        assert done.returncode == 1
        assert "Connection refused" in done.stderr

    def test_does_not_ask_before_it_uses_the_embedded_one(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        done = footfall("demo", FOOTFALL_DATA_DIR=str(tmp_path / "file"))
        assert done.returncode == 1
        assert "nothing was sent" not in done.stderr
        assert str(tmp_path / "file") in done.stderr

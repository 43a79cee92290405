"""The `footfall` command as a shell runs it: exit codes, what it prints, what it never prints."""

from __future__ import annotations

import ast
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import urllib3
from psycopg.conninfo import conninfo_to_dict

from ingest_app.cli import COMMANDS
from ingest_app.database.embedded import EmbeddedPostgres, free_port
from ingest_app.database.schema import apply_schema
from ingest_app.settings import PROJECT_FOLDER
from tests.support.ports import new_port

SECRET = "correct-horse-battery"  # noqa: S105
FIRST_PORT = new_port()
# Nothing listens to port 1.
UNREACHABLE = f"postgresql://footfall:{SECRET}@127.0.0.1:1/footfall"
# In one process, as each takes most of a second to start.
EVERY_HELP = """
import sys
from ingest_app.cli import cli
for name in sys.argv[1:]:
    cli.main([name, "--help"], prog_name="footfall", standalone_mode=False)
"""
DAYS = ("--from", "2026-01-01", "--to", "2026-01-31")


@dataclass(frozen=True)
class Footfall:
    """The command with a data folder and an environment of its own."""

    data_dir: Path
    variables: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=PROJECT_FOLDER,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @staticmethod
    def command(*arguments: str) -> list[str]:
        return [sys.executable, "-m", "ingest_app", *arguments]

    def environment(self, **variables: str) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name != "DATABASE_URL" and not name.startswith("FOOTFALL_")
        }
        ours = {"FOOTFALL_DATA_DIR": str(self.data_dir), "FOOTFALL_DB_PORT": str(FIRST_PORT)}
        return inherited | ours | self.variables | variables


@pytest.fixture
def footfall() -> Iterator[Footfall]:
    """The command with an empty data folder; a server started in it is stopped."""
    # Not pytest's own folder: a second run closes that to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as folder:
        command = Footfall(Path(folder))
        yield command
        EmbeddedPostgres(Path(folder) / "postgres", FIRST_PORT).down()


@pytest.fixture
def on_database(database: str, tmp_path: Path) -> Footfall:
    """The command with a database of its own, and a pepper."""
    variables = {"DATABASE_URL": database, "FOOTFALL_IP_HASH_PEPPER": SECRET}
    return Footfall(tmp_path, variables)


def failure(done: subprocess.CompletedProcess[str]) -> str:
    """What a command that failed as expected told a person."""
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr
    return done.stderr


def cut_short(text: str) -> list[str]:
    """The commands of a help whose first sentence is too long for a line."""
    return [line for line in text.splitlines() if line.startswith("  ") and line.endswith("...")]


class TestHelp:
    def test_of_the_group_names_every_command(self, footfall: Footfall) -> None:
        done = footfall("--help")
        assert done.returncode == 0
        listed = done.stdout.partition("Commands:")[2].splitlines()
        assert [line.split()[0] for line in listed if line.strip()] == sorted(COMMANDS)
        assert cut_short(done.stdout) == []

    def test_names_what_files_define_as_commands(self) -> None:
        defined = {
            f"{'.'.join(file.relative_to(PROJECT_FOLDER).with_suffix('').parts)}:{node.name}"
            for file in (PROJECT_FOLDER / "ingest_app").rglob("*.py")
            for node in ast.parse(file.read_text()).body
            if isinstance(node, ast.FunctionDef)
            for decorator in node.decorator_list
            if ast.unparse(decorator).startswith(("click.command(", "click.group("))
        }
        assert defined - {"ingest_app.cli.__init__:cli"} == {*COMMANDS.values()}

    def test_of_a_command_needs_no_database(self, tmp_path: Path) -> None:
        environment = Footfall(tmp_path).environment(DATABASE_URL=UNREACHABLE)
        done = subprocess.run(
            [sys.executable, "-c", EVERY_HELP, *COMMANDS],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        told = [line.split()[2] for line in done.stdout.splitlines() if line.startswith("Usage: ")]
        assert told == [*COMMANDS]
        assert cut_short(done.stdout) == []
        assert list(tmp_path.iterdir()) == []

    def test_an_unknown_command_is_named(self, footfall: Footfall) -> None:
        assert "frobnicate" in failure(footfall("frobnicate"))

    def test_the_version_is_the_one_of_the_package(self, footfall: Footfall) -> None:
        done = footfall("--version")
        assert (done.returncode, done.stdout.startswith("footfall, version ")) == (0, True)


class TestTheEmbeddedDatabase:
    def test_has_no_url_before_up_and_says_what_to_do(self, footfall: Footfall) -> None:
        assert "footfall up" in failure(footfall("url"))
        assert list(footfall.data_dir.iterdir()) == []

    def test_goes_up_twice_and_down_twice(self, footfall: Footfall) -> None:
        first = footfall("up")
        assert first.returncode == 0, first.stderr
        assert "ready: host 127.0.0.1" in first.stdout
        assert "started" in first.stderr

        again = footfall("up")
        assert (again.returncode, again.stdout, again.stderr) == (0, first.stdout, "")

        url = footfall("url")
        assert (url.returncode, url.stderr) == (0, "")
        [line] = url.stdout.splitlines()
        with psycopg.connect(line) as connection:
            assert connection.execute("select count(*) from raw.events").fetchone() == (0,)
        assert str(conninfo_to_dict(line)["password"]) not in first.stdout + first.stderr

        assert (footfall("down").stdout, footfall("down").stdout) == (
            "stopped\n",
            "was not running\n",
        )
        assert "footfall up" in failure(footfall("url"))

    def test_on_another_port_tells_which(self, footfall: Footfall) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            taken = other.getsockname()[1]
            done = footfall("up", FOOTFALL_DB_PORT=str(taken))
        port = done.stdout.partition("port ")[2].partition(",")[0]
        assert int(port) > taken
        assert f":{port}/" in footfall("url").stdout

    @pytest.mark.parametrize("name", ["up", "down"])
    def test_is_not_touched_when_there_is_another_database(
        self, on_database: Footfall, name: str
    ) -> None:
        assert "DATABASE_URL is set" in failure(on_database(name))
        assert list(on_database.data_dir.iterdir()) == []

    def test_cannot_be_made_where_the_data_folder_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert str(tmp_path / "file") in failure(Footfall(tmp_path / "file")("up"))


class TestInitDb:
    def test_without_a_database_url_says_what_to_set(self, footfall: Footfall) -> None:
        message = failure(footfall("init-db"))
        assert "DATABASE_URL" in message
        assert "footfall up" in message

    def test_makes_the_schema_and_may_be_run_again(
        self, on_database: Footfall, connection: psycopg.Connection[dict[str, object]]
    ) -> None:
        connection.execute("drop schema raw cascade")
        for _ in range(2):
            done = on_database("init-db")
            assert (done.returncode, done.stderr) == (0, "")
            assert done.stdout == "the schema is in place\n"
        assert connection.execute("select count(*) from raw.events").fetchone() == {"count": 0}

    def test_the_url_of_another_database_is_printed_as_set(
        self, on_database: Footfall, database: str
    ) -> None:
        assert on_database("url").stdout == f"{database}\n"


class TestFailures:
    @pytest.mark.parametrize(
        "arguments", [("init-db",), ("discrepancy", *DAYS)], ids=lambda parts: parts[0]
    )
    def test_a_database_that_cannot_be_reached_is_told_by_its_place(
        self, tmp_path: Path, arguments: tuple[str, ...]
    ) -> None:
        message = failure(Footfall(tmp_path, {"DATABASE_URL": UNREACHABLE})(*arguments))
        first, *rest = message.splitlines()
        assert first.startswith("footfall: ")
        assert '"127.0.0.1", port 1 failed: Connection refused' in first
        assert len(rest) <= 1

    def test_a_wrong_password_is_told_and_not_shown(self, tmp_path: Path, database: str) -> None:
        place = conninfo_to_dict(database)
        url = f"postgresql://nobody_at_all:{SECRET}@{place['host']}:{place['port']}/footfall"
        assert "nobody_at_all" in failure(Footfall(tmp_path, {"DATABASE_URL": url})("init-db"))

    def test_a_url_that_cannot_be_read_is_not_quoted(self, tmp_path: Path) -> None:
        url = f"postgresql://footfall:%zz{SECRET}@127.0.0.1/footfall"
        assert "DATABASE_URL" in failure(Footfall(tmp_path, {"DATABASE_URL": url})("init-db"))

    def test_a_database_without_the_right_to_make_a_schema_is_told(
        self,
        tmp_path: Path,
        database: str,
        connection: psycopg.Connection[dict[str, object]],
    ) -> None:
        rights = connection.execute("select has_database_privilege('postgres', 'create') as all")
        if rights.fetchone() == {"all": True}:
            pytest.skip("the role of this database may do everything")
        url = database.rpartition("/")[0] + "/postgres"
        message = failure(Footfall(tmp_path, {"DATABASE_URL": url})("init-db"))
        assert "permission denied" in message

    def test_wrong_settings_stop_every_command_by_their_names(self, tmp_path: Path) -> None:
        footfall = Footfall(
            tmp_path,
            {
                "FOOTFALL_RAW_RETENTION_DAYS": "forever",
                "FOOTFALL_SPOOL_MAX_BYTES": "-1",
                "DATABASE_URL": f"mysql://u:{SECRET}@h/d",
            },
        )
        names = ("up", "url", "down", "init-db", "serve", "settings", "demo")
        commands = [*((name,) for name in names), ("discrepancy", *DAYS)]
        with ThreadPoolExecutor() as threads:
            answers = threads.map(lambda arguments: footfall(*arguments), commands)
        for done in answers:
            message = failure(done)
            for variable in footfall.variables:
                assert variable in message
        assert list(tmp_path.iterdir()) == []


class TestServe:
    def test_says_that_the_port_is_taken(self, on_database: Footfall) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            assert f"127.0.0.1:{port}" in failure(on_database("serve", "--port", str(port)))

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda sent: sent.name)
    def test_ends_cleanly_when_told_to(self, on_database: Footfall, number: signal.Signals) -> None:
        port = new_port()
        server = subprocess.Popen(
            on_database.command("serve", "--port", str(port)),
            cwd=PROJECT_FOLDER,
            env=on_database.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            post_until_accepted(url)
            server.send_signal(number)
            assert server.wait(timeout=60) == 0
        finally:
            server.kill()
            server.wait()
        assert free_port(port) == port

    def test_refuses_to_start_on_a_database_of_ones_own_without_a_pepper(
        self, tmp_path: Path, database: str
    ) -> None:
        message = failure(Footfall(tmp_path, {"DATABASE_URL": database})("serve"))
        assert "FOOTFALL_IP_HASH_PEPPER: is required" in message


def post_until_accepted(url: str) -> None:
    body = b'{"anonId": "visitor-0001", "eventType": "page_view", "path": "/"}'
    deadline = time.monotonic() + 60
    while True:
        try:
            answer = urllib3.request("POST", f"{url}/v1/events", body=body, retries=False)
        except urllib3.exceptions.HTTPError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            assert answer.status == 202
            return


class TestDiscrepancy:
    @pytest.mark.parametrize(
        ("arguments", "named"),
        [
            (("--from", "2026-02-30", "--to", "2026-03-01"), "--from"),
            (("--from", "2026-02-01", "--to", "2026-2-29"), "--to"),
            (("--from", "2026-03-02", "--to", "2026-03-01"), "--from"),
            (("--from", "2026-03-01"), "--to"),
            (("--to", "2026-03-01"), "--from"),
        ],
    )
    def test_of_wrong_days_names_the_option(
        self, on_database: Footfall, arguments: tuple[str, ...], named: str
    ) -> None:
        # Not the usage, which names every option.
        told = failure(on_database("discrepancy", *arguments)).rpartition("Error: ")[2]
        assert named in told

    def test_before_any_build_says_to_build(self, on_database: Footfall) -> None:
        assert "dbt build" in failure(on_database("discrepancy", *DAYS))

    def test_in_a_database_without_any_schema_says_to_build(
        self,
        on_database: Footfall,
        database: str,
        connection: psycopg.Connection[dict[str, object]],
    ) -> None:
        connection.execute("drop schema raw cascade")
        try:
            assert "dbt build" in failure(on_database("discrepancy", *DAYS))
        finally:
            apply_schema(database)

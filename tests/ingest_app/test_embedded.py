"""The embedded PostgreSQL: a real server that is made, moved, killed and damaged."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest_app.database import embedded
from ingest_app.database.embedded import EmbeddedPostgres, EmbeddedPostgresError, free_port
from ingest_app.settings import PROJECT_FOLDER
from tests.support.ports import new_port

FIRST_PORT = new_port()
UP = (
    "import sys\n"
    "from pathlib import Path\n"
    "from ingest_app.database.embedded import EmbeddedPostgres\n"
    "print(EmbeddedPostgres(Path(sys.argv[1]), int(sys.argv[2])).up())\n"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A new folder; whatever server is in it is stopped at the end."""
    # Not pytest's own folder: a second run closes that to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as name, ExitStack() as at_the_end:
        at_the_end.callback(stop_all_in, Path(name))
        yield Path(name)


def stop_all_in(folder: Path) -> None:
    for cluster in folder.rglob("cluster"):
        EmbeddedPostgres(cluster.parent, FIRST_PORT).down()


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedPostgres]:
    """A server for the tests that only look."""
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as name:
        server = EmbeddedPostgres(Path(name), new_port())
        server.up()
        yield server
        server.down()


def one(url: str, query: str) -> Any:
    """The only value of a query."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def do(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def postmaster(server: EmbeddedPostgres) -> int:
    return int((server.folder / "cluster" / "postmaster.pid").read_text().split()[0])


class TestUpAndDown:
    def test_each_works_once_and_the_data_survive_both(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder / "new" / "postgres", FIRST_PORT)
        assert not server.is_running
        assert server.down() is False
        assert server.up() is True
        assert server.is_running
        pid = postmaster(server)
        assert server.up() is False
        assert postmaster(server) == pid
        do(server.url, "create table kept (n int)", "insert into kept values (41), (1)")
        assert server.down() is True
        assert not server.is_running
        assert server.down() is False
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.url)
        assert server.up() is True
        assert one(server.url, "select sum(n) from kept") == 42

    def test_another_object_for_the_folder_sees_the_same_server(
        self, running: EmbeddedPostgres
    ) -> None:
        second = EmbeddedPostgres(running.folder, FIRST_PORT + 321)
        assert second.is_running
        assert second.url == running.url
        assert second.up() is False

    def test_two_folders_are_two_servers(self, running: EmbeddedPostgres, folder: Path) -> None:
        other = EmbeddedPostgres(folder, running.port)
        assert other.up() is True
        assert other.port != running.port
        do(other.url, "create table of_the_other ()")
        assert one(running.url, "select to_regclass('of_the_other') is null")
        other.down()
        assert running.is_running

    def test_the_path_may_have_spaces_and_be_too_long_for_a_unix_socket(self, folder: Path) -> None:
        place = "a folder with 'quotes' and späces/" + "a-long-name-for-a-folder/" * 5
        server = EmbeddedPostgres(folder / place, FIRST_PORT)
        assert len(str(server.folder)) > 107
        server.up()
        assert one(server.url, "select 1") == 1
        assert server.is_running

    def test_the_folder_may_be_relative(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(folder)
        server = EmbeddedPostgres(Path("data/postgres"), FIRST_PORT)
        server.up()
        assert one(server.url, "select 1") == 1
        monkeypatch.chdir("/")
        assert server.down() is True
        assert {entry.name for entry in (folder / "data" / "postgres").iterdir()} == {
            *("cluster", "lock", "password", "port", "run footfall up", "server.log")
        }


class TestWhoMayConnect:
    def test_the_role_owns_its_database_and_is_no_superuser(
        self, running: EmbeddedPostgres
    ) -> None:
        assert one(running.url, "select current_user") == "footfall"
        assert one(running.url, "select current_database()") == "footfall"
        rights = one(
            running.url,
            "select array[rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls] "
            "from pg_roles where rolname = current_user",
        )
        assert rights == [False] * 5
        owned = one(
            running.url,
            "select array_agg(datname::text) from pg_database "
            "where pg_get_userbyid(datdba) = 'footfall'",
        )
        assert owned == ["footfall"]

    def test_the_role_can_run_no_program_and_read_no_file(self, running: EmbeddedPostgres) -> None:
        for statement in ("copy (select 1) to program 'true'", "select pg_read_file('PG_VERSION')"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                do(running.url, statement)

    @pytest.mark.parametrize("password", ["", "postgres", "footfall"])
    def test_nobody_logs_in_as_the_superuser(
        self, running: EmbeddedPostgres, password: str
    ) -> None:
        for database in ("postgres", "footfall"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(
                    host="127.0.0.1",
                    port=running.port,
                    user="postgres",
                    password=password,
                    dbname=database,
                )

    def test_a_wrong_password_is_refused(self, running: EmbeddedPostgres) -> None:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(running.url, password="other")  # noqa: S106

    def test_it_listens_on_the_loopback_alone(self, running: EmbeddedPostgres) -> None:
        assert one(running.url, "show listen_addresses") == "127.0.0.1"
        pid_file = running.folder / "cluster" / "postmaster.pid"
        _, _, _, port, sockets, address, *_ = pid_file.read_text().splitlines()
        assert (int(port), sockets, address) == (running.port, "../run footfall up", "127.0.0.1")
        # All of 127.0.0.0/8 is this machine; a server on 0.0.0.0 would answer here too.
        with pytest.raises(OSError, match=r"refused|timed out"):
            socket.create_connection(("127.0.0.2", running.port), timeout=5)

    def test_text_is_utf_8_and_the_clock_is_utc(self, running: EmbeddedPostgres) -> None:
        assert one(running.url, "show server_encoding") == "UTF8"
        assert one(running.url, "show timezone") == "UTC"
        assert one(running.url, "select 'B' < 'a'") is True


class TestThePort:
    def test_a_taken_port_moves_on_to_the_next_free_one_and_stays_there(self, folder: Path) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            taken = other.getsockname()[1]
            server = EmbeddedPostgres(folder, taken)
            server.up()
            moved = server.port
            assert moved > taken
            assert f":{moved}/" in server.url
            assert one(server.url, "show port") == str(moved)
        server.down()
        again = EmbeddedPostgres(folder, taken)
        again.up()
        assert again.port == moved
        assert one(again.url, "select inet_server_port()") == moved
        again.down()
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", moved))
            other.listen()
            again.up()
            assert again.port > moved
            assert one(again.url, "select inet_server_port()") == again.port

    def test_a_port_that_is_taken_while_the_server_starts(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server = EmbeddedPostgres(folder, FIRST_PORT)
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            taken = other.getsockname()[1]
            looked = iter([taken])
            monkeypatch.setattr(
                embedded, "free_port", lambda first: next(looked, None) or free_port(first)
            )
            server.up()
            assert server.port > taken
            assert one(server.url, "show port") == str(server.port)

    def test_free_port_says_when_there_is_none(self) -> None:
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", 65535))
            other.listen()
            with pytest.raises(OSError, match="no free port"):
                free_port(65535)


class TestAtOnce:
    def test_processes_that_come_up_at_once_start_one_server(self, folder: Path) -> None:
        racers = [
            subprocess.Popen(
                [sys.executable, "-c", UP, folder, str(FIRST_PORT)],
                cwd=PROJECT_FOLDER,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]
        said = [racer.communicate(timeout=60)[0].strip() for racer in racers]
        assert sorted(said) == ["False", "False", "True"]
        assert one(EmbeddedPostgres(folder, FIRST_PORT).url, "select 1") == 1


class TestAccidents:
    def test_up_recovers_from_a_killed_server_with_every_committed_row(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder, FIRST_PORT)
        server.up()
        do(server.url, "create table kept (n int)")
        with psycopg.connect(server.url) as open_one:
            do(server.url, "insert into kept select * from generate_series(1, 1000)")
            open_one.execute("insert into kept values (-1)")
            os.kill(postmaster(server), signal.SIGKILL)
            assert (folder / "cluster" / "postmaster.pid").exists()
            assert server.up() is True
            with pytest.raises(psycopg.OperationalError):
                open_one.commit()
        assert one(server.url, "select array[count(*), min(n), max(n)] from kept") == [
            1000,
            1,
            1000,
        ]
        assert "database system was not properly shut down" in (folder / "server.log").read_text()

    def test_a_pid_file_that_names_another_program_is_stale(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder, FIRST_PORT)
        server.up()
        pid = postmaster(server)
        os.kill(pid, signal.SIGKILL)
        pid_file = folder / "cluster" / "postmaster.pid"
        with subprocess.Popen(["/bin/sleep", "60"]) as other:
            try:
                # As after the restart of a container, where numbers begin again.
                pid_file.write_text(pid_file.read_text().replace(str(pid), str(other.pid), 1))
                assert not server.is_running
                assert server.down() is False
                assert server.up() is True
                assert other.poll() is None
            finally:
                other.kill()
        assert one(server.url, "select 1") == 1

    def test_an_interrupted_making_is_made_anew(self, folder: Path) -> None:
        place = folder / "postgres"
        making = subprocess.Popen(
            [sys.executable, "-c", UP, place, str(FIRST_PORT)],
            cwd=PROJECT_FOLDER,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 30
        while not list(place.glob("cluster*/PG_VERSION")):
            assert time.monotonic() < deadline
            assert making.poll() is None
        os.killpg(making.pid, signal.SIGKILL)
        making.wait()
        server = EmbeddedPostgres(place, FIRST_PORT)
        assert not server.is_running
        assert server.up() is True
        assert one(server.url, "select current_user") == "footfall"
        assert not list(place.glob("cluster.*"))

    def test_a_damaged_cluster_is_a_clear_error(self, folder: Path) -> None:
        cluster = folder / "cluster"
        cluster.mkdir()
        (cluster / "PG_VERSION").write_text("18\n")
        server = EmbeddedPostgres(folder, FIRST_PORT)
        with pytest.raises(EmbeddedPostgresError, match="does not start") as failed:
            server.up()
        assert str(cluster) in str(failed.value)
        assert not server.is_running
        assert server.down() is False

    def test_a_broken_configuration_is_told_from_the_log_of_the_server(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder, FIRST_PORT)
        server.up()
        server.down()
        with (folder / "cluster" / "postgresql.conf").open("a") as conf:
            conf.write("shared_bufers = 1GB\n")
        with pytest.raises(EmbeddedPostgresError, match="shared_bufers"):
            server.up()

    def test_files_of_someone_else_are_not_overwritten(self, folder: Path) -> None:
        (folder / "cluster").mkdir()
        (folder / "cluster" / "thesis.txt").write_text("mine")
        with pytest.raises(EmbeddedPostgresError, match="in the way"):
            EmbeddedPostgres(folder, FIRST_PORT).up()
        assert (folder / "cluster" / "thesis.txt").read_text() == "mine"

"""Who gets into the embedded database, and by which door."""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from ingest_app.database.embedded import (
    EmbeddedPostgres,
    EmbeddedPostgresError,
    binaries,
    free_port,
)
from tests.support.ports import new_port
from tests.support.postgres import BreakablePostgres

FIRST_PORT = new_port()
# What initdb writes, and the last version had.
HBA_BEFORE = """\
local all all trust
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
local replication all trust
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A new folder; whatever server is in it is stopped at the end."""
    # Not pytest's own folder: a second run closes that to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as name, ExitStack() as at_the_end:
        place = Path(name)
        at_the_end.callback(lambda: EmbeddedPostgres(place / "postgres", FIRST_PORT).down())
        yield place / "postgres"


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedPostgres]:
    """A server for the tests that only look."""
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as name:
        server = EmbeddedPostgres(Path(name) / "postgres", new_port())
        server.up()
        yield server
        server.down()


def password(server: EmbeddedPostgres) -> str:
    return str(conninfo_to_dict(server.url)["password"])


def by_socket(server: EmbeddedPostgres, **parts: Any) -> psycopg.Connection[Any]:
    """As the profile of dbt connects: a fixed name, a fixed port, no password."""
    place = {"host": server.folder / "run footfall up", "port": 5432}
    who = {"user": "footfall", "dbname": "footfall"}
    return psycopg.connect(**place | who | parts)


class TestThePassword:
    def test_is_long_random_and_in_a_file_for_its_user_alone(
        self, running: EmbeddedPostgres, folder: Path
    ) -> None:
        other = EmbeddedPostgres(folder, running.port)
        other.up()
        secrets = {password(running), password(other)}
        assert len(secrets) == 2
        assert all(len(secret) >= 32 for secret in secrets)
        kept = other.folder / "password"
        assert kept.read_text().strip() == password(other)
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert kept.stat().st_uid == os.geteuid()

    @pytest.mark.parametrize("guess", ["", "footfall", "postgres"])
    def test_a_guess_is_refused(self, running: EmbeddedPostgres, guess: str) -> None:
        place = {"host": "127.0.0.1", "port": running.port}
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(**place, user="footfall", dbname="footfall", password=guess)

    def test_stands_in_no_other_file_and_no_command_line(self, running: EmbeddedPostgres) -> None:
        secret = password(running).encode()
        files = [path for path in running.folder.rglob("*") if path.is_file()]
        assert {path.name for path in files if secret in path.read_bytes()} == {"password"}

    def test_whose_file_is_gone_is_replaced_by_up(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder, FIRST_PORT)
        server.up()
        before = password(server)
        with psycopg.connect(server.url) as connection:
            connection.execute("create table kept as select 42 as n")
        (server.folder / "password").unlink()
        with pytest.raises(EmbeddedPostgresError, match="footfall up"):
            _ = server.url
        assert server.up() is True
        assert password(server) != before
        with psycopg.connect(server.url) as connection:
            assert connection.execute("select n from kept").fetchone() == (42,)


class TestTheSocket:
    def test_lets_the_role_in_whatever_the_port_is(self, running: EmbeddedPostgres) -> None:
        with by_socket(running) as one, psycopg.connect(running.url) as other:
            for connection in (one, other):
                connection.execute("select 1")
            [(started,)] = one.execute("select pg_postmaster_start_time()").fetchall()
            assert other.execute("select pg_postmaster_start_time()").fetchone() == (started,)

    @pytest.mark.parametrize("user", ["postgres", "nobody", "root"])
    @pytest.mark.parametrize("dbname", ["footfall", "postgres"])
    def test_lets_nobody_else_in(self, running: EmbeddedPostgres, user: str, dbname: str) -> None:
        with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
            by_socket(running, user=user, dbname=dbname)

    def test_lies_in_a_folder_that_only_the_user_of_the_server_enters(
        self, running: EmbeddedPostgres
    ) -> None:
        door = running.folder / "run footfall up"
        assert stat.S_IMODE(door.stat().st_mode) == 0o700
        assert door.stat().st_uid == (running.folder / "cluster").stat().st_uid
        socket = door / f".s.PGSQL.{running.port}"
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700

    def test_another_user_of_the_machine_gets_in_by_neither_door(
        self, running: EmbeddedPostgres
    ) -> None:
        # Only root can be somebody else; for others the rights of the files say it.
        if os.geteuid() != 0:
            return

        def ask(*place: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [binaries() / "psql", *place, "-U", "footfall", "-w", "-c", "select 1"],
                user=12345,
                group=12345,
                extra_groups=[],
                cwd="/",
                env={},
                capture_output=True,
                text=True,
                check=False,
            )

        door = str(running.folder / "run footfall up")
        assert "Permission denied" in ask("-h", door).stderr
        assert "no password supplied" in ask("-h", "127.0.0.1", "-p", str(running.port)).stderr
        kept = subprocess.run(
            ["/bin/cat", running.folder / "password"],
            user=12345,
            group=12345,
            extra_groups=[],
            capture_output=True,
            check=False,
        )
        assert kept.returncode != 0
        assert kept.stdout == b""

    def test_is_where_it_was_after_the_port_has_changed(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder, FIRST_PORT)
        server.up()
        port = server.port
        server.down()
        with pytest.raises(psycopg.OperationalError, match="run footfall up"):
            by_socket(server)
        (server.folder / "port").write_text(f"{free_port(port + 1)}\n")
        server.up()
        assert server.port != port
        with by_socket(server) as connection:
            assert connection.execute("show port").fetchone() == (str(server.port),)


class TestAClusterOfTheLastVersion:
    def test_is_brought_over_by_up_and_keeps_its_rows(self, folder: Path) -> None:
        server = BreakablePostgres(folder, FIRST_PORT)
        server.up()
        with psycopg.connect(server.url) as connection:
            connection.execute("create table kept as select generate_series(1, 1000) as n")
        make_as_it_was(server, "footfall")
        old = f"postgresql://footfall:footfall@127.0.0.1:{server.port}/footfall"
        with psycopg.connect(old) as connection:
            assert connection.execute("select count(*) from kept").fetchone() == (1000,)

        # It runs, and says nothing of itself before `up`.
        assert server.is_running
        with pytest.raises(EmbeddedPostgresError, match="footfall up"):
            _ = server.url
        assert server.up() is True
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(old)
        for connection in (psycopg.connect(server.url), by_socket(server)):
            with connection:
                assert connection.execute("select sum(n) from kept").fetchone() == (500500,)
        with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
            by_socket(server, user="postgres")
        assert server.up() is False


def make_as_it_was(server: BreakablePostgres, secret: str) -> None:
    """What the last version kept of a cluster, and its server running."""
    server.down()
    cluster = server.folder / "cluster"
    server.do_as_superuser(f"alter role footfall password '{secret}'")
    (cluster / "pg_hba.conf").write_text(HBA_BEFORE)
    conf = cluster / "postgresql.conf"
    ours = "listen_addresses = '127.0.0.1'\n"
    assert conf.read_text().count(ours) == 1
    conf.write_text(conf.read_text().replace(ours, f"{ours}unix_socket_directories = ''\n"))
    (cluster / "port.conf").write_text(f"port = {server.port}\n")
    (server.folder / "password").unlink()
    for left in (server.folder / "run footfall up").iterdir():
        left.unlink()
    (server.folder / "run footfall up").rmdir()
    server.start_as_it_is()

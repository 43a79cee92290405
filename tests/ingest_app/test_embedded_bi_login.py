"""The embedded database has a login for BI tools: it reads what builds let it read, and nothing else."""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import InsufficientPrivilege

from ingest_app.database.embedded import EmbeddedPostgres, binaries
from ingest_app.database.schema import apply_schema
from tests.support.cli import footfall
from tests.support.ports import new_port


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """A cluster that an earlier version made, brought over by `up`."""
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as name:
        folder, port = Path(name) / "postgres", new_port()
        before = EmbeddedPostgres(folder, port)
        before.up()
        apply_schema(before.url)
        owner = before.url
        made = EmbeddedPostgres(folder, port, has_bi_role=True)
        try:
            assert made.up() is True
            # What was there stays, and nothing is done twice.
            assert made.url == owner
            with psycopg.connect(owner) as connection:
                assert connection.execute("select count(*) from raw.events").fetchone() == (0,)
            bi = made.bi_url
            assert made.up() is False
            assert made.bi_url == bi
            yield made
        finally:
            made.down()


def password(url: str) -> str:
    return str(conninfo_to_dict(url)["password"])


def place(server: EmbeddedPostgres) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": server.port, "dbname": "footfall", "user": "footfall_bi"}


def test_the_password_is_its_own_and_in_a_file_for_its_user_alone(server: EmbeddedPostgres) -> None:
    secret = password(server.bi_url)
    assert len(secret) >= 32
    assert secret != password(server.url)
    kept = server.folder / "bi_password"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.stat().st_uid == os.geteuid()
    files = [path for path in server.folder.rglob("*") if path.is_file()]
    holding = {path.name for path in files if secret.encode() in path.read_bytes()}
    assert holding == {"bi_password"}


def test_it_gets_in_by_its_password_and_no_other_way(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.bi_url) as connection:
        assert connection.execute("select current_user").fetchone() == ("footfall_bi",)
    for guess in ("", "footfall", "footfall_bi", "postgres", password(server.url)):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(**place(server), password=guess)
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
        psycopg.connect(
            **place(server) | {"host": server.folder / "run footfall up", "port": 5432},
        )


@pytest.mark.parametrize(
    "statement",
    [
        "select * from raw.events",
        "select * from raw.schema_version",
        "create schema mine",
        "create table public.mine (n int)",
        "create role mine",
        "set role footfall",
        "alter role footfall_bi createrole",
        "copy (select 1) to '/tmp/mine'",
    ],
)
def test_it_may_do_nothing_that_was_not_granted(server: EmbeddedPostgres, statement: str) -> None:
    with psycopg.connect(server.bi_url) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(statement.encode())


def test_another_user_of_the_machine_does_not_get_in(server: EmbeddedPostgres) -> None:
    # Only root can be somebody else; for others the rights of the file say it.
    if os.geteuid() != 0:
        return
    somebody: dict[str, Any] = {
        "user": 12345,
        "group": 12345,
        "extra_groups": [],
        "cwd": "/",
        "env": {},
        "capture_output": True,
        "text": True,
        "check": False,
    }
    ask = ("-U", "footfall_bi", "-d", "footfall", "-w", "-c", "select 1")
    by_tcp = ("-h", "127.0.0.1", "-p", str(server.port))
    done = subprocess.run([binaries() / "psql", *by_tcp, *ask], **somebody)
    assert "no password supplied" in done.stderr
    done = subprocess.run(["/bin/cat", server.folder / "bi_password"], **somebody)
    assert (done.returncode != 0, done.stdout) == (True, "")


def test_a_lost_password_is_replaced_by_up(server: EmbeddedPostgres) -> None:
    before, owner = server.bi_url, server.url
    (server.folder / "bi_password").unlink()
    assert server.up() is True
    assert server.bi_url != before
    assert server.url == owner
    with psycopg.connect(server.bi_url) as connection:
        connection.execute("select 1")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(before)


def test_the_command_prints_it_and_up_says_how() -> None:
    # Not pytest's own folder, which the user of the server may not enter.
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as name:
        at = {"DATA_DIR": name, "DB_PORT": str(new_port())}
        try:
            done = footfall("up", **at)
            assert "BI tools as footfall_bi, password by `footfall url --bi`" in done.stdout
            url = footfall("url", "--bi", **at).stdout.strip()
            with psycopg.connect(url) as connection:
                assert connection.execute("select current_user").fetchone() == ("footfall_bi",)
            assert password(url) not in done.stdout + done.stderr
            owner = footfall("url", **at).stdout.strip()
            assert (password(owner), conninfo_to_dict(owner)["user"]) != (
                password(url),
                "footfall_bi",
            )
            done = footfall("url", "--bi", database=owner)
            assert done.returncode == 1
            assert "`footfall url --bi` is for the embedded database" in done.stderr
        finally:
            footfall("down", **at)

"""A DATABASE_URL means the same to the app and to dbt: both are watched as they knock at a door.

The door is a server of the test's own that writes down what a client says before it is let in:
whether it asked for TLS, the parameters of its session, and its password.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import tempfile
import threading
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch
from urllib.parse import quote

import psycopg
import psycopg2.extensions
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest_app.conninfo import pg_environment, read_url
from ingest_app.database.connection import ReconnectingConnection
from ingest_app.settings import PROJECT_FOLDER, SettingsError, load_settings

SECRET = "correct-horse-battery"  # noqa: S105
TLS_REQUEST = 80877103
PG_VARIABLES = [
    option.envvar.decode() for option in psycopg.pq.Conninfo.get_defaults() if option.envvar
]
# What each library calls itself, where the URL does not say.
NAMES = {"dbt", ""}


@dataclass
class Knock:
    """What one client said."""

    asked_for_tls: bool = False
    parameters: dict[str, str] = field(default_factory=dict)
    password: str = ""


class Door:
    """Listens on 127.0.0.1 and on a socket, and lets nobody in."""

    def __init__(self, folder: Path) -> None:
        self.knocks: list[Knock] = []
        tcp = socket.create_server(("127.0.0.1", 0))
        self.port = tcp.getsockname()[1]
        self.folder = folder
        unix = socket.socket(socket.AF_UNIX)
        unix.bind(str(folder / f".s.PGSQL.{self.port}"))
        unix.listen()
        self._listening = (tcp, unix)
        for one in self._listening:
            threading.Thread(target=self._serve, args=(one,), daemon=True).start()

    def close(self) -> None:
        for one in self._listening:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def last(self) -> Knock:
        """The one client since the last question, which may have knocked again with the same words."""
        first, *again = self.knocks
        assert all(knock == first for knock in again)
        self.knocks.clear()
        return first

    def _serve(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client:
                self._talk(client)

    def _talk(self, client: socket.socket) -> None:
        knock = Knock()
        code, body = _read(client)
        if code == TLS_REQUEST:
            knock.asked_for_tls = True
            client.sendall(b"N")
            code, body = _read(client)
        words = body.rstrip(b"\0").split(b"\0")
        knock.parameters = {
            name.decode(): value.decode()
            for name, value in zip(words[::2], words[1::2], strict=True)
        }
        client.sendall(b"R" + struct.pack("!ii", 8, 3))
        client.recv(1)
        _, body = _read(client, with_code=False)
        knock.password = body.rstrip(b"\0").decode()
        self.knocks.append(knock)
        said = b"SFATAL\0C28000\0Mnobody gets in\0\0"
        client.sendall(b"E" + struct.pack("!i", len(said) + 4) + said)


def _read(client: socket.socket, *, with_code: bool = True) -> tuple[int, bytes]:
    """A message without its first letter: the code where it has one, and what follows."""
    [length] = struct.unpack("!i", client.recv(4, socket.MSG_WAITALL))
    body = client.recv(length - 4, socket.MSG_WAITALL)
    return (struct.unpack("!i", body[:4])[0], body[4:]) if with_code else (0, body)


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as folder:
        opened = Door(Path(folder))
        yield opened
        opened.close()


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*PG_VARIABLES, "DATABASE_URL", "FOOTFALL_DATA_DIR"]:
        monkeypatch.delenv(name, raising=False)
    # A password file would answer for a URL without a password.
    monkeypatch.setenv("PGPASSFILE", os.devnull)


def as_the_app(door: Door, url: str) -> Knock:
    with pytest.raises(psycopg.OperationalError, match="nobody gets in"):
        psycopg.connect(url)
    return door.last()


def as_dbt(door: Door, url: str) -> Knock:
    """With the profile of the project, by dbt's own code."""
    from dbt.adapters.contracts.connection import Connection, ConnectionState
    from dbt.adapters.exceptions import FailedToConnectError
    from dbt.adapters.postgres.connections import PostgresConnectionManager
    from dbt.config.profile import Profile, read_profile
    from dbt.config.renderer import ProfileRenderer
    from dbt.flags import set_flags
    from dbt_common.context import set_invocation_context

    environment = os.environ | pg_environment(url)
    with patch.dict(os.environ, environment):
        set_invocation_context(environment)
        set_flags(Namespace(PROFILES_DIR=str(PROJECT_FOLDER), LOG_CACHE_EVENTS=False))
        profile = Profile.from_raw_profiles(
            read_profile(str(PROJECT_FOLDER)), "footfall", ProfileRenderer({})
        )
        connection = Connection(
            type="postgres", name="one", state=ConnectionState.INIT, credentials=profile.credentials
        )
        with pytest.raises(FailedToConnectError, match="nobody gets in"):
            PostgresConnectionManager.open(connection)
    return door.last()


def quoted(text: str) -> str:
    return quote(text, safe="")


# NUL is no character of a name in PostgreSQL, nor of a variable; half an emoji is none of UTF-8.
text = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12
)
options = st.lists(
    st.sampled_from(
        ["-c search_path=a,b", "-c geqo=off", "-c TimeZone=Asia/Tokyo", "-c a.b=x\\ y"]
    ),
    max_size=2,
).map(" ".join)


@settings(max_examples=150)
@given(
    user=text,
    password=st.one_of(st.just(""), text),
    dbname=text,
    name=st.one_of(st.just(""), st.from_regex(r"\A[a-z {}'\\]{1,10}\Z")),
    asked=options,
    sslmode=st.sampled_from(["", "disable", "prefer"]),
    hosts=st.sampled_from(
        [
            "127.0.0.1",
            "127.0.0.2,127.0.0.1",
            "localhost",
            "in the query",
            "socket",
            "socket in the authority",
            "address",
        ]
    ),
    is_postgres=st.booleans(),
)
@example("123", "0x1F", "true", "", "", "", "127.0.0.1", True)
@example("{{ x }}", "{% if", "'quoted'", "", "", "", "127.0.0.1", False)
@example(" u ", " p\n", "[1]", "", "", "", "socket", False)
def test_both_reach_the_same_server_in_the_same_way_and_say_the_same(
    door: Door,
    user: str,
    password: str,
    dbname: str,
    name: str,
    asked: str,
    sslmode: str,
    hosts: str,
    is_postgres: bool,
) -> None:
    query = {"application_name": name, "options": asked, "sslmode": sslmode}
    authority = f"{hosts}:{door.port}".replace(",", f":{door.port},")
    if hosts == "in the query":
        authority = ""
        query |= {"host": "127.0.0.1", "port": str(door.port)}
    elif hosts == "socket":
        authority = ""
        query |= {"host": str(door.folder), "port": str(door.port)}
    elif hosts == "socket in the authority":
        authority = f"{quoted(str(door.folder))}:{door.port}"
    elif hosts == "address":
        authority = f"no.such.host.invalid:{door.port}"
        query |= {"hostaddr": "127.0.0.1"}
    who = quoted(user) + (f":{quoted(password)}" if password else "")
    asks = "&".join(f"{key}={quoted(value)}" for key, value in query.items() if value)
    scheme = "postgres" if is_postgres else "postgresql"
    url = f"{scheme}://{who}@{authority}/{quoted(dbname)}?{asks}"

    if not password:
        os.environ["PGPASSWORD"] = "of the shell"
    try:
        knocks = [as_the_app(door, url), as_dbt(door, url)]
    finally:
        os.environ.pop("PGPASSWORD", None)

    for knock in knocks:
        named = knock.parameters.pop("application_name", "")
        assert named == name if name else named in NAMES
        assert knock.parameters == {"user": user, "database": dbname} | (
            {"options": asked} if asked else {}
        )
        assert knock.password == (password or "of the shell")
        assert knock.asked_for_tls == ("socket" not in hosts and sslmode in ("", "prefer"))


class TestWhatDbtCannotBeTold:
    @pytest.mark.parametrize(
        ("url", "named"),
        [
            ("postgresql://h/d?service=web", "service"),
            ("postgresql://h/d?keepalives_idle=30", "keepalives_idle"),
            ("postgresql://h/d?tcp_user_timeout=1000", "tcp_user_timeout"),
            (f"postgresql://h/d?sslpassword={SECRET}", "sslpassword"),
            ("postgresql://h/d?replication=database", "replication"),
            ("postgresql://h/d?max_protocol_version=3.2", "max_protocol_version"),
            ("postgresql://a:1,b:2/d", "several ports"),
            ("postgresql://a:1,b/d", "several ports"),
            ("postgresql:///d", "no host"),
            ("postgresql://", "no host"),
            ("postgresql://u@:5432/d", "no host"),
            ("postgresql://a,,b/d", "no host"),
            ("postgresql://a/d?host=", "no host"),
            (f"postgresql://u:{SECRET}%ff@h/d", "cannot be read"),
            (f"postgresql://u:{SECRET}%00@h/d", "cannot be read"),
            ("postgresql://a,b/d?port=1,1,1", "cannot be read"),
        ],
    )
    def test_stops_the_start_by_its_name(
        self, monkeypatch: pytest.MonkeyPatch, url: str, named: str
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", url)
        with pytest.raises(SettingsError) as refused:
            load_settings()
        message = str(refused.value)
        assert message.startswith("DATABASE_URL: ")
        assert named in message
        assert SECRET not in message

    def test_is_all_that_the_library_under_dbt_does_not_know(self) -> None:
        for option in psycopg.pq.Conninfo.get_defaults():
            keyword = option.keyword.decode()
            value = "127.0.0.1" if keyword == "hostaddr" else "1"
            with contextlib.suppress(ValueError):
                read_url(f"postgresql://h/d?{keyword}={value}")
                # Raises where there is no such word.
                psycopg2.extensions.parse_dsn(f"{keyword}={value}")

    @pytest.mark.parametrize(
        ("asked", "variable"),
        [
            ("target_session_attrs=read-write", "PGTARGETSESSIONATTRS"),
            ("load_balance_hosts=random", "PGLOADBALANCEHOSTS"),
            ("sslrootcert=%2Fetc%2Fca.pem", "PGSSLROOTCERT"),
            ("connect_timeout=3", "PGCONNECT_TIMEOUT"),
            ("channel_binding=require", "PGCHANNELBINDING"),
        ],
    )
    def test_is_not_what_a_variable_says(self, asked: str, variable: str) -> None:
        environment = pg_environment(f"postgresql://u:p@a:1,b:1/d?{asked}")
        assert environment == {
            "PGHOST": "a,b",
            "PGPORT": "1",
            "PGUSER": "u",
            "PGPASSWORD": "p",
            "PGDATABASE": "d",
            variable: asked.partition("=")[2].replace("%2F", "/"),
        }


def test_what_the_url_leaves_open_is_taken_from_the_environment_by_both(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", str(door.port))
    monkeypatch.setenv("PGUSER", "ana")
    monkeypatch.setenv("PGDATABASE", "web")
    monkeypatch.setenv("PGOPTIONS", "-c geqo=off")
    monkeypatch.setenv("PGSSLMODE", "disable")
    url = f"postgresql://:{SECRET}@127.0.0.1"
    for knock in (as_the_app(door, url), as_dbt(door, url)):
        knock.parameters.pop("application_name", None)
        assert knock == Knock(
            parameters={"user": "ana", "database": "web", "options": "-c geqo=off"},
            password=SECRET,
        )


def test_the_writer_asks_for_the_options_of_the_url_too(door: Door) -> None:
    link = ReconnectingConnection(
        f"postgresql://u:p@127.0.0.1:{door.port}/d?options=-c%20geqo%3Doff", name="test"
    )
    with pytest.raises(psycopg.OperationalError, match="nobody gets in"), link.connection():
        pass
    assert "-c geqo=off" in door.last().parameters["options"]

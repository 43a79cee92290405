"""Clients that send half a request and wait: real sockets against the real server."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest

from ingest_app.cli.serve import HEADER_TIMEOUT_MS
from ingest_app.web.gate import BODY_SECONDS
from tests.support.processes import family
from tests.support.server import Server

# Of each kind; together many times the threads of the server, which are 16.
CLIENTS = 40
EVENT = {"anonId": "visitor-0001", "eventType": "page_view", "path": "/"}
HEAD = b"POST /v1/events HTTP/1.1\r\nHost: shop.example\r\n"
HALVES = {
    "nothing": b"",
    "headers": HEAD + b"Content-Type: application/js",
    "body": HEAD + b'Content-Length: 100\r\n\r\n{"anonId":',
    "no body at all": HEAD + b"Content-Length: 100\r\n\r\n",
    "chunk": HEAD + b'Transfer-Encoding: chunked\r\n\r\n40\r\n{"anonId":',
    "body after a whole request": (
        b"GET /v1/healthz HTTP/1.1\r\nHost: shop.example\r\n\r\n"
        + HEAD
        + b"Content-Length: 9\r\n\r\n"
    ),
}
BOUND_SECONDS = max(BODY_SECONDS, HEADER_TIMEOUT_MS / 1000)
# For a busy machine; far below what an unbounded wait would take.
GRACE_SECONDS = 15

pytestmark = pytest.mark.usefixtures("clean_tables")


def connect(server: Server) -> socket.socket:
    address = urlsplit(server.url)
    return socket.create_connection((str(address.hostname), address.port or 80), timeout=10)


@contextmanager
def stalled(server: Server) -> Iterator[dict[socket.socket, str]]:
    """Clients that have sent half of something, each with the name of its half."""
    with ExitStack() as held:
        sockets = {}
        for half, sent in HALVES.items():
            for _ in range(CLIENTS):
                one = held.enter_context(connect(server))
                one.sendall(sent)
                sockets[one] = half
        yield sockets


def wait_until_dropped(
    sockets: Iterable[socket.socket], deadline: float
) -> dict[socket.socket, bytes]:
    """What each socket received before the server closed it."""
    received = dict.fromkeys(sockets, b"")
    with selectors.DefaultSelector() as selector:
        for one in sockets:
            one.setblocking(False)
            selector.register(one, selectors.EVENT_READ)
        while selector.get_map():
            assert time.monotonic() < deadline, f"{len(selector.get_map())} are still connected"
            for key, _ in selector.select(timeout=0.5):
                one = key.fileobj
                assert isinstance(one, socket.socket)
                try:
                    piece = one.recv(65536)
                except ConnectionResetError:
                    piece = b""
                received[one] += piece
                if not piece:
                    selector.unregister(one)
    return received


def test_stalled_clients_hold_up_nobody_and_are_dropped(server: Server) -> None:
    with stalled(server) as sockets:
        began = time.monotonic()
        # All workers get some of these, each on a connection of its own.
        for _ in range(20):
            answer = Server(server.url, server.process).post(EVENT)
            assert answer.status == 202
        assert time.monotonic() - began < BOUND_SECONDS, "answered only once the others were gone"
        received = wait_until_dropped(sockets, began + BOUND_SECONDS + GRACE_SECONDS)
    for one, half in sockets.items():
        if half in ("body", "no body at all", "chunk"):
            assert received[one].startswith(b"HTTP/1.1 408 ")
            assert received[one].endswith(b'{"ok":false,"error":"timeout"}\n')


def test_a_body_in_drips_has_no_more_time_than_a_stalled_one(server: Server) -> None:
    with connect(server) as one:
        one.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
        began = time.monotonic()
        one.settimeout(0.5)
        received = b""
        while not received:
            assert time.monotonic() - began < BOUND_SECONDS + GRACE_SECONDS
            one.sendall(b" ")
            try:
                received = one.recv(4096)
            except TimeoutError:
                continue
    assert received.startswith(b"HTTP/1.1 408 ")


def test_a_slow_client_that_finishes_in_time_is_served(server: Server) -> None:
    body = b'{"anonId":"visitor-0001","eventType":"page_view","path":"/"}'
    with connect(server) as one:
        one.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 10):
            one.sendall(body[start : start + 10])
            time.sleep(0.1)
        assert one.recv(4096).startswith(b"HTTP/1.1 202 ")


def test_a_server_that_was_held_up_blames_no_client(server: Server) -> None:
    body = b'{"anonId":"visitor-0001","eventType":"page_view","path":"/"}'
    with ExitStack() as held:
        sockets = [held.enter_context(connect(server)) for _ in range(CLIENTS)]
        for one in sockets:
            one.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body))
        # It waits for the bodies by now. They come while it is stopped, as on a machine that others use.
        time.sleep(1)
        members = family(server.process.pid)
        for pid in members:
            os.kill(pid, signal.SIGSTOP)
        try:
            for one in sockets:
                one.sendall(body)
            time.sleep(BODY_SECONDS)
        finally:
            for pid in members:
                os.kill(pid, signal.SIGCONT)
        for one in sockets:
            assert one.recv(4096).startswith(b"HTTP/1.1 202 ")


def test_clients_that_leave_in_the_middle_leave_nothing_behind(server: Server) -> None:
    for _ in range(5):
        with stalled(server):
            pass
    assert server.post(EVENT).status == 202

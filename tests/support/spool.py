"""What a server tells of its spool, and what is in the file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import urllib3

from tests.support.postgres import wait_until
from tests.support.server import Server

GAUGES = ("footfall_spool_events", "footfall_spool_oldest_seconds", "footfall_spool_bytes")


def gauges(server: Server) -> dict[str, float]:
    """The gauges of the spool that `/metrics` has, by name."""
    found = {}
    for line in server.request("GET", "/metrics").body.decode().splitlines():
        name, _, value = line.partition(" ")
        if name in GAUGES:
            found[name] = float(value)
    return found


def depth(server: Server) -> int:
    """How many events wait in the spool."""
    told = gauges(server)
    assert GAUGES[0] in told, f"/metrics has no {GAUGES[0]}"
    return int(told[GAUGES[0]])


def wait_until_drained(server: Server) -> None:
    """Returns once nothing waits in the spool."""

    def is_drained() -> bool:
        try:
            return depth(server) == 0
        except urllib3.exceptions.HTTPError:
            return False

    wait_until(is_drained, "the spool is not drained")


def refused(data_dir: Path) -> int:
    """How many events were set aside because the database itself refused them."""
    with closing(sqlite3.connect(data_dir / "spool" / "events.sqlite3")) as spool:
        [[count]] = spool.execute("select count(*) from refused").fetchall()
    return int(count)

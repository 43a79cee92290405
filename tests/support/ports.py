"""Ports for the servers of tests, apart from those of other runs and of the workers of this one."""

from __future__ import annotations

import itertools
import os

from ingest_app.database.embedded import free_port

# All below the ports that systems give to clients (32768 and more on Linux). A client may by chance
# have the number that a server was about to take; and one that keeps knocking at a stopped server
# may get that server's number for its own end, is then connected to itself, and has the port.
FIRST = 11_000
# A quarter for each of four workers, which start their servers at the same time.
WIDTH = 5_000

# Runs beside each other begin at different places.
_used = itertools.count(os.getpid())


def new_port() -> int:
    """A free port, looked for from another number each time."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    quarter = int(worker.removeprefix("gw")) % 4
    return free_port(FIRST + quarter * WIDTH + next(_used) * 7 % WIDTH)

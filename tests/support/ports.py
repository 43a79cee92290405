"""Ports for the servers of tests, apart from those of other runs and of the workers of this one."""

from __future__ import annotations

import os

# What a module adds to its first port stays below this; bases are so far apart.
WIDTH = 4000
# Where one looks for a free port ends this far on: embedded.free_port().
SEARCHED = 200


def port_offset() -> int:
    """A number that this process adds to the first ports of its servers."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        return os.getpid() % (WIDTH - SEARCHED)
    # A quarter for each of four workers, which start their servers at the same time.
    quarter = WIDTH // 4
    return int(worker.removeprefix("gw")) % 4 * quarter + os.getpid() % (quarter - SEARCHED)

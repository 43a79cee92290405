"""The plain client, as people and tools use it."""

from __future__ import annotations

import csv
import io
import subprocess

from ingest_app.database.embedded import binaries


def psql(url: str, query: str) -> list[dict[str, str]]:
    """The rows of a query, every value as text, null as an empty one."""
    done = subprocess.run(
        [binaries() / "psql", "--no-psqlrc", "--quiet", "--csv", "-v", "ON_ERROR_STOP=1", url],
        input=query,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))

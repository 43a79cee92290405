"""A database that several roles may log in to."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest_app.database.embedded import EmbeddedPostgres
from tests.support.ports import seat

HBA = "host all all 127.0.0.1/32 trust\n"

# Called with the name of a role it gives the URL of the database for that role.
As = Callable[[str], str]


@contextmanager
def database_of_roles() -> Iterator[As]:
    """A database without a schema, and without roles but its owner's."""
    # Not pytest's own folder: a second run closes that to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        hba = folder / "hba.conf"
        hba.write_text(HBA)
        hba.chmod(0o644)
        cluster = EmbeddedPostgres(
            folder / "postgres",
            37000 + seat(),
            extra_conf=f"fsync = off\nhba_file = '{hba}'\n",
        )
        cluster.up()
        yield lambda role: f"postgresql://{role}:any@127.0.0.1:{cluster.port}/footfall"
        cluster.down()

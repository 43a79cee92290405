"""A database that answers and does not write: read-only, or its disk is full."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from tests.support.load import load, post_all
from tests.support.postgres import BreakablePostgres
from tests.support.reconciliation import assert_reconciled
from tests.support.server import serving
from tests.support.small_disk import fill, small_disk
from tests.support.traffic import Traffic

MONTH = f"raw.events_{datetime.now(UTC):%Y_%m}"
DISK_BYTES = 4 * 1024 * 1024


def test_a_read_only_database_under_load(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with serving(postgres.url, tmp_path) as server, load(traffic, server.url) as running:
        running.wait_for(100, "accepted")
        with postgres.taking_no_writes():
            postgres.cut_connections()
            running.wait_for(200, "spooled")
        # Connections that were made meanwhile stay read-only: the server has to leave them.
        running.wait_for(200, "accepted")
        running.stop()
        assert_reconciled(traffic, postgres, server)
    assert set(traffic.counts) == {"accepted", "spooled"}


def test_a_server_that_starts_on_a_read_only_database(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with ExitStack() as running:
        with postgres.taking_no_writes():
            server = running.enter_context(serving(postgres.url, tmp_path))
            post_all(traffic, server.url, traffic.events("read-only", 20), at_once=4)
            assert traffic.counts == {"spooled": 20}
        assert_reconciled(traffic, postgres, server)


def test_the_disk_of_the_database_is_full(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    # Not pytest's own folder, which is closed to the user that PostgreSQL runs as.
    mounted = Path(tempfile.mkdtemp(prefix="footfall-test-"))
    try:
        with small_disk(mounted, DISK_BYTES) as disk:
            place = disk / "space"
            place.mkdir()
            owner = (postgres.folder / "cluster").stat()
            os.chown(place, owner.st_uid, owner.st_gid)
            mounted.chmod(0o755)
            postgres.down()
            postgres.do_as_superuser(f"create tablespace small owner footfall location '{place}'")
            postgres.start()
            # What other tests have stored may be more than the small disk holds.
            postgres.do(
                "truncate raw.visitors cascade", f"alter table {MONTH} set tablespace small"
            )
            try:
                fill_and_settle(postgres, disk, tmp_path, traffic)
            finally:
                postgres.do(
                    f"alter table {MONTH} set tablespace pg_default",
                    "drop tablespace small",
                )
    finally:
        shutil.rmtree(mounted)
    assert set(traffic.counts) == {"accepted", "spooled"}


def fill_and_settle(
    postgres: BreakablePostgres, disk: Path, data_dir: Path, traffic: Traffic
) -> None:
    """Fills the disk under load, and makes room."""
    with serving(postgres.url, data_dir) as server, load(traffic, server.url) as running:
        running.wait_for(100, "accepted")
        ballast = fill(disk)
        running.wait_for(200, "spooled")
        ballast.unlink()
        running.wait_for(200, "accepted")
        running.stop()
        assert_reconciled(traffic, postgres, server)

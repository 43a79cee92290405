"""Fixtures: a server with an admin key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import Server, serving

KEY = "a-key"


@pytest.fixture(scope="module")
def server(database: str, data_dir: Path) -> Iterator[Server]:
    """The app on its production server, with 127.0.0.1 as a trusted proxy."""
    with serving(
        database,
        data_dir,
        log=data_dir / "server.log",
        TRUSTED_PROXIES="127.0.0.1",
        ADMIN_API_KEYS=KEY,
        CORS_ALLOWED_ORIGINS="https://shop.example",
    ) as running:
        yield running

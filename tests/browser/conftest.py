"""Fixtures: one browser, one database and one server for all tests with pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ingest_app.database.schema import apply_schema
from ingest_app.operations.properties import Change, change_property
from tests.support.browser import chromium_running
from tests.support.cluster import HBA, cluster_with_hba
from tests.support.ports import port_offset
from tests.support.server import Server, serving
from tests.support.shop import BOUND_PROPERTY, Shop, shop_open
from tests.support.website import Website, website_running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium_running() as running:
        yield running


@pytest.fixture(scope="session")
def website() -> Iterator[Website]:
    with website_running() as running:
        yield running


@pytest.fixture(scope="session")
def common_database() -> Iterator[str]:
    """A database for all of them: each test has a property of its own."""
    with cluster_with_hba(HBA, 50000 + port_offset()) as cluster:
        apply_schema(cluster.url)
        change_property(cluster.url, BOUND_PROPERTY, Change(hosts=["shop.example"]))
        yield cluster.url


@pytest.fixture(scope="session")
def common_server(
    common_database: str, website: Website, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The app; pages of `shop.example` may read its answers, those of other hosts may not."""
    folder: Path = tmp_path_factory.mktemp("data")
    allowed = {"CORS_ALLOWED_ORIGINS": website.origin()}
    with serving(common_database, folder, **allowed) as running:
        yield running


@pytest.fixture
def shop(
    website: Website, common_server: Server, common_database: str, browser: Browser
) -> Iterator[Shop]:
    with shop_open(website, common_server, common_database, browser) as opened:
        yield opened

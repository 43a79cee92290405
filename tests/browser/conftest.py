"""Fixtures: one browser, one database and one server for all tests with pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page

from ingest_app.database.schema import apply_schema
from ingest_app.operations.properties import Change, change_property
from ingest_app.operations.zones import set_time_zone
from tests.support.arrivals import events, writing
from tests.support.browser import chromium_running
from tests.support.cluster import HBA, cluster_with_hba
from tests.support.dashboard import ADMIN, EAST_ZONE, FAR_EAST, OF_THE_SHOP, SHOP, signed_in, visits
from tests.support.dbt import Dbt, DbtProcess
from tests.support.ports import new_port
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
    with cluster_with_hba(HBA, new_port()) as cluster:
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


@pytest.fixture(scope="session")
def built(
    common_database: str, tmp_path_factory: pytest.TempPathFactory, process: DbtProcess
) -> str:
    """The database with two weeks of two sites, and marts of them."""
    with writing(common_database) as writer:
        writer.write(events(visits()))
    set_time_zone(common_database, FAR_EAST, EAST_ZONE)
    Dbt(common_database, tmp_path_factory.mktemp("dbt"), process).build()
    with psycopg.connect(common_database, autocommit=True) as connection:
        # Where tests of another file have built before, all these days came late.
        connection.execute("truncate analytics_state.rollup_restatements")
    return common_database


@pytest.fixture(scope="session")
def dashboard(built: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Its server, with a key for all of it and one of the shop."""
    folder: Path = tmp_path_factory.mktemp("dashboard")
    keys = {"ADMIN_API_KEYS": ADMIN, "REPORT_API_KEYS": f"{SHOP}={OF_THE_SHOP}"}
    with serving(built, folder, **keys) as running:
        yield running


@pytest.fixture(scope="module")
def plain(browser: Browser, dashboard: Server) -> Iterator[Page]:
    """A page of a browser that runs no script."""
    context = signed_in(browser, dashboard, ADMIN, java_script_enabled=False)
    yield context.new_page()
    context.close()

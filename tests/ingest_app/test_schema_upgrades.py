"""A database that the last release made, brought up to date: the schema of a fresh one, and its rows."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import RaiseException

import ingest_app.database.schema
from ingest_app.database.embedded import binaries
from ingest_app.database.schema import FIRST_VERSION, VERSION, apply_schema, upgrade_scripts
from tests.support.cli import footfall
from tests.support.releases import empty, load_release
from tests.support.server import serving

MONTH = "select raw.ensure_event_partition('2026-06-01')"
HASH = "select version from raw.schema_version where length(version) = 64"
# Counted from the events that raw still holds.
EXPECTED_PROPERTIES = """
    select distinct submissions.id, events.property_id
    from raw.form_submissions as submissions
    inner join raw.events using (visitor_id)
    where events."timestamp" <= submissions.captured_at
    order by 1, 2
"""
# Columns that were added to tables that were there.
ADDED = {
    "sessions": "is_coarse",
    "events": "view_id,page",
    "erasures": "visitor_id",
    "leads": "email_domain_class",
    "form_submissions": "erased_lead_id,fingerprint,occurred_on",
    "ingest_rejections": "occurred_on",
    "consent_events": "consent_text,form_name,path",
}
KEPT_PROPERTIES = "select submission_id, property_id from raw.submission_properties order by 1, 2"


@pytest.fixture(scope="module")
def fresh(empty_database: str) -> list[str]:
    """The schema of a fresh database, with the month of the events."""
    empty(empty_database)
    apply_schema(empty_database)
    values(empty_database, MONTH)
    assert values(empty_database, "select version from raw.schema_version") == [(str(VERSION),)]
    return schema_of(empty_database)


@pytest.fixture
def release(fresh: list[str], empty_database: str) -> str:
    """A database as the last release left it."""
    load_release(empty_database)
    return empty_database


def schema_of(url: str) -> list[str]:
    """What pg_dump says of the schema raw, statement by statement, in an order of its own."""
    done = subprocess.run(
        [binaries() / "pg_dump", "--schema-only", "--schema=raw", "--no-owner", url],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [
        line
        for line in done.stdout.splitlines()
        if line and not line.startswith(("--", "\\restrict", "\\unrestrict"))
    ]
    return sorted(re.split(r"(?<=;)\n(?=[A-Z])", "\n".join(lines)))


def rows_of(url: str) -> dict[str, list[str]]:
    """Every row of raw as text, without what the upgrade adds."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select relname from pg_class where relnamespace = 'raw'::regnamespace "
            "and relkind in ('r', 'p') and not relispartition "
            "and relname not in ('schema_version', 'submission_properties', 'retention_lock', "
            "'suppressions', 'lead_accesses', 'lead_webhook_deliveries', 'properties', "
            "'property_aliases', 'property_zones', 'share_links')"
        ).fetchall()
        return {
            name: [
                row[0]
                for row in connection.execute(
                    f"select (to_jsonb(t) - '{{{ADDED.get(name, '')}}}'::text[])::text "
                    f"from raw.{name} as t order by 1".encode()
                )
            ]
            for (name,) in tables
        }


def values(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def test_it_has_the_schema_of_a_fresh_one_and_the_rows_that_it_had(
    release: str, fresh: list[str]
) -> None:
    before = rows_of(release)
    assert len(before["events"]) == 30
    [(known,)] = values(release, HASH)
    done = footfall("upgrade", database=release)
    assert done.returncode == 0, done.stderr
    assert f"version {VERSION}" in done.stdout
    assert rows_of(release) == before
    expected = values(release, EXPECTED_PROPERTIES)
    assert len(expected) == 4
    assert values(release, KEPT_PROPERTIES) == expected
    assert schema_of(release) == fresh
    # By this an app of the last release, which may run beside, still knows the schema.
    assert values(release, HASH) == [(known,)]


def test_a_second_time_changes_nothing(release: str) -> None:
    apply_schema(release)
    everything = (
        "select oid::text, xmin::text, relname from pg_class where relnamespace = 'raw'::regnamespace "
        "union all select version, xmin::text, '' from raw.schema_version "
        "union all select ctid::text, xmin::text, '' from raw.submission_properties order by 1, 2"
    )
    before = values(release, everything), schema_of(release)
    for command in ("upgrade", "init-db", "upgrade"):
        done = footfall(command, database=release)
        assert done.returncode == 0, done.stderr
    assert (values(release, everything), schema_of(release)) == before


@pytest.mark.parametrize("broken", range(len(upgrade_scripts(FIRST_VERSION + 1))))
def test_one_that_was_interrupted_is_taken_up(
    release: str, fresh: list[str], monkeypatch: pytest.MonkeyPatch, broken: int
) -> None:
    scripts = upgrade_scripts(FIRST_VERSION + 1)
    cut = scripts[broken] + "; do $$ begin raise exception 'the server was killed'; end $$"

    def cut_short(_version: int) -> list[str]:
        return [*scripts[:broken], cut, *scripts[broken + 1 :]]

    before = schema_of(release)
    with monkeypatch.context() as patched:
        patched.setattr(ingest_app.database.schema, "upgrade_scripts", cut_short)
        with pytest.raises(RaiseException):
            apply_schema(release)
    # The script that failed is undone, and those before it stand.
    assert (schema_of(release) == before) is (broken == 0)
    done = footfall("upgrade", database=release)
    assert done.returncode == 0, done.stderr
    assert values(release, KEPT_PROPERTIES) == values(release, EXPECTED_PROPERTIES)
    assert schema_of(release) == fresh


def test_a_newer_version_is_refused_in_words_and_left_alone(release: str, tmp_path: Path) -> None:
    apply_schema(release)
    values(release, f"insert into raw.schema_version (version) values ({VERSION + 1})")
    before = schema_of(release)
    for command in ("upgrade", "init-db"):
        done = footfall(command, database=release)
        assert done.returncode == 1
        assert f"the database has version {VERSION + 1} of the schema" in done.stderr
        assert "use the newer Footfall. Nothing was changed" in done.stderr
        assert "Traceback" not in done.stderr
    assert schema_of(release) == before
    # An app that can work with it may start: a machine of before restarts while others are upgraded.
    with serving(release, tmp_path) as server:
        assert server.request("GET", "/v1/readyz").status == 200
        assert (
            server.post({"anonId": "visitor-0001", "eventType": "page_view", "path": "/"}).status
            == 202
        )
    values(release, f"update raw.schema_version set oldest_app = {VERSION + 1}")
    done = footfall("serve", "--port", "1", database=release, IP_HASH_PEPPER="a pepper")
    assert done.returncode == 1
    assert "use the newer Footfall" in done.stderr


def test_each_version_has_its_upgrade() -> None:
    for version in range(FIRST_VERSION + 1, VERSION + 1):
        assert upgrade_scripts(version), f"nothing leads to version {version}"
    assert upgrade_scripts(VERSION + 1) == []

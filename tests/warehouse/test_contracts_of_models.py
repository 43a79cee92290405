"""What a changed model must still promise: a build of a project whose queries and contracts differ."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest_app.settings import PROJECT_FOLDER
from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.dbt import Dbt
from tests.support.postgres import columns

Connection = psycopg.Connection[dict[str, Any]]

MODELS = ("calendar_days", "visitor_forms", "visitor_days", "daily_web_vitals")
# A view and a mart that give another type than they promise, a mart that gives more, and one that gives
# and promises a new column.
CHANGES = {
    "calendar/calendar_days.sql": ("series.day::date as day", "series.day as day"),
    "leads/visitor_forms.yml": ("data_type: bigint", "data_type: integer"),
    "visitors/visitor_days.sql": (
        "select * from visitor_days",
        "select *, 1 as one from visitor_days",
    ),
    "vitals/daily_web_vitals.sql": (
        "select * from vitals",
        "select *, 7::bigint as seven from vitals",
    ),
    "vitals/daily_web_vitals.yml": (
        "    columns:\n",
        "    columns:\n      - {name: seven, data_type: bigint, description: Seven.}\n",
    ),
}


@pytest.fixture(scope="module")
def output(dbt: Dbt, writer: Writer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a build of the changed project printed, on marts that the project has made."""
    writer.write(
        events(
            [
                {
                    "anonId": "visitor-0001",
                    "eventType": "form_start",
                    "path": "/",
                    "timestamp": "2025-11-04T12:00:00Z",
                    "traffic": {"propertyId": "shop.example", "webVitals": {"ttfbMs": 20}},
                }
            ]
        )
    )
    dbt.run_models("--select", *(f"+{model}" for model in MODELS))
    folder: Path = tmp_path_factory.mktemp("changed") / "project"
    folder.mkdir()
    for name in ("models", "macros", "packages", "dbt_packages"):
        shutil.copytree(PROJECT_FOLDER / name, folder / name, symlinks=True)
    shutil.copytree(PROJECT_FOLDER / "tests" / "generic", folder / "tests" / "generic")
    for file in PROJECT_FOLDER.glob("*.yml"):
        shutil.copy(file, folder)
    for name, (text, other) in CHANGES.items():
        file = folder / "models" / "marts" / name
        before = file.read_text()
        assert text in before
        file.write_text(before.replace(text, other))
    run = dbt.start(
        *("run", "--project-dir", str(folder), "--profiles-dir", str(folder)),
        *("--select", *MODELS),
    )
    printed, _ = run.communicate(timeout=60)
    assert run.returncode == 1, printed
    return printed


@pytest.mark.parametrize(
    ("model", "column", "stands"),
    [
        ("calendar_days", "day", "date"),
        ("visitor_forms", "form_starts", "bigint"),
        ("visitor_days", "one", None),
    ],
)
def test_what_does_not_keep_its_contract_changes_nothing(
    output: str, connection: Connection, model: str, column: str, stands: str | None
) -> None:
    told = output.split(f"in model {model} ", 1)[1].split("compiled code", 1)[0]
    assert "This model has an enforced contract that failed." in told
    assert f"| {column} " in told
    assert columns(connection, f"analytics.{model}").get(column) == stands


def test_a_new_column_is_added_to_the_rows_that_stand(output: str, connection: Connection) -> None:
    assert "in model daily_web_vitals" not in output
    assert columns(connection, "analytics.daily_web_vitals")["seven"] == "bigint"
    rows = connection.execute("select vital, seven from analytics.daily_web_vitals").fetchall()
    assert {row["vital"] for row in rows} == {"ttfb"}
    assert {row["seven"] for row in rows} == {None}
    described = connection.execute(
        "select from pg_description "
        "where objoid = 'analytics.daily_web_vitals'::regclass and description = 'Seven.'"
    ).fetchall()
    assert len(described) == 1

"""In marts that reports scan, what has a place of its own in each row stands before any text."""

from __future__ import annotations

import pytest
import yaml

from ingest_app.settings import PROJECT_FOLDER

MARTS = ("sessions", "daily_pages", "weekly_pages", "daily_landing_paths", "daily_exit_paths")
OF_ANY_LENGTH = {"text", "jsonb"}


@pytest.mark.parametrize("mart", MARTS)
def test_columns_of_one_width_come_before_texts(mart: str) -> None:
    [file] = (PROJECT_FOLDER / "models").rglob(f"{mart}.yml")
    [model] = yaml.safe_load(file.read_text())["models"]
    kinds = [
        "text" if column["data_type"] in OF_ANY_LENGTH else "fixed"
        for column in model["columns"]
        if column["data_type"] in OF_ANY_LENGTH
        or {"type": "not_null"} in column.get("constraints", [])
    ]
    assert kinds == sorted(kinds)
    assert set(kinds) == {"fixed", "text"}

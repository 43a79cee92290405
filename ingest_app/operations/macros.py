"""Macros of the dbt project as SQL: dbt takes seconds to start, and they need little of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from jinja2 import Environment, StrictUndefined

from ingest_app.settings import PROJECT_FOLDER


def macro(path: str, **names: object) -> Callable[..., str]:
    """The macro of a file below macros/, called as the file is. It knows `source` and these names."""
    file = PROJECT_FOLDER / "macros" / path
    # Not HTML: what is rendered is SQL.
    jinja = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701
    jinja.globals.update(source=lambda schema, table: f"{schema}.{table}", **names)
    made = jinja.from_string(file.read_text(encoding="utf-8")).module
    return cast("Callable[..., str]", getattr(made, file.stem))

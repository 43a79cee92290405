"""The discrepancy check: the analysis of the dbt project, run without dbt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from jinja2 import Environment, StrictUndefined
from psycopg.rows import class_row

from ingest_app.database import READ, connect
from ingest_app.roles import MARTS, refuse_what_others_own
from ingest_app.settings import PROJECT_FOLDER

ANALYSIS = PROJECT_FOLDER / "analyses" / "rollup_discrepancy.sql"


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure of one property and day of which rollup and raw rows say different things."""

    property_id: str
    day: date
    measure: str
    rollup_value: Decimal
    raw_value: Decimal
    difference: Decimal
    received_after_build: Decimal


def find_differences(
    url: str, *, first: date, last: date, property_id: str | None
) -> list[Difference]:
    """The differences from `first` to `last`, both included, in order of property and day.

    Raises psycopg.errors.UndefinedTable where the rollups have not been built, OwnedByOthersError
    where they belong to another role.
    """
    query = render_analysis(
        {
            "discrepancy_from": first.isoformat(),
            "discrepancy_to": last.isoformat(),
            "discrepancy_property_id": property_id or "",
        }
    )
    with (
        connect(url, READ, name="footfall-discrepancy") as connection,
        connection.cursor(row_factory=class_row(Difference)) as cursor,
    ):
        refuse_what_others_own(connection)
        return cursor.execute(query.encode()).fetchall()


def render_analysis(variables: dict[str, str]) -> str:
    """The analysis as SQL. dbt takes seconds to start; these three functions are all it needs."""

    def var(name: str, default: str = "") -> str:
        return variables.get(name, default).replace("'", "''")

    # Not HTML: what is rendered is SQL, and the one free text in it is quoted by `var`.
    jinja = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701
    return jinja.from_string(ANALYSIS.read_text(encoding="utf-8")).render(
        source=lambda schema, table: f"{schema}.{table}",
        ref=lambda model: f"{MARTS}.{model}",
        var=var,
    )

"""The analyses that count raw rows once more, and the one moment that they all see.

dbt takes seconds to start, so they are rendered here: they know `source`, `ref`, `var` and the macros
of macros/recounts, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, cast

from jinja2 import Environment, StrictUndefined
from psycopg import Connection, IsolationLevel
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_loads

from ingest_app.database.connection import WORK, connect
from ingest_app.database.ownership import MARTS as MARTS_SCHEMA
from ingest_app.database.ownership import refuse_what_others_own
from ingest_app.enrichment.vitals import ENGAGEMENT, VITALS
from ingest_app.settings import PROJECT_FOLDER

MACROS = PROJECT_FOLDER / "macros" / "recounts"
ANALYSES = PROJECT_FOLDER / "analyses" / "discrepancy"

IS_THERE = "select to_regclass(%(relation)s) is not null as is_there"
WATERMARKS = """
    select mart, received_through::text as received_through
    from analytics_state.rollup_watermarks
"""
# From the app's own list: what dbt's list lacks is a difference.
MEASURES = {
    "web_vitals": [vital.as_variable() for vital in VITALS],
    "engagement": [measure.as_variable() for measure in ENGAGEMENT],
}
COUNTED_THROUGH = "discrepancy_counted_through_"
# Whole queries of raw that several analyses ask, or one of them several times.
KEPT = {
    "recounted_captures",
    "recounted_first_sights",
    "recounted_ingest_rollups",
    "recounted_last_reports",
    "recounted_metric_rollups",
    "recounted_pages",
    "recounted_visitors",
    "recounted_visits",
    "recounted_vitals",
}
# A replica, or a database that was made so.
IS_READ_ONLY = "select current_setting('transaction_read_only')::boolean as is_read_only"
# Hashes and sorts of a few million rows; the server's own 4 MB sends them to the disk.
SESSION = "set local work_mem = '128MB'; set local jit = off"


@contextmanager
def snapshot(url: str) -> Iterator[Connection[DictRow]]:
    """A connection that sees one moment for as long as the block takes, and leaves nothing behind."""
    with connect(url, WORK, name="footfall-discrepancy") as opened:
        connection = cast("Connection[DictRow]", opened)
        connection.row_factory = dict_row
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        refuse_what_others_own(connection)
        set_json_loads(partial(json.loads, parse_float=Decimal), connection)
        connection.execute(SESSION)
        yield connection
        connection.rollback()


def is_there(connection: Connection[DictRow], relation: str) -> bool:
    """Whether there is a table or a view of this name."""
    [row] = connection.execute(IS_THERE, {"relation": relation})
    return bool(row["is_there"])


def watermarks(connection: Connection[DictRow]) -> dict[str, str]:
    """How far each mart has counted, as the variables of the analyses."""
    if not is_there(connection, "analytics_state.rollup_watermarks"):
        return {}
    rows = connection.execute(WATERMARKS)
    return {COUNTED_THROUGH + row["mart"]: row["received_through"] for row in rows}


def days(first: date, last: date) -> dict[str, str]:
    """The days of a check as the variables of its analyses."""
    return {"discrepancy_from": first.isoformat(), "discrepancy_to": last.isoformat()}


class Counted:
    """What the macros of `KEPT` have counted from raw: each text once, as a temporary table.

    A database that takes no writes has no such tables; there each analysis counts for itself.
    """

    def __init__(self, connection: Connection[DictRow]) -> None:
        self.connection = connection
        [row] = connection.execute(IS_READ_ONLY)
        self._is_read_only = bool(row["is_read_only"])
        self._tables: dict[str, str] = {}

    def rows(self, analysis: str, variables: Mapping[str, str]) -> list[DictRow]:
        """The rows of an analysis."""
        return self.connection.execute(render(analysis, variables, self._keep).encode()).fetchall()

    def _keep(self, query: str) -> str:
        """The same rows, from the table that has them."""
        if self._is_read_only:
            return query
        if query not in self._tables:
            table = f"pg_temp.footfall_counted_{len(self._tables)}"
            self.connection.execute(f"create temporary table {table} as {query}".encode())
            self.connection.execute(f"analyze {table}".encode())
            self._tables[query] = table
        # Brought as a whole, as what it stands for: Citus joins raw with no table of the session.
        return f"select * from {self._tables[query]} offset 0"  # noqa: S608


def render(analysis: str, variables: Mapping[str, str], keep: Callable[[str], str] = str) -> str:
    """An analysis as SQL. What `keep` gives stands for the queries of the macros of `KEPT`."""

    def var(name: str, default: str = "") -> Any:
        if name in MEASURES:
            return MEASURES[name]
        return variables.get(name, default).replace("'", "''")

    # Not HTML: what is rendered is SQL, and the one free text in it is quoted by `var`.
    jinja = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701
    jinja.globals.update(
        source=lambda schema, table: f"{schema}.{table}",
        ref=lambda model: f"{MARTS_SCHEMA}.{model}",
        var=var,
    )
    # By their names, as in dbt: a macro may call one that is read after it.
    paths = {path.stem: path for path in MACROS.glob("*.sql")}
    macros: dict[str, Callable[..., str]] = {}
    jinja.globals.update({name: _later(macros, name) for name in paths})
    for name, path in paths.items():
        macro = getattr(jinja.from_string(path.read_text(encoding="utf-8")).module, name)
        macros[name] = _kept(macro, keep) if name in KEPT else macro
    text = (ANALYSES / analysis).read_text(encoding="utf-8")
    return jinja.from_string(text).render()


def _kept(macro: Callable[..., str], keep: Callable[[str], str]) -> Callable[..., str]:
    return lambda *values, **named: keep(macro(*values, **named))


def _later(macros: Mapping[str, Callable[..., str]], name: str) -> Callable[..., str]:
    return lambda *values, **named: macros[name](*values, **named)

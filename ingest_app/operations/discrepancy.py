"""The discrepancy check: every mart against raw rows, by the analyses of the dbt project.

dbt takes seconds to start, so they are rendered here: they know `source`, `ref`, `var` and the macros
of macros/recounts, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, cast

from jinja2 import Environment, StrictUndefined
from psycopg import Connection, IsolationLevel
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_loads

from ingest_app.database.connection import READ, connect
from ingest_app.database.roles import MARTS as MARTS_SCHEMA
from ingest_app.database.roles import refuse_what_others_own
from ingest_app.settings import PROJECT_FOLDER

MACROS = PROJECT_FOLDER / "macros" / "recounts"
ANALYSES = PROJECT_FOLDER / "analyses" / "discrepancy"
SUFFIX = "_discrepancy.sql"
# The two that the contract names; a mart is here when it has an analysis.
CONTRACT_MARTS = ("daily_metric_rollups", "daily_ingest_rollups")
MARTS = (
    *CONTRACT_MARTS,
    *sorted(
        {path.name.removesuffix(SUFFIX) for path in ANALYSES.glob(f"*{SUFFIX}")} - {*CONTRACT_MARTS}
    ),
)

NUMBERS = (int, float, Decimal)

IS_THERE = "select to_regclass(%(relation)s) is not null as is_there"
WATERMARKS = """
    select mart, received_through::text as received_through
    from analytics_state.rollup_watermarks
"""
COUNTED_THROUGH = "discrepancy_counted_through_"
# Hashes and sorts of a few million rows; the server's own 4 MB sends them to the disk.
SESSION = "set local work_mem = '128MB'; set local jit = off"


class NothingBuiltError(Exception):
    """There is no mart to compare."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that a mart or a report has, and what raw rows say it is; None where there is none."""

    mart: str
    property_id: str | None
    day: date | None
    key: Mapping[str, Any]
    measure: str
    rollup_value: Any
    raw_value: Any

    @property
    def difference(self) -> Decimal | None:
        """By how much the rollup is more; None of what is no number."""
        values = [0 if one is None else one for one in (self.rollup_value, self.raw_value)]
        if any(isinstance(one, bool) or not isinstance(one, NUMBERS) for one in values):
            return None
        rollup, raw = (Decimal(str(one)) for one in values)
        return rollup - raw


@dataclass(slots=True)
class Findings:
    """What was compared, what was left out and why, and every difference."""

    compared: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)


@contextmanager
def snapshot(url: str) -> Iterator[Connection[DictRow]]:
    """A connection that only reads, and sees one moment for as long as the block takes."""
    with connect(url, READ, name="footfall-discrepancy") as opened:
        connection = cast("Connection[DictRow]", opened)
        connection.row_factory = dict_row
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        refuse_what_others_own(connection)
        set_json_loads(partial(json.loads, parse_float=Decimal), connection)
        connection.execute(SESSION)
        yield connection


def compare_marts(
    connection: Connection[DictRow],
    marts: Collection[str],
    *,
    first: date,
    last: date,
    property_id: str | None,
) -> Findings:
    """Compare these marts from `first` to `last`, both included.

    Raises NothingBuiltError where none of them is there.
    """
    findings = Findings()
    variables = watermarks(connection) | days(first, last)
    variables["discrepancy_property_id"] = property_id or ""
    for mart in marts:
        if not is_there(connection, f"{MARTS_SCHEMA}.{mart}"):
            if COUNTED_THROUGH + mart in variables:
                findings.differences.append(Difference(mart, None, None, {}, "table", False, True))
            else:
                findings.left_out[mart] = "it is not built"
            continue
        rows = connection.execute(render(f"{mart}{SUFFIX}", variables).encode())
        findings.compared.append(mart)
        findings.differences += [one for row in rows for one in _differences(row)]
    if not findings.compared and not findings.differences:
        raise NothingBuiltError
    findings.differences.sort(key=_place)
    return findings


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


def render(analysis: str, variables: Mapping[str, str]) -> str:
    """An analysis as SQL."""

    def var(name: str, default: str = "") -> str:
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
        macros[name] = getattr(jinja.from_string(path.read_text(encoding="utf-8")).module, name)
    text = (ANALYSES / analysis).read_text(encoding="utf-8")
    return jinja.from_string(text).render()


def _later(macros: Mapping[str, Callable[..., str]], name: str) -> Callable[..., str]:
    return lambda *values, **named: macros[name](*values, **named)


def _differences(row: DictRow) -> Iterator[Difference]:
    """One for each measure of a mart's row in which it is not what raw rows say."""
    keys = row["key_columns"]
    known = row["mart_row"] or row["raw_row"]
    key = {name: known[name] for name in keys if name not in ("property_id", "day")}
    for measure, rollup_value, raw_value in unequal(
        _without(row["mart_row"], keys), _without(row["raw_row"], keys)
    ):
        yield Difference(
            row["mart"], row["property_id"], row["day"], key, measure, rollup_value, raw_value
        )


def _without(row: Mapping[str, Any] | None, keys: Sequence[str]) -> dict[str, Any] | None:
    return None if row is None else {name: row[name] for name in row if name not in keys}


def unequal(
    rollup: Mapping[str, Any] | None, raw: Mapping[str, Any] | None
) -> Iterator[tuple[str, Any, Any]]:
    """The measures that differ, with both sides. A row that is not there has nothing of anything."""
    if not rollup and not raw:
        if rollup != raw:
            yield "row", rollup is not None, raw is not None
        return
    left, right = dict(leaves("", rollup or {})), dict(leaves("", raw or {}))
    measures = list(left | right)
    if rollup is None or raw is None:
        measures = [name for name in measures if left.get(name) or right.get(name)]
    elif left == right and rollup != raw:
        # The same entries in another order.
        left, right = dict(rollup), dict(raw)
        measures = list(left)
    for name in measures:
        if left.get(name) != right.get(name):
            yield name, left.get(name), right.get(name)


def leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The values inside of a value by their names: an entry behind a dot, of a list by its path."""
    if isinstance(value, Mapping):
        for part, inner in value.items():
            yield from leaves(f"{name}.{part}" if name else str(part), inner)
    elif isinstance(value, list) and all(isinstance(one, Mapping) for one in value):
        for one in value:
            for part in one.keys() - {"path"}:
                yield f"{name}.{part}.{one['path']}", one[part]
    else:
        yield name, value


def _place(one: Difference) -> tuple[str, ...]:
    return (
        one.mart,
        one.property_id or "",
        str(one.day or ""),
        json.dumps(one.key, default=str),
        one.measure,
    )

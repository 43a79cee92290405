"""The panels under the chart: which questions they ask, and which columns they show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ingest_app.dashboard import words
from ingest_app.dashboard.view import View
from ingest_app.reports.bounds import MAX_ROWS
from ingest_app.reports.breakdown import breakdown, columns_of
from ingest_app.reports.dimensions import DIMENSIONS
from ingest_app.reports.visit_dimensions import DIMENSIONS as OF_VISITS
from ingest_app.reports.warehouse import Warehouse

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: its name in addresses, its title, and its tabs by dimension."""

    name: str
    title: str
    tabs: dict[str, str]

    def chosen(self, view: View) -> str:
        """The dimension of the tab that is open."""
        said = view.get(self.name)
        return said if said in self.tabs else next(iter(self.tabs))


@dataclass(frozen=True, slots=True)
class Row:
    """One value: its name, its cells as text, and how long its bar is."""

    name: str
    cells: list[str]
    share: float


@dataclass(frozen=True, slots=True)
class Table:
    """What a panel shows, or the page of all of it."""

    by: str
    title: str
    name: str
    columns: list[str]
    rows: list[Row]
    total: int


PANELS = (
    Panel(
        "sources",
        "Sources",
        {
            "traffic_source": "Sources",
            "referrer": "Referrers",
            "referrer_page": "Referring pages",
            "campaign": "Campaigns",
        },
    ),
    Panel("pages", "Pages", {"page": "Viewed", "landing_path": "Landing", "exit_path": "Exit"}),
    Panel("places", "Places and devices", {"country": "Countries", "device_type": "Devices"}),
    Panel("events", "Events and goals", {"event_type": "Events"}),
)
TITLES = {
    by: title if title in panel.title else f"{panel.title}: {title.lower()}"
    for panel in PANELS
    for by, title in panel.tabs.items()
}
# What stands beside the measure that orders the rows, where there is room for few.
BESIDE = ("visitors", "conversions")


def panel_table(warehouse: Warehouse, view: View, by: str) -> Table:
    """The first rows of a dimension, with the few columns that matter most."""
    answer = breakdown(warehouse, view.window, by=by, limit=SHOWN)
    main = next(iter(DIMENSIONS[by].measures)) if by in DIMENSIONS else "sessions"
    return _table(by, answer, [main, *BESIDE])


def whole_table(warehouse: Warehouse, view: View, by: str, search: str) -> Table:
    """All rows of a dimension, or those whose name holds a text, with every column."""
    answer = breakdown(warehouse, view.window, by=by, limit=MAX_ROWS)
    keys = _keys(by)
    table = _table(by, answer, [name for name in columns_of(by) if name not in keys])
    wanted = search.casefold()
    rows = [row for row in table.rows if wanted in row.name.casefold()]
    return Table(by, table.title, table.name, table.columns, rows, table.total)


def _keys(by: str) -> list[str]:
    return [*(DIMENSIONS[by].keys if by in DIMENSIONS else OF_VISITS[by][0])]


def _table(by: str, answer: dict[str, Any], columns: list[str]) -> Table:
    keys = _keys(by)
    return Table(
        by=by,
        title=TITLES[by],
        name=" / ".join(words.column(key) for key in keys),
        columns=[words.column(name) for name in columns],
        rows=[
            Row(
                name=" / ".join(words.cell(key, row[key]) for key in keys),
                cells=[words.cell(name, row[name]) for name in columns],
                share=row["share"] or 0.0,
            )
            for row in answer["rows"]
        ],
        total=answer["total"],
    )

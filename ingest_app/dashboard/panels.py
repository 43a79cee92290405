"""The panels under the chart: which questions they ask, and which columns they show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ingest_app.dashboard import words
from ingest_app.dashboard.view import View
from ingest_app.reports import visits
from ingest_app.reports.bounds import MAX_ROWS
from ingest_app.reports.breakdown import breakdown, columns_of
from ingest_app.reports.dimensions import DIMENSIONS
from ingest_app.reports.ratios import ratio
from ingest_app.reports.visit_dimensions import DIMENSIONS as OF_VISITS
from ingest_app.reports.visit_dimensions import OF_VISITS as OF_VISITS_ALONE
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Filter, FilterBy

SHOWN = 8
LIST = "/dashboard/list"
# The types of event that are conversions, at least some of them.
GOAL = "goal"
# What a row's order may be besides that of its main measure, and what says so in an address.
CONVERSIONS = "conversions"
ORDER = "order"


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: its name in addresses, its title, and its tabs by dimension."""

    name: str
    title: str
    tabs: dict[str, str]

    def chosen(self, view: View) -> str:
        """The dimension of the tab that is open; with filters, the first that can be filtered."""
        said = view.get(self.name)
        if said in self.tabs:
            return said
        return next((by for by in self.tabs if can_tell(view, by)), next(iter(self.tabs)))


@dataclass(frozen=True, slots=True)
class Column:
    """A measure of the rows: its title, whether they are in its order, and the address where they are."""

    title: str
    is_on: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One value: its name, its cells as text, how long its bar is, and the address that filters by it."""

    name: str
    cells: list[str]
    share: float
    link: str | None
    is_on: bool


@dataclass(frozen=True, slots=True)
class Table:
    """What a panel shows, or the page of all of it."""

    by: str
    title: str
    name: str
    columns: list[Column]
    rows: list[Row]
    total: int
    can_filter: bool
    # Whether it can be told of visits that are filtered.
    is_told: bool = True


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
    Panel("events", "Events and goals", {"event_type": "Events", GOAL: "Goals"}),
)
TITLES = {
    by: title if title.lower() in panel.title.lower() else f"{panel.title}: {title.lower()}"
    for panel in PANELS
    for by, title in panel.tabs.items()
}
# What stands beside the measure that orders the rows, where there is room for few.
BESIDE = ("visitors", "conversions")
# Told of visits although events have it too. What somebody does after coming has the source
# "internal", which says nothing of what brought them.
BY_VISITS = ("traffic_source",)
# By which of a row's values visits are filtered. A visit sees many pages and events: it has none.
FILTERS = {
    "traffic_source": {"trafficSource": FilterBy.TRAFFIC_SOURCE},
    "referrer": {"referrerHost": FilterBy.REFERRER_HOST},
    "referrer_page": {
        "referrerHost": FilterBy.REFERRER_HOST,
        "referrerPage": FilterBy.REFERRER_PAGE,
    },
    "campaign": {
        "source": FilterBy.UTM_SOURCE,
        "medium": FilterBy.UTM_MEDIUM,
        "campaign": FilterBy.UTM_CAMPAIGN,
    },
    "landing_path": {"path": FilterBy.LANDING_PATH},
    "exit_path": {"path": FilterBy.EXIT_PATH},
    "country": {"countryCode": FilterBy.COUNTRY_CODE},
    "device_type": {"deviceType": FilterBy.DEVICE_TYPE},
}


def can_tell(view: View, by: str) -> bool:
    """Whether a dimension can be told of what the view asks for."""
    return not view.filters or by in OF_VISITS


def is_of_visits(view: View, by: str) -> bool:
    """Whether a dimension is told of visits, each whole, and not of events."""
    return bool(view.filters) or by in (*OF_VISITS_ALONE, *BY_VISITS)


def is_by_conversions(view: View, panel: Panel | None = None) -> bool:
    """Whether the rows of a panel, or of a page of all rows, are in the order of their conversions."""
    return view.get(order_of(panel)) == CONVERSIONS


def order_of(panel: Panel | None = None) -> str:
    """What says in an address which order a panel is in; a page of all rows has one."""
    return ORDER if panel is None else f"{panel.name}_{ORDER}"


def told(
    warehouse: Warehouse, view: View, by: str, *, limit: int, by_conversions: bool
) -> dict[str, Any]:
    """The rows of a dimension, as the report tells them; goals are those events that convert.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    if by in BY_VISITS:
        return visits.breakdown(
            warehouse, view.window, by=by, limit=limit, by_conversions=by_conversions
        )
    if by != GOAL:
        return breakdown(warehouse, view.window, by=by, limit=limit, by_conversions=by_conversions)
    answer = breakdown(warehouse, view.window, by="event_type", limit=MAX_ROWS, by_conversions=True)
    rows = [row for row in answer["rows"] if row["conversions"]]
    return answer | {"rows": rows[:limit], "total": len(rows)}


def panel_table(warehouse: Warehouse, view: View, panel: Panel) -> Table:
    """The first rows of what a panel shows, with the few columns that matter most."""
    by = panel.chosen(view)
    if not can_tell(view, by):
        return _untold(by)
    columns = [CONVERSIONS, "visitors", "events"] if by == GOAL else [_main(view, by), *BESIDE]
    answer = told(warehouse, view, by, limit=SHOWN, by_conversions=is_by_conversions(view, panel))
    return _table(view, by, answer, columns, panel)


def whole_table(warehouse: Warehouse, view: View, by: str, search: str) -> Table:
    """All rows of a dimension, or those whose name holds a text, with every column."""
    if not can_tell(view, by):
        return _untold(by)
    answer = told(warehouse, view, by, limit=MAX_ROWS, by_conversions=is_by_conversions(view))
    keys = _keys(by)
    columns = columns_of(answer["by"], is_filtered=is_of_visits(view, by))
    table = _table(view, by, answer, [name for name in columns if name not in keys])
    wanted = search.casefold()
    return replace(table, rows=[row for row in table.rows if wanted in row.name.casefold()])


def _untold(by: str) -> Table:
    return Table(by, TITLES[by], "", [], [], 0, can_filter=False, is_told=False)


def _keys(by: str) -> list[str]:
    if by == GOAL:
        return ["eventType"]
    return [*(DIMENSIONS[by].keys if by in DIMENSIONS else OF_VISITS[by][0])]


def _main(view: View, by: str) -> str:
    """The measure that orders the rows as long as nothing else is said."""
    if by == GOAL:
        return CONVERSIONS
    return "sessions" if is_of_visits(view, by) else next(iter(DIMENSIONS[by].measures))


def _columns(view: View, by: str, names: list[str], panel: Panel | None) -> list[Column]:
    main = _main(view, by)
    order = CONVERSIONS if is_by_conversions(view, panel) else main
    place = f"#{panel.name}" if panel else ""

    def link(name: str) -> str | None:
        if name == order or name not in (main, CONVERSIONS):
            return None
        # The usual order has no name in the address.
        change: dict[str, Any] = {order_of(panel): None if name == main else name}
        return view.link(**change) + place

    return [Column(words.column(name), name == order, link(name)) for name in names]


def _table(
    view: View, by: str, answer: dict[str, Any], columns: list[str], panel: Panel | None = None
) -> Table:
    keys = _keys(by)
    is_of_conversions = by == GOAL or is_by_conversions(view, panel)
    most = max((row["conversions"] or 0 for row in answer["rows"]), default=0)
    return Table(
        by=by,
        title=TITLES[by],
        name=" / ".join(words.column(key) for key in keys),
        columns=_columns(view, by, columns, panel),
        rows=[
            _row(view, by, row, keys, columns, most if is_of_conversions else None)
            for row in answer["rows"]
        ],
        total=answer["total"],
        can_filter=by in FILTERS,
    )


def _known(by: str, row: dict[str, Any], name: str) -> Any:
    """A value of a row; of a rate of nothing None, where the contract has 0."""
    rates = DIMENSIONS[by].rates if by in DIMENSIONS else {}
    return row[name] if name not in rates or row.get(rates[name][1], 1) else None


def _row(
    view: View, by: str, row: dict[str, Any], keys: list[str], columns: list[str], most: int | None
) -> Row:
    """`most` is what the longest bar stands for, where bars are of conversions and not of the main measure."""
    filters = [Filter(which, row[key]) for key, which in FILTERS.get(by, {}).items()]
    return Row(
        name=" / ".join(words.cell(key, row[key], view.language) for key in keys),
        cells=[words.cell(name, _known(by, row, name)) for name in columns],
        share=(row["share"] if most is None else ratio(row["conversions"] or 0, most)) or 0.0,
        link=view.filtered(*filters, path="/" if view.path == LIST else None) if filters else None,
        is_on=bool(filters) and view.has(*filters),
    )

"""The funnel, of all forms and of each."""

from __future__ import annotations

from functools import partial

from ingest_app.operations.discrepancy.comparison import (
    ALL,
    Asked,
    Comparison,
    Figures,
    placed,
    share,
)
from ingest_app.reports.bounds import MAX_ROWS
from ingest_app.reports.funnel import funnel
from ingest_app.reports.statements import Row

NAME = "report:funnel"


def compare_funnel(comparison: Comparison, asked: Asked) -> None:
    """Of each property."""
    rows: dict[str, list[Row]] = {}
    for row in comparison.recount("funnel", asked.variables()):
        rows.setdefault(row["property_id"], []).append(row)
    for property_id in asked.properties:
        window = asked.window(property_id)
        answer = comparison.answer(partial(funnel, window=window, limit=MAX_ROWS))
        answer["forms"] = placed(answer["forms"], ["formName"])
        expected = _funnel(rows[property_id])
        comparison.note(NAME, asked, property_id, {}, answer, expected)


def _funnel(rows: list[Row]) -> Figures:
    [of_all] = [row for row in rows if row["form_name"] == ALL]
    forms = [row for row in rows if row is not of_all]
    visitors = of_all["visitors"]
    return {
        "allForms": {"visitors": visitors} | _figures(of_all, visitors),
        "total": len(forms),
        "forms": {
            row["form_name"]: {"place": place} | _figures(row, visitors)
            for place, row in enumerate(forms[:MAX_ROWS], 1)
        },
    }


def _figures(row: Row, visitors: int) -> Figures:
    return {
        "formStarters": row["form_starters"],
        "formSubmitters": row["form_submitters"],
        "newLeads": row["new_leads"],
        "formStarts": row["form_starts"],
        "formSubmits": row["form_submits"],
        "formCompletionRate": share(row["form_submits"], row["form_starts"]),
        "leadCaptureRate": share(row["new_leads"], visitors),
    }

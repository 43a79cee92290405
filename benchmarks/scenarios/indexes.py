"""What each index of raw.events costs at ingest, and which question it answers."""

from __future__ import annotations

from typing import Any

from benchmarks.bench import Bench
from benchmarks.figures import Headline, Spread, table
from benchmarks.history import history
from benchmarks.index_costs import costs
from benchmarks.index_uses import uses

TITLE = "Indexes"
PARAMETERS = ("index_rows", "index_runs", "query_runs", "history_events", "history_months")


def run(bench: Bench) -> dict[str, Any]:
    """Both sides of each index."""
    full, _ = history(bench)
    bench.say("what each index costs")
    spent = costs(bench, full)
    bench.say("what each index is good for")
    return {"costs": spent, "uses": uses(bench, full)}


def headlines(_: dict[str, Any]) -> list[Headline]:
    """No goal here: the indexes stay unless the evidence is strong."""
    return []


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    cost_rows = []
    for name, pairs in result["costs"]["pairs"].items():
        shares = {
            figure: Spread.of(1 - pair["without"][figure] / pair["with"][figure] for pair in pairs)
            for figure in ("cpu_ms_by_1000_rows", "wal_bytes_by_row")
        }
        faster = Spread.of(
            pair["without"]["rows_per_second"] / pair["with"]["rows_per_second"] for pair in pairs
        )
        wal = Spread.of(
            pair["with"]["wal_bytes_by_row"] - pair["without"]["wal_bytes_by_row"] for pair in pairs
        )
        cost_rows.append(
            [
                f"`{name}`" if name.startswith("events_") else name,
                faster.show(2),
                _percent(shares["cpu_ms_by_1000_rows"]),
                _percent(shares["wal_bytes_by_row"]),
                wal.show(),
            ]
        )
    use_rows = [
        [
            f"`{use['index']}`",
            use["question"],
            f"{use['with_ms']:,.2f}",
            f"{use['without_ms']:,.2f}",
            f"{use['without_ms'] / use['with_ms']:,.1f}",
            ", ".join(f"`{name}`" for name in use["used"]) or "none",
            ", ".join(f"`{name}`" for name in use["used_without"]) or "none",
        ]
        for use in result["uses"]
    ]
    return "\n\n".join(
        [
            f"COPY of {result['costs']['rows']:,} events of the history into the same table, empty at "
            "the start, with everything and without the one thing, by turns; visitors and sessions "
            "are there already.",
            table(
                [
                    "without",
                    *("rows/s, times as many", "less CPU of the backend, %"),
                    *("less WAL, %", "less WAL, bytes by event"),
                ],
                cost_rows,
            ),
            "The same questions to the history, with the index and without it:",
            table(
                ["index", "question", "ms", "ms without", "times", "used", "used without"], use_rows
            ),
        ]
    )


def _percent(share: Spread) -> str:
    return Spread(share.median * 100, share.least * 100, share.most * 100).show(1)

"""What a run shows a person: progress while it lasts, a summary when it is over."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from ingest_app.clients.report import Reply, SendReport

PLAIN_STEPS = 10


class Show(Protocol):
    """Shows how much is done of what a label names."""

    def __call__(self, label: str, done: float, total: float | None) -> None: ...


@contextmanager
def bars(console: Console, *columns: ProgressColumn) -> Iterator[Show]:
    """On a terminal a bar for each label, elsewhere nothing; yields what shows it."""
    if not console.is_terminal:
        yield lambda label, done, total: None
        return
    tasks: dict[str, TaskID] = {}
    with Progress(TextColumn("{task.description}"), BarColumn(), *columns, console=console) as bar:

        def show(label: str, done: float, total: float | None) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(label, total=total)
            bar.update(tasks[label], completed=done, total=total)

        yield show


@contextmanager
def progress_of(
    console: Console, label: str, total: int | None, unit: str
) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, a line every tenth elsewhere; yields what to call with the count.

    Where nobody knows the total there is no tenth, and no line.
    """
    if not console.is_terminal:
        yield _PlainProgress(console, label, total or 0, unit).update
        return
    columns = (MofNCompleteColumn(), TextColumn(unit), TimeElapsedColumn(), TimeRemainingColumn())
    with bars(console, *columns) as show:
        show(label, 0, total)
        yield lambda done: show(label, done, total)


class _PlainProgress:
    def __init__(self, console: Console, label: str, total: int, unit: str) -> None:
        self._console = console
        self._label = label
        self._total = total
        self._unit = unit
        self._step = 0

    def update(self, done: int) -> None:
        step = done * PLAIN_STEPS // self._total if self._total else 0
        if step > self._step:
            self._step = step
            line = f"{self._label}: {done:,} of {self._total:,} {self._unit}"
            self._console.print(line, highlight=False, markup=False)


def show_summary(
    console: Console, title: str, report: SendReport, context: Mapping[str, int]
) -> None:
    """The counts as a table, the reasons of refusals by field, and a few examples."""
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, count in context.items():
        table.add_row(name, f"{count:,}")
    if context:
        table.add_section()
    for name in ("sent", "accepted", "duplicate", "rejected", "failed"):
        table.add_row(name, f"{getattr(report, name):,}")
    table.add_section()
    table.add_row("retries", f"{report.retries:,}")
    table.add_row("seconds", f"{report.seconds:,.1f}")
    table.add_row("posts a second", f"{report.rate:,.0f}")
    console.print(table)
    if report.rejected_by_field:
        counts = report.rejected_by_field.items()
        fields = ", ".join(f"{name or 'body'} {n:,}" for name, n in counts)
        say(console, f"Rejected by field: {fields}")
    for answer in report.rejections:
        say(console, f"  rejected, {_reason(answer)}")
    for answer in report.failures:
        say(console, f"  failed, {_reason(answer)}")
    for hint in hints(report):
        say(console, hint)


def hints(report: SendReport) -> list[str]:
    """What to do about the troubles that have a known remedy."""
    found = []
    if 0 < report.sent == report.rejected == report.rejected_by_field.get("timestamp"):
        found.append(
            "The server refused every timestamp, probably as too old: start it with "
            "FOOTFALL_MAX_EVENT_AGE_DAYS large enough for this traffic."
        )
    if report.by_status.get(429):
        found.append(
            "The server's rate limit counts all of this traffic as one client: name this machine "
            "in its FOOTFALL_TRUSTED_PROXIES, so that X-Forwarded-For tells visitors apart, or "
            "start it with FOOTFALL_RATE_LIMITS_ENABLED=false."
        )
    return found


def _reason(answer: Reply) -> str:
    issues = "; ".join(f"{path or 'body'}: {message}" for path, message in answer.issues)
    return ": ".join(part for part in (str(answer.status), answer.error, issues) if part)


def say(console: Console, line: str) -> None:
    """Print a line as it is."""
    # As Text: what a server answered is not markup.
    console.print(Text(line))

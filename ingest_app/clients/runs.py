"""Whole runs with their display, for the commands and for anything that wants the same."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import get_args

from rich.console import Console

from ingest_app.clients.display import progress_of, say, show_summary
from ingest_app.clients.log_file import LogFile
from ingest_app.clients.log_formats import Format
from ingest_app.clients.log_stream import UnreadableLog
from ingest_app.clients.post import Kind
from ingest_app.clients.sender import Patience, SendReport, send
from ingest_app.clients.simulation import simulate

DEFAULT_CONCURRENCY = 8
DEFAULT_DAYS = 7
DEFAULT_VISITORS_PER_DAY = 400  # seven days make about 12,000 posts
DEFAULT_SEED = 7


def replay_log(
    log: Path,
    *,
    url: str,
    console: Console,
    property_id: str | None = None,
    host: str | None = None,
    query: Sequence[str] = (),
    known: Format | None = None,
    concurrency: int = DEFAULT_CONCURRENCY,
    limit: int | None = None,
    patience: Patience | None = None,
) -> SendReport:
    """Send the page views of an access log, at most `limit` of them, and show what became of them.

    Where its format is not known it is told by the first lines, and said.

    Raises SendError when the endpoint does not take events, UnreadableLog when there is no log.
    """
    file = LogFile(log, known=known, notice=partial(say, console))
    with progress_of(console, f"Replaying {file.name}", file.count_lines(), "lines") as update:
        report = send(
            islice(file.posts(property_id=property_id, host=host, query=query), limit),
            url=url,
            concurrency=concurrency,
            progress=lambda _done, _total: update(file.lines),
            patience=patience,
            notice=partial(say, console),
        )
    if file.unreadable and file.unreadable + file.remarks == file.lines:
        raise UnreadableLog(f"no line of {file.name} is in that format. {file.first_unreadable}")
    context = {
        "lines read": file.lines,
        "skipped: not a page": file.not_pages,
        "skipped: not readable": file.unreadable,
        "skipped: blank or a comment": file.remarks,
    }
    show_summary(console, f"Replay of {file.name}", report, context)
    if file.first_unreadable:
        say(console, file.first_unreadable)
    return report


def run_simulation(
    *,
    url: str,
    console: Console,
    last_day: date,
    days: int = DEFAULT_DAYS,
    visitors_per_day: int = DEFAULT_VISITORS_PER_DAY,
    seed: int = DEFAULT_SEED,
    until: datetime | None = None,
    concurrency: int = DEFAULT_CONCURRENCY,
) -> SendReport:
    """Send simulated visitors and show what became of them.

    Raises SendError when the endpoint does not take events.
    """
    posts = partial(
        simulate,
        last_day=last_day,
        days=days,
        visitors_per_day=visitors_per_day,
        seed=seed,
        until=until,
    )
    # Made twice: the first pass only counts, so that nothing has to be held.
    kinds = Counter(post.kind for post in posts())
    total = kinds.total()
    label = f"Simulating {days} days to {last_day}"
    with progress_of(console, label, total, "posts") as update:
        report = send(
            posts(),
            url=url,
            total=total,
            concurrency=concurrency,
            progress=lambda done, _total: update(done),
            notice=partial(say, console),
        )
    context = {f"made: {kind}": kinds[kind] for kind in get_args(Kind)}
    show_summary(console, f"Simulation, seed {seed}", report, context)
    return report

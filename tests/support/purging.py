"""What retention does to raw, and what it must not do to marts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import psycopg

from tests.support.recount.closed import Closed
from tests.support.recount.facts import Hit, RawFacts, read_facts
from tests.support.recount.grouping import Rows
from tests.support.recount.marts import KEYS, recount_marts
from tests.support.recount.reading import assert_marts_equal_recount, differences, read_rows
from tests.support.recount.sessions import DAILY, cut

Connection = psycopg.Connection[dict[str, Any]]

PURGE = (
    "insert into raw.retention_purges (id, purged_before) values (gen_random_uuid(), %(day)s)",
    "delete from raw.events where occurred_on < %(day)s",
    "delete from raw.sessions where not exists ("
    "   select 1 from raw.events"
    "   where events.visitor_id = sessions.visitor_id and events.session_id = sessions.id"
    ")",
    "delete from raw.visitors where not exists ("
    "   select 1 from raw.events where events.visitor_id = visitors.id"
    ") and not exists ("
    "   select 1 from raw.form_submissions where form_submissions.visitor_id = visitors.id"
    ")",
)


def purge(connection: Connection, horizon: date) -> None:
    """Raw events of the days before, and what nothing refers to any more."""
    with connection.transaction():
        for statement in PURGE:
            connection.execute(statement, {"day": horizon})


def rows_before(connection: Connection, horizon: date) -> dict[str, list[str]]:
    """Every mart's rows of the days before, as they stand, the times they were made too."""
    return {
        mart: [
            row["row"]
            for row in connection.execute(
                f"select mart::text as row from analytics.{mart} as mart "
                "where day < %s order by mart::text",
                (horizon,),
            )
        ]
        for mart in KEYS
    }


def with_what_is_purged(known: list[Hit], connection: Connection) -> list[Hit]:
    """What raw has now, and of what was known before that which it has no more."""
    held = read_facts(connection).hits
    keys = {hit.dedupe_key for hit in held}
    return [*held, *(hit for hit in known if hit.dedupe_key not in keys)]


class ClosedDays:
    """What purges have closed in a history of builds, and what they must have left as it was."""

    def __init__(self, connection: Connection) -> None:
        self.horizon = date.min
        self._connection = connection
        self._hits: list[Hit] = []
        self._rows: dict[str, list[str]] | None = None

    def purged(self, ever: RawFacts, horizon: date, *, is_built: bool) -> None:
        """A purge took the days before `horizon`; until then raw held `ever`."""
        hits = [*self._hits, *ever.hits]
        self.horizon = max(self.horizon, horizon)
        # Raw forgets sessions and visitors that nothing refers to, and who comes again is new.
        over = {
            hit.dedupe_key
            for visit in cut(hits)
            if any(hit.key[1] >= horizon for hit in visit.hits)
            for hit in visit.hits
        }
        known = {hit.visitor for hit in hits if hit.key[1] >= horizon} | {
            capture.visitor for capture in ever.captures
        }
        self._hits = [
            hit if hit.dedupe_key in over else replace(hit, session_id=None)
            for hit in hits
            if hit.key[1] < self.horizon and hit.visitor in known
        ]
        self._rows = rows_before(self._connection, self.horizon) if is_built else None

    def erased(self, visitor: UUID) -> None:
        """Raw knows nothing more of the visitor."""
        self._hits = [hit for hit in self._hits if hit.visitor != str(visitor)]

    def assert_marts(self) -> None:
        """Closed days as they were, all others as raw has them."""
        rows = rows_before(self._connection, self.horizon)
        # A first build counts what raw still has of closed days: captures, which are not purged.
        self._rows = self._rows or rows
        assert rows == self._rows
        assert_marts_equal_recount(self._connection, closed=self.known())

    def assert_counted(self, ever: RawFacts, until: date) -> None:
        """Whatever raw held of days that are still open was counted, as far as they close now."""
        expected = recount_marts(ever, self.known())
        problems = []
        for mart in KEYS:
            # Visits that the last of them has begun may go on, and change. They may go on where it is two
            # days later: clocks are up to 25 hours apart.
            is_of_visits = mart in ("sessions", "daily_hours", *DAILY)
            open_days = 2 if any(hit.zones for hit in ever.hits) else 1
            end = until - timedelta(days=open_days) if is_of_visits else until
            problems += differences(
                mart,
                _rows_of(mart, expected[mart], self.horizon, end),
                _rows_of(mart, read_rows(self._connection, mart), self.horizon, end),
            )
        assert not problems, "closed and never counted:\n" + "\n".join(problems[:20])

    def known(self) -> Closed:
        """What the marts keep is theirs, and was right when its day was closed."""
        kept = {
            mart: _rows_of(mart, read_rows(self._connection, mart), date.min, self.horizon)
            for mart in ("visitor_days", "sessions")
        }
        return Closed(self.horizon, self._hits, kept["visitor_days"], kept["sessions"])


def _rows_of(mart: str, rows: Rows, first: date, end: date) -> Rows:
    """Those of the days from `first` on and before `end`."""
    later = Closed(end).rows_since(KEYS[mart], rows)
    since = Closed(first).rows_since(KEYS[mart], rows)
    return {key: row for key, row in since.items() if key not in later}

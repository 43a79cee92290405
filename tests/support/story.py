"""A random history of a warehouse: arrivals, erasures, open transactions, builds that go wrong."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import psycopg
from psycopg import sql

from ingest_app.enrichment.identity import new_id, visitor_id
from ingest_app.store.writer import Writer
from tests.support.arrivals import Begun, erase, events
from tests.support.dbt import Dbt, Run
from tests.support.recount.reading import assert_marts_equal_recount
from tests.support.visits import random_visit
from tests.support.waiting import MARTS

Connection = psycopg.Connection[dict[str, Any]]

# A fixed day: a history must be the same whenever it is told. Its last two months touch three.
LAST_DAY = datetime(2026, 3, 3, tzinfo=UTC)
RECENT = [LAST_DAY - timedelta(days=n) for n in range(3)]
OLD = [LAST_DAY - timedelta(days=n) for n in (3, 4, 5, 20, 21, 40, 60, 61)]
PROPERTIES = ("shop.example", "docs.example")
VISITORS = [f"visitor-{n:04}" for n in range(9)]
# What sessions of the database begin with, whoever opens them.
ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Kiritimati")


class Story:
    """One history, told by a seed; `steps` says what was done."""

    def __init__(
        self, seed: int, *, database: str, connection: Connection, writer: Writer, dbt: Dbt
    ) -> None:
        self.steps: list[str] = []
        self._rng = random.Random(seed)
        self._zone = ZONES[seed % len(ZONES)]
        self._database = database
        self._connection = connection
        self._writer = writer
        self._dbt = dbt
        self._begun: list[Begun] = []
        self._delayed: list[dict[str, Any]] = []
        self._new_properties = 0
        self._is_built = False

    def tell(self) -> None:
        """Live through it. After each build the marts must be what raw says at that time."""
        self._make_partitions()
        self._set_zone(self._zone)
        try:
            self._arrive(RECENT, visits=6)
            self._arrive(OLD, visits=6)
            for _ in range(self._rng.choice((2, 2, 3))):
                for _ in range(self._rng.randrange(4)):
                    self._any_step()
                self._build()
            while self._begun:
                self._end_transaction()
            self._any_step()
            self._build()
        finally:
            self._set_zone("UTC")
            for begun in self._begun:
                begun.transaction.close()

    def _set_zone(self, zone: str) -> None:
        self.steps.append(f"the database's clock shows the time of {zone}")
        [row] = self._connection.execute("select current_database() as name").fetchall()
        self._connection.execute(
            sql.SQL("alter database {} set timezone = {}").format(
                sql.Identifier(row["name"]), sql.Literal(zone)
            )
        )

    def _any_step(self) -> None:
        [step] = self._rng.choices(
            (
                lambda: self._arrive(RECENT, visits=3),
                lambda: self._arrive(OLD, visits=1),
                lambda: self._arrive(OLD, visits=3),
                self._arrive_at_last,
                self._begin_transaction,
                self._end_transaction,
                self._erase,
                self._a_property_appears,
                self._a_property_disappears,
                self._refuse,
                self._capture,
            ),
            weights=(3, 3, 2, 3, 3, 3, 2, 1, 1, 1, 2),
        )
        step()

    def _build(self) -> None:
        """One that is whole, and before it some that are not."""
        for _ in range(self._rng.choice((0, 1, 1, 2)) if self._is_built else 0):
            self._rng.choice(
                (self._build_fails, self._build_a_part, self._rebuild_fails, self._set_clock_back)
            )()
            if self._rng.random() < 0.5:
                self._any_step()
        self.steps.append("build")
        self._dbt.run_models()
        self._is_built = True
        assert_marts_equal_recount(self._connection)

    def _build_fails(self) -> None:
        run = self._failing("run")
        if run.failed() and self._rng.random() < 0.5:
            self.steps.append("dbt retry")
            again = self._dbt.run("--write-json", "retry")
            assert again.is_success, again.output

    def _failing(self, *arguments: str) -> Run:
        """A build in which a mart takes no row."""
        mart = self._rng.choice(MARTS)
        self.steps.append(f"a build in which {mart} fails")
        self._connection.execute(
            f"alter table analytics.{mart} add constraint refused check (day is null) not valid"
        )
        try:
            return self._dbt.run("--write-json", *arguments)
        finally:
            self._connection.execute(f"alter table analytics.{mart} drop constraint refused")

    def _build_a_part(self) -> None:
        part = self._rng.sample(MARTS, self._rng.randint(1, 4))
        how = self._rng.choice(("--select", "--exclude"))
        self.steps.append(f"a build with {how} {' '.join(part)}")
        self._dbt.run_models(how, *part)

    def _rebuild_fails(self) -> None:
        """Of a day that a mart has lost."""
        mart = self._rng.choice(MARTS)
        day = self._rng.choice((*RECENT, *OLD)).date()
        self.steps.append(f"{mart} loses {day:%m-%d}, which is named for the next build")
        self._connection.execute(f"delete from analytics.{mart} where day = %s", (day,))
        self._failing("run", "--vars", f"{{rebuild_from: '{day}', rebuild_to: '{day}'}}")

    def _set_clock_back(self) -> None:
        """As if the builds so far had been made an hour later than it is."""
        self.steps.append("the clock is set back")
        self._connection.execute(
            "update analytics_state.rollup_watermarks set "
            "received_through = received_through + interval '1 hour', "
            "clock_at = clock_at + interval '1 hour'"
        )

    def _arrive(self, days: list[datetime], *, visits: int) -> None:
        for _ in range(visits):
            self._writer.write(events(self._visit(days)))

    def _arrive_at_last(self) -> None:
        if self._delayed:
            self._rng.shuffle(self._delayed)
            arriving = [self._delayed.pop() for _ in range((len(self._delayed) + 1) // 2)]
            self._writer.write(events(self._noted(arriving)))

    def _visit(
        self, days: list[datetime], *, visitor: str | None = None, properties: Any = PROPERTIES
    ) -> list[dict[str, Any]]:
        """What arrives now of a visit; the rest may come in a later step."""
        day = self._rng.choice(days)
        visitor = visitor or self._rng.choice(VISITORS)
        bodies = random_visit(self._rng, day=day, visitor=visitor, properties=properties)
        for body in bodies:
            if self._rng.random() < 0.6:
                body["viewId"] = self._view(visitor)
        arriving = [bodies.pop(self._rng.randrange(len(bodies)))]
        while bodies:
            (arriving if self._rng.random() < 0.7 else self._delayed).append(bodies.pop())
        if self._rng.random() < 0.1:
            arriving.append(arriving[0])
        return self._noted(arriving)

    def _view(self, visitor: str) -> str:
        """One of few page views of a visitor, so that they report again on other days and sites."""
        return str(uuid5(NAMESPACE_OID, f"{visitor} {self._rng.randrange(3)}"))

    def _noted(self, bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
        self.steps += [_short(body) for body in bodies]
        return bodies

    def _begin_transaction(self) -> None:
        self.steps.append("a transaction begins")
        self._begun.append(Begun(self._database))

    def _end_transaction(self) -> None:
        if not self._begun:
            return
        begun = self._begun.pop(self._rng.randrange(len(self._begun)))
        if self._rng.random() < 0.3:
            visitor = self._rng.choice(VISITORS)
            self.steps.append(f"in a transaction that began before, {visitor} is erased")
            begun.erase(visitor_id(visitor))
        else:
            self.steps.append("in a transaction that began before:")
            begun.write(events(self._visit(self._rng.choice((RECENT, OLD)))))

    def _erase(self, visitor: str | None = None) -> None:
        visitor = visitor or self._rng.choice(VISITORS)
        self.steps.append(f"{visitor} is erased")
        with self._connection.transaction():
            erase(self._connection, visitor_id(visitor))

    def _a_property_appears(self) -> None:
        self._new_properties += 1
        name = f"new-{self._new_properties}.example"
        bodies = self._visit(OLD, visitor=f"visitor-of-{name}", properties=(name,))
        self._writer.write(events(bodies))

    def _a_property_disappears(self) -> None:
        if self._new_properties:
            self._erase(f"visitor-of-new-{self._rng.randint(1, self._new_properties)}.example")

    def _refuse(self) -> None:
        day = self._rng.choice((*RECENT, *OLD))
        property_id = self._rng.choice((*PROPERTIES, "refused.example"))
        self.steps.append(f"{day:%m-%d} {property_id} refuses")
        self._connection.execute(
            "insert into raw.ingest_rejections "
            "(id, property_id, endpoint, reason, status_code, occurred_at, occurrences) "
            "values (%s, %s, '/v1/events', 'invalid_request:path', 400, %s, %s)",
            (new_id(), property_id, day + timedelta(hours=5), self._rng.randint(1, 3)),
        )

    def _capture(self) -> None:
        visitor = self._rng.choice(VISITORS)
        at = self._rng.choice((*RECENT, *OLD)) + timedelta(hours=13)
        # Nobody sends a form before the first visit.
        self._connection.execute(
            "insert into raw.form_submissions "
            "(id, visitor_id, form_name, validation_status, is_first_capture, captured_at) "
            "select %s, id, 'lead_capture', %s, %s, %s from raw.visitors "
            "where id = %s and first_seen_at <= %s",
            (
                new_id(),
                *self._rng.choice((("accepted", True), ("accepted", False), ("invalid", False))),
                at,
                visitor_id(visitor),
                at,
            ),
        )
        self.steps.append(f"{at:%m-%d %H:%M} {visitor} sends a form")

    def _make_partitions(self) -> None:
        for day in (*RECENT, *OLD):
            # A visit may begin before the midnight that it is about.
            for date in (day.date(), day.date() - timedelta(days=1)):
                self._connection.execute("select raw.ensure_event_partition(%s)", (date,))


def _short(body: dict[str, Any]) -> str:
    utm = ",".join(body.get("utm", {}).values())
    at = datetime.fromisoformat(body["timestamp"])
    what = f"{body['anonId']} {body['traffic']['propertyId']} {body['eventType']} {body['path']}"
    view = body.get("viewId", "")[:4]
    return f"  {at:%m-%d %H:%M:%S.%f} {what} {utm} {view}".rstrip()

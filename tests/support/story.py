"""A random history of a warehouse: arrivals, zones, a spool, purges, erasures, builds that go wrong."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import psycopg
from psycopg import sql

from ingest_app.enrichment.identity import new_id, visitor_id
from ingest_app.operations.purge import preview, purge
from ingest_app.operations.zones import ZoneError, set_time_zone
from ingest_app.store.outcomes import Stored, TooOld, WriteOutcome
from ingest_app.store.spool import Spool
from ingest_app.store.writer import Writer
from tests.support.arrivals import Begun, drain, erase, events
from tests.support.captures import capture, forget_lead, set_consent, submit
from tests.support.dbt import Dbt, Run
from tests.support.purging import ClosedDays
from tests.support.recount.facts import read_facts, read_zones
from tests.support.recount.zones import Zones, changed, day_of, zone_of
from tests.support.visits import page_view, random_visit
from tests.support.waiting import MARTS

Connection = psycopg.Connection[dict[str, Any]]

# A fixed day: a history must be the same whenever it is told. Its last two months touch three. Summer
# time ends on one of the recent days in America, and on one of the old ones in Europe.
LAST_DAY = datetime(2025, 11, 4, tzinfo=UTC)
RECENT = [LAST_DAY - timedelta(days=n) for n in range(3)]
OLD = [LAST_DAY - timedelta(days=n) for n in (3, 4, 5, 9, 10, 40, 60, 61)]
# How many days before the last one the horizon of a purge may lie, in any order.
AGES = (1, 2, 3, 4, 5, 6, 8, 9, 10, 39, 40, 60)
PROPERTIES = ("shop.example", "docs.example")
VISITORS = [f"visitor-{n:04}" for n in range(9)]
# Always a bot. All others are now and then.
BOT = VISITORS[0]
LEADS = [UUID(int=n) for n in range(1, 6)]
# What sessions of the database begin with, whoever opens them, and what properties cut their days by:
# as far ahead and behind as clocks are, a quarter of an hour off, a midnight that comes twice.
ZONES = (
    *("UTC", "America/Havana", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Kiritimati"),
    "Pacific/Pago_Pago",
)


class Story:
    """One history, told by a seed; `steps` says what was done."""

    def __init__(
        self,
        seed: int,
        *,
        database: str,
        connection: Connection,
        writer: Writer,
        dbt: Dbt,
        folder: Path,
    ) -> None:
        self.steps: list[str] = []
        self.closed = ClosedDays(connection)
        self._rng = random.Random(seed)
        self._seed = seed
        self._clock = ZONES[seed % len(ZONES)]
        self._zones: dict[str, Zones] = {}
        self._database = database
        self._connection = connection
        self._writer = writer
        self._dbt = dbt
        self._folder = folder
        self._spool = Spool(folder / "events.sqlite3", max_bytes=10_000_000)
        self._spooled: list[dict[str, Any]] = []
        self._refused_of_spool = 0
        self._begun: list[Begun] = []
        self._delayed: list[dict[str, Any]] = []
        self._sent: list[dict[str, Any]] = []
        # The property of each form that has an event.
        self._forms: dict[UUID, str] = {}
        self._new_properties = 0
        self._is_built = False
        # Whether a build has done all that there was to do, and nothing has happened since.
        self._is_all_counted = False
        # Since the last build that was whole.
        self._is_erased = False
        self._has_lost_rows = False
        self._is_purging = self._rng.random() < 0.7

    def tell(self) -> None:
        """Live through it. After each build the marts must be what raw says at that time."""
        self._make_partitions()
        self._set_clock(self._clock)
        try:
            self._begin_with_zones()
            self._arrive(RECENT, visits=6)
            self._arrive(OLD, visits=6)
            for _ in range(self._rng.choice((2, 2, 3))):
                for _ in range(self._rng.randrange(7)):
                    self._any_step()
                if self._is_purging and self._rng.random() < 0.5:
                    self._purge()
                self._build()
            while self._begun:
                self._end_transaction()
            self._drain()
            self._any_step()
            self._build()
        finally:
            self._set_clock("UTC")
            for begun in self._begun:
                begun.transaction.close()

    def _set_clock(self, zone: str) -> None:
        self.steps.append(f"the database's clock shows the time of {zone}")
        [row] = self._connection.execute("select current_database() as name").fetchall()
        self._connection.execute(
            sql.SQL("alter database {} set timezone = {}").format(
                sql.Identifier(row["name"]), sql.Literal(zone)
            )
        )

    def _begin_with_zones(self) -> None:
        """Of three histories in four."""
        before = (OLD[-1] - timedelta(days=9)).date()
        if self._seed % 4:
            self._set_zone(PROPERTIES[0], before, ZONES[1 + self._seed % (len(ZONES) - 1)])
            if self._rng.random() < 0.5:
                self._set_zone(PROPERTIES[1], before, self._rng.choice(ZONES))

    def _set_zone(self, property_id: str, from_day: date | None, zone: str) -> None:
        """From a day on, for which what is stored moves, or from the first day that has nothing yet."""
        self.steps.append(f"{property_id} has the zone {zone} from {from_day or 'now'} on")
        known = self._zones.get(property_id, ())
        closed = [self._is_closed(body) for body in self._sent]
        try:
            done = set_time_zone(self._database, property_id, zone, from_day)
        except ZoneError as error:
            self.steps.append(f"  refused: {error}")
            # The day after is refused where clocks jump by more than a day.
            is_due = from_day is not None and from_day <= self.closed.horizon + timedelta(days=1)
            if not is_due:
                raise
        else:
            if from_day is None and done.from_day is not None:
                assert done.from_day > LAST_DAY.date() + timedelta(days=2)
                assert not done.events_moved
            if begins := from_day or done.from_day:
                assert begins > self.closed.horizon
                known = changed(known, begins, zone)
            self.steps.append(f"  {done}")
        self._zones[property_id] = known
        assert read_zones(self._connection).get(property_id, ()) == known
        assert closed == [self._is_closed(body) for body in self._sent], "over the horizon"
        self._assert_days()

    def _change_zone(self) -> None:
        day = self._rng.choice(
            (None, *(self._any_day().date() + timedelta(days=n) for n in (-1, 0, 0, 1)))
        )
        self._set_zone(self._rng.choice(PROPERTIES), day, self._rng.choice(ZONES))

    def _assert_days(self) -> None:
        """Each row of raw is on the day that the zones say, and each event is there once."""
        known = self._connection.execute(
            'select property_id, "timestamp" as at, occurred_on from raw.events union all '
            "select property_id, occurred_at, occurred_on from raw.ingest_rejections"
        ).fetchall()
        for row in known:
            assert row["occurred_on"] == self._day(row["property_id"], row["at"]), row
        for row in self._connection.execute("select * from raw.form_submissions"):
            sent_from = self._forms.get(row["id"], "")
            assert row["occurred_on"] == self._day(sent_from, row["captured_at"]), row
        twice = self._connection.execute(
            "select dedupe_key from raw.events group by dedupe_key having count(*) > 1"
        ).fetchall()
        assert not twice

    def _day(self, property_id: str, at: datetime) -> date:
        return day_of(self._zones.get(property_id, ()), at)

    def _any_step(self) -> None:
        [step] = self._rng.choices(
            (
                lambda: self._arrive(RECENT, visits=3),
                lambda: self._arrive(OLD, visits=1),
                lambda: self._arrive(OLD, visits=3),
                self._arrive_at_last,
                self._arrive_about_the_horizon,
                self._wait_in_spool,
                self._drain,
                self._purge,
                self._begin_transaction,
                self._end_transaction,
                self._erase,
                self._a_property_appears,
                self._a_property_disappears,
                self._refuse,
                self._capture,
                self._capture_lead,
                self._change_lead,
                self._change_zone,
                self._send_again,
            ),
            weights=(
                3,
                3,
                2,
                3,
                2,
                3,
                2,
                3 if self._is_purging else 0,
                3,
                3,
                2,
                1,
                1,
                1,
                2,
                3,
                1,
                4,
                1,
            ),
        )
        self._is_all_counted = False
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
        self._is_built = self._is_all_counted = True
        self._is_erased = self._has_lost_rows = False
        self._assert_days()
        self.closed.assert_marts()

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
        day = self._any_day().date()
        self._has_lost_rows = True
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
            self._write(self._visit(days))

    def _write(self, bodies: list[dict[str, Any]]) -> Sequence[WriteOutcome]:
        outcomes = self._writer.write(events(bodies))
        self._answer(bodies, outcomes)
        return outcomes

    def _answer(self, bodies: list[dict[str, Any]], outcomes: Sequence[WriteOutcome]) -> None:
        """What lies before the horizon is refused, and nothing else is."""
        self._sent += bodies
        for body, outcome in zip(bodies, outcomes, strict=True):
            assert isinstance(outcome, TooOld) == self._is_closed(body), body
            if isinstance(outcome, TooOld):
                self._refused(body["traffic"]["propertyId"], "bad_timestamp", datetime.now(UTC))

    def _is_closed(self, body: dict[str, Any]) -> bool:
        at = datetime.fromisoformat(body["timestamp"])
        return self._day(body["traffic"]["propertyId"], at) < self.closed.horizon

    def _send_again(self) -> None:
        self.steps.append("again:")
        self._write(self._noted(self._rng.choices(self._sent, k=3)))

    def _arrive_at_last(self) -> None:
        if self._delayed:
            self._rng.shuffle(self._delayed)
            arriving = [self._delayed.pop() for _ in range((len(self._delayed) + 1) // 2)]
            self._write(self._noted(arriving))

    def _arrive_about_the_horizon(self) -> None:
        if self.closed.horizon > date.min:
            midnight = self._midnight(PROPERTIES[0], self.closed.horizon)
            moments = (midnight, midnight - timedelta(microseconds=1))
            edges = [page_view(self._rng.choice(VISITORS), at) for at in moments]
            self._write(self._visit([midnight]) + self._noted(edges))

    def _wait_in_spool(self) -> None:
        self.steps.append("in the spool wait:")
        for days in (RECENT, OLD):
            bodies = self._visit(days)
            self._spool.append(events(bodies))
            self._spooled += bodies
        if self._rng.random() < 0.3:
            self._write(self._noted([self._rng.choice(self._spooled)]))

    def _drain(self) -> None:
        """What waited, and is before the horizon by now, is written down as refused."""
        if not self._spooled:
            return
        self.steps.append("the spool is drained")
        drain(self._database, self._spool, self._folder / "lease")
        self._refused_of_spool += sum(map(self._is_closed, self._spooled))
        self._sent += self._spooled
        self._spooled = []
        [row] = self._connection.execute(
            "select coalesce(sum(occurrences), 0) as times from raw.ingest_rejections "
            "where endpoint = '/v1/events/spooled' and reason = 'purged_before_stored'"
        ).fetchall()
        assert row["times"] == self._refused_of_spool

    def _purge(self) -> None:
        """By an age that may be another one each time."""
        self.steps.append("a purge:")
        horizon = (LAST_DAY - timedelta(days=self._rng.choice(AGES))).date()
        age = (datetime.now(UTC).date() - horizon).days
        # A mart that has lost rows would not get them back.
        is_strict = self._rng.random() < 0.2 and not self._has_lost_rows
        ever = read_facts(self._connection)
        foreseen = preview(self._database, older_than_days=age, even_uncounted=is_strict)
        done = purge(self._database, older_than_days=age, even_uncounted=is_strict)
        self.steps.append(f"  {'strictly ' * is_strict}before {horizon}: {done}")
        assert done == foreseen
        assert done.is_held_back == (done.purged_before < horizon)
        assert not (done.is_held_back and (is_strict or self._is_all_counted))
        if self._is_built and not is_strict and not self._is_erased:
            self.closed.assert_counted(ever, done.purged_before)
        self.closed.purged(ever, done.purged_before, is_built=self._is_built)
        self._make_partitions()

    def _visit(
        self, days: list[datetime], *, visitor: str | None = None, properties: Any = PROPERTIES
    ) -> list[dict[str, Any]]:
        """What arrives now of a visit; the rest may come in a later step."""
        day = self._rng.choice(self._held(days)).date()
        # By the clocks of one of them, or of none.
        midnight = self._midnight(self._rng.choice((*properties, "")), day)
        visitor = visitor or self._rng.choice(VISITORS)
        bodies = random_visit(self._rng, day=midnight, visitor=visitor, properties=properties)
        for body in bodies:
            if visitor == BOT:
                body["traffic"]["deviceType"] = "bot"
            if self._rng.random() < 0.6:
                body["viewId"] = self._view(visitor)
        arriving = [bodies.pop(self._rng.randrange(len(bodies)))]
        while bodies:
            (arriving if self._rng.random() < 0.7 else self._delayed).append(bodies.pop())
        if self._rng.random() < 0.1:
            arriving.append(arriving[0])
        return self._noted(arriving)

    def _midnight(self, property_id: str, day: date) -> datetime:
        zone = zone_of(self._zones.get(property_id, ()), day)
        return datetime.combine(day, time(), zone).astimezone(UTC)

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
            self._noted_erasure(visitor)
        else:
            self.steps.append("in a transaction that began before:")
            bodies = self._visit(self._rng.choice((RECENT, OLD)))
            self._answer(bodies, begun.write(events(bodies)))

    def _erase(self, visitor: str | None = None) -> None:
        visitor = visitor or self._rng.choice(VISITORS)
        self.steps.append(f"{visitor} is erased")
        with self._connection.transaction():
            erase(self._connection, visitor_id(visitor))
        self._noted_erasure(visitor)

    def _noted_erasure(self, visitor: str) -> None:
        self.closed.erased(visitor_id(visitor))
        self._is_erased = True

    def _a_property_appears(self) -> None:
        self._new_properties += 1
        name = f"new-{self._new_properties}.example"
        bodies = self._visit(OLD, visitor=f"visitor-of-{name}", properties=(name,))
        self._write(bodies)

    def _a_property_disappears(self) -> None:
        if self._new_properties:
            self._erase(f"visitor-of-new-{self._rng.randint(1, self._new_properties)}.example")

    def _refuse(self) -> None:
        day = self._any_day()
        property_id = self._rng.choice((*PROPERTIES, "refused.example"))
        self.steps.append(f"{day:%m-%d} {property_id} refuses")
        self._refused(
            property_id, "invalid_request:path", day + timedelta(hours=5), self._rng.randint(1, 3)
        )

    def _refused(self, property_id: str, reason: str, at: datetime, times: int = 1) -> None:
        self._connection.execute(
            "insert into raw.ingest_rejections "
            "(id, property_id, endpoint, reason, status_code, occurred_at, occurrences) "
            "values (%s, %s, '/v1/events', %s, 400, %s, %s)",
            (new_id(), property_id, reason, at, times),
        )

    def _capture(self) -> None:
        visitor = self._rng.choice(VISITORS)
        at = self._any_day() + timedelta(hours=13)
        status, is_first = self._rng.choice(
            (("accepted", True), ("accepted", False), ("invalid", False))
        )
        there = self._connection.execute(
            "select id from raw.visitors where id = %s and first_seen_at <= %s",
            (visitor_id(visitor), at),
        ).fetchall()
        # Nobody sends a form before the first visit.
        for row in there:
            submit(self._connection, row["id"], at, status=status, is_first=is_first)
        self.steps.append(f"{at:%m-%d %H:%M} {visitor} sends a form")

    def _any_day(self) -> datetime:
        return self._rng.choice(self._held([*RECENT, *OLD]))

    def _held(self, days: list[datetime]) -> list[datetime]:
        """Those that are not closed."""
        return [day for day in days if day.date() >= self.closed.horizon] or [LAST_DAY]

    def _capture_lead(self) -> None:
        """Of one of a few leads, by any visitor who was there by then, some with the form's event."""
        lead = self._rng.choice(LEADS)
        visitor = self._rng.choice(VISITORS)
        at = self._rng.choice((*RECENT, *OLD)) + timedelta(hours=self._rng.randrange(24))
        form = self._rng.choice(("newsletter", "demo"))
        event = None
        if self._rng.random() < 0.7:
            [stored] = self._write(self._noted([_form_submit(visitor, at, form)]))
            if isinstance(stored, Stored) and not stored.is_duplicate:
                event = stored.event_id
                self._forms[event] = PROPERTIES[0]
        known = self._connection.execute(
            "select 1 from raw.visitors where id = %s and first_seen_at <= %s",
            (visitor_id(visitor), at),
        )
        if known.fetchone() is not None:
            self.steps.append(f"{at:%m-%d %H:%M} {visitor} sends {form} of lead {lead.int}")
            capture(
                self._connection,
                lead,
                visitor_id(visitor),
                at,
                form_name=form,
                event=event,
                sent_from=event and PROPERTIES[0],
            )

    def _change_lead(self) -> None:
        lead = self._rng.choice(LEADS)
        if self._rng.random() < 0.5:
            self.steps.append(f"lead {lead.int} withdraws")
            set_consent(self._connection, lead, "withdrawn")
        elif self._connection.execute("select from raw.leads where id = %s", (lead,)).fetchone():
            self.steps.append(f"lead {lead.int} is erased")
            forget_lead(self._database, lead)

    def _make_partitions(self) -> None:
        for day in (*RECENT, *OLD):
            # A visit may begin before the midnight that it is about.
            for of_day in (day.date(), day.date() - timedelta(days=1)):
                self._connection.execute("select raw.ensure_event_partition(%s)", (of_day,))


def _form_submit(visitor: str, at: datetime, form: str) -> dict[str, Any]:
    return {
        "anonId": visitor,
        "eventType": "form_submit",
        "path": "/form",
        "timestamp": at.isoformat(),
        "traffic": {"propertyId": PROPERTIES[0]},
        "props": {"formName": form},
    }


def _short(body: dict[str, Any]) -> str:
    utm = ",".join(body.get("utm", {}).values())
    at = datetime.fromisoformat(body["timestamp"])
    what = f"{body['anonId']} {body['traffic']['propertyId']} {body['eventType']} {body['path']}"
    view = body.get("viewId", "")[:4]
    return f"  {at:%m-%d %H:%M:%S.%f} {what} {utm} {view}".rstrip()

"""The discrepancy check knows every mart and every figure of the reports, and names what is wrong.

One database and one build; each wrong value is put in, found and taken back.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from ingest_app.enrichment.identity import new_id, visitor_id
from ingest_app.operations.discrepancy.analyses import Counted, days, render, snapshot, watermarks
from ingest_app.operations.discrepancy.check import compare_with_raw
from ingest_app.operations.discrepancy.comparison import Comparison
from ingest_app.operations.discrepancy.findings import Difference
from ingest_app.operations.discrepancy.marts import MARTS
from ingest_app.operations.discrepancy.reports import REPORTS
from ingest_app.operations.discrepancy.stored_days import STORED_DAYS
from ingest_app.store.writer import Writer
from ingest_app.web.reports.answers import (
    BreakdownAnswer,
    FunnelAnswer,
    PropertiesAnswer,
    RetentionAnswer,
    SummaryAnswer,
    TrendsAnswer,
    VitalsAnswer,
)
from tests.support.arrivals import erase, events
from tests.support.captures import capture, submit
from tests.support.citus import pass_grace
from tests.support.cli import footfall
from tests.support.dbt import Dbt, DbtProcess
from tests.support.postgres import columns
from tests.support.recount.marts import KEYS
from tests.support.visits import page_view, random_visit

Connection = psycopg.Connection[dict[str, Any]]

pytestmark = pytest.mark.usefixtures("days_of_today")

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
DAYS = [TODAY - timedelta(days=age) for age in (9, 8, 6, 5, 4)]
FIRST, LAST = (TODAY - timedelta(days=12)).date(), (TODAY - timedelta(days=1)).date()
PROPERTIES = ("shop.example", "docs.example")
# They tell of builds, of which raw knows nothing.
OF_BUILDS = {"rollup_freshness", "rollup_restatements"}
# Views of daily_breakdowns, by one dimension each.
OF_BREAKDOWNS = {
    *("daily_traffic_sources", "daily_devices", "daily_countries", "daily_event_types"),
}
# Sums of daily_pages, which a test of each build compares with it.
OF_WEEKS = {"weekly_pages"}
# When a row was made, or compared.
NOT_COMPARED = {"generated_at", "checked_at"}
ALL_KEYS = KEYS | {
    "rollup_reconciliation": ("property_id", "day", "measure"),
    "calendar_days": ("day",),
}
# Numbers by which a row of an answer is known: of another one the row is missing, and so named.
KEYS_OF_ROWS = {"hour"}
# Anything else of a column's type.
OTHER = {
    "bigint": "{0} + 1",
    "integer": "coalesce({0}, 0) + 1",
    "numeric": "{0} + 1",
    "double precision": "coalesce({0}, 0) + 0.25",
    "boolean": "not {0}",
    "text": "coalesce({0}, '') || 'x'",
    "uuid": "gen_random_uuid()",
    "date": "{0} + 1",
    "timestamp with time zone": "{0} + interval '1 second'",
    "integer[]": "{0} || 7",
    "text[]": "{0} || 'x'::text",
    "date[]": "{0} || date '9999-01-01'",
    "uuid[]": "{0} || gen_random_uuid()",
    "jsonb": "'{{\"other\": 1}}'",
}


@pytest.fixture(scope="module", autouse=True)
def history(database: str, writer: Writer, dbt: Dbt) -> None:
    """Visits, refusals and captures on two properties, and one build."""
    rng = random.Random(20261128)
    for number in range(60):
        writer.write(
            events(
                random_visit(
                    rng,
                    day=rng.choice(DAYS),
                    visitor=f"visitor-{number % 20:04}",
                    properties=PROPERTIES,
                )
            )
        )
    with psycopg.connect(database, autocommit=True) as connection:
        for number, endpoint in enumerate(("/v1/events", "/v1/events/batch", "/v1/leads/capture")):
            connection.execute(
                "insert into raw.ingest_rejections"
                " (id, property_id, endpoint, reason, status_code, occurred_at, occurrences)"
                " values (%s, 'shop.example', %s, 'invalid_request:path', 400, %s, %s)",
                (new_id(), endpoint, DAYS[number] + timedelta(hours=5), number + 1),
            )
        connection.execute(
            "insert into raw.ingest_duplicates (id, property_id, occurred_on, occurrences)"
            " values (%s, 'shop.example', %s, 3)",
            (new_id(), DAYS[1].date()),
        )
        for number, status in enumerate(("accepted", "accepted", "invalid")):
            [(visitor, at)] = connection.execute(
                "select id, first_seen_at + interval '90 minutes' from raw.visitors"
                " order by anon_id offset %s limit 1",
                (number,),
            ).fetchall()
            submit(connection, visitor, at, status=status, is_first=number == 0)
        for number in range(4):
            [(visitor, at)] = connection.execute(
                "select id, first_seen_at + interval '3 hours' from raw.visitors"
                " order by anon_id offset %s limit 1",
                (number + 4,),
            ).fetchall()
            # Two leads, each of two visitors.
            capture(connection, UUID(int=number % 2 + 1), visitor, at)
    pass_grace(database)
    dbt.run_models()


@pytest.fixture(scope="module")
def compiled(
    database: str, process: DbtProcess, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The nodes of the project, with the SQL of one analysis."""
    folder = tmp_path_factory.mktemp("compiled")
    run = Dbt(database, folder, process).run("compile", "--select", "daily_breakdowns_discrepancy")
    assert run.is_success, run.output
    nodes: dict[str, Any] = json.loads((folder / "target" / "manifest.json").read_text())["nodes"]
    return nodes


def found(database: str, *names: str) -> list[Difference]:
    everything = names or (*MARTS, *REPORTS)
    return compare_with_raw(database, first=FIRST, last=LAST, names=everything).differences


@contextmanager
def restored(connection: Connection, table: str) -> Iterator[None]:
    """Puts a table back as it was."""
    connection.execute(f"create temporary table kept as table {table}".encode())
    try:
        yield
    finally:
        connection.execute(f"delete from {table}".encode())
        connection.execute(f"insert into {table} table kept".encode())
        connection.execute("drop table kept")


def telling(mart: str) -> str:
    """Which rows say something: the ledger also has some of which both sides have none."""
    of_days = "day between %s and %s"
    return of_days + (" and raw_value > 0" if mart == "rollup_reconciliation" else "")


def test_whatever_was_built_equals_raw(database: str) -> None:
    findings = compare_with_raw(database, first=FIRST, last=LAST)
    assert findings.differences == []
    assert findings.compared == [*MARTS, *REPORTS, STORED_DAYS]
    assert findings.left_out == {}


def test_every_relation_of_the_marts_is_known(compiled: dict[str, Any]) -> None:
    marts = {
        node["name"]
        for node in compiled.values()
        if node["resource_type"] == "model" and node["schema"] == "analytics"
    }
    assert marts == {*MARTS} | OF_BUILDS | OF_BREAKDOWNS | OF_WEEKS
    read = {mart for of_report in REPORTS.values() for mart in of_report}
    assert read <= {*MARTS}


@pytest.mark.parametrize("mart", [mart for mart in MARTS if mart != "calendar_days"])
def test_a_wrong_value_of_any_column_is_named(
    database: str, connection: Connection, mart: str
) -> None:
    known = columns(connection, f"analytics.{mart}")
    for name in known.keys() - ALL_KEYS[mart] - NOT_COMPARED:
        wrong = OTHER[known[name]].format(name)
        with restored(connection, f"analytics.{mart}"):
            [row] = connection.execute(
                f"update analytics.{mart} set {name} = {wrong} where ctid ="
                f" (select min(ctid) from analytics.{mart} where {telling(mart)})"
                " returning *".encode(),
                (FIRST, LAST),
            ).fetchall()
            differences = found(database, mart)
        assert differences, name
        for one in differences:
            assert one.mart == mart
            assert one.measure.partition(".")[0] == name
            assert (one.property_id, one.day) == (row["property_id"], row["day"])
            assert all(str(row[key]) == str(value) for key, value in one.key.items())
            assert one.rollup_value != one.raw_value


@pytest.mark.parametrize("mart", MARTS)
def test_a_row_that_is_missing_is_named(database: str, connection: Connection, mart: str) -> None:
    if mart == "calendar_days":
        definition = "create or replace view analytics.calendar_days as {}"
        [old] = connection.execute("select pg_get_viewdef('analytics.calendar_days') as text")
        query = old["text"].rstrip("; \n")
        connection.execute(
            definition.format(f"select * from ({query}) as days where day <> '{FIRST}'").encode()
        )
        differences = found(database, mart)
        connection.execute(definition.format(query).encode())
        assert [(one.day, one.measure) for one in differences] == [(FIRST, "row")]
        return
    with restored(connection, f"analytics.{mart}"):
        [row] = connection.execute(
            f"delete from analytics.{mart} where ctid = (select min(ctid) from analytics.{mart}"
            f" where {telling(mart)}) returning *".encode(),
            (FIRST, LAST),
        ).fetchall()
        differences = found(database, mart)
    assert {(one.mart, one.property_id, one.day) for one in differences} == {
        (mart, row["property_id"], row["day"])
    }
    assert {one.rollup_value for one in differences} == {None}


@pytest.mark.parametrize("mart", [mart for mart in MARTS if mart != "calendar_days"])
def test_a_row_too_many_is_named(database: str, connection: Connection, mart: str) -> None:
    with restored(connection, f"analytics.{mart}"):
        connection.execute(
            f"insert into analytics.{mart}"
            " select (jsonb_populate_record(mart, %s)).*"
            f" from analytics.{mart} as mart where {telling(mart)} limit 1".encode(),
            (
                json.dumps(
                    {"property_id": "ghost.example"}
                    | {"session_id": str(uuid4()), "lead_id": str(uuid4())}
                ),
                FIRST,
                LAST,
            ),
        )
        differences = found(database, mart)
    assert {(one.mart, one.property_id) for one in differences} == {(mart, "ghost.example")}
    # As JSON, for there are lists among them.
    assert {json.dumps(one.raw_value) for one in differences} == {"null"}


def _numbers(answer: Any) -> set[str]:
    """The names of the numbers in an answer."""
    if isinstance(answer, list):
        return {name for one in answer for name in _numbers(one)}
    if not isinstance(answer, dict):
        return set()
    own = {name for name, value in answer.items() if type(value) in (int, float)}
    return own.union(*(_numbers(value) for value in answer.values()))


def _shifted(answer: Any) -> Any:
    """The same with every number one more."""
    if isinstance(answer, list):
        return [_shifted(one) for one in answer]
    if isinstance(answer, dict):
        return {name: _shifted(value) for name, value in answer.items()}
    return answer + 1 if type(answer) in (int, float) else answer


def _declared_numbers(schema: Any) -> set[str]:
    """The names of the numbers that a JSON schema has."""
    if isinstance(schema, list):
        return {name for one in schema for name in _declared_numbers(one)}
    if not isinstance(schema, dict):
        return set()
    own = {
        name
        for name, value in schema.get("properties", {}).items()
        # A field may be called "properties", too.
        if isinstance(value, dict)
        and {"integer", "number"} & {value.get("type"), *_types(value.get("anyOf", []))}
    }
    return own.union(*(_declared_numbers(value) for value in schema.values()))


def _types(schemas: list[dict[str, Any]]) -> set[Any]:
    return {one.get("type") for one in schemas}


def week_of(at: datetime) -> date:
    return (at - timedelta(days=at.weekday())).date()


# Of each report, changes to marts that it reads, and some figures that are wrong then.
REPORTED = {
    "report:summary": [
        (
            "update analytics.visitor_recency set visitors = visitors + 1,"
            " returning_visitors = returning_visitors + 2 where property_id = ''",
            {"metrics.uniqueVisitors.value", "metrics.returningVisitorsPct.value"},
        )
    ],
    "report:breakdown": [
        (
            "update analytics.daily_breakdowns set entrances = entrances + 1",
            {"rows.mobile.entrances", "rows.mobile.conversionRate"},
        )
    ],
    "report:funnel": [
        (
            "update analytics.visitor_forms set form_starts = 0",
            {"forms.lead_capture.formStarters"},
        ),
        (
            "update analytics.visitor_recency set visitors = visitors + 1 where value = 'form_start'",
            {"allForms.formStarters"},
        ),
    ],
    "report:vitals": [
        (
            "update analytics.daily_web_vitals set poor_samples = poor_samples + 1,"
            " samples = samples + 1",
            {"vitals.lcp.samples", "vitals.lcp.shares.poor"},
        )
    ],
    "report:trend": [
        (
            "update analytics.daily_breakdowns set page_views = page_views + 1",
            {f"buckets.{max(week_of(DAYS[-1]), FIRST)}.pageViews"},
        ),
        (
            "update analytics.daily_entry_sources set sessions = sessions + 1, bounces = 0",
            {f"buckets.{max(week_of(DAYS[-1]), FIRST)}.sessions"},
        ),
    ],
    "report:retention": [
        (
            "update analytics.visitor_days set visitor_id = gen_random_uuid()",
            {f"cohorts.{week_of(DAYS[-1])}.visitors"},
        )
    ],
    "report:filters": [
        (
            "update analytics.sessions set device_type = 'tv', is_bounce = not is_bounce",
            {"metrics.visitors.value", "metrics.bounceRate.value"},
        )
    ],
    "report:properties": [
        (
            "update analytics.daily_ingest_rollups set events_accepted = events_accepted + 1",
            {"properties.shop.example.eventsAccepted"},
        )
    ],
}


@pytest.mark.parametrize("report", REPORTS)
def test_a_wrong_figure_of_a_report_is_named(
    database: str, connection: Connection, report: str
) -> None:
    for change, measures in REPORTED[report]:
        with restored(connection, change.split()[1]):
            connection.execute(change.encode())
            differences = found(database, report)
        assert measures <= {one.measure for one in differences}, change
        assert {one.mart for one in differences} == {report}


def test_every_number_of_every_answer_is_compared(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_report = Comparison.answer
    seen: set[str] = set()

    def with_one_more_of_all(self: Comparison, report: Any) -> dict[str, Any]:
        answer = of_report(self, report)
        seen.update(_numbers(answer))
        shifted: dict[str, Any] = _shifted(answer)
        return shifted

    monkeypatch.setattr(Comparison, "answer", with_one_more_of_all)
    named = {one.measure.rpartition(".")[2] for one in found(database, *REPORTS)}
    assert seen - KEYS_OF_ROWS <= named
    declared = {
        name
        for answer in (
            *(SummaryAnswer, BreakdownAnswer, FunnelAnswer, VitalsAnswer, PropertiesAnswer),
            *(TrendsAnswer, RetentionAnswer),
        )
        for name in _declared_numbers(answer.model_json_schema(mode="serialization"))
    }
    # How old an answer is, raw cannot say.
    assert declared - {"lagDays"} <= seen | KEYS_OF_ROWS


def write_late_events(writer: Writer) -> None:
    bodies = [page_view(f"visitor-{n:04}", DAYS[2] - timedelta(minutes=n)) for n in range(12)]
    bodies += [page_view("visitor-late", DAYS[0] + timedelta(hours=4))]
    writer.write(events(bodies))


@pytest.mark.usefixtures("restored")
def test_a_late_event_is_no_difference_before_its_build(database: str, writer: Writer) -> None:
    write_late_events(writer)
    assert found(database) == []


@pytest.mark.usefixtures("restored")
def test_an_erasure_is_no_difference_before_its_build_nor_after_it(
    database: str, writer: Writer, dbt: Dbt
) -> None:
    write_late_events(writer)
    with psycopg.connect(database, row_factory=dict_row) as other:
        erase(other, visitor_id("visitor-0003"))
    findings = compare_with_raw(database, first=FIRST, last=LAST)
    assert findings.differences == []
    assert findings.left_out == dict.fromkeys(REPORTS, "an erasure waits for the next build")
    dbt.run_models()
    assert found(database) == []


def test_a_raw_row_that_was_deleted_by_hand_is_seen_in_every_mart_of_events(
    database: str, connection: Connection
) -> None:
    connection.execute(
        "create temporary table gone as (select * from raw.events"
        " where event_type = 'page_view' and property_id = 'shop.example'"
        " and props ? 'lcpMs' and utm is not null limit 1)"
        " union (select * from raw.events"
        " where event_type = 'form_start' and property_id = 'shop.example' limit 1)"
        " union (select * from raw.events"
        " where event_type = 'page_view' and property_id = 'shop.example' and utm is null"
        " and session_id in (select session_id from analytics.sessions"
        "   where referrer_host is not null and property_id = 'shop.example') limit 1)"
        # A visitor who is gone altogether is missed in every count of visitors.
        " union (select * from raw.events where visitor_id = ("
        "   select visitor_id from raw.events where property_id = 'shop.example'"
        "   order by visitor_id limit 1))"
    )
    connection.execute(
        "delete from raw.events using gone where events.id = gone.id"
        " and events.visitor_id = gone.visitor_id"
    )
    names = {one.mart for one in found(database)}
    connection.execute("insert into raw.events select * from gone")
    assert names >= {*MARTS, *REPORTS} - {"calendar_days", "daily_new_leads", "leads"}
    assert found(database) == []


def test_the_command_tells_marts_apart(database: str, connection: Connection) -> None:
    days = ("--from", str(FIRST), "--to", str(LAST))
    with restored(connection, "analytics.daily_pages"):
        [row] = connection.execute(
            "update analytics.daily_pages set views = views + 2 where ctid = (select min(ctid)"
            " from analytics.daily_pages where day between %s and %s) returning *",
            (FIRST, LAST),
        ).fetchall()
        told = footfall("discrepancy", "--json", *days, "--mart", "daily_pages", database=database)
        others = footfall("discrepancy", *days, "--mart", "sessions", database=database)
    assert told.returncode == 2
    report = json.loads(told.stdout)
    assert report["compared"] == ["daily_pages"]
    assert report["differences"] == [
        {
            "mart": "daily_pages",
            "day": row["day"].isoformat(),
            "propertyId": row["property_id"],
            "key": {"path": row["path"]},
            "measure": "views",
            "rollupValue": row["views"],
            "rawValue": row["views"] - 2,
            "difference": 2,
        }
    ]
    assert others.returncode == 0
    wrong = footfall("discrepancy", *days, "--mart", "no_mart", database=database)
    assert wrong.returncode == 1
    assert "daily_pages" in wrong.stderr


def test_what_several_marts_ask_of_raw_is_counted_once(database: str) -> None:
    with snapshot(database) as connection:
        counted = Counted(connection)
        variables = watermarks(connection) | days(FIRST, LAST)

        def tables_after(mart: str) -> int:
            assert counted.rows(f"{mart}_discrepancy.sql", variables) == []
            [row] = connection.execute(
                "select count(*) as tables from pg_catalog.pg_class"
                " where relnamespace = pg_my_temp_schema() and relkind = 'r'"
            )
            return int(row["tables"])

        of_visits = tables_after("sessions")
        assert of_visits > 0
        for mart in ("daily_campaigns", "daily_referrers", "visit_recency"):
            assert tables_after(mart) == of_visits
        # What is counted as of another moment is something else.
        variables["discrepancy_counted_through_sessions"] = datetime.now(UTC).isoformat()
        assert tables_after("sessions") > of_visits


def test_a_database_that_takes_no_writes_is_compared_as_well(
    database: str, connection: Connection
) -> None:
    name = psycopg.sql.Identifier(connection.info.dbname)
    setting = psycopg.sql.SQL("alter database {} {} default_transaction_read_only")
    marts = ("daily_pages", "sessions", "report:filters")
    connection.execute(setting.format(name, psycopg.sql.SQL("set")) + psycopg.sql.SQL(" = on"))
    try:
        with restored(connection, "analytics.sessions"):
            assert found(database, *marts) == []
            connection.execute("update analytics.sessions set page_views = page_views + 1")
            differences = found(database, *marts)
    finally:
        connection.execute(setting.format(name, psycopg.sql.SQL("reset")))
    assert {one.mart for one in differences} == {"sessions", "report:filters"}


def test_a_mart_that_was_built_and_is_gone_is_a_difference(
    database: str, connection: Connection
) -> None:
    connection.execute("alter table analytics.daily_pages rename to daily_pages_kept")
    differences = found(database, "daily_pages", "daily_breakdowns")
    connection.execute("alter table analytics.daily_pages_kept rename to daily_pages")
    assert [(one.mart, one.measure) for one in differences] == [("daily_pages", "table")]


@pytest.mark.usefixtures("restored")
def test_a_mart_behind_the_others_is_compared_as_far_as_it_counted(
    database: str, connection: Connection, writer: Writer, dbt: Dbt
) -> None:
    writer.write(events([page_view("visitor-part", DAYS[1] + timedelta(hours=7))]))
    dbt.run_models("--select", "daily_metric_rollups")
    findings = compare_with_raw(database, first=FIRST, last=LAST)
    assert findings.differences == []
    assert "report:summary" in findings.left_out
    dbt.run_models()
    assert compare_with_raw(database, first=FIRST, last=LAST).left_out == {}


@pytest.mark.usefixtures("restored")
def test_days_that_raw_no_longer_holds_are_left_out(database: str, connection: Connection) -> None:
    age = (TODAY - DAYS[2]).days
    purge = footfall("purge", "--older-than-days", str(age), database=database)
    assert purge.returncode == 0, purge.stderr
    assert found(database) == []
    connection.execute(
        "update analytics.daily_pages set views = views + 1 where day < %s", (DAYS[2].date(),)
    )
    assert found(database, "daily_pages") == []
    connection.execute("update analytics.daily_pages set views = views + 1")
    assert min(one.day for one in found(database, "daily_pages") if one.day) == DAYS[2].date()


def test_the_analyses_run_as_dbt_compiles_them(
    connection: Connection, compiled: dict[str, Any]
) -> None:
    [analysis] = [
        node for node in compiled.values() if node["name"] == "daily_breakdowns_discrepancy"
    ]
    command = render("daily_breakdowns_discrepancy.sql", {})
    with restored(connection, "analytics.daily_breakdowns"):
        connection.execute("update analytics.daily_breakdowns set events = events + 1")
        by_dbt, by_command = (
            sorted(map(str, connection.execute(text.encode())))
            for text in (analysis["compiled_code"], command)
        )
    assert by_dbt == by_command
    assert by_dbt

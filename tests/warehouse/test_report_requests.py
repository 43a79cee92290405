"""What is asked of GET /v1/metrics/…, and how answers are kept, named and refused."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
import urllib3

from ingest_app.reports.breakdown import breakdown
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Window
from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.dbt import Dbt
from tests.support.server import Answer, Server, serving

Connection = psycopg.Connection[dict[str, Any]]

KEY = "a key"
READER = "reads all"
OF_THE_SHOP = "reads the shop"
FROM_THE_START = "2026-01-01"
OF_BEFORE = "read the shop"
OF_WHAT_JOINED = "read another shop"
DAY = "2026-05-04"
WINDOW = f"from={DAY}&to={DAY}"
NEXT_DAY = "2026-05-05"
BOTH_DAYS = f"from={DAY}&to={NEXT_DAY}"
# Longer than the tests take, so that nothing that they find kept has run out.
KEPT_SECONDS = 600


def body(visitor: str, **more: Any) -> dict[str, Any]:
    return {
        "anonId": visitor,
        "eventType": "page_view",
        "path": "/",
        "timestamp": f"{DAY}T12:00:00Z",
        "traffic": {"propertyId": "shop.example"},
    } | more


@pytest.fixture(scope="module")
def built(database: str, writer: Writer, dbt: Dbt) -> Dbt:
    """A warehouse with one day of two visitors, and another property on the next."""
    writer.write(
        events(
            [
                body("visitor-0001"),
                body("visitor-0002", path="/a,b"),
                body("visitor-0002", eventType='=HYPERLINK("x")', path="+1"),
                body(
                    "visitor-0004",
                    path="/secret",
                    timestamp=f"{NEXT_DAY}T12:00:00Z",
                    traffic={"propertyId": "other.example"},
                ),
            ]
        )
    )
    dbt.run_models()
    return dbt


@pytest.fixture(scope="module")
def names(database: str) -> None:
    """Other names of the shop: of before, of what became part of it, and of what is on its way."""
    with psycopg.connect(database) as connection:
        for alias, is_merge, is_moved in (
            ("was-the-shop.example", False, True),
            ("joined-the-shop.example", True, True),
            ("joins-the-shop.example", True, False),
        ):
            connection.execute(
                "insert into raw.property_aliases"
                " (alias, property_id, is_merge, moved_at, marts_moved_at)"
                " values (%(alias)s, 'shop.example', %(is_merge)s, %(at)s, %(at)s)",
                {"alias": alias, "is_merge": is_merge, "at": FROM_THE_START if is_moved else None},
            )


@pytest.fixture(scope="module")
def keeping(
    database: str, built: Dbt, names: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server that keeps answers, and has keys of every kind."""
    with serving(
        database,
        tmp_path_factory.mktemp("keeping"),
        ADMIN_API_KEYS=KEY,
        REPORT_API_KEYS=(
            f"{READER}, shop.example={OF_THE_SHOP}, was-the-shop.example={OF_BEFORE},"
            f" joined-the-shop.example={OF_WHAT_JOINED}"
        ),
        SUMMARY_CACHE_SECONDS=str(KEPT_SECONDS),
    ) as running:
        yield running


@pytest.fixture(scope="module")
def fresh(database: str, built: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that keeps none."""
    with serving(
        database,
        tmp_path_factory.mktemp("fresh"),
        ADMIN_API_KEYS=KEY,
        SUMMARY_CACHE_SECONDS="0",
    ) as running:
        yield running


def get(server: Server, question: str, **headers: str) -> Answer:
    return server.request("GET", f"/v1/metrics/{question}", x_admin_key=KEY, **headers)


def asked_by(key: str, server: Server, question: str) -> Answer:
    return server.request("GET", f"/v1/metrics/{question}", x_admin_key=key)


@pytest.mark.parametrize(
    ("question", "issues"),
    [
        ("summary", {"from": "is required", "to": "is required"}),
        ("summary?from=2026-02-30&to=2026-03-01", {"from": "must be a day that exists"}),
        ("summary?from=20260301&to=2026-03-01", {"from": "written like 2026-03-31"}),
        ("summary?from=1772323200&to=2026-03-01", {"from": "must be a day"}),
        ("summary?from=2026-03-01T00:00:00Z&to=2026-03-01", {"from": "must be a day"}),
        ("summary?from=1899-12-31&to=1900-01-02", {"from": "must not be before 1900-01-01"}),
        ("summary?from=2026-03-02&to=2026-03-01", {"to": "must not be before from"}),
        (
            "summary?from=2025-01-01&to=2026-01-02",
            {"to": "at most 366 days in the window; it has 367"},
        ),
        (f"summary?{WINDOW}&compareTo=maybe", {"compareTo": "must be one of 1, true, yes, on"}),
        (f"summary?{WINDOW}&compareTo=", {"compareTo": "must be one of"}),
        (f"summary?{WINDOW}&propertyId={'x' * 129}", {"propertyId": "at most 128 characters"}),
        (f"summary?{WINDOW}&propertyId=", {"propertyId": "at least 1 character"}),
        (f"summary?{WINDOW}&propertyId=%00", {"propertyId": "must not contain the NUL character"}),
        (f"summary?{WINDOW}&propertyid=x", {"propertyid": "is not a parameter of this endpoint"}),
        (f"summary?{WINDOW}&to=2026-05-05", {"to": "is given 2 times, expected once"}),
        (f"breakdown?{WINDOW}", {"by": "is required"}),
        (f"breakdown?{WINDOW}&by=visitor_id", {"by": "'traffic_source'"}),
        (f"breakdown?{WINDOW}&by=page&limit=0", {"limit": "greater than or equal to 1"}),
        (f"breakdown?{WINDOW}&by=page&limit=1001", {"limit": "less than or equal to 1000"}),
        (f"breakdown?{WINDOW}&by=page&limit=ten", {"limit": "valid integer"}),
        (f"trend?from={DAY}&to=2026-06-04&by=hour", {"by": "for more than 31 days"}),
        (
            f"summary?{WINDOW}&filter=landing_path:{'x' * 2049}",
            {"filter.0": "a value of 1 to 2048 characters"},
        ),
        (f"vitals?{WINDOW}&deviceType=tv", {"deviceType": "'desktop'"}),
        (f"properties?{WINDOW}", {"from": "is not a parameter", "to": "is not a parameter"}),
    ],
)
def test_a_wrong_parameter_is_named_with_what_was_expected(
    fresh: Server, question: str, issues: dict[str, str]
) -> None:
    answer = get(fresh, question)
    assert answer.status == 400
    assert answer.body["error"] == "invalid_request"
    found = {issue["path"]: issue["message"] for issue in answer.body["issues"]}
    assert found.keys() == issues.keys()
    for name, expected in issues.items():
        assert expected in found[name]


@pytest.mark.parametrize(
    ("word", "is_compared"),
    [
        *((word, True) for word in ("1", "true", "yes", "on", "YES", "True")),
        *((word, False) for word in ("0", "false", "no", "off", "Off")),
    ],
)
def test_every_word_for_yes_and_no_is_understood(
    fresh: Server, word: str, is_compared: bool
) -> None:
    answer = get(fresh, f"summary?{WINDOW}&compareTo={word}")
    before = {"from": "2026-05-03", "to": "2026-05-03"}
    assert answer.body["compareTo"] == (before if is_compared else None)


@pytest.mark.parametrize(
    "question",
    [
        f"breakdown?{WINDOW}&by=page&limit=1",
        f"breakdown?{WINDOW}&by=page&limit=1000",
        f"summary?{WINDOW}&propertyId={'x' * 128}",
        f"summary?{WINDOW}{''.join(f'&filter=utm_source:{n}' for n in range(10))}",
        f"summary?{WINDOW}&filter=landing_path:{'x' * 2048}",
        f"trend?from={DAY}&to=2026-06-03&by=hour",
    ],
    ids=lambda question: question[:60],
)
def test_a_question_at_its_bounds_is_answered(fresh: Server, question: str) -> None:
    assert get(fresh, question).status == 200


def test_a_year_with_its_leap_day_is_answered(fresh: Server) -> None:
    answer = get(fresh, "summary?from=2024-01-01&to=2024-12-31&compareTo=1")
    assert answer.status == 200
    assert len(answer.body["trend"]) == 366
    assert answer.body["compareTo"] == {"from": "2022-12-31", "to": "2023-12-31"}


def test_the_first_days_of_all_are_answered(fresh: Server) -> None:
    answer = get(fresh, "summary?from=1900-01-01&to=1900-12-31&compareTo=1")
    assert answer.status == 200
    assert answer.body["metrics"]["uniqueVisitors"] == {"value": 0, "delta": None}


def test_an_unknown_property_has_zeros(fresh: Server) -> None:
    answer = get(fresh, f"summary?{WINDOW}&propertyId=nobody.example&compareTo=1")
    assert answer.status == 200
    metrics = answer.body["metrics"]
    mix = metrics.pop("trafficSourceMix")
    assert len(mix) == 9
    assert set(mix.values()) == {0}
    assert all(metric == {"value": 0, "delta": None} for metric in metrics.values())
    assert answer.body["ingest"] == {
        "successPct": 0,
        "p95TtfbMs": None,
        "totalEventsAccepted": 0,
        "totalEventsRejected": 0,
    }
    assert get(fresh, f"vitals?{WINDOW}&propertyId=nobody.example").body["vitals"]["lcp"] == {
        "samples": 0,
        "p50": None,
        "p75": None,
        "p95": None,
        "rating": None,
        "shares": {"good": 0, "needsImprovement": 0, "poor": 0},
    }


def test_freshness_is_that_of_the_last_build(
    fresh: Server, built: Dbt, connection: Connection
) -> None:
    [row] = connection.execute(
        "select min(received_through) as cutoff, "
        "(now() at time zone 'UTC')::date as today from analytics_state.rollup_watermarks"
    )
    freshness = get(fresh, f"summary?{WINDOW}").body["freshness"]
    assert freshness["generatedAt"].startswith(f"{row['cutoff']:%Y-%m-%dT%H:%M:%S}")
    assert freshness["rolledUpThrough"] == f"{row['cutoff']:%Y-%m-%d}"
    assert freshness["lagDays"] == (row["today"] - row["cutoff"].date()).days


def test_a_mart_that_is_behind_makes_the_whole_answer_old(
    fresh: Server, connection: Connection
) -> None:
    def move(by: str) -> None:
        connection.execute(
            "update analytics_state.rollup_watermarks "
            "set received_through = received_through + %s::interval "
            "where mart = 'visitor_recency'",
            (by,),
        )

    now = get(fresh, f"summary?{WINDOW}").body["freshness"]
    move("-3 days")
    try:
        old = get(fresh, f"summary?{WINDOW}").body["freshness"]
    finally:
        move("3 days")
    assert old["lagDays"] == now["lagDays"] + 3
    assert old["generatedAt"] < now["generatedAt"]
    # Which the breakdown by page does not read.
    assert get(fresh, f"breakdown?{WINDOW}&by=page").body["freshness"] == now


class TestCsv:
    def test_has_the_rows_of_the_answer(self, fresh: Server) -> None:
        question = f"breakdown?{WINDOW}&by=page"
        answer = get(fresh, question, accept="text/csv")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["Content-Disposition"] == (
            f"attachment; filename=page-{DAY}-{DAY}.csv"
        )
        told = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
        rows = get(fresh, question).body["rows"]
        assert [row["path"] for row in rows] == ["/", "/a,b", "+1"]
        assert [list(row) for row in told] == [list(row) for row in rows]
        for line, row in zip(told, rows, strict=True):
            assert line.pop("path").removeprefix("'") == row.pop("path")
            assert {name: float(value) for name, value in line.items()} == row

    def test_has_no_formula(self, fresh: Server) -> None:
        for by in ("page", "event_type"):
            text = get(fresh, f"breakdown?{WINDOW}&by={by}", accept="text/csv").body.decode()
            cells = [row[0] for row in csv.reader(io.StringIO(text, newline=""))]
            assert any(cell.startswith("'") for cell in cells)
            assert not any(cell.startswith(("=", "+")) for cell in cells)

    @pytest.mark.parametrize("accept", ["*/*", "application/json, text/csv;q=0.5", "image/png"])
    def test_is_for_whoever_prefers_it(self, fresh: Server, accept: str) -> None:
        answer = get(fresh, f"breakdown?{WINDOW}&by=page", accept=accept)
        assert answer.headers["Content-Type"] == "application/json"
        assert "Accept" in answer.headers["Vary"]

    def test_is_of_the_breakdown_alone(self, fresh: Server) -> None:
        answer = get(fresh, f"summary?{WINDOW}", accept="text/csv")
        assert answer.headers["Content-Type"] == "application/json"


class TestKept:
    def test_an_answer_is_told_again_until_its_time_is_up(
        self, keeping: Server, fresh: Server, writer: Writer, built: Dbt
    ) -> None:
        question = f"summary?{WINDOW}&propertyId=kept.example"
        first = get(keeping, question)
        assert first.body["metrics"]["totalPageViews"]["value"] == 0
        writer.write(events([body("visitor-0003", traffic={"propertyId": "kept.example"})]))
        built.run_models()
        # By a connection of its own each is answered by one worker or the other; both kept theirs
        # only if asked before, hence the same connection.
        assert get(keeping, question).body == first.body
        assert get(fresh, question).body["metrics"]["totalPageViews"]["value"] == 1
        other = get(keeping, f"{question}&compareTo=1")
        assert other.body["metrics"]["totalPageViews"]["value"] == 1

    def test_an_error_is_not_kept(self, keeping: Server, connection: Connection) -> None:
        question = f"breakdown?{WINDOW}&by=device_type"
        connection.execute("alter table analytics.daily_breakdowns rename to away")
        try:
            answer = get(keeping, question)
        finally:
            connection.execute("alter table analytics.away rename to daily_breakdowns")
        assert (answer.status, answer.body["error"]) == (503, "marts_not_built")
        assert get(keeping, question).status == 200


class TestKeysOfReports:
    """What a key may see. All answers here are kept, so none of them crosses keys."""

    QUESTIONS = (
        f"summary?{BOTH_DAYS}",
        f"breakdown?{BOTH_DAYS}&by=page",
        f"vitals?{BOTH_DAYS}",
        f"funnel?{BOTH_DAYS}",
        "properties?limit=10",
    )

    @pytest.mark.parametrize("question", QUESTIONS)
    def test_a_key_of_one_property_sees_that_property_and_nothing_of_others(
        self, keeping: Server, question: str
    ) -> None:
        whole = get(keeping, question)
        of_the_shop = get(keeping, f"{question}&propertyId=shop.example")
        told = asked_by(OF_THE_SHOP, keeping, question)
        assert (whole.status, told.status) == (200, 200)
        assert told.body == of_the_shop.body
        assert "/secret" not in str(told.body)
        assert "other.example" not in str(told.body)
        named = asked_by(OF_THE_SHOP, keeping, f"{question}&propertyId=shop.example")
        assert named.body == told.body
        # Whoever may see all sees the same as before.
        assert asked_by(READER, keeping, question).body == get(keeping, question).body == whole.body
        for name in ("other.example", "unknown.example", "SHOP.example", "%25"):
            refused = asked_by(OF_THE_SHOP, keeping, f"{question}&propertyId={name}")
            assert (refused.status, refused.body["error"]) == (403, "property_not_allowed")
            assert refused.body["issues"] == [
                {
                    "path": "propertyId",
                    "message": "must be shop.example or absent: the key is of that property alone",
                }
            ]

    def test_of_two_properties_at_once_none_is_slipped_through(self, keeping: Server) -> None:
        both = "propertyId=shop.example&propertyId=other.example"
        assert asked_by(OF_THE_SHOP, keeping, f"summary?{BOTH_DAYS}&{both}").status == 403

    def test_counts_are_those_of_the_property(self, keeping: Server) -> None:
        question = f"summary?{BOTH_DAYS}"
        views = [
            asked_by(key, keeping, question).body["metrics"]["totalPageViews"]["value"]
            for key in (OF_THE_SHOP, READER, KEY)
        ]
        assert views[0] == 2
        # Another test may have added a view of a third property.
        assert views[1] == views[2] >= 3
        [site] = asked_by(OF_THE_SHOP, keeping, "properties").body["properties"]
        assert (site["propertyId"], site["eventsAccepted"]) == ("shop.example", 3)

    @pytest.mark.parametrize("question", QUESTIONS)
    def test_a_name_of_before_asks_for_the_property_that_has_another_now(
        self, keeping: Server, question: str
    ) -> None:
        of_the_shop = get(keeping, f"{question}&propertyId=shop.example")
        for name in ("was-the-shop.example", "joined-the-shop.example"):
            assert get(keeping, f"{question}&propertyId={name}").body == of_the_shop.body
        assert asked_by(OF_BEFORE, keeping, question).body == of_the_shop.body
        for name in ("was-the-shop.example", "shop.example"):
            named = f"{question}&propertyId={name}"
            assert asked_by(OF_BEFORE, keeping, named).body == of_the_shop.body

    @pytest.mark.parametrize(
        ("key", "name", "status"),
        [
            (KEY, "was-the-shop.example", 200),
            (KEY, "joined-the-shop.example", 200),
            (OF_THE_SHOP, "was-the-shop.example", 200),
            (OF_BEFORE, "was-the-shop.example", 200),
            (OF_THE_SHOP, "joined-the-shop.example", 400),
            (OF_THE_SHOP, "other.example", 400),
        ],
    )
    def test_so_it_is_in_the_addresses_of_the_dashboard(
        self, keeping: Server, key: str, name: str, status: int
    ) -> None:
        signed_in = urllib3.request(
            "POST",
            f"{keeping.url}/dashboard/sign-in",
            fields={"key": key},
            redirect=False,
        )
        cookie = signed_in.headers["Set-Cookie"].partition(";")[0]
        page = keeping.request("GET", f"/dashboard/list?by=page&property={name}", Cookie=cookie)
        assert page.status == status
        if status == 200:
            assert b"<small>shop.example</small>" in page.body
        else:
            assert b"You may look at shop.example alone." in page.body

    def test_a_name_whose_rows_are_on_their_way_asks_for_what_still_has_it(
        self, keeping: Server
    ) -> None:
        told = get(keeping, "properties?propertyId=joins-the-shop.example")
        assert (told.status, told.body["properties"]) == (200, [])

    def test_a_key_of_what_became_part_of_another_does_not_see_that(self, keeping: Server) -> None:
        for question in ("properties", "properties?propertyId=joined-the-shop.example"):
            told = asked_by(OF_WHAT_JOINED, keeping, question)
            assert (told.status, told.body["properties"]) == (200, [])
        refused = asked_by(OF_WHAT_JOINED, keeping, "properties?propertyId=shop.example")
        assert (refused.status, refused.body["error"]) == (403, "property_not_allowed")

    def test_a_key_of_reports_opens_nothing_else(self, keeping: Server) -> None:
        for key in (READER, OF_THE_SHOP):
            for method, path in (("GET", "/v1/leads"), ("POST", "/v1/leads/delete")):
                answer = keeping.request(method, path, x_admin_key=key)
                assert answer.status == 401
                assert answer.body["issues"] == [
                    {
                        "path": "x-admin-key",
                        "message": "reads reports only; this asks for an admin key",
                    }
                ]

    def test_another_key_opens_nothing(self, keeping: Server) -> None:
        for key in ("reads", f"shop.example={OF_THE_SHOP}", f"{OF_THE_SHOP}x"):
            assert asked_by(key, keeping, f"summary?{BOTH_DAYS}").status == 401


class TestConditional:
    def test_what_is_known_is_not_sent_again(self, fresh: Server) -> None:
        first = get(fresh, f"summary?{WINDOW}")
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert {"x-admin-key", "Origin"} <= set(first.headers["Vary"].split(", "))
        again = get(fresh, f"summary?{WINDOW}", if_none_match=first.headers["ETag"])
        assert again.status == 304
        assert again.headers["ETag"] == first.headers["ETag"]
        assert not again.body

    def test_what_changed_is(self, fresh: Server) -> None:
        tag = get(fresh, f"summary?{WINDOW}").headers["ETag"]
        other = get(fresh, f"summary?{WINDOW}&compareTo=1", if_none_match=tag)
        assert other.status == 200
        assert other.headers["ETag"] != tag


def test_a_database_that_does_not_answer_is_said(fresh: Server, connection: Connection) -> None:
    """A lock that is never given up: the answer comes after the statement's own limit."""
    with connection.transaction():
        connection.execute("lock table analytics.daily_breakdowns in access exclusive mode")
        answer = get(fresh, f"breakdown?{WINDOW}&by=country")
    assert (answer.status, answer.body) == (503, {"ok": False, "error": "unavailable"})
    assert answer.headers["Retry-After"] == "5"
    assert get(fresh, f"breakdown?{WINDOW}&by=country").status == 200


def test_connections_that_were_cut_are_made_anew(fresh: Server, connection: Connection) -> None:
    assert get(fresh, f"vitals?{WINDOW}").status == 200
    connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where application_name = 'footfall-reporting'"
    )
    assert get(fresh, f"vitals?{WINDOW}").status == 200


def test_a_report_reads_and_never_writes(database: str, built: Dbt) -> None:
    assert built
    warehouse = Warehouse(database)
    try:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            warehouse.ask(("delete from analytics.daily_breakdowns", {}))
    finally:
        warehouse.close()


@pytest.mark.parametrize(
    ("by", "mart"), [("page", "daily_pages"), ("landing_path", "daily_landing_paths")]
)
def test_what_reads_a_large_mart_is_planned_for_its_window(
    database: str, built: Dbt, by: str, mart: str
) -> None:
    assert built
    window = Window(date(2026, 1, 1), date(2026, 12, 31))
    warehouse = Warehouse(database)
    try:
        # The client prepares a statement at the fifth time, the server keeps a plan from then on.
        for _ in range(16):
            breakdown(warehouse, window, by=by, limit=10)
        [[plans], [settings]] = warehouse.ask(
            (
                "select sum(custom_plans)::integer as made, sum(generic_plans)::integer as kept"
                " from pg_prepared_statements where strpos(statement, %(mart)s) > 0",
                {"mart": f"analytics.{mart}"},
            ),
            (
                "select current_setting('plan_cache_mode') as mode,"
                " current_setting('max_parallel_workers_per_gather') as workers",
                {},
            ),
        )
    finally:
        warehouse.close()
    assert plans["made"] > 0
    assert plans["kept"] == 0
    assert settings["mode"] == "auto"
    # Workers are for statements about all properties alone.
    assert settings["workers"] == "0"


def test_refusals_of_reports_are_no_refused_events(fresh: Server, connection: Connection) -> None:
    before = connection.execute("select count(*) as n from raw.ingest_rejections").fetchone()
    assert get(fresh, "summary?from=x").status == 400
    time.sleep(2)
    assert (
        connection.execute("select count(*) as n from raw.ingest_rejections").fetchone() == before
    )

"""Every chart of the dashboard, asked through Superset, against the marts by plain SQL.

Run by `make test-superset`, on the database at hand, which must hold a build.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import urllib3
from psycopg.rows import dict_row

HERE = Path(__file__).parent
PYTHON = HERE.parent.parent / ".superset" / "venv" / "bin" / "python"
LIMIT_SECONDS = 300

# What the dashboard filters by. Marts name the property as property_id, and have rows of all together.
SITE = "property_id != '' and (%(property)s::text is null or property_id = %(property)s)"
DAY = "day >= %(from_day)s and day < %(to_day)s"
PEOPLE = "(not %(people)s or not is_bot)"
AUDIENCE = "case when is_bot then 'bots' else 'people' end"
RATES = """
    avg(is_bounce::integer) as bounce_rate,
    avg(is_converted::integer) as conversion_rate
"""
VISITORS = """
    count(distinct visitor_id) as visitors,
    count(distinct visitor_id) filter (where is_returning) as returning_visitors
"""

# By the name of the chart: the same from marts, and where two hold it from another than its dataset.
ANSWERS = {
    "Page views": f"select sum(page_views) as page_views from analytics.visitor_days"
    f" where {SITE} and {DAY} and {PEOPLE}",
    "Visits": f"select count(*) as visits from analytics.sessions where {SITE} and {DAY} and {PEOPLE}",
    "Bounce rate": f"select avg(is_bounce::integer) as bounce_rate from analytics.sessions"
    f" where {SITE} and {DAY} and {PEOPLE}",
    "Conversion rate": "select avg(is_converted::integer) as conversion_rate"
    f" from analytics.sessions where {SITE} and {DAY} and {PEOPLE}",
    "Page views by day": "select day, property_id as property, sum(page_views) as page_views"
    f" from analytics.visitor_days where {SITE} and {DAY} and {PEOPLE} group by 1, 2",
    # A week in which nobody came is a week too.
    "Visitors by week": f"""
        select
            week,
            sites.property_id as property,
            audience,
            count(distinct visitor_id) as visitors
        from (
            select property_id, min(day) as first_day, max(day) as last_day
            from analytics.visitor_days where {SITE} group by property_id
        ) as sites
        cross join (
            select generate_series('2001-01-01'::timestamp, '2100-01-01', '7 days')::date as week
        ) as weeks
        cross join unnest(array['people', 'bots']) as audiences (audience)
        left join analytics.visitor_days
            on
                sites.property_id = visitor_days.property_id
                and day >= week
                and day < week + interval '7 days'
                and is_bot = (audience = 'bots')
        where
            week + interval '6 days' >= first_day and week <= last_day
            and week >= %(from_day)s and week < %(to_day)s
            and (not %(people)s or audience = 'people')
        group by 1, 2, 3
    """,
    "Visitors of 7, 28 and 90 days": f"""
        select property_id as property, {AUDIENCE} as audience, days, {VISITORS}
        from analytics.visitor_days
        cross join unnest(array[7, 28, 90]) as windows (days)
        where
            {SITE} and {PEOPLE}
            and day > (select max(day) from analytics.visitor_days where property_id != '') - days
        group by 1, 2, 3
    """,
    "Visits by source": f"""
        select
            traffic_source as source, count(*) as visits, {RATES},
            avg(engaged_ms) / 1000 as engaged_seconds_per_visit
        from analytics.sessions where {SITE} and {DAY} and {PEOPLE} group by 1
    """,
    "Page views by source and day": "select day, traffic_source as source,"
    " sum(page_views) as page_views from analytics.daily_traffic_sources"
    f" where {SITE} and {DAY} and {PEOPLE} group by 1, 2",
    "Visits by campaign": f"""
        select
            coalesce(utm_source, '(not set)') as campaign_source,
            coalesce(utm_medium, '(not set)') as campaign_medium,
            coalesce(utm_campaign, '(not set)') as campaign,
            count(*) as visits,
            count(*) filter (where is_converted) as converted_visits,
            avg(is_converted::integer) as conversion_rate
        from analytics.sessions where {SITE} and {DAY} and {PEOPLE} group by 1, 2, 3
    """,
    "Page views by country": "select country_code as country, sum(page_views) as page_views,"
    f" sum(conversions) as conversions from analytics.daily_countries"
    f" where {SITE} and {DAY} and {PEOPLE} group by 1",
    "Most seen pages, by people and bots": "select property_id as property, path as page,"
    " sum(views) as page_views, sum(entrances) as entrances, sum(exits) as exits,"
    " sum(conversions) as conversions"
    f" from analytics.daily_pages where {SITE} and {DAY} group by 1, 2",
    "Landing pages": f"""
        select
            property_id as property, coalesce(entry_path, '(not set)') as landing_page,
            count(*) as visits, {RATES}
        from analytics.sessions where {SITE} and {DAY} and {PEOPLE} group by 1, 2
    """,
    "Web vitals by rating": "select vital, sum(good_samples) as good,"
    " sum(needs_improvement_samples) as needs_improvement, sum(poor_samples) as poor"
    f" from analytics.daily_web_vitals where {SITE} and {DAY} group by 1",
    "Web vitals by device": f"""
        select
            vital, device_type as device, sum(samples) as samples,
            sum(good_samples) / sum(samples) as good_share,
            sum(poor_samples) / sum(samples) as poor_share
        from analytics.daily_web_vitals where {SITE} and {DAY} group by 1, 2
    """,
    # Each value as often as it was measured. A row without a device holds those of all people.
    "p75 of 28 days": f"""
        select
            property_id as property, device_type as device, vital,
            percentile_cont(0.75) within group (order by counted.value)
            / case vital when 'cls' then 1000 else 1 end as p75
        from analytics.web_vital_distributions
        cross join unnest(measured_values, value_samples) as counted (value, samples)
        cross join generate_series(1, counted.samples)
        where
            {SITE} and device_type != ''
            and day > (select max(day) from analytics.daily_web_vitals) - 28
        group by 1, 2, 3
    """,
    "Forms from start to submit": f"""
        select
            unnest(array['started', 'submitted']) as step,
            unnest(array[sum(form_starts), sum(form_submits)]) as times
        from analytics.daily_funnel where {SITE} and {DAY} and form_name != ''
    """,
    "Forms": f"""
        select
            property_id as property, form_name as form, sum(form_starts) as started,
            sum(form_submits) as submitted, sum(form_submits) / sum(form_starts) as completion
        from analytics.daily_funnel where {SITE} and {DAY} and form_name != '' group by 1, 2
    """,
    "Numbers that differ from raw": "select count(*) as different"
    " from analytics.rollup_reconciliation"
    f" where {SITE} and {DAY} and rollup_value is distinct from raw_value",
    "Numbers compared with raw": "select count(*) as compared"
    f" from analytics.rollup_reconciliation where {SITE} and {DAY}",
    "Numbers that moved after publication": "select count(*) as restated"
    f" from analytics.rollup_restatements where {SITE} and {DAY}",
    "Accepted and refused by day": "select day, sum(events_accepted) as accepted,"
    " sum(events_rejected) as rejected from analytics.daily_ingest_rollups"
    f" where {SITE} and {DAY} group by 1",
    "How far the marts are": "select mart, received_through, compared_at, is_equal"
    " from analytics.rollup_freshness",
}
# What a row is of; its other columns are figures.
PLACES = {
    "audience",
    "campaign",
    "campaign_medium",
    "campaign_source",
    "country",
    "day",
    "days",
    "device",
    "form",
    "landing_page",
    "mart",
    "page",
    "property",
    "source",
    "step",
    "vital",
    "week",
}
# Measures that add up over every other column of their view, and what is made of them alone.
ADDITIVE = {
    "traffic": {"events", "page_views", "entrances", "conversions"},
    "traffic_by_source": {"events", "page_views", "entrances", "conversions"},
    "traffic_by_country": {"events", "page_views", "entrances", "conversions"},
    "visits": {
        "visits",
        "bounces",
        "converted_visits",
        "page_views",
        "conversions",
        "duration_seconds",
        "engaged_seconds",
    },
    "pages": {"page_views", "entrances", "exits", "conversions"},
    "vitals": {"samples", "good", "needs_improvement", "poor"},
    "ingest": {"accepted", "rejected"},
    "forms": {"times"},
}
# Rows are counted and not summed; the other has no answer where it is asked of several weeks at once.
COUNTED = {"reconciliation", "restatements"}
GUARDED = {("visitors_by_week", "case when count(*) = 1 then max(visitors) end")}


@pytest.fixture(scope="module")
def database() -> str:
    if url := os.environ.get("FOOTFALL_BI_URL"):
        return url
    command = [Path(sys.executable).with_name("footfall"), "url", "--bi"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


class Superset:
    def __init__(self, address: str, password: str) -> None:
        self._address = address
        self._pool = urllib3.PoolManager(timeout=120, retries=False)
        login = {"username": "admin", "password": password, "provider": "db"}
        self._headers = {
            "authorization": f"Bearer {self.post('security/login', login)['access_token']}"
        }

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        headers = getattr(self, "_headers", {})
        answer = self._pool.request(
            method, f"{self._address}/api/v1/{path}", json=body, headers=headers
        )
        assert answer.status == 200, (method, path, answer.data[:2000])
        return answer.json()

    def get(self, path: str) -> Any:
        return self._ask("GET", path)

    def post(self, path: str, body: object) -> Any:
        # urllib3 names the type of a body where no header is given.
        return self._ask("POST", path, body)


@pytest.fixture(scope="module")
def superset(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    """One that `serve.py` sets up in a folder of its own, with the dashboard imported."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    folder = tmp_path_factory.mktemp("superset")
    environment = {
        **os.environ,
        "FOOTFALL_BI_URL": database,
        "SUPERSET_HOME": str(folder / "home"),
        "SUPERSET_PORT": str(port),
    }
    printed = folder / "output"
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [PYTHON, HERE / "serve.py"], env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        until = time.monotonic() + LIMIT_SECONDS
        while not is_open(port):
            assert process.poll() is None, printed.read_text()
            assert time.monotonic() < until, printed.read_text()
            time.sleep(1)
        login = re.search(r"Login: +admin, password (\S+)", printed.read_text())
        assert login, printed.read_text()
        assert password_is_kept_from_others(folder / "home")
        yield Superset(f"http://127.0.0.1:{port}", login[1])
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def is_open(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def password_is_kept_from_others(home: Path) -> bool:
    return (home / "secrets.json").stat().st_mode & 0o077 == 0 and home.stat().st_mode & 0o077 == 0


@pytest.fixture(scope="module")
def charts(superset: Superset) -> dict[str, dict[str, Any]]:
    """What the imported charts ask, by their names."""
    listed = superset.get("chart/?q=(page_size:100)")["result"]
    return {
        row["slice_name"]: json.loads(superset.get(f"chart/{row['id']}")["result"]["query_context"])
        for row in listed
    }


@pytest.fixture(scope="module")
def window(database: str) -> dict[str, Any]:
    """Some days within those that there are, so that the filter takes some and leaves some."""
    query = "select min(day) + 3 as from_day, max(day) - 1 as to_day from analytics_bi.traffic"
    with psycopg.connect(database, row_factory=dict_row) as connection:
        found = connection.execute(query).fetchone()
    assert found is not None
    assert found["from_day"] is not None, "The warehouse holds nothing: run `make demo` first."
    assert found["from_day"] < found["to_day"]
    return found


def test_the_dashboard_has_these_charts(charts: dict[str, Any], superset: Superset) -> None:
    assert charts.keys() == ANSWERS.keys()
    on_it = superset.get("dashboard/footfall/charts")["result"]
    assert {row["slice_name"] for row in on_it} == ANSWERS.keys()


@pytest.mark.parametrize("is_filtered", [False, True], ids=["everything", "filtered"])
@pytest.mark.parametrize("name", ANSWERS)
def test_a_chart_answers_what_the_marts_say(
    name: str,
    is_filtered: bool,
    charts: dict[str, dict[str, Any]],
    superset: Superset,
    database: str,
    window: dict[str, Any],
) -> None:
    asked = json.loads(json.dumps(charts[name]))
    [query] = asked["queries"]
    # Moves rows into the shape of the picture, and has no number of its own.
    query.pop("post_processing", None)
    everything = {
        "property": None,
        "people": False,
        "from_day": date(1, 1, 1),
        "to_day": date(9999, 1, 1),
    }
    values = everything
    if is_filtered:
        values = {"property": "shop.example", "people": True, **window}
        query["time_range"] = f"{window['from_day']} : {window['to_day']}"
        query["filters"] += [
            {"col": "property", "op": "IN", "val": ["shop.example"]},
            {"col": "audience", "op": "IN", "val": ["people"]},
        ]
    [result] = superset.post("chart/data", asked)["result"]
    with psycopg.connect(database, row_factory=dict_row) as connection:
        expected = connection.execute(ANSWERS[name].encode(), values).fetchall()
    assert rows(result["data"]) == pytest.approx(rows(expected), rel=1e-9)


def rows(answer: list[dict[str, Any]]) -> dict[tuple[Any, ...], Any]:
    """Each figure by its name and by all that is no figure; nothing is a nought of none."""
    figures: dict[tuple[Any, ...], Any] = {}
    for row in answer:
        plain = {name: in_json(value) for name, value in row.items()}
        place = tuple(sorted((n, v) for n, v in plain.items() if n in PLACES))
        for name in plain.keys() - PLACES:
            assert (place, name) not in figures
            figures[place, name] = -1 if plain[name] is None else plain[name]
    return figures


def in_json(value: object) -> object:
    """As Superset writes it: moments in milliseconds, days as their midnight."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, date):
        return round(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp() * 1000)
    return value


def test_a_week_of_several_properties_has_no_number_rather_than_a_wrong_one(
    charts: dict[str, dict[str, Any]], superset: Superset
) -> None:
    asked = json.loads(json.dumps(charts["Visitors by week"]))
    [query] = asked["queries"]
    query.pop("post_processing", None)
    query["columns"] = query["series_columns"] = []
    [result] = superset.post("chart/data", asked)["result"]
    assert result["data"] == [{"visitors": None}]


def test_no_metric_sums_what_does_not_add_up() -> None:
    import yaml

    files = sorted((HERE / "dashboard" / "datasets").rglob("*.yaml"))
    assert len(files) > len(ADDITIVE)
    for file in files:
        dataset = yaml.safe_load(file.read_text())
        name = dataset["table_name"]
        for metric in dataset["metrics"]:
            expression = metric["expression"]
            place = (name, metric["metric_name"], expression)
            if (name, expression) in GUARDED:
                continue
            aggregated = re.findall(r"(\w+)\(([^()]*)\)", expression)
            used = {(function, column) for function, column in aggregated if function != "nullif"}
            used -= {("filter", column) for _, column in used if column.startswith("where ")}
            assert used, place
            for function, column in used:
                if name in COUNTED:
                    assert (function, column) == ("count", "*"), place
                else:
                    assert function == "sum", place
                    assert column in ADDITIVE.get(name, set()), place


def test_the_export_holds_no_secret_and_no_place() -> None:
    import yaml

    [file] = (HERE / "dashboard" / "databases").iterdir()
    database = yaml.safe_load(file.read_text())
    assert database["sqlalchemy_uri"] == (
        "postgresql+psycopg2://footfall_bi:XXXXXXXXXX@127.0.0.1:5432/footfall"
    )
    for dataset in (HERE / "dashboard" / "datasets").rglob("*.yaml"):
        # The database of another warehouse has another name.
        assert yaml.safe_load(dataset.read_text())["catalog"] is None, dataset

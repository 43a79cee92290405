"""Addresses of one page are one page in every mart, whatever was sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.cli import footfall
from tests.support.dbt import Dbt
from tests.support.recount.reading import read_rows
from tests.support.server import Server, serving

Connection = psycopg.Connection[dict[str, Any]]

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=3)
MARTS = ("daily_pages", "daily_landing_paths", "daily_metric_rollups", "sessions")
PROPERTY, ASKING = "pages.example", "asking.example"
SENT = {
    PROPERTY: [
        *(f"/sale?fbclid=IwAR{number}" for number in range(12)),
        *("/论", "/%E8%AE%BA", "/%e8%ae%ba", "/论#comments"),
        *("/A", "/a", "/a/"),
    ],
    ASKING: ["/s?q=red&gclid=1", "/s/?q=red", "/S?q=blue", "/s?sort=up"],
}
# Counted by hand.
PAGES = {
    (PROPERTY, "/sale"): 12,
    (PROPERTY, "/%E8%AE%BA"): 4,
    (PROPERTY, "/A"): 1,
    (PROPERTY, "/a"): 1,
    (PROPERTY, "/a/"): 1,
    (ASKING, "/s?q=red"): 2,
    (ASKING, "/s?q=blue"): 1,
    (ASKING, "/s"): 1,
}


@pytest.fixture(scope="module")
def built(database: str, data_dir: Path, dbt: Dbt) -> None:
    """What was sent, and a build."""
    done = footfall(
        *("property", "set", ASKING, "--keep-query", "q", "--case", "lower"),
        *("--trailing-slash", "strip"),
        database=database,
    )
    assert done.returncode == 0, done.stderr
    with serving(database, data_dir) as server:
        for property_id, paths in SENT.items():
            for number, path in enumerate(paths):
                post(server, property_id, path, f"{property_id}-{number}", number)
        post(
            *(server, PROPERTY, "/tie", "the-tie-0001", 0),
            referrer="https://www.google.com/",
            isEntrance=True,
            countryCode="FR",
        )
        post(
            *(server, PROPERTY, "/tie?b#x", "the-tie-0001", 0),
            utm={"source": "news"},
            isEntrance=False,
            countryCode="DE",
        )
    marts = (f"+{mart}" for mart in MARTS)
    done_by_dbt = dbt.run("run", "--select", *marts)
    assert done_by_dbt.is_success, done_by_dbt.output


def post(
    server: Server,
    property_id: str,
    path: str,
    visitor: str,
    minutes: int,
    *,
    referrer: str | None = None,
    utm: dict[str, str] | None = None,
    **traffic: object,
) -> None:
    answer = server.post(
        {
            "anonId": visitor,
            "eventType": "page_view",
            "path": path,
            "timestamp": (NOON + timedelta(minutes=minutes)).isoformat(),
            "referrer": referrer,
            "utm": utm,
            "traffic": {"propertyId": property_id, **traffic},
        }
    )
    assert answer.status == 202, answer.body


@pytest.mark.usefixtures("built")
def test_all_marts_have_the_pages_that_were_counted_by_hand(connection: Connection) -> None:
    expected = PAGES | {(PROPERTY, "/tie"): 2}
    views = {key[::2]: row["views"] for key, row in read_rows(connection, "daily_pages").items()}
    assert views == expected
    landed = {
        (key[0], key[-1]): row["sessions"]
        for key, row in read_rows(connection, "daily_landing_paths").items()
    }
    assert landed == PAGES | {(PROPERTY, "/tie"): 1}
    tops = {
        (key[0], top["path"]): top["entrances"]
        for key, row in read_rows(connection, "daily_metric_rollups").items()
        for top in row["top_landing_paths"]
    }
    assert tops == landed
    edges = {
        (property_id, row[edge])
        for (_, property_id), row in read_rows(connection, "sessions").items()
        for edge in ("entry_path", "exit_path")
    }
    assert edges == set(expected)


@pytest.mark.usefixtures("built")
def test_a_session_is_entered_by_the_event_whose_path_it_has(connection: Connection) -> None:
    [row] = [
        row for row in read_rows(connection, "sessions").values() if row["entry_path"] == "/tie"
    ]
    # Else the entrance of that moment would be the first.
    assert (row["utm_source"], row["country_code"], row["events"]) == ("news", "DE", 2)

"""The first and the last event of a session are found by texts that are in order as their moments are."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import psycopg
from jinja2 import Environment

MACROS = Path(__file__).parents[2] / "macros"
# Each before the next: moments with fewer digits than others, and of one moment what decides then.
IN_ORDER = [
    # moment, landing path or another, source, entrance, key
    ("0999-12-31 23:59:59.999999+00", "/", "direct", True, "a"),
    ("1999-12-31 23:59:59+00", "/", "direct", True, "a"),
    ("2026-03-01 09:59:59.999999+00", "/", "direct", True, "a"),
    ("2026-03-01 10:00:00+00", "/other", "direct", False, "a"),
    ("2026-03-01 10:00:00.000001+00", "/", "direct", True, "a"),
    ("2026-03-01 10:00:00.09+00", "/", "direct", True, "a"),
    ("2026-03-01 10:00:00.1+00", "/", "internal", False, "z"),
    ("2026-03-01 10:00:00.12+00", "/", "email", True, "a"),
    ("2026-03-01 10:00:00.123+00", "/", "email", True, "b"),
    ("2026-03-01 10:00:00.123+00", "/", "email", False, "a"),
    ("2026-03-01 10:00:00.123+00", "/", "direct", True, "a"),
    ("2026-03-01 10:00:00.123+00", "/", "internal", False, "a"),
    ("2026-03-01 10:00:00.123+00", "/other", "email", True, "a"),
    ("2026-03-01 10:00:00.123+00", "/other", "direct", False, "Z"),
    ("2026-03-01 10:00:00.123+00", "/other", "direct", False, "_"),
    ("2026-03-01 10:00:00.123+00", "/other", "direct", False, "a"),
    ("2026-03-01 10:00:01+00", "/", "email", True, "a"),
    ("2026-10-25 02:30:00+02", "/", "direct", True, "b"),
    ("2026-10-25 02:30:00+01", "/", "direct", True, "a"),
    ("9999-12-31 00:00:00+00", "/", "direct", True, "a"),
]


def rendered(macro: str, call: str) -> str:
    environment = Environment(autoescape=False)  # noqa: S701
    return environment.from_string((MACROS / macro).read_text() + "{{ " + call + " }}").render()


def test_texts_are_in_the_order_of_what_they_say(
    connection: psycopg.Connection[dict[str, Any]],
) -> None:
    # A build's session says times in one style, whatever the server or the role has set.
    connection.execute("set datestyle = 'SQL, DMY'; set timezone = 'Europe/Berlin'")
    connection.execute(rendered("builds/fix_session.sql", "fix_session()"))
    place = rendered("columns/order_of_events.sql", "order_of_events('known', 'sessions')")
    shuffled = random.Random(1).sample(range(len(IN_ORDER)), len(IN_ORDER))
    found = connection.execute(
        f"select number from unnest(%s::int[], %s::timestamptz[], %s::text[], %s::text[], %s::bool[],"
        " %s::text[]) as known"
        " (number, occurred_at, sent_path, traffic_source, is_entrance, dedupe_key)"
        " cross join (values ('/')) as sessions (landing_path)"
        f" order by array[{place}]",
        [
            shuffled,
            *(list(column) for column in zip(*(IN_ORDER[n] for n in shuffled), strict=True)),
        ],
    )
    assert [row["number"] for row in found] == list(range(len(IN_ORDER)))

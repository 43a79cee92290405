"""Click ids that come beside the path: the snippet sends paths without their queries."""

from __future__ import annotations

import re

import pytest

from ingest_app.enrichment.tracking import CLICK_ID_RULES
from ingest_app.enrichment.traffic_source import resolve_traffic_source
from ingest_app.snippet.making import SOURCE


def resolve(props: dict[str, object], **more: str) -> str:
    return resolve_traffic_source(
        utm_medium=None,
        utm_source=None,
        referrer=more.get("referrer"),
        request_host="stats.example",
        property_id="shop.example",
        path=more.get("path", "/"),
        props=props,
        has_other_utm="utm" in more,
    )


@pytest.mark.parametrize(
    ("props", "expected"),
    [
        ({"gclid": "a"}, "paid_search"),
        ({"fbclid": "a"}, "social"),
        ({"fbclid": "a", "gclid": "b"}, "paid_search"),
        ({"gclid": " "}, "direct"),
        ({"gclid": None}, "direct"),
        ({"gclid": {"of": "a campaign"}}, "direct"),
        ({"plan": "gclid"}, "direct"),
    ],
)
def test_a_click_id_among_the_props_names_the_source(
    props: dict[str, object], expected: str
) -> None:
    assert resolve(props) == expected


def test_it_stands_where_one_of_the_path_stands_among_the_rules() -> None:
    assert resolve({"gclid": "a"}, referrer="https://blog.example/") == "paid_search"
    assert resolve({"gclid": "a"}, referrer="https://shop.example/") == "internal"
    assert resolve({"gclid": "a"}, referrer="/") == "internal"
    assert resolve({"gclid": "a"}, utm="content") == "campaign"
    assert resolve({"fbclid": "a"}, path="/?gclid=b") == "paid_search"


def test_the_snippet_knows_each_of_them() -> None:
    [pattern] = re.findall(r"/(\(clk.*\))/i\.test\(", (SOURCE / "core.js").read_text()) or [""]
    known = re.compile(pattern, re.IGNORECASE)
    names = {name for click_ids, _ in CLICK_ID_RULES for name in click_ids}
    assert len(names) > 20
    assert [name for name in sorted(names) if not known.search(name)] == []
    assert not any(map(known.search, ("lang", "user_id", "page", "q", "utm_source", "id", "token")))

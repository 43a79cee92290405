"""Click ids of a query, told apart by hand."""

from urllib.parse import unquote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest_app.enrichment.traffic_source import click_ids, resolve_traffic_source

PIECES = st.sampled_from(
    ["gclid", "%67clid", "GClid", "fbclid", "a", "=", "&", "+", "%20", "%", ";", "é"]
)


def test_the_first_of_each_name_is_kept() -> None:
    query = "a=1&%46bclid=x%20y&gclid=&GCLID=1+2&gclid=3&fbclid=z&utm_source=s&gclsrc=t"
    assert click_ids(query) == {"fbclid": "x y", "gclid": "1 2"}


@given(st.lists(PIECES).map("".join))
@example("&&gclid&gclid==&=")
def test_any_query_is_read(query: str) -> None:
    expected: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        folded, text = unquote_plus(name).strip().lower(), unquote_plus(value).strip()
        if folded in ("gclid", "fbclid") and text:
            expected.setdefault(folded, text)
    assert click_ids(query) == expected


@pytest.mark.parametrize(
    ("path", "props", "source"),
    [
        ("/shoes?gclid=x", {}, "paid_search"),
        ("/shoes", {"gclid": "x"}, "paid_search"),
        ("/shoes?fbclid=x", {"gclid": "x"}, "paid_search"),
        ("/shoes", {"fbclid": "x", "plan": "pro"}, "social"),
        ("/shoes", {"gclid": " ", "fbclid": 7, "plan": "gclid"}, "direct"),
        ("/shoes?gclid=", None, "direct"),
    ],
)
def test_a_click_id_counts_in_the_path_and_among_the_props(
    path: str, props: dict[str, object] | None, source: str
) -> None:
    resolved = resolve_traffic_source(
        utm_medium=None,
        utm_source=None,
        referrer=None,
        request_host=None,
        property_id="p",
        path=path,
        props=props,
    )
    assert resolved == source

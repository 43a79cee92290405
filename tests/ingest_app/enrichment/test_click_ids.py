"""Click ids of a query, told apart by hand."""

from urllib.parse import unquote_plus

from hypothesis import example, given
from hypothesis import strategies as st

from ingest_app.enrichment.traffic_source import click_ids

PIECES = st.sampled_from(
    ["gclid", "%67clid", "GClid", "fbclid", "a", "=", "&", "+", "%20", "%", ";", "é"]
)


def test_the_first_of_each_name_is_kept_as_it_came() -> None:
    query = "a=1&%46bclid=x%20y&gclid=&GCLID=1+2&gclid=3&fbclid=z&utm_source=s&gclsrc=t"
    assert click_ids(query) == {"fbclid": "%46bclid=x%20y", "gclid": "GCLID=1+2"}


@given(st.lists(PIECES).map("".join))
@example("&&gclid&gclid==&=")
def test_any_query_is_read(query: str) -> None:
    expected: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        folded = unquote_plus(name).strip().lower()
        if folded in ("gclid", "fbclid") and unquote_plus(value).strip():
            expected.setdefault(folded, part)
    assert click_ids(query) == expected

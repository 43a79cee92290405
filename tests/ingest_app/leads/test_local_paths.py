"""After a form a browser stays on the site, whatever the form says."""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest_app.web.leads.local_path import local_path

LOCAL = [
    *("/", "/thanks", "/a/b/", "/danke/sch%C3%B6n", "/danke/schön", "/a?b=c&d=//e", "/a#top"),
    *("/a?next=https://evil.example/", "/100%25", "/a:b", "/@evil.example", "/a%20b"),
]
ELSEWHERE = [
    *(
        "",
        "thanks",
        "../thanks",
        "?a",
        "#a",
        "https:",
        "https://evil.example",
        "HTTPS:evil.example",
    ),
    *(
        "//evil.example",
        "///evil.example",
        "////evil.example",
        "/\\evil.example",
        "\\\\evil.example",
    ),
    *("/\\/evil.example", "\\/evil.example", "/%2Fevil.example", "/%2f%2fevil.example"),
    *("%2F%2Fevil.example", "/%5Cevil.example", "/%255Cevil.example", "/%252F%252Fevil.example"),
    *("/\t/evil.example", "/\n/evil.example", "\t//evil.example", "/\r\n//evil.example"),
    *("/%09/evil.example", "/%0d%0aLocation:%20https://evil.example", "/\x00/evil", "/a\x7f"),
    *("javascript:alert(1)", "data:text/html,x", "/a//evil.example", "/.//evil.example", " //evil"),
    *("/a\u2028b", "//[::1", "http:/evil.example", "/a?b\r\nSet-Cookie: a=b", "/a#\r\nX: y"),
    *("/%00/", "/%" + "25" * 20 + "2Fevil.example", "/\u00a0/evil.example"),
]
SITE = "https://shop.example/newsletter?a=b"


@pytest.mark.parametrize("text", LOCAL)
def test_a_path_of_the_site_is_kept(text: str) -> None:
    assert local_path(text) == text


@pytest.mark.parametrize("text", ELSEWHERE, ids=ascii)
def test_everything_else_leads_home(text: str) -> None:
    assert local_path(text) == "/"


def as_a_browser(text: str) -> str:
    """What a browser makes of a reference before it reads it, as the URL standard has it."""
    kept = "".join(letter for letter in text if letter not in "\t\r\n")
    return kept.strip("".join(map(chr, range(0x21)))).replace("\\", "/")


PIECES = st.sampled_from(
    [*"/\\:@?#%.\t\r\n\x00 ", "//", "/\\", "%2f", "%5c", "%252f", "https:", "evil.example", "a"]
)


@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=12).map("".join)))
@example("/%2F/evil.example")
def test_no_text_leads_off_the_site(text: str) -> None:
    target = local_path(text)
    assert target in (text, "/")
    # As it is, decoded by somebody on the way, and encoded by the server.
    for seen in (target, quote(target, safe="/%?#&=+:@")):
        url = urlsplit(urljoin(SITE, as_a_browser(seen)))
        assert (url.scheme, url.netloc) == ("https", "shop.example"), target
        assert not {"\r", "\n", "\x00"} & set(seen)

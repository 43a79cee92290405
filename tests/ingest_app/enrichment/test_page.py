"""One name for all addresses of a page: what is left out, what is kept, and how it is spelled."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest_app.enrichment.page import EVERY_PARAMETER, MAX_PAGE_LENGTH, PageRules, page_of
from ingest_app.enrichment.tracking import is_tracking

UNRESERVED = "ABCXYZabcxyz0189-._~"
RESERVED_IN_PATHS = "/!$&'()*+,;=:@"

PATHS = st.text(max_size=40) | st.text(alphabet="/aAäÄ%2fF?#&=;+.~ İΣ", max_size=40)
RULES = st.builds(
    PageRules,
    kept_query=st.sampled_from([frozenset(), frozenset({"a", "A"}), frozenset({EVERY_PARAMETER})]),
    keeps_slash=st.booleans(),
    keeps_case=st.booleans(),
    keeps_route=st.booleans(),
)


def keeping(*names: str) -> PageRules:
    return PageRules(kept_query=frozenset(names))


class TestSpelling:
    @pytest.mark.parametrize(
        ("path", "page"),
        [
            ("/论", "/%E8%AE%BA"),
            ("/%E8%AE%BA", "/%E8%AE%BA"),
            ("/%e8%ae%ba", "/%E8%AE%BA"),
            # RFC 3986, 6.2.2: unreserved characters need no escape, and reserved ones keep theirs.
            ("/%7esmith/%61%2D%2e", "/~smith/a-."),
            ("/a%2fb", "/a%2Fb"),
            ("/a/b", "/a/b"),
            ("/a%3fb%23c", "/a%3Fb%23c"),
            ("/it's,a;b:c@d=e!$&(f)*+", "/it's,a;b:c@d=e!$&(f)*+"),
            ('/a b"<>\\^`{|}[]', "/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D"),
            # What is no escape is a percent sign.
            ("/100%", "/100%25"),
            ("/%zz%4", "/%25zz%254"),
            ("/%2541", "/%2541"),
            # Bytes that are no text stay what they are.
            ("/%ff%C3", "/%FF%C3"),
            ("/caf\ud83d", "/caf%3F"),
        ],
    )
    def test_is_one(self, path: str, page: str) -> None:
        assert page_of(path) == page

    @given(
        text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
        choices=st.lists(st.sampled_from(["raw", "upper", "lower"]), min_size=120, max_size=120),
    )
    def test_is_that_of_every_other_spelling(self, text: str, choices: list[str]) -> None:
        # Each character as it is or escaped, in small or capital hex; reserved ones as they are.
        spelled, place = ["/"], 0
        for character in text:
            if character in RESERVED_IN_PATHS:
                spelled.append(character)
                continue
            choice = choices[place]
            place += 1
            escaped = "".join(f"%{byte:02X}" for byte in character.encode())
            if choice == "raw" and character not in "%?#":
                spelled.append(character)
            else:
                spelled.append(escaped if choice == "upper" else escaped.lower())
        expected = "/" + "".join(
            c
            if c in UNRESERVED or c in RESERVED_IN_PATHS or (c.isascii() and c.isalnum())
            else "".join(f"%{byte:02X}" for byte in c.encode())
            for c in text
        )
        if re.search(";(jsess|phpsess|aspsess)", expected, re.IGNORECASE) is None:
            assert page_of("".join(spelled)) == expected


class TestAQuery:
    @pytest.mark.parametrize(
        ("path", "page"),
        [
            ("/shoes?fbclid=IwAR0", "/shoes"),
            ("/shoes?q=red&page=2", "/shoes"),
            ("/shoes?", "/shoes"),
            ("?q=1", "/"),
            ("", "/"),
            ("/shoes#reviews", "/shoes"),
            ("/shoes#/route", "/shoes"),
            ("/shoes#a?q=1", "/shoes"),
            ("/a;jsessionid=1A2B.node1/b;v=2?x=1", "/a/b;v=2"),
            ("/a;JSESSIONID=1A2B", "/a"),
        ],
    )
    def test_is_left_out_where_nobody_asked(self, path: str, page: str) -> None:
        assert page_of(path) == page

    @pytest.mark.parametrize(
        ("query", "kept"),
        [
            ("q=red&page=2", "?page=2&q=red"),
            ("page=2&fbclid=x&q=red&utm_source=a&sort=up", "?page=2&q=red"),
            ("q=2&q=1", "?q=2&q=1"),
            ("q=a+b", "?q=a%20b"),
            ("q=a%20b", "?q=a%20b"),
            ("q=1%2b1", "?q=1%2B1"),
            ("%71=%e8%ae%ba", "?q=%E8%AE%BA"),
            ("q=a=b?c/d", "?q=a=b?c/d"),
            ("q=", "?q"),
            ("q", "?q"),
            ("Q=1", ""),
            ("&&=x&", ""),
            ("x=1&amp;q=2&amp;amp;page=3", "?page=3&q=2"),
        ],
    )
    def test_keeps_what_was_asked_for(self, query: str, kept: str) -> None:
        assert page_of(f"/s?{query}", keeping("q", "page")) == f"/s{kept}"

    @pytest.mark.parametrize(
        "name",
        [
            *("gclid", "FBCLID", "msclkid", "ttclid", "utm_source", "UTM_anything", "_ga", "_gl"),
            *("mc_cid", "mc_eid", "_hsenc", "mkt_tok", "srsltid", "mtm_campaign", "gad_source"),
        ],
    )
    def test_keeps_no_tracking_parameter_whoever_asks(self, name: str) -> None:
        assert is_tracking(name)
        path = f"/s?{name}=1&id=5&%{ord(name[0]):02x}{name[1:]}=2"
        assert page_of(path, keeping(EVERY_PARAMETER)) == "/s?id=5"
        assert page_of(path, keeping(name, "id")) == "/s?id=5"


class TestWhatAPropertyAsksFor:
    @pytest.mark.parametrize(
        ("path", "page"),
        [("/a/", "/a"), ("/a//", "/a"), ("/", "/"), ("//", "/"), ("/a/?q=/", "/a?q=/"), ("a", "a")],
    )
    def test_strips_slashes(self, path: str, page: str) -> None:
        rules = PageRules(kept_query=frozenset("q"), keeps_slash=False)
        assert page_of(path, rules) == page

    @pytest.mark.parametrize(
        ("path", "page"),
        [
            ("/Über/ΣΑΣ", "/%C3%BCber/%CF%83%CE%B1%CF%83"),
            ("/%C3%9Cber%2FA", "/%C3%BCber%2Fa"),
            ("/a%FFB?q=Red", "/a%FFb?q=Red"),
        ],
    )
    def test_has_it_in_lower_case_but_not_its_escapes_and_parameters(
        self, path: str, page: str
    ) -> None:
        rules = PageRules(kept_query=frozenset("q"), keeps_case=False)
        assert page_of(path, rules) == page

    def test_both_are_left_alone_by_default(self) -> None:
        assert page_of("/A/Ä/") == "/A/%C3%84/"

    @pytest.mark.parametrize(
        ("path", "page"),
        [
            ("/app#/Cart/", "/app#/cart"),
            ("/app?x=1#!/cart?fbclid=1&q=2", "/app#!/cart?q=2"),
            ("/app#reviews", "/app"),
            ("/app#/a#b", "/app#/a"),
            ("/app#", "/app"),
        ],
    )
    def test_keeps_routes(self, path: str, page: str) -> None:
        rules = PageRules(frozenset("q"), keeps_slash=False, keeps_case=False, keeps_route=True)
        assert page_of(path, rules) == page


@given(path=PATHS, rules=RULES)
@example("/İ;jsessionid=1/", PageRules(keeps_slash=False, keeps_case=False))
@example("/a?amp;amp;a=1&a+=&=", PageRules(frozenset("a")))
def test_the_page_of_a_page_is_itself(path: str, rules: PageRules) -> None:
    page = page_of(path, rules)
    assert page_of(page, rules) == page
    assert re.fullmatch(r"(?:[A-Za-z0-9._~/!$&'()*+,;=:@?#-]|%[0-9A-F]{2})+", page)


@given(
    part=st.sampled_from(["论", "é", "😀", "a", "/", "Ä", "%80", "%"]),
    before=st.text(alphabet="/ab", max_size=5),
    rules=RULES,
    tail=st.sampled_from(["", "?a=1", f"?a={'x' * 3000}&a=2", "#/b"]),
)
def test_a_long_one_fits_the_column_and_is_cut_between_characters(
    part: str, before: str, rules: PageRules, tail: str
) -> None:
    page = page_of(f"/{before}{part * 2048}"[:2048] + tail, rules)
    assert len(page) <= MAX_PAGE_LENGTH == 2048
    assert page.isascii()
    assert page_of(page, rules) == page
    if part in {"论", "é", "😀", "Ä"}:
        octets = re.sub("%([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), page)
        assert octets.encode("latin-1").decode("utf-8")
        assert len(page) > MAX_PAGE_LENGTH - 12


def test_a_parameter_that_has_no_room_is_left_out_whole() -> None:
    path = f"/s?long={'x' * 2041}&short=1"
    assert page_of(path, keeping("long", "short")) == "/s?short=1"

"""One person's address is one text, and what is no address is refused without being quoted."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_app.leads.address import EXPECTED, normal_address
from ingest_app.leads.domains import DISPOSABLE, FREE, domain_class

LABELS = st.from_regex(r"[a-zA-Z0-9äöüßéñøłğ]{1,12}", fullmatch=True)
ADDRESSES = st.builds(
    lambda local, domain, tld: f"{local}@{domain}.{tld}",
    st.from_regex(r"[a-zA-Z0-9ÄÖÜİßςΣ]{1,12}([._+-][a-zA-Z0-9]{1,5})?", fullmatch=True),
    LABELS,
    st.sampled_from(["example", "de", "co.uk", "中国"]),
)


@pytest.mark.parametrize(
    ("sent", "normal"),
    [
        ("ada@shop.example", "ada@shop.example"),
        ("  Ada@Shop.Example\n", "ada@shop.example"),
        ("ADA.Lovelace+news@SHOP.EXAMPLE", "ada.lovelace+news@shop.example"),
        ("ada@BÜCHER.example", "ada@bücher.example"),
        ("ada@xn--bcher-kva.example", "ada@bücher.example"),
        ("ada@Bu\u0308cher.example", "ada@bücher.example"),
        ("Jose\u0301@shop.example", "josé@shop.example"),
        # No rules of providers: these are two addresses.
        ("a.d.a@gmail.com", "a.d.a@gmail.com"),
        ("ada@googlemail.com", "ada@googlemail.com"),
    ],
)
def test_an_address_is_written_in_one_way(sent: str, normal: str) -> None:
    assert normal_address(sent) == normal


@pytest.mark.parametrize(
    "sent",
    [
        *("", "ada", "@shop.example", "ada@", "ada@shop", "ada@localhost", "ada@shop..example"),
        *(
            "ada lovelace@shop.example",
            "ada@shop.example, bob@shop.example",
            "Ada <ada@shop.example>",
        ),
        *("ada@[127.0.0.1]", '"ada"@shop.example', "ada@shop_1.example", ".ada@shop.example"),
        *("ada@-shop.example", "ada@shop.example\x00", "ada\n@shop.example", "ada@shop.test"),
        *("a" * 321 + "@shop.example", "ada@" + "a." * 130 + "example", "a" * 100_000),
    ],
)
def test_what_is_no_address_is_refused_and_not_quoted(sent: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(EXPECTED)}$"):
        normal_address(sent)


@given(ADDRESSES)
def test_a_normal_address_stays_as_it_is_and_case_does_not_matter(sent: str) -> None:
    normal = normal_address(sent)
    assert normal_address(normal) == normal
    assert normal_address(f" {sent} ") == normal
    # The rule of raw.leads.
    assert normal == normal.strip().lower()
    assert len(normal) <= 320


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused_in_the_same_words(text: str) -> None:
    try:
        said = normal_address(text)
    except ValueError as error:
        said = str(error)
    assert said == EXPECTED or said.count("@") == 1


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("gmail.com", "free"),
        ("web.de", "free"),
        ("mail.yahoo.com", "free"),
        ("mailinator.com", "disposable"),
        ("eu.mailinator.com", "disposable"),
        ("shop.example", "business"),
        ("notgmail.com", "business"),
        ("gmail.com.example", "business"),
        ("com", "business"),
    ],
)
def test_a_domain_has_one_of_three_classes(domain: str, expected: str) -> None:
    assert domain_class(domain) == expected


def test_the_lists_name_whole_domains_in_lower_case_and_no_domain_twice() -> None:
    for domain in FREE | DISPOSABLE:
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", domain), domain
    assert not FREE & DISPOSABLE

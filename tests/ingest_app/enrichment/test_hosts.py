import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_app.enrichment.hosts import has_domain, normal_host, referrer_host


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("Shop.Example.COM", "shop.example.com"),
        ("example.com:8080", "example.com"),
        ("example.com:", "example.com"),
        ("example.com.", "example.com"),
        ("www.example.com.:443", "example.com"),
        ("WWW.Example.com", "example.com"),
        ("www.www.example.com", "example.com"),
        ("www.com", "www.com"),
        ("www.localhost:5000", "localhost"),
        ("wwwexample.com", "wwwexample.com"),
        ("  example.com  ", "example.com"),
        ("my_site.example", "my_site.example"),
        ("203.0.113.7:80", "203.0.113.7"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("www.BÜCHER.example:80", "xn--bcher-kva.example"),
        ("faß.de", "xn--fa-hia.de"),
        ("\uff47oogle\u3002com", "google.com"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("[2001:DB8:0:0::1]:8443", "2001:db8::1"),
        ("[::1]", "::1"),
        ("2001:db8::0001", "2001:db8::1"),
        (None, None),
        ("", None),
        ("   ", None),
        (".", None),
        ("a..b", None),
        ("exa mple.com", None),
        ("example.com\x00", None),
        ("example.com:http", None),
        ("user@example.com", None),
        ("example.com/path", None),
        ("[::1", None),
        ("[nonsense]", None),
        ("[::1]x", None),
        ("fe80::1%eth 0", None),
        ("a" * 64 + ".example", None),
        (".".join(["a" * 49] * 5) + ".abc", ".".join(["a" * 49] * 5) + ".abc"),
        (".".join(["a" * 49] * 5) + ".abcd", None),
        ("ü" * 5000, None),
    ],
)
def test_a_host_has_one_form(host: str | None, expected: str | None) -> None:
    assert normal_host(host) == expected


@pytest.mark.parametrize(
    ("referrer", "expected"),
    [
        ("https://www.google.com/search?q=x", "google.com"),
        ("http://Example.com:8080", "example.com"),
        ("HTTPS://EXAMPLE.COM/", "example.com"),
        ("//cdn.example.com/x", "cdn.example.com"),
        ("android-app://com.google.android.gm/", "com.google.android.gm"),
        ("android-app://com.Slack", "com.slack"),
        ("https://google.com@evil.example/", "evil.example"),
        ("https://google.com:443@evil.example", "evil.example"),
        ("https://a@google.com@evil.example/", "evil.example"),
        ("https://evil.example\\@google.com/", "evil.example"),
        ("https:\\\\evil.example\\x", "evil.example"),
        ("https://evil.example#@google.com", "evil.example"),
        ("https://evil.example?@google.com", "evil.example"),
        ("https://evil.example/@google.com", "evil.example"),
        ("https:///evil.example/", "evil.example"),
        ("ht\ntps://exam\tple.com/", "example.com"),
        ("https://[2001:db8::1]:80/", "2001:db8::1"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("", None),
        (None, None),
        ("google.com", None),
        ("/local/path", None),
        ("about:blank", None),
        ("javascript://google.com/%0aalert(1)", None),
        ("https://", None),
        ("https://@/", None),
        ("https://[::1", None),
        ("https://exa mple.com/", None),
    ],
)
def test_the_host_of_a_referrer(referrer: str | None, expected: str | None) -> None:
    assert referrer_host(referrer) == expected


@pytest.mark.parametrize(
    ("host", "domain", "expected"),
    [
        ("t.co", "t.co", True),
        ("a.b.t.co", "t.co", True),
        ("microsoft.com", "t.co", False),
        ("microsoft.co", "t.co", False),
        ("netflix.com", "x.com", False),
        ("t.co.example", "t.co", False),
        ("co", "t.co", False),
    ],
)
def test_domains_match_by_whole_labels(host: str, domain: str, expected: bool) -> None:
    assert has_domain(host, {domain, "other.example"}) is expected


HOST_TEXT = st.one_of(
    st.text(),
    st.text(alphabet="awW.:[]@/\\%0-9 ünß\x00", max_size=40),
    st.from_regex(r"(www\.)?[a-zü]{1,9}(\.[a-z]{1,5}){0,3}\.?(:\d{1,6})?", fullmatch=True),
)


@given(HOST_TEXT)
def test_a_normal_host_is_clean_and_stays_as_it_is(text: str) -> None:
    host = normal_host(text)
    if host is not None:
        assert re.fullmatch(r"[a-z0-9._:-]{1,253}", host)
        assert normal_host(host) == host


@given(st.one_of(st.text(), HOST_TEXT.map(lambda text: "https://" + text)))
def test_any_text_can_be_a_referrer(text: str) -> None:
    host = referrer_host(text)
    assert host is None or normal_host(host) == host

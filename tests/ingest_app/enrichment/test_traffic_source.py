import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_app.enrichment.traffic_rules import SOURCE_RULES
from ingest_app.enrichment.traffic_source import resolve_traffic_source
from ingest_app.enrichment.vocabulary import TrafficSource

GOOGLE = "https://www.google.com/"


def resolve(
    *,
    medium: str | None = None,
    source: str | None = None,
    referrer: str | None = None,
    host: str | None = "shop.example",
    property_id: str = "shop.example",
) -> str:
    return resolve_traffic_source(
        utm_medium=medium,
        utm_source=source,
        referrer=referrer,
        request_host=host,
        property_id=property_id,
    ).value


@pytest.mark.parametrize(
    ("medium", "expected"),
    [
        ("cpc", "paid_search"),
        ("PPC", "paid_search"),
        ("paid-social", "paid_search"),
        ("Display_Banner", "paid_search"),
        ("retargeting", "paid_search"),
        ("paid email", "paid_search"),
        ("email", "email"),
        ("Newsletter-Email", "email"),
        ("email_social", "email"),
        ("social", "social"),
        ("organic_social", "social"),
        ("Organic", "organic_search"),
    ],
)
def test_the_medium_comes_first(medium: str, expected: str) -> None:
    assert resolve(medium=medium, source="facebook", referrer=GOOGLE) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("google", "organic_search"),
        ("  Bing ", "organic_search"),
        ("duckduckgo.com", "organic_search"),
        ("www.google.de", "organic_search"),
        ("Facebook", "social"),
        ("ig", "social"),
        ("l.facebook.com", "social"),
        ("t.co", "social"),
        ("x", "social"),
        ("spring-sale", "campaign"),
        ("netflix.com", "campaign"),
        ("googlegroups", "campaign"),
        ("partner.example", "campaign"),
        ("...", "campaign"),
    ],
)
def test_the_source_comes_before_the_referrer(source: str, expected: str) -> None:
    assert resolve(source=source, referrer="https://shop.example/") == expected
    assert resolve(medium="banner", source=source) == expected


@pytest.mark.parametrize("referrer", [None, "", "   "])
def test_no_referrer_is_direct(referrer: str | None) -> None:
    assert resolve(referrer=referrer) == "direct"
    assert resolve(medium="banner", source=" ", referrer=referrer) == "direct"


def test_the_own_site_is_internal() -> None:
    assert (
        resolve(referrer="https://www.Shop.example:8443/a", host="shop.example:443") == "internal"
    )
    assert resolve(referrer="https://shop.example/a", host="WWW.shop.example") == "internal"
    assert resolve(referrer="https://a.example/", host="b.example", property_id="A.example") == (
        "internal"
    )
    assert resolve(referrer="https://a.example/", host="WWW.A.example:80") == "internal"
    assert resolve(referrer="https://blog.shop.example/") == "referral"
    assert resolve(referrer="https://www.google.com/", host="google.com") == "internal"


def test_two_unreadable_hosts_are_not_the_same_site() -> None:
    assert resolve(referrer="about:blank", host=None, property_id="no host") == "referral"


@pytest.mark.parametrize(
    "host",
    [
        "google.com",
        "www.google.co.uk",
        "google.de",
        "images.google.com.br",
        "news.google.com",
        "www.bing.com",
        "duckduckgo.com",
        "de.search.yahoo.com",
        "yandex.com.tr",
        "ya.ru",
        "search.brave.com",
        "m.baidu.com",
    ],
)
def test_search_engines(host: str) -> None:
    assert resolve(referrer=f"https://{host}/") == "organic_search"


@pytest.mark.parametrize(
    "host",
    [
        "facebook.com",
        "l.facebook.com",
        "lm.facebook.com",
        "m.facebook.com",
        "out.reddit.com",
        "old.reddit.com",
        "t.co",
        "x.com",
        "lnkd.in",
        "www.linkedin.com",
        "l.instagram.com",
        "youtu.be",
        "www.pinterest.co.uk",
        "bsky.app",
        "news.ycombinator.com",
    ],
)
def test_social_networks(host: str) -> None:
    assert resolve(referrer=f"https://{host}/") == "social"


@pytest.mark.parametrize(
    "host",
    [
        "microsoft.com",
        "netflix.com",
        "google.evil.example",
        "google.com.evil.example",
        "notgoogle.com",
        "google.unknown",
        "google.co.evil",
        "facebook.com.evil.example",
        "evilfacebook.com",
        "google",
        "brave.com",
        "mail.google.com",
        "docs.google.co.uk",
        "accounts.google.com",
        "mail.yahoo.com",
        "ycombinator.com",
        "evil.com.pinterest",
        "example.org",
    ],
)
def test_every_other_site_is_a_referral(host: str) -> None:
    assert resolve(referrer=f"https://{host}/") == "referral"


@pytest.mark.parametrize(
    ("referrer", "expected"),
    [
        (
            "android-app://com.google.android.googlequicksearchbox/https/www.google.com",
            "organic_search",
        ),
        ("android-app://com.twitter.android/", "social"),
        ("android-app://com.linkedin.android", "social"),
        ("android-app://com.slack/", "referral"),
        ("https://google.com@evil.example/", "referral"),
        ("not a url", "referral"),
        ("ios-app://284882215/", "referral"),
    ],
)
def test_apps_and_odd_referrers(referrer: str, expected: str) -> None:
    assert resolve(referrer=referrer) == expected


def test_no_site_stands_under_two_sources() -> None:
    seen: set[str] = set()
    for rule in SOURCE_RULES:
        entries = rule.domains | rule.hosts | rule.names
        assert not seen & entries
        seen |= entries


WILD = st.one_of(st.none(), st.text(), st.sampled_from(["cpc", "google", GOOGLE, "//t.co", "@"]))


@given(WILD, WILD, WILD, WILD, st.text(max_size=128))
def test_any_input_has_a_source(
    medium: str | None,
    source: str | None,
    referrer: str | None,
    host: str | None,
    property_id: str,
) -> None:
    answer = resolve(
        medium=medium, source=source, referrer=referrer, host=host, property_id=property_id
    )
    assert answer in set(TrafficSource)
    assert answer != "unknown"

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_app.enrichment.hosts import normal_host
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
    path: str | None = None,
    has_other_utm: bool = False,
) -> str:
    return resolve_traffic_source(
        utm_medium=medium,
        utm_source=source,
        referrer=referrer,
        request_host=host,
        property_id=property_id,
        path=path,
        has_other_utm=has_other_utm,
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
        ("chatgpt.com", "campaign"),
        ("chatgpt", "campaign"),
        ("gemini.google.com", "campaign"),
        ("mail.google.com", "campaign"),
        ("doubleclick.net", "campaign"),
        ("webmail.partner.example", "campaign"),
    ],
)
def test_the_source_comes_before_the_referrer(source: str, expected: str) -> None:
    assert resolve(source=source, referrer="https://shop.example/") == expected
    assert resolve(medium="banner", source=source) == expected


@pytest.mark.parametrize("referrer", [None, "", "   "])
def test_no_referrer_is_direct(referrer: str | None) -> None:
    assert resolve(referrer=referrer) == "direct"
    assert resolve(medium=" ", source=" ", referrer=referrer) == "direct"


@pytest.mark.parametrize("referrer", [None, GOOGLE, "https://shop.example/", "/cart"])
def test_any_utm_value_that_stands_alone_is_a_campaign(referrer: str | None) -> None:
    assert resolve(medium="banner", referrer=referrer) == "campaign"
    assert resolve(medium="banner", source=" ", referrer=referrer) == "campaign"
    assert resolve(has_other_utm=True, referrer=referrer) == "campaign"
    assert resolve(has_other_utm=True, medium="email", referrer=referrer) == "email"
    assert resolve(has_other_utm=True, source="bing", referrer=referrer) == "organic_search"


@pytest.mark.parametrize(
    ("referrer", "expected"),
    [
        ("/", "internal"),
        ("/cart?step=2", "internal"),
        ("  /cart", "internal"),
        ("\\cart", "internal"),
        ("//", "referral"),
        ("/\\evil.example/", "referral"),
        ("//goo gle.com/", "referral"),
        ("cart", "referral"),
        ("?step=2", "referral"),
    ],
)
def test_a_path_as_the_referrer_is_internal(referrer: str, expected: str) -> None:
    assert resolve(referrer=referrer) == expected
    clicked = "internal" if expected == "internal" else "paid_search"
    assert resolve(referrer=referrer, path="/?gclid=a") == clicked


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
        "GOOGLE.com.",
        "www.google.com.au",
        "www.google.co.nz",
        "www.google.com.vn",
        "www.google.cat",
        "lens.google.com",
        "scholar.google.es",
        "yandex.kz",
        "yandex.eu",
        "cn.bing.com",
        "r.search.yahoo.com",
        "search.yahoo.co.jp",
        "html.duckduckgo.com",
        "m.search.naver.com",
        "go.mail.ru",
        "suche.gmx.net",
        "suche.web.de",
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
        "l.threads.com",
        "l.messenger.com",
        "l.wl.co",
        "t.umblr.com",
        "away.vk.com",
        "my.mail.ru",
        "plus.google.com",
        "mobile.twitter.com",
        "pin.it",
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
        "ads.google.com",
        "tagassistant.google.com",
        "webmaster.yandex.ru",
        "docs.google.co.uk",
        "accounts.google.com",
        "cloud.mail.ru",
        "mail.python.org",
        "www.mail-archive.com",
        "mail.example",
        "pay.google.com",
        "photos.google.com",
        "search.google.com",
        "webmail.com",
        "webmail",
        "adservice.evil.example",
        "adservice.google.evil",
        "notdoubleclick.net",
        "xn--ggle-55da.com",
        "xn--oogle-qmc.com",
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
        ("android-app://com.google.android.gm/", "email"),
        ("ANDROID-APP://COM.GOOGLE.ANDROID.GM", "email"),
        ("android-app://com.microsoft.office.outlook", "email"),
        ("android-app://com.openai.chatgpt/", "referral"),
        ("android-app://com.android.chrome/", "referral"),
        ("https://GOOGLE.com.:443/", "organic_search"),
        ("https://user:secret@www.google.com/", "organic_search"),
        ("//google.com/x", "organic_search"),
        ("https:\\\\www.google.com\\search", "organic_search"),
        ("https://www.goo\ngle.com/", "organic_search"),
        ("ht\ttps://www.google.com/", "organic_search"),
        ("https://\uff47oogle\u3002com/", "organic_search"),
        ("https://google.com@evil.example/", "referral"),
        ("https://google.com:443@evil.example/", "referral"),
        ("https://google.com%2F@evil.example/", "referral"),
        ("https://google.com\\@evil.example/", "organic_search"),
        ("https://evil.example\\@google.com/", "referral"),
        ("https://evil.example/?https://google.com/", "referral"),
        ("https://evil.example#google.com", "referral"),
        ("https://www.google.com.evil.example", "referral"),
        ("https://google.evil.example", "referral"),
        ("https://g\u043e\u043egle.com/", "referral"),
        ("https://goo gle.com/", "referral"),
        ("https://google.com:port/", "referral"),
        ("javascript://google.com/%0aalert(1)", "referral"),
        ("google.com", "referral"),
        ("not a url", "referral"),
        ("ios-app://284882215/", "referral"),
    ],
)
def test_apps_and_odd_referrers(referrer: str, expected: str) -> None:
    assert resolve(referrer=referrer) == expected


@pytest.mark.parametrize(
    "host",
    [
        "mail.google.com",
        "inbox.google.com",
        "mail.yahoo.com",
        "us-mg5.mail.yahoo.com",
        "mail.aol.com",
        "outlook.live.com",
        "outlook.office.com",
        "outlook.office365.com",
        "outlook.cloud.microsoft",
        "mail.proton.me",
        "mail.ru",
        "e.mail.ru",
        "mail.yandex.ru",
        "mail.yandex.com.tr",
        "www.gmx.net",
        "bap.navigator.gmx.net",
        "web.de",
        "navigator.web.de",
        "www.icloud.com",
        "app.fastmail.com",
        "mail.zoho.eu",
        "app.tuta.com",
        "app.hey.com",
        "mail.qq.com",
        "email.seznam.cz",
        "deref-gmx.net",
        "eur01.safelinks.protection.outlook.com",
        "urldefense.com",
        "webmail.partner.example",
        "mail.shop2.example",
        "mail.google.com.evil.example",
    ],
)
def test_webmail_is_email(host: str) -> None:
    assert resolve(referrer=f"https://{host}/") == "email"


@pytest.mark.parametrize(
    "host",
    [
        "googleads.g.doubleclick.net",
        "ad.doubleclick.net",
        "tpc.googlesyndication.com",
        "www.googleadservices.com",
        "adservice.google.com",
        "adservice.google.co.uk",
        "syndicatedsearch.goog",
        "yabs.yandex.ru",
        "an.yandex.ru",
        "www.bingads.com",
        "r.msn.com",
        "trc.taboola.com",
        "paid.outbrain.com",
        "cat.fr.eu.criteo.com",
        "ib.adnxs.com",
        "insight.adsrvr.org",
        "aax-eu.amazon-adsystem.com",
    ],
)
def test_ad_networks_are_paid(host: str) -> None:
    assert resolve(referrer=f"https://{host}/") == "paid_search"


@pytest.mark.parametrize(
    "host",
    [
        "chatgpt.com",
        "chat.openai.com",
        "gemini.google.com",
        "bard.google.com",
        "notebooklm.google.com",
        "aistudio.google.com",
        "copilot.microsoft.com",
        "edgeservices.bing.com",
        "copilot.bing.com",
        "www.perplexity.ai",
        "claude.ai",
        "chat.deepseek.com",
        "chat.mistral.ai",
        "you.com",
        "poe.com",
        "meta.ai",
        "grok.com",
        "grok.x.com",
        "chat.baidu.com",
        "alice.yandex.ru",
    ],
)
def test_assistants_are_referrals_on_whosever_domain(host: str) -> None:
    assert resolve(referrer=f"https://{host}/") == "referral"
    assert resolve(source=host) == "campaign"


PAID = "gclid gbraid wbraid dclid gad_source gad_campaignid msclkid yclid tblci dicbo cto_pld"
SOCIAL = "fbclid igshid igsh mibextid ttclid twclid li_fat_id ScCid rdt_cid epik qclid"


@pytest.mark.parametrize(
    ("click_id", "expected"),
    [(name, "paid_search") for name in PAID.split()]
    + [(name, "social") for name in SOCIAL.split()],
)
def test_a_click_id_names_the_source(click_id: str, expected: str) -> None:
    for name in (click_id, click_id.upper(), click_id.lower()):
        path = f"/shoes?size=9&{name}=Cj0KCQ"
        assert resolve(path=path) == expected
        assert resolve(path=path, referrer="https://www.google.com/") == expected
        assert resolve(path=path, referrer="https://a.example/") == expected
        assert resolve(path=path, referrer="not a url") == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/?fbclid=a&gclid=b", "paid_search"),
        ("/?gclid=b&fbclid=a", "paid_search"),
        ("?gclid=b", "paid_search"),
        ("https://shop.example/a?gclid=b", "paid_search"),
        ("/a?x=1?&gclid=b#top", "paid_search"),
        ("/a?g%63lid=b", "paid_search"),
        ("/a?+gclid=b", "paid_search"),
        ("/a?gclid=&gclid=b", "paid_search"),
        ("/a?gclid=%00", "paid_search"),
        ("/a?gclid", "direct"),
        ("/a?gclid=", "direct"),
        ("/a?gclid=+%20", "direct"),
        ("/a?gclid=&fbclid=a", "social"),
        ("/a?xgclid=b", "direct"),
        ("/a?gclid2=b", "direct"),
        ("/a?next=gclid=b", "direct"),
        ("/a?next=%3Fgclid%3Db", "direct"),
        ("/gclid=b", "direct"),
        ("/a&gclid=b", "direct"),
        ("/a#?gclid=b", "direct"),
        ("/a?#gclid=b", "direct"),
        ("/a?srsltid=b&ysclid=c", "direct"),
        ("?", "direct"),
        ("", "direct"),
        (None, "direct"),
    ],
)
def test_click_ids_are_read_from_the_query(path: str | None, expected: str) -> None:
    assert resolve(path=path) == expected


def test_any_utm_value_silences_click_ids() -> None:
    path = "/?gclid=a&fbclid=b"
    assert resolve(path=path, source="spring-sale") == "campaign"
    assert resolve(path=path, source="bing") == "organic_search"
    assert resolve(path=path, medium="email") == "email"
    assert resolve(path=path, medium="banner") == "campaign"
    assert resolve(path=path, has_other_utm=True) == "campaign"
    assert resolve(path=path, medium="  ", source=" ") == "paid_search"


def test_a_click_id_that_is_carried_along_is_internal() -> None:
    path = "/second?gclid=a"
    assert resolve(path=path, referrer="https://www.shop.example/?gclid=a") == "internal"
    assert resolve(path=path, referrer="https://a.example/", property_id="a.example") == "internal"
    assert resolve(path=path, referrer="https://pay.shop.example/") == "paid_search"


def test_no_site_stands_under_two_sources() -> None:
    seen: set[str] = set()
    for rule in SOURCE_RULES:
        entries = rule.domains | rule.hosts | rule.names | rule.companies
        assert not seen & entries
        seen |= entries


def test_every_site_is_written_in_the_form_in_which_hosts_are_compared() -> None:
    for rule in SOURCE_RULES:
        for host in rule.domains | rule.hosts | rule.companies:
            assert normal_host(host) == host
            assert resolve(referrer=f"https://{host}/", host=None) == rule.source
        for host in rule.domains:
            assert resolve(referrer=f"https://a.b.{host}/", host=None) == rule.source


WILD = st.one_of(st.none(), st.text(), st.sampled_from(["cpc", "google", GOOGLE, "//t.co", "@"]))


WILD_PATH = st.one_of(
    st.none(),
    st.text(),
    st.text(alphabet="?&=#;%+/ 0aFgclid\ud800\x00\u00df\u0130", max_size=60),
    st.lists(st.sampled_from(["?", "&", "=", "%", "gclid", "FBCLID", "%67", "#", "a", ";"])).map(
        "".join
    ),
)


@given(WILD, WILD, WILD, WILD, st.text(max_size=128), WILD_PATH)
def test_any_input_has_a_source(
    medium: str | None,
    source: str | None,
    referrer: str | None,
    host: str | None,
    property_id: str,
    path: str | None,
) -> None:
    answer = resolve(
        medium=medium,
        source=source,
        referrer=referrer,
        host=host,
        property_id=property_id,
        path=path,
    )
    assert answer in set(TrafficSource)
    assert answer != "unknown"


@given(WILD_PATH, WILD)
def test_a_path_changes_nothing_where_a_utm_is_set(path: str | None, referrer: str | None) -> None:
    tagged = {"source": "spring-sale", "referrer": referrer}
    assert resolve(**tagged, path=path) == resolve(**tagged) == "campaign"


@given(st.text(alphabet="abcdefghijkl?&=%/", max_size=40), st.text(alphabet="xyz", min_size=1))
def test_a_click_id_at_the_end_of_any_query_counts(path: str, value: str) -> None:
    assert resolve(path=f"/{path}?&gclid={value}") == "paid_search"

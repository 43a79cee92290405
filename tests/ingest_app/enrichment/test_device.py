import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest_app.enrichment.device import CORRECTED_CRAWLER_PATTERNS, resolve_device_type
from ingest_app.enrichment.vocabulary import DeviceType

SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0"


def device(user_agent: str | None, hint: DeviceType | None = None) -> str:
    return resolve_device_type(user_agent, hint).value


BOTS = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 6_0 like Mac OS X) (compatible; Googlebot/2.1; +http://x)",
    "curl/8.4.0",
    "Wget/1.21.3",
    "python-requests/2.31.0",
    "Python-urllib/3.11",
    "Go-http-client/2.0",
    "Java/17.0.2",
    "Java-http-client/17.0.2",
    "Ruby",
    "node",
    "Dart/3.1 (dart:io)",
    "PostmanRuntime/7.36.0",
    "GuzzleHttp/7",
    "reqwest/0.11.22",
    "HTTP_Request2/2.1.1 (http://pear.php.net/package/http_request2) PHP/5.3.2-1ubuntu4.18",
    "fetch libfetch/2.0",
    "portscout/0.8.1",
    f"Mozilla/5.0 (X11; Linux x86_64) {CHROME.replace('Chrome', 'HeadlessChrome')} Safari/537.36",
    "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/534.34 PhantomJS/1.9.2 Safari/534.34",
    "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.3570",
    "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "kube-probe/1.28",
    "ELB-HealthChecker/2.0",
    "Amazon-Route53-Health-Check-Service (ref 1)",
    "UniversalFeedParser/4.2-pre-314-svn +http://feedparser.org/",
    "Feedbin - 1 subscribers",
    "LiveJournal.com (webmaster@livejournal.com; for http://x/; 8 readers)",
    "Digg Feed Fetcher 1.0 (Mozilla/5.0 (Macintosh; Intel Mac OS X 10_7_1) Safari/534.48.3)",
    "Liferea/1.8.3 (Linux; en_GB.UTF-8; http://liferea.sf.net/)",
    "Mozilla/5.0 (compatible; Ezooms/1.0; help@moz.com)",
    "Chef Client/10.18.2 (ruby-1.9.3-p327; +http://opscode.com)",
    "LumiBot 2.0",
    "Mozilla/5.0 (compatible; BeetleBot; )",
    "Viber",
    "WhatsApp/2.23.20.0",
    "Mozilla/5.0 (compatible; Butterfly/1.0; +http://labs.topsy.com/butterfly/)",
]

PEOPLE = [
    ("desktop", f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36"),
    ("desktop", f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Version/17 Safari/605"),
    ("desktop", "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/114.0"),
    ("desktop", f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36"),
    ("desktop", "Mozilla/5.0 (X11; NetBSD amd64; rv:24.0) Gecko/20131021 Firefox/24.0"),
    ("desktop", "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; Tablet PC 2.0)"),
    ("desktop", "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1; http://www.a.example)"),
    ("desktop", "Lynx/2.8.7rel.2 libwww-FM/2.14 SSL-MM/1.4.1 OpenSSL/1.0.1f"),
    ("desktop", f"Mozilla/5.0 (Macintosh; U; Intel Mac OS X 10_5_6) {SAFARI} Fluid/0.9.6 Safari"),
    ("mobile", f"Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) {SAFARI} Mobile/15E148"),
    ("mobile", f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36"),
    ("mobile", "Mozilla/5.0 (Android 13; Mobile; rv:109.0) Gecko/114.0 Firefox/114.0"),
    ("mobile", f"Mozilla/5.0 (Linux; Android 9; CUBOT_X19) {CHROME} Mobile Safari/537.36"),
    ("mobile", f"Mozilla/5.0 (Linux; Android 11; CUBOT KING KONG 5 Pro) {CHROME} Mobile Safari"),
    ("mobile", f"Mozilla/5.0 (Linux; Android 4.4.2; CUBOT Build/KOT49H) {CHROME} Mobile Safari"),
    ("mobile", f"Mozilla/5.0 (Linux; Android 4.1.1; HTC Butterfly Build/J) {CHROME} Mobile Safari"),
    (
        "mobile",
        f"Mozilla/5.0 (Linux; Android 15; CPH2581 Build/AP3A.240617.008; wv) {CHROME} Mobile",
    ),
    (
        "mobile",
        f"Mozilla/5.0 (Linux; Android 14; SM-A546E) {CHROME} Mobile Safari MetaIAB Facebook",
    ),
    ("mobile", f"Mozilla/5.0 (Linux; Android 13; SM-S901U; wv) {CHROME} Mobile [FB_IAB/FB4A;]"),
    ("mobile", f"Mozilla/5.0 (Linux; Android 11; Pixel 5) {CHROME} Mobile Safari/537.36 Viber/14"),
    ("mobile", f"Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) {SAFARI} [LinkedInApp]/9"),
    ("mobile", "Mozilla/5.0 (compatible; MSIE 10.0; Windows Phone 8.0; IEMobile/10.0; Lumia 920)"),
    ("mobile", "Mozilla/5.0 (BB10; Touch) AppleWebKit/537.10+ Version/10.0 Mobile Safari/537.10+"),
    ("mobile", "Mozilla/5.0 (Mobile; Nokia 2720; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5.2"),
    ("mobile", "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/34.1244; U; en) Presto/2.8.119"),
    ("mobile", "Dalvik/1.6.0 (Linux; U; Android 4.1.2; GT-I8190 Build/JZO54K)"),
    ("mobile", "Reeder/2.1.1 CFNetwork/672.0.8 Darwin/14.0.0"),
    ("tablet", f"Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) {SAFARI} Mobile/15E148 Safari"),
    ("tablet", f"Mozilla/5.0 (Linux; Android 13; SM-X906C) {CHROME} Safari/537.36"),
    ("tablet", "Mozilla/5.0 (Android 13; Tablet; rv:109.0) Gecko/114.0 Firefox/114.0"),
    ("tablet", f"Mozilla/5.0 (Linux; Android 11; KFTRWI) {CHROME} Silk/110 Mobile Safari/537.36"),
    ("tablet", "Mozilla/5.0 (Linux; U; en-US) AppleWebKit/528.5+ Version/4.0 Kindle/3.0 (rotate)"),
    ("tablet", "Mozilla/5.0 (PlayBook; U; RIM Tablet OS 2.1.0; en-US) AppleWebKit/536.2+"),
    ("unknown", f"Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) {CHROME} TV Safari/537.36"),
    ("unknown", f"Mozilla/5.0 (Web0S; Linux/SmartTV) {CHROME} Safari/537.36 WebAppManager"),
    ("unknown", f"Mozilla/5.0 (Linux; Android 9; AFTS) {CHROME} Silk/94 Safari/537.36"),
    ("unknown", f"Mozilla/5.0 (Linux; Android 9; BRAVIA 4K GB ATV3) {CHROME} Safari/537.36"),
    ("unknown", f"Mozilla/5.0 (PlayStation 5 3.11) {SAFARI} Version/13.0 Safari/605.1.15"),
    ("unknown", f"Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) {CHROME} Edge/44"),
    ("unknown", f"Mozilla/5.0 (Linux; Android 12; Quest 2) {CHROME} OculusBrowser/28 VR Safari"),
    ("unknown", "-"),
    ("unknown", "Mozilla/5.0"),
    ("unknown", ""),
    ("unknown", "   "),
]


@pytest.mark.parametrize("user_agent", BOTS)
def test_bots_are_known_whatever_they_claim(user_agent: str) -> None:
    assert device(user_agent) == "bot"
    assert device(user_agent, DeviceType.DESKTOP) == "bot"


@pytest.mark.parametrize(("expected", "user_agent"), PEOPLE)
def test_people_have_the_device_of_their_agent(expected: str, user_agent: str) -> None:
    assert device(user_agent) == expected


@pytest.mark.parametrize("hint", list(DeviceType))
def test_the_hint_wins_over_a_persons_agent(hint: DeviceType) -> None:
    assert resolve_device_type(PEOPLE[0][1], hint) is hint
    assert resolve_device_type(None, hint) is hint


def test_no_agent_is_unknown() -> None:
    assert device(None) == "unknown"


def test_every_correction_still_has_its_pattern() -> None:
    patterns = {entry["pattern"] for entry in CRAWLER_USER_AGENTS_DATA}
    assert patterns >= CORRECTED_CRAWLER_PATTERNS.keys()


def test_the_packages_own_samples_are_bots() -> None:
    missed = [
        sample
        for entry in CRAWLER_USER_AGENTS_DATA
        if entry["pattern"] not in CORRECTED_CRAWLER_PATTERNS
        for sample in entry["instances"]
        if device(sample[:1024]) != "bot"
    ]
    assert missed == []


@settings(deadline=None)
@given(st.one_of(st.text(), st.binary().map(lambda raw: raw.decode("latin-1"))))
def test_any_text_can_be_an_agent(text: str) -> None:
    assert device(text) in set(DeviceType)
    assert device(text + "x" * 5000) in set(DeviceType)


def test_a_lone_surrogate_is_read() -> None:
    assert device("Mozilla/5.0 (Windows NT 10.0) \ud800") == "desktop"

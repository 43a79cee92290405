"""Device type of a client, from its user agent.

Three kept lists and a few rules: `crawler-user-agents` and ua-parser's spiders say what is a bot,
ua-parser reads system and model, and the rules below say what those mean here. What is left, and has
neither a system nor the shape of a browser, is a bot: libraries and scanners are invented every day,
browsers are not.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from ua_parser.core import Domain, Matcher, UserAgent
from ua_parser.lazy import UserAgentMatcher
from ua_parser.loaders import load_lazy_builtins
from ua_parser.regex import Resolver

from ingest_app.enrichment.vocabulary import DeviceType

# Real agents stay below 600 characters; the cut bounds the cost and the cache.
MAX_USER_AGENT_LENGTH = 1024

# Patterns of the package that would call people bots. None drops one, a text replaces it.
CORRECTED_CRAWLER_PATTERNS: dict[str, str | None] = {
    r"AP3A\.240617\.008": None,  # an Android 15 build, in the agent of every in-app browser on it
    "MetaIAB Facebook": None,  # Facebook's in-app browser
    "Fluid": None,  # makes a Mac application of a site
    "Sogou": r"(?i)sogou\b.*spider|^Sogou-Test-Spider",  # SogouMSE and SogouSearch are browsers
    "Sonic": r"\bSonic/",  # ViewSonic and others make phones and tablets
    "Expanse": r"\bExpanse,|^Expanse",
    "Fever": r"^Fever|\bFever/",
    r"008\/": r"(?:^|[ ;(])008/",  # the end of a number
    "Feedly": "^Feedly",  # the poller begins with the name, the app's pages end with it
    "Butterfly": "Butterfly/",  # HTC Butterfly is a phone
    "Viber": "^Viber",  # previews begin with the name, in-app browsers end with it
    "WhatsApp": "^WhatsApp",
    r"Tumblr\/": "^Tumblr/",
    r"Notion\/": "^Notion/",
}

# What both lists miss. In Rust's regex syntax, as all patterns here: no look-around.
OWN_BOT_PATTERNS: tuple[str, ...] = (
    # Libraries and command-line clients.
    r"^(?i:java|ruby|php|perl|python|node|node\.js|undici|deno|bun|dart)(?:/|-|\s|$)",
    r"^(?i:postmanruntime|insomnia|bruno-runtime|thunder client|k6|guzzlehttp|faraday|reqwest)\b",
    r"^(?i:ureq|restsharp|symfony|lua-resty-http|rest-client|typhoeus|http\.rb|httpclient|hyper)\b",
    r"^(?i:jakarta commons-httpclient|akka-http|pekko-http|reactornetty|fasthttp|resty|go-resty)\b",
    r"^(?i:hackney|mint|finch|http_request2?|pear http|fetch libfetch|libfetch|portscout|lwp)\b",
    r"^(?i:superagent|apache-httpasyncclient|jersey|xh|pycurl|bruno)\b",
    r"^(?i:apachebench|hey/0|vegeta|locust|wrk|siege)\b",
    r"^(?i:aria2|axel|powershell|winhttp|microsoft-webdav|microsoft office protocol|chef client)\b",
    r"PowerShell/\d|jsdom/\d|Cypress/\d|Electron/\S+ .*Cypress|\b(?i:webdriver|phantomjs)\b",
    # Headless builds of any browser, and what drives or imitates one.
    r"\bHeadless|\b(?i:htmlunit|slimerjs|selenium|puppeteer|playwright)\b|Safari/\S+ Splash\b",
    # Monitors and probes.
    r"^(?i:prometheus|blackbox|kube-probe|googlehc|elb-healthchecker|varnish|haproxy|envoy/hc)\b",
    r"^(?i:newrelicpinger|freshping|updown\.io|dynatrace)\b|(?i:pagespeed insights)",
    r"(?i:health[ -]?check|uptime|synthetics|site ?monitor|link ?(?:check|valid)|url ?log/\d)",
    # Readers of feeds: they poll, whether or not anyone looks.
    r"(?i:feed ?(?:parser|fetcher|reader|burner|validator)|\brss reader|\brssowl)",
    r"^(?i:liferea|akregator|newsbeuter|newsboat|snownews|bloglovin|the old reader)\b",
    r"\b\d+ (?:subscribers?|readers?)\b",
    # The convention by which a robot says where to complain. Browsers have no such link.
    r"[(;,\s]\+ ?(?:https?://|mailto:)",
    # Google's services, each under a name of its own, and those who look after other people's sites.
    r"\bGoogle-[A-Z][a-zA-Z]+|; Google (?:Search Console|Page Speed)|GoogleAdSense|google_partner",
    r"DuplexWeb-Google|CloudflareDiagnostics|CloudflareObservatory|baidu Transcoder|yunjiankong",
    r"Apache/[\d.]+ \(.*internal dummy connection|\bFunctionize\b|\bConvertify\b|\bpageburst\b",
    r"(?i:(?:scanner|checker|validator|verifier|verification|prober|inspector|monitor)\b/?)",
    r"(?i:\b\w*(?:crawl|scrap|measurement|diagnostic|prospecting)\w*\b|\bcontact;|;\s?contact)",
    r"[a-z]Bot/\d|\bTagInspector/|\bAssetnote/|\biplabel;",
    # A browser's agent that ends with an address or a comment by which it can be asked.
    r"(?:Safari|Firefox)/\S+ \(?(?:compatible; |via |contact |https?://)",
    r"(?:Safari|Firefox)/\S+ [A-Z]?[a-z]* ?\([a-z.-]+\.(?:com|org|net|party)\)",
    r"mailto:|\b[a-zA-Z0-9._-]+@[a-zA-Z0-9-]+\.[a-z]{2,}\b",
    r"(?i:\bezooms/|livejournal\.com|robosourcer|\bslurp\b)",
)

# Read from the top; the first that is found decides. What none decides, the system does.
DEVICE_RULES: tuple[tuple[DeviceType, str], ...] = (
    # The enum has no word for a screen on a wall, a console or a headset: counted as desktops they
    # would bend every comparison of web vitals by device.
    (
        DeviceType.UNKNOWN,
        r"(?i)smart-?tv|hbbtv|web0s|netcast|googletv|android ?tv|apple ?tv|\btvos",
    ),
    (DeviceType.UNKNOWN, r"(?i)\btv\b|\batv\d*\b|bravia|crkey|\broku\b|oculusbrowser"),
    (DeviceType.UNKNOWN, r"Andr0id|\bOMI/|(?i:ce-html|net-?tv|netrange|tbrowser|_tv_|brightsign)"),
    (
        DeviceType.UNKNOWN,
        r"(?i)\bvizio|youview|^roku|sagemcom|humax|netflix|google fiber|libvlc|kodi",
    ),
    (DeviceType.UNKNOWN, r"(?i)^sonos|^echo/|^airplay/|_(?:segasaturn|sanyo)_browser|nfandroid"),
    (DeviceType.UNKNOWN, r"(?i)\btivo|dunehd|\bstb\b|_stb|aquos-|viera|philipstv|tpapi$|freebox"),
    (
        DeviceType.UNKNOWN,
        r"Linux mips|QtEmbedded|, (?:wired|Wired|wireless)\)|-Device/[\d.]+ \(Sky",
    ),
    # The names of Android's television sets and boxes: TV at the end of a word, inches before the
    # kind of panel, and makers of boxes.
    (
        DeviceType.UNKNOWN,
        r"[a-zA-Z_-]TV\d?[A-Z]?(?:[ _;)/-]|$)|(?i:\bstv[_-]|\btvs?[_-]|\btv ?box)",
    ),
    (
        DeviceType.UNKNOWN,
        r"(?i)led-?\d\d|\b\d\dle[dx]|\d\dled|(?:smart|tv|android)[ _-]?box\b|iptv",
    ),
    (DeviceType.UNKNOWN, r"Android [\d.]+; (?:\w+[ _-])?[1-9]\d[A-Z]{1,4}\d{2,4}[A-Z]{1,4}\b"),
    (
        DeviceType.UNKNOWN,
        r"Android [\d.]+; (?i:(?:a95x|h96|x96|ugoos|vontar|zidoo|m8s|mxq|vorke|polar|\w+ shell)[\w ._-]*)[);]",
    ),
    (DeviceType.UNKNOWN, r"(?i)playstation|nintendo|\bxbox|\bshield android|steam ?deck"),
    (DeviceType.UNKNOWN, r"\bAFT[A-Z]{1,6}\d*\b"),  # Fire TV
    (
        DeviceType.UNKNOWN,
        r"(?i)watch ?os|\bWatch\d+,\d|\(?(?:wearable|car); ?(?:openharmony|harmony)",
    ),
    (DeviceType.DESKTOP, r"\((?:PC|2in1); ?(?:OpenHarmony|HarmonyOS)|hmos.*\(2in1;"),
    # Laptops that run Android's apps, and apps on a Mac.
    (
        DeviceType.DESKTOP,
        r"(?i)chromebook|pixelbook|netbook|elitebook|lifebook|power(?:mac|book)\d",
    ),
    # A service of Windows that desktops have too, and no tablet.
    (DeviceType.DESKTOP, r"Tablet PC"),
    (DeviceType.TABLET, r"(?i)\bipad\b|\bplaybook\b|\bkindle\b|silk-accelerated|\btouchpad\b"),
    (DeviceType.TABLET, r"(?i)\btablet\b|\bnexus (?:7|9|10)\b|\b(?:tab|pad) [a-z]?\d"),
    (DeviceType.TABLET, r"\bKF[A-Z]{2,6}\b"),  # Kindle Fire
    (DeviceType.MOBILE, r"(?i)\bmobi|iphone|\bipod\b|\bphone\b|windows (?:phone|ce|mobile)"),
    (DeviceType.MOBILE, r"(?i)\bmidp\b|\bcldc\b|opera m(?:ini|obi)|up\.browser|\bwap\b|maui"),
    (DeviceType.MOBILE, r"(?i)blackberry|\bbb10\b|symbian|series ?[346]0|kaios"),
    # Phones of before, which name a maker, a profile or their browser, and no system.
    (
        DeviceType.MOBILE,
        r"(?i)^(?:docomo|kddi|softbank|vodafone|j-phone|nokia|sie-|samsung|sec-|lg[e-]|mot-)",
    ),
    (
        DeviceType.MOBILE,
        r"(?i)^(?:sonyericsson|alcatel|panasonic|sagem|philips|sharp|tianyu|zte|huawei)",
    ),
    (
        DeviceType.MOBILE,
        r"(?i)netfront|\bbrew\b|polaris|teleca|au\.browser|wapbrowser|\bup/\d|\bwap\d",
    ),
    (
        DeviceType.MOBILE,
        r"(?i)\(nokia|\(samsung-|jig browser|willcom|palm ?(?:os|scape)|\bblazer/|webos/1",
    ),
    (
        DeviceType.MOBILE,
        r"(?i)\bdv\(iph|ucbrowser|^mqqbrowser|^\[FBAN/|^xiino|screen-\d+x\d+|iph(?:one)?\d+,\d",
    ),
    (DeviceType.TABLET, r"\bdv\(iPd|\biPad\d+,\d"),
    (DeviceType.DESKTOP, r"\bMac OS/\d"),  # Microsoft Office
    (DeviceType.DESKTOP, r"(?i)\bx11\b|cygwin|^(?:lynx|e?links|w3m)\b"),
)
# An engine behind Mozilla's name, browsers that do without, and agents that say nothing at all.
_MAY_BE_A_BROWSER = re.compile(
    r"""
    Mozilla/\d .* (?: Gecko/ | KHTML | WebKit | Trident | MSIE | Presto | Goanna | Servo | Ladybird )
    | (?: Opera | opera | UCWEB | HotJava | amaya | VMS_Mosaic | NetSurf | Dillo | iCab ) [ /\d]
    | .* (?: \b [Bb]rowser | _browser | AWeb | IBrowse | NetPositive ) \b
    | .* \b (?: RISC\ OS | AmigaOS | Inferno ) \b
    | (?: Mozilla (?: /[\d.]+ )? | [^a-zA-Z0-9]* ) \Z
    """,
    re.VERBOSE,
)
_DESKTOP_SYSTEMS = frozenset(
    {"Windows", "Mac OS X", "Mac OS", "Chrome OS", "Linux", "Ubuntu", "Debian", "Fedora", "Red Hat"}
    | {"CentOS", "Gentoo", "openSUSE", "SUSE", "Slackware", "Arch Linux", "Linux Mint", "Mageia"}
    | {"Mandriva", "PCLinuxOS", "Puppy", "Kubuntu", "Lubuntu", "FreeBSD", "OpenBSD", "NetBSD"}
    | {"Solaris"}
)


def resolve_device_type(user_agent: str | None, hint: DeviceType | None) -> DeviceType:
    """Return the device of an event: bot by the user agent, else the hint, else by the agent.

    `hint` is traffic.deviceType as sent. No agent, or one that says nothing of a device, is
    `unknown`, and so are televisions, consoles and headsets.
    """
    parsed = _from_user_agent((user_agent or "").strip()[:MAX_USER_AGENT_LENGTH])
    if parsed is DeviceType.BOT or hint is None:
        return parsed
    return hint


@lru_cache(maxsize=4096)
def _from_user_agent(user_agent: str) -> DeviceType:
    # The native parsers take UTF-8, and a lone surrogate has none.
    agent = user_agent.encode("utf-8", "replace").decode("utf-8")
    if not agent:
        return DeviceType.UNKNOWN
    if _bots()(agent, Domain.USER_AGENT).user_agent is not None:
        return DeviceType.BOT
    parsed = _parser()(agent, Domain.OS | Domain.DEVICE)
    if parsed.device is not None and parsed.device.family == "Spider":
        return DeviceType.BOT
    rule = _device_rules()(agent, Domain.USER_AGENT).user_agent
    if rule is not None:
        return DeviceType(rule.family)
    device = _from_system(agent, parsed.os.family if parsed.os else "")
    is_nameless = device is DeviceType.UNKNOWN and not _MAY_BE_A_BROWSER.match(agent)
    return DeviceType.BOT if is_nameless else device


def _from_system(agent: str, system: str) -> DeviceType:
    if system == "iOS":
        return DeviceType.MOBILE
    if system == "Android":
        # A browser on an Android phone says Mobile; apps (Dalvik, Instagram) say it nowhere.
        return DeviceType.TABLET if agent.startswith("Mozilla/") else DeviceType.MOBILE
    return DeviceType.DESKTOP if system in _DESKTOP_SYSTEMS else DeviceType.UNKNOWN


@cache
def _bots() -> Resolver:
    # One native filter takes 2 µs an agent, in linear time; `re` took 90 (in parts) to 250 (whole).
    kept = (
        CORRECTED_CRAWLER_PATTERNS.get(entry["pattern"], entry["pattern"])
        for entry in CRAWLER_USER_AGENTS_DATA
    )
    patterns = [pattern for pattern in kept if pattern is not None]
    return _first_match((pattern, "bot") for pattern in (*patterns, *OWN_BOT_PATTERNS))


@cache
def _device_rules() -> Resolver:
    return _first_match((pattern, device.value) for device, pattern in DEVICE_RULES)


@cache
def _parser() -> Resolver:
    return Resolver(load_lazy_builtins())


def _first_match(rules: Iterable[tuple[str, str]]) -> Resolver:
    # ua-parser answers with the first pattern in order; its family carries the answer.
    matchers: list[Matcher[UserAgent]] = [UserAgentMatcher(*rule) for rule in rules]
    return Resolver((matchers, [], []))

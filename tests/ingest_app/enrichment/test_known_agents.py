"""Agents as they are sent, by kind: no bot may pass for a person, and no person for a bot."""

import pytest

from ingest_app.enrichment.device import resolve_device_type

LIKE = "(KHTML, like Gecko)"
CHROME = f"AppleWebKit/537.36 {LIKE} Chrome/126.0.0.0"
SAFARI = f"AppleWebKit/605.1.15 {LIKE}"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {SAFARI}"
ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-S921B)"
WEBVIEW = (
    "Mozilla/5.0 (Linux; Android 14; SM-S921B Build/UP1A.231005.007; wv) AppleWebKit/537.36 "
    f"{LIKE} Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36"
)
COMPATIBLE = f"Mozilla/5.0 AppleWebKit/537.36 {LIKE}; compatible;"

BOTS = {
    "crawlers": [
        f"{ANDROID} {CHROME} Mobile Safari/537.36 (compatible; Googlebot/2.1; "
        "+http://www.google.com/bot.html)",
        "Googlebot-Image/1.0",
        "AdsBot-Google (+http://www.google.com/adsbot.html)",
        "Mediapartners-Google",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
        "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
        "DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)",
        "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
        "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
        "Mozilla/5.0 (compatible; MJ12bot/v1.4.8; http://mj12bot.com/)",
        "Mozilla/5.0 (compatible; PetalBot;+https://webmaster.petalsearch.com/site/petalbot)",
        "Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)",
    ],
    "monitors": [
        "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
        "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
        f"{LINUX} {CHROME} Safari/537.36 PingdomPageSpeed/1.0 (pingbot/2.0)",
        f"{WINDOWS} {CHROME} Safari/537.36 (StatusCake)",
        f"Better Uptime Bot {WINDOWS} {CHROME} Safari/537.36",
        "Datadog/Synthetics",
        f"{LINUX} {CHROME} Safari/537.36 DatadogSynthetics",
        "Dynatrace Synthetic",
        f"{LINUX} {CHROME} Safari/537.36 GTmetrix",
        f"{ANDROID} {CHROME} Mobile Safari/537.36 Chrome-Lighthouse",
        f"{MAC} {CHROME} Safari/537.36 Google PageSpeed Insights",
        f"{LINUX} {CHROME} Safari/537.36 PTST/240101.000000",
        "Site24x7",
        "NewRelicPinger/1.0 (123)",
        "freshping",
        "updown.io daemon 2.11",
        "Uptime-Kuma/1.23.11",
        "GoogleStackdriverMonitoring-UptimeChecks(https://cloud.google.com/monitoring)",
        "check_http/v2.3.3 (monitoring-plugins 2.3.3)",
    ],
    "libraries": [
        "axios/1.7.2",
        "node-fetch",
        "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
        "undici",
        "got (https://github.com/sindresorhus/got)",
        "okhttp/4.12.0",
        "Python/3.11 aiohttp/3.9.5",
        "python-httpx/0.27.0",
        "Java/1.8.0_292",
        "Apache-HttpClient/4.5.14 (Java/17.0.9)",
        "Apache-HttpAsyncClient/4.1",
        "Jersey/2.3",
        "libwww-perl/6.67",
        "Ruby",
        "GuzzleHttp/7",
        "PostmanRuntime/7.39.0",
        "insomnia/9.2.0",
        "Bruno/1.0",
        "bruno-runtime/1.20.0",
        "Wget/1.21.4",
        "curl/8.7.1",
        "xh/0.22.2",
        "PycURL/7.45",
        "superagent/8.1.2",
        "Scrapy/2.11.2 (+https://scrapy.org)",
        "ApacheBench/2.3",
        "hey/0.0.1",
        "Vegeta",
        "locust",
        "wrk/4.2.0",
        "siege/4.1.6",
    ],
    "headless browsers": [
        f"{LINUX} {CHROME.replace('Chrome', 'HeadlessChrome')} Safari/537.36",
        f"{LINUX} {CHROME.replace('Chrome', 'HeadlessEdg')} Safari/537.36",
        f"Mozilla/5.0 (Unknown; Linux x86_64) {SAFARI} PhantomJS/2.1.1 Safari/538.1",
        f"{LINUX} {CHROME} Safari/537.36 Puppeteer",
        f"{LINUX} {CHROME} Safari/537.36 Playwright/1.44",
        "Playwright/1.44.0 (x64; ubuntu 22.04) node/20.11",
        f"{LINUX} {CHROME} Safari/537.36 Selenium",
        "selenium/4.21.0 (python linux)",
        f"{WINDOWS} {CHROME} Safari/537.36 WebDriver/1.0",
        f"{LINUX} {CHROME} Safari/537.36 Splash",
        f"{WINDOWS} HtmlUnit",
        f"SlimerJS/1.0 {WINDOWS}",
    ],
    "assistants and their crawlers": [
        f"{COMPATIBLE} GPTBot/1.2; +https://openai.com/gptbot)",
        f"{COMPATIBLE} ChatGPT-User/1.0; +https://openai.com/bot",
        f"{COMPATIBLE} OAI-SearchBot/1.0; +https://openai.com/searchbot",
        f"{COMPATIBLE} ClaudeBot/1.0; +claudebot@anthropic.com)",
        f"{COMPATIBLE} PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)",
        f"{COMPATIBLE} Perplexity-User/1.0; +https://perplexity.ai/perplexity-user",
        "CCBot/2.0 (https://commoncrawl.org/faq/)",
        f"{ANDROID} {CHROME} Mobile Safari/537.36 (compatible; Bytespider; spider@bytedance.com)",
        "Google-Extended",
        "GoogleOther",
        "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters)",
        "meta-externalfetcher/1.1",
        f"{MAC} {SAFARI} Version/17.4 Safari/605.1.15 (Amazonbot/0.1)",
        f"{MAC} {SAFARI} Version/13.1.1 Safari/605.1.15 (Applebot/0.1)",
        "MistralAI-User/1.0",
    ],
    "link previews": [
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "Twitterbot/1.0",
        "facebookexternalhit/1.1",
        "WhatsApp/2.24.12.78 A",
        "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
        "TelegramBot (like TwitterBot)",
        "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient)",
        "Pinterestbot/1.0",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
        "Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)",
        "Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots",
        "facebookexternalhit/1.1; kakaotalk-scrap/1.0;",
        "vkShare",
    ],
    "feed readers": [
        "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers)",
        "FeedlyBot/1.0 (http://feedly.com)",
        "FeedFetcher-Google; (+http://www.google.com/feedfetcher.html)",
        "Feedbin feed-id:1373711 - 142 subscribers",
        "Mozilla/5.0 (compatible; inoreader.com; 1 subscribers)",
        "Tiny Tiny RSS/24.06 (https://tt-rss.org/)",
        "Miniflux/2.1.3",
        "FreshRSS/1.24.1 (Linux; https://freshrss.org)",
        "The Old Reader",
        "Bloglovin/1.0",
        "Newsboat/2.35",
    ],
}

PEOPLE = {
    "desktop": [
        f"{WINDOWS} {CHROME} Safari/537.36",
        f"{WINDOWS} {CHROME} Safari/537.36 Edg/126.0.0.0",
        f"{WINDOWS} {CHROME} Safari/537.36 OPR/111.0.0.0",
        f"{WINDOWS} {CHROME} Safari/537.36 Vivaldi/6.7.3329.41",
        f"{WINDOWS} {CHROME} Safari/537.36 Brave/126",
        f"{WINDOWS} {CHROME} YaBrowser/24.4.0.0 Safari/537.36",
        f"{WINDOWS} {CHROME} Whale/3.26 Safari/537.36",
        f"{WINDOWS} {CHROME} Safari/537.36 Edge/17.17134",
        f"{WINDOWS} {CHROME} Electron/30.0.6 Slack/4.38.125 Safari/537.36",
        f"{WINDOWS} {CHROME} Safari/537.36 MicroMessenger/7.0.20 WindowsWechat",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1; .NET CLR 1.1.4322)",
        "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18",
        f"{MAC} {SAFARI} Version/17.5 Safari/605.1.15",
        f"{MAC} {CHROME} Safari/537.36",
        f"{MAC} {SAFARI} Version/17.5 Safari/605.1.15 Ddg/17.5",
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        f"{LINUX} {SAFARI} Version/16.0 Safari/605.1.15 Epiphany/605.1.15",
        "Mozilla/5.0 (compatible; Konqueror/4.5; Linux) KHTML/4.5.4 (like Gecko)",
        f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36",
    ],
    "mobile": [
        f"{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1",
        f"{IPHONE} CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
        f"{IPHONE} FxiOS/127.0 Mobile/15E148 Safari/605.1.15",
        f"{IPHONE} EdgiOS/126.0 Version/17.0 Mobile/15E148 Safari/604.1",
        f"{IPHONE} GSA/322.0.643020201 Mobile/15E148 Safari/604.1",
        f"{IPHONE} Version/17.5 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15",
        f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/467.0.0.39.107;FBDV/iPhone14,5;FBLC/en_US]",
        f"{IPHONE} Mobile/15E148 Instagram 335.0.8.26.87 (iPhone14,5; iOS 17_5; en_US)",
        f"{IPHONE} Mobile/15E148 Safari Line/14.9.0",
        f"{IPHONE} Mobile/15E148 MicroMessenger/8.0.49(0x18003129) NetType/WIFI Language/zh_CN",
        f"{IPHONE} Mobile/15E148 musical_ly_34.9.0 JsSdk/2.0 BytedanceWebview/d8a21c6",
        f"{IPHONE} Version/17.5 Mobile/15E148 Snapchat/12.92.0.40 (like Safari/8618.2.12, panda)",
        f"{IPHONE} Mobile/15E148 [Pinterest/iOS]",
        f"{IPHONE} Mobile/15E148 Twitter for iPhone/10.44",
        f"{IPHONE} Mobile/15E148 [LinkedInApp]/9.29.8963",
        f"{IPHONE} Mobile/15E148 KAKAOTALK 10.8.5",
        f"{IPHONE} Mobile/15E148 Feedly/100",
        f"{IPHONE} Mobile/15E148 Flipboard/4.3",
        f"{ANDROID} {CHROME} Mobile Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36",
        f"{ANDROID} AppleWebKit/537.36 {LIKE} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari",
        "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0",
        f"Mozilla/5.0 (Linux; U; Android 13; en-US; RMX3085) AppleWebKit/537.36 {LIKE} "
        "Version/4.0 Chrome/100.0.4896.58 UCBrowser/13.6.0.1315 Mobile Safari/537.36",
        "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423 Version/12.16",
        f"Mozilla/5.0 (Linux; Android 13; CUBOT_P80) {CHROME} Mobile Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 21) {CHROME} Mobile Safari/537.36",
        f"{ANDROID} {CHROME} Mobile Safari/537.36 OPR/82.0.0.0",
        f"{ANDROID} {CHROME} Mobile Safari/537.36 EdgA/126.0.0.0",
        f"{ANDROID} {CHROME} YaBrowser/24.4.3.85.00 SA/3 Mobile Safari/537.36",
        f"{ANDROID} {CHROME} XiaoMi/MiuiBrowser/17.8 Mobile Safari/537.36",
        f"{ANDROID} {CHROME} HuaweiBrowser/14.0.5.301 Mobile Safari/537.36",
        f"{WEBVIEW} [FB_IAB/FB4A;FBAV/467.0.0.50.109;]",
        f"{WEBVIEW} [FB_IAB/Orca-Android;FBAV/463;]",
        f"{WEBVIEW} Instagram 335.0.0.39.93 Android (34/14; 450dpi; 1080x2115; samsung; en_US)",
        f"{WEBVIEW} Line/14.9.0/IAB",
        f"{WEBVIEW} MicroMessenger/8.0.49.2600(0x28003133) WeChat/arm64 Weixin NetType/WIFI",
        f"{WEBVIEW} trill_350003 JsSdk/1.0 AppName/trill BytedanceWebview/d8a21c6",
        f"{WEBVIEW} Snapchat/12.92.0.35 (SM-S921B; Android 14#S921BXXS; gzip; )",
        f"{WEBVIEW} [Pinterest/Android]",
        f"{WEBVIEW} Viber/22.6",
        "Mozilla/5.0 (Linux; U; Android 2.3.6; en-us; Nexus S Build/GRK39F) AppleWebKit/533.1 "
        f"{LIKE} Version/4.0 Mobile Safari/533.1",
        "BlackBerry9700/5.0.0.862 Profile/MIDP-2.1 Configuration/CLDC-1.1 VendorID/331",
        "Mozilla/5.0 (compatible; MSIE 9.0; Windows Phone OS 7.5; Trident/5.0; IEMobile/9.0)",
    ],
    "tablet": [
        f"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) {SAFARI} Version/17.5 Mobile/15E148",
        f"Mozilla/5.0 (Linux; Android 13; SM-X710) {CHROME} Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 11; KFTRWI) {CHROME} Silk/126 like Chrome Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 10; Lenovo TB-X606F) {CHROME} Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 9; CUBOT TAB 10) {CHROME} Safari/537.36",
    ],
    "unknown": [
        f"Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) AppleWebKit/537.36 {LIKE} TV Safari/537.36",
        f"Mozilla/5.0 (Web0S; Linux/SmartTV) {CHROME} Safari/537.36 WebAppManager",
        f"Mozilla/5.0 (Linux; Android 11; BRAVIA 4K VH2) {CHROME} Safari/537.36",
        "Roku/DVP-12.5 (12.5.0.4178-88)",
        f"Mozilla/5.0 (PlayStation; PlayStation 5/8.00) {SAFARI} Version/15.4 Safari/605.1.15",
        f"{LINUX} {CHROME} Safari/537.36 CrKey/1.54",
    ],
}


@pytest.mark.parametrize("user_agent", [agent for kind in BOTS.values() for agent in kind])
def test_no_bot_passes_for_a_person(user_agent: str) -> None:
    assert resolve_device_type(user_agent, None) == "bot"


@pytest.mark.parametrize(
    ("device", "user_agent"),
    [(device, agent) for device, agents in PEOPLE.items() for agent in agents],
)
def test_no_person_passes_for_a_bot(device: str, user_agent: str) -> None:
    assert resolve_device_type(user_agent, None) == device

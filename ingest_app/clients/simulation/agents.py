"""Browsers and bots, as their user agents name them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

DeviceType = Literal["desktop", "mobile", "tablet", "bot"]

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) {SAFARI}"


@dataclass(frozen=True)
class Agent:
    """A user agent string and what its engine can measure."""

    name: str
    device_type: DeviceType
    measures_layout_shift: bool = False  # only Chromium does


def _chromium(platform: str, device_type: DeviceType, brand: str = "") -> Agent:
    mobile = "" if device_type in ("desktop", "tablet") else " Mobile"
    return Agent(
        f"Mozilla/5.0 ({platform}) {WEBKIT} Chrome/143.0.0.0{mobile} Safari/537.36{brand}",
        device_type,
        measures_layout_shift=True,
    )


def _firefox(platform: str, device_type: DeviceType) -> Agent:
    engine = "Gecko/146.0" if device_type == "mobile" else "Gecko/20100101"
    return Agent(f"Mozilla/5.0 ({platform}; rv:146.0) {engine} Firefox/146.0", device_type)


WINDOWS = "Windows NT 10.0; Win64; x64"
MACINTOSH = "Macintosh; Intel Mac OS X 10_15_7"
SAFARI_ON_MAC = f"Mozilla/5.0 ({MACINTOSH}) {SAFARI} Version/26.1 Safari/605.1.15"

BROWSERS: Mapping[Agent, float] = {
    _chromium(WINDOWS, "desktop"): 24,
    _chromium(WINDOWS, "desktop", " Edg/143.0.0.0"): 8,
    _chromium(MACINTOSH, "desktop"): 7,
    _chromium("X11; Linux x86_64", "desktop"): 3,
    _chromium(WINDOWS, "desktop", " OPR/124.0.0.0"): 1,
    Agent(SAFARI_ON_MAC, "desktop"): 5,
    _firefox(WINDOWS, "desktop"): 4,
    _firefox("X11; Linux x86_64", "desktop"): 2,
    _chromium("Linux; Android 10; K", "mobile"): 20,
    _chromium("Linux; Android 16; SM-S938B", "mobile"): 3,
    Agent(f"{IPHONE} Version/26.1 Mobile/15E148 Safari/604.1", "mobile"): 16,
    Agent(f"{IPHONE} CriOS/143.0.7499.108 Mobile/15E148 Safari/604.1", "mobile"): 2,
    _firefox("Android 16; Mobile", "mobile"): 1,
    _chromium("Linux; Android 15; SM-X710", "tablet"): 2,
    # An iPad says that it is a Mac; only a script can tell, by its touch screen.
    Agent(SAFARI_ON_MAC, "tablet"): 2,
}

# With the network that each is known to come from.
BOTS: Mapping[tuple[Agent, str], float] = {
    (
        Agent(
            f"Mozilla/5.0 {WEBKIT} (compatible; Googlebot/2.1; "
            "+http://www.google.com/bot.html) Chrome/143.0.0.0 Safari/537.36",
            "bot",
        ),
        "66.249.64.0/20",
    ): 5,
    (
        Agent(
            f"Mozilla/5.0 {WEBKIT} (compatible; bingbot/2.0; "
            "+http://www.bing.com/bingbot.htm) Chrome/136.0.0.0 Safari/537.36",
            "bot",
        ),
        "40.77.167.0/24",
    ): 3,
    (
        Agent(f"{WEBKIT}; compatible; GPTBot/1.3; +https://openai.com/gptbot", "bot"),
        "20.171.206.0/24",
    ): 2,
    (
        Agent("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "bot"),
        "54.36.148.0/23",
    ): 2,
}

"""How many of thousands of agents, collected by others, are told right: bots and people by device.

The agents are fixtures of the package `device-detector`, which the app does not use. Shares are
held, and not each agent: some are called what they are by a word that nobody else can know.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib.metadata import files

import pytest
import yaml

from ingest_app.enrichment.device import resolve_device_type

# Who is no person: a program that says so by its kind.
PROGRAMS = {"library", "feed reader"}
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def entries(name: str) -> list[dict[str, object]]:
    """A file of the package's fixtures, read without the package."""
    [path] = [
        file
        for file in files("device-detector") or []
        if file.match(f"tests/fixtures/upstream/{name}.yml")
    ]
    found: list[dict[str, object]] = yaml.load(path.locate().read_text(), LOADER)  # noqa: S506
    return found


def devices(*names: str) -> Counter[str]:
    """How often each device is said of people."""
    told: Counter[str] = Counter()
    for entry in (entry for name in names for entry in entries(name)):
        client = entry.get("client")
        if isinstance(client, dict) and client.get("type") in PROGRAMS:
            continue
        told[resolve_device_type(str(entry["user_agent"]), None)] += 1
    return told


def share(told: Counter[str], *kinds: str) -> float:
    return sum(told[kind] for kind in kinds) / told.total()


def test_nearly_all_bots_are_caught() -> None:
    told = devices("bots")
    assert told.total() > 1000
    assert share(told, "bot") >= 0.98, told


@pytest.mark.parametrize(
    ("names", "expected", "least"),
    [
        (["desktop", "desktop-1"], ["desktop"], 0.87),
        (["smartphone", "phablet", "phablet-1"], ["mobile"], 0.95),
        (["tablet", "tablet-1"], ["tablet"], 0.75),
        (["feature_phone", "portable_media_player", "camera"], ["mobile", "tablet"], 0.98),
        # Android's boxes name a model, and nothing that a tablet does not name as well.
        (["tv", "tv-1"], ["unknown"], 0.65),
        (["console"], ["unknown", "mobile", "tablet"], 0.95),
        (["car_browser", "smart_display"], ["tablet", "mobile", "desktop"], 0.98),
    ],
)
def test_people_have_their_device_and_are_no_bots(
    names: list[str], expected: list[str], least: float
) -> None:
    told = devices(*names)
    assert share(told, *expected) >= least, told
    assert share(told, "bot") <= (0.03 if "desktop" in names else 0.005), told
    if "tv" in names:
        assert share(told, "desktop") <= 0.02, told


CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0"


@pytest.mark.parametrize(
    ("expected", "agent"),
    [
        ("desktop", f"Mozilla/5.0 (PC; OpenHarmony 5.0) {CHROME} Safari/537.36 ArkWeb/4.1.6.1"),
        ("desktop", f"Mozilla/5.0 (2in1; HarmonyOS 5.0) {CHROME} Safari/537.36 ArkWeb/4.1.6.1"),
        ("mobile", f"Mozilla/5.0 (Phone; OpenHarmony 5.0) {CHROME} Safari/537.36 Mobile"),
        ("tablet", f"Mozilla/5.0 (Tablet; OpenHarmony 5.0) {CHROME} Safari/537.36"),
        ("unknown", f"Mozilla/5.0 (TV; OpenHarmony 5.0) {CHROME} Safari/537.36"),
        ("unknown", f"Mozilla/5.0 (Linux; Android 9; BeyondTV5) {CHROME} Safari/537.36"),
        ("unknown", "Mozilla/5.0 (SerenityOS; x86_64) LibWeb+LibJS/1.0 Ladybird/1.0"),
        ("mobile", f"Mozilla/5.0 (Linux; Android 9; X) {CHROME} Mobile SogouMSE,SogouMobile/5"),
        ("mobile", "MyShop/3.2 (iPhone; iOS 17.1; Scale/3.00)"),
        ("mobile", "DoCoMo/2.0 N905i(c100;TB;W24H16)"),
        ("mobile", "Nokia6230/2.0 (04.43) Profile/MIDP-2.0 Configuration/CLDC-1.1"),
        ("bot", "MyChecker/1.0"),
        ("bot", "sqlmap/1.7"),
        ("bot", "SomeLibrary"),
        ("bot", "Mozilla/5.0 (compatible)"),
        ("bot", "Mozilla/5.0 (compatible; SomeProduct/1.0)"),
        ("bot", "Mozilla/5.0 SomeProduct/1.0"),
        ("bot", f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} Safari/537.36 https://probe.example/"),
        ("unknown", "Mozilla/5.0"),
        ("unknown", "-"),
    ],
)
def test_the_shape_of_an_agent(expected: str, agent: str) -> None:
    assert resolve_device_type(agent, None) == expected

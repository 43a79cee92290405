"""Simulated traffic: repeatable, within the contract, and as mixed as it promises."""

import ipaddress
import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from ingest_app.clients.post import Post
from ingest_app.clients.simulation import simulate
from ingest_app.clients.simulation.sites import SITES

SUNDAY = date(2026, 5, 17)
EVENT_FIELDS = {
    "anonId", "eventType", "path", "timestamp", "referrer", "utm", "traffic", "props",
}  # fmt: skip
TRAFFIC_FIELDS = {
    "propertyId", "deviceType", "countryCode", "isEntrance", "isExit", "isConversion",
    "engagedTimeMs", "scrollDepthPercent", "webVitals",
}  # fmt: skip


def week(**changes: Any) -> list[Post]:
    options: dict[str, Any] = {
        "last_day": SUNDAY, "days": 7, "visitors_per_day": 400, "seed": 7, **changes,
    }  # fmt: skip
    return list(simulate(**options))


WEEK = week()


def of_kind(*kinds: str) -> list[tuple[Post, dict[str, Any]]]:
    return [(post, json.loads(post.body)) for post in WEEK if post.kind in kinds]


def instant(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["timestamp"])


def visits() -> list[list[dict[str, Any]]]:
    """Sent and late events by visitor, cut where thirty minutes are silent."""
    by_visitor = defaultdict(list)
    for _, event in of_kind("regular", "late"):
        by_visitor[event["anonId"]].append(event)
    found = []
    for events in by_visitor.values():
        events.sort(key=lambda event: event["timestamp"])
        found.append([events[0]])
        for before, event in pairwise(events):
            if instant(event) - instant(before) > timedelta(minutes=30):
                found.append([])
            found[-1].append(event)
    return found


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert week() == WEEK
    assert week(seed=8) != WEEK
    assert week(last_day=SUNDAY - timedelta(days=1)) != WEEK


def test_a_week_is_about_twelve_thousand_posts_of_every_kind() -> None:
    kinds = Counter(post.kind for post in WEEK)
    assert 11_000 < kinds.total() < 13_000
    assert 60 < kinds["late"] < 400
    assert 60 < kinds["retry"] < 200
    assert 30 < kinds["invalid"] < 120


def fits_the_contract(event: dict[str, Any]) -> bool:
    """Contract section 2 written out once more, without the server's own schema."""
    traffic = event["traffic"]
    vitals = traffic.get("webVitals", {})
    times = [vitals[name] for name in vitals if name != "clsScore"]
    moment = instant(event)
    return (
        event.keys() <= EVENT_FIELDS
        and traffic.keys() <= TRAFFIC_FIELDS
        and 8 <= len(event["anonId"]) <= 128
        and 1 <= len(event["eventType"]) <= 64
        and 1 <= len(event["path"]) <= 2048
        and moment.utcoffset() == timedelta(0)
        and 1 <= len(event.get("referrer", "-")) <= 2048
        and event.get("utm", {}).keys() <= {"source", "medium", "campaign", "term", "content"}
        and all(1 <= len(text) <= 255 for text in event.get("utm", {}).values())
        and traffic["propertyId"] in {"shop.example", "docs.example", "blog.example"}
        and traffic.get("deviceType", "mobile") in {"desktop", "mobile", "tablet"}
        and len(traffic.get("countryCode", "XX")) == 2
        and vitals.keys() <= {"fcpMs", "lcpMs", "inpMs", "ttfbMs", "clsScore"}
        and all(type(time) is int and 0 <= time <= 120_000 for time in times)
        and 0 <= vitals.get("clsScore", 0) <= 10
        and round(vitals.get("clsScore", 0), 3) == vitals.get("clsScore", 0)
        and type(traffic.get("engagedTimeMs", 0)) is int
        and 0 <= traffic.get("engagedTimeMs", 0) <= 86_400_000
        and type(traffic.get("scrollDepthPercent", 0)) is int
        and 0 <= traffic.get("scrollDepthPercent", 0) <= 100
        and all(type(traffic.get(flag, True)) is bool for flag in ("isEntrance", "isExit"))
    )


def test_all_but_the_invalid_posts_fit_the_contract() -> None:
    assert [event for _, event in of_kind("regular", "late") if not fits_the_contract(event)] == []


def test_invalid_posts_are_wrong_in_each_of_six_ways() -> None:
    ways: Counter[str] = Counter()
    for post in WEEK:
        if post.kind != "invalid":
            continue
        try:
            event = json.loads(post.body)
        except ValueError:
            ways["not JSON"] += 1
            continue
        ways["short anonId"] += event["anonId"] == "abc"
        ways["device"] += event["traffic"].get("deviceType") == "fridge"
        ways["vital"] += event["traffic"].get("webVitals", {}).get("ttfbMs") == "abc"
        ways["no zone"] += instant(event).tzinfo is None
        ways["no path"] += "path" not in event
    assert set(ways) == {"not JSON", "short anonId", "device", "vital", "no zone", "no path"}
    assert min(ways.values()) > 0
    assert ways.total() == sum(post.kind == "invalid" for post in WEEK)


def test_sent_in_the_order_of_time_and_the_late_ones_last() -> None:
    times = [event["timestamp"] for _, event in of_kind("regular")]
    assert times == sorted(times)
    kinds = [post.kind for post in WEEK]
    assert set(kinds[kinds.index("late") :]) == {"late"}


def test_late_events_are_sent_at_least_two_days_after_they_happened() -> None:
    end = datetime(2026, 5, 18, tzinfo=UTC)
    assert all(end - instant(event) > timedelta(days=2) for _, event in of_kind("late"))


def test_a_late_event_may_belong_to_a_visit_that_came_in_time() -> None:
    in_time = {event["anonId"] for _, event in of_kind("regular")}
    late = {event["anonId"] for _, event in of_kind("late")}
    assert late & in_time
    assert late - in_time


def test_a_retry_repeats_the_post_before_it_and_nothing_else_repeats() -> None:
    for before, post in pairwise(WEEK):
        if post.kind == "retry":
            assert (post.body, post.headers) == (before.body, before.headers)
    sent = [post.body for post in WEEK if post.kind in ("regular", "late")]
    assert len(sent) == len(set(sent))


def test_no_event_is_outside_the_days() -> None:
    days = Counter(instant(event).date() for _, event in of_kind("regular", "late"))
    assert set(days) == {SUNDAY - timedelta(days=back) for back in range(7)}


def test_until_leaves_out_and_changes_nothing_else() -> None:
    def sent(posts: list[Post]) -> list[Post]:
        return [post for post in posts if post.kind != "invalid"]

    noon = "2026-05-17T12:00:00.000Z"
    earlier = [post for post in sent(WEEK) if json.loads(post.body)["timestamp"] < noon]
    assert sent(week(until=datetime(2026, 5, 17, 12, tzinfo=UTC))) == earlier
    assert len(earlier) < len(sent(WEEK))


def test_a_visit_begins_with_an_entrance_and_ends_with_the_exit() -> None:
    end = datetime(2026, 5, 18, tzinfo=UTC)
    for events in visits():
        assert events[0]["eventType"] == "page_view"
        assert [bool(event["traffic"].get("isEntrance")) for event in events].index(True) == 0
        assert sum(event["traffic"].get("isEntrance", False) for event in events) == 1
        over = instant(events[-1]) < end - timedelta(minutes=30)
        exits = [event["traffic"].get("isExit", False) for event in events]
        assert sum(exits) == exits[-1] or not over
        assert exits[-1] or not over


def test_a_funnel_narrows_and_is_walked_in_order() -> None:
    counts = Counter(event["eventType"] for _, event in of_kind("regular", "late"))
    assert counts["page_view"] > counts["cta_click"] > counts["form_start"] > counts["form_submit"]
    assert counts["form_submit"] > 50
    for events in visits():
        funnel = [e["eventType"] for e in events if e["eventType"].startswith(("cta", "form"))]
        assert funnel == ["cta_click", "form_start", "form_submit"][: len(funnel)]


def test_inside_a_visit_pages_refer_to_the_page_before() -> None:
    for events in visits():
        pages = [event for event in events if event["eventType"] == "page_view"]
        for before, page in pairwise(pages):
            host = page["traffic"]["propertyId"]
            assert page["referrer"] == f"https://{host}{before['path']}"
            assert "utm" not in page


def test_visitors_return_on_other_days() -> None:
    days = defaultdict(set)
    for _, event in of_kind("regular"):
        days[event["anonId"]].add(event["timestamp"][:10])
    returning = sum(len(seen) > 1 for seen in days.values())
    assert 0.1 < returning / len(days) < 0.5


def test_every_source_occurs() -> None:
    landings = [events[0] for events in visits()]
    referrers = Counter(event.get("referrer", "") for event in landings)
    media = Counter(event.get("utm", {}).get("medium", "") for event in landings)
    assert {"", "https://www.google.com/", "https://www.google.de/", "https://duckduckgo.com/"} <= (
        set(referrers)
    )
    assert {"https://t.co/9xQ2LmAb7K", "https://l.facebook.com/", "https://www.bing.com/"} <= set(
        referrers
    )
    assert {"", "cpc", "email", "social", "banner"} == set(media)


def test_few_pages_take_most_of_the_views() -> None:
    views = Counter(
        event["path"]
        for _, event in of_kind("regular")
        if event["eventType"] == "page_view" and event["traffic"]["propertyId"] == "docs.example"
    )
    ranked = [count for _, count in views.most_common()]
    assert sum(ranked[:6]) > sum(ranked) / 2
    assert len(ranked) > 15


def test_weekends_are_quiet_on_docs_and_busy_in_the_shop() -> None:
    views = Counter(
        (event["traffic"]["propertyId"], instant(event).weekday() >= 5)
        for _, event in of_kind("regular", "late")
        if event["eventType"] == "page_view"
    )
    assert views["docs.example", True] / 2 < 0.6 * views["docs.example", False] / 5
    assert views["shop.example", True] / 2 > 1.05 * views["shop.example", False] / 5


def test_some_vitals_are_missing_and_bots_have_none() -> None:
    views = [(p, e["traffic"]) for p, e in of_kind("regular") if e["eventType"] == "page_view"]
    measured = sum("ttfbMs" in traffic.get("webVitals", {}) for _, traffic in views)
    assert 0.8 < measured / len(views) < 0.97
    bots = [
        traffic
        for post, traffic in views
        if any(name in post.headers["User-Agent"].lower() for name in ("bot/",))
    ]
    assert 0.005 < len(bots) / len(views) < 0.06
    assert not any("webVitals" in traffic or "deviceType" in traffic for traffic in bots)


def test_an_ipad_says_that_it_is_a_mac_and_only_the_hint_tells() -> None:
    hints = {
        event["traffic"]["deviceType"]
        for post, event in of_kind("regular")
        if "Macintosh" in post.headers["User-Agent"] and "deviceType" in event["traffic"]
    }
    assert hints == {"desktop", "tablet"}


def test_every_post_has_the_address_and_agent_of_its_visitor() -> None:
    identities = defaultdict(set)
    for post, event in of_kind("regular", "late"):
        ipaddress.ip_address(post.headers["X-Forwarded-For"])
        assert post.headers["User-Agent"].isascii()
        identities[event["anonId"]].add(
            (post.headers["X-Forwarded-For"], post.headers["User-Agent"])
        )
    assert {len(seen) for seen in identities.values()} == {1}


@pytest.mark.parametrize("days", [1, 2, 40])
def test_any_number_of_days_works(days: int) -> None:
    posts = week(days=days, visitors_per_day=20)
    assert posts
    assert any(post.kind == "late" for post in posts) == (days > 2)


def test_every_page_of_a_site_is_its_own() -> None:
    for site in SITES:
        assert len(site.ranked_pages) == len(set(site.ranked_pages))
        assert all(path.startswith("/") for path in site.ranked_pages)

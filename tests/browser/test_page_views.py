"""What is another page, and what is the same one again."""

from __future__ import annotations

from tests.support.browser import require_chromium
from tests.support.shop import STAND_IN, Shop
from tests.support.website import Resource

require_chromium()


def test_each_page_is_counted_once_with_where_it_came_from(shop: Shop) -> None:
    shop.page("/", '<a href="/shoes?size=42#top">shoes</a>')
    shop.page("/shoes")
    shop.website.add("/blog", Resource(f'<a href="{shop.url("/?q=1")}">shop</a>'))
    page = shop.visitor().new_page()
    page.goto(shop.url("/blog", "blog.example"))
    page.click("a")
    page.wait_for_url("**/?q=1")
    page.click("a")
    page.wait_for_url("**/shoes**")
    page.reload()
    views = shop.of("page_view", 3, page)
    assert [(view["path"], view["referrer"], view["is_entrance"]) for view in views] == [
        ("/", f"{shop.website.origin('blog.example')}/", True),
        ("/shoes", "/", False),
        ("/shoes", "/shoes", False),
    ]
    assert [view["traffic_source"] for view in views] == ["referral", "internal", "internal"]
    assert {view["device_type"] for view in views} == {"desktop"}
    assert len({view["view_id"] for view in views}) == 3
    assert len({view["visitor_id"] for view in views}) == 1
    assert len({view["session_id"] for view in views}) == 1


def test_navigation_within_a_page_is_asked_about_by_path(shop: Shop) -> None:
    shop.page("/")
    page = shop.open("/")
    page.evaluate(
        """() => {
            history.pushState({}, '', '/a');
            history.pushState({}, '', '/a?tab=2');
            for (let i = 0; i < 100; i++) history.replaceState({}, '', '/a?search=' + i);
            history.replaceState({}, '', '/a#top');
            location.hash = 'middle';
            history.pushState({}, '', '/b');
        }"""
    )
    page.evaluate("history.back()")
    page.wait_for_function("location.pathname === '/a'")
    # The address is read when it has changed, and not at the next occasion.
    now = "footfall.views.at(-1).event.path"
    assert page.evaluate(f"history.replaceState({{}}, '', '/c'), {now}") == "/c"
    assert shop.paths(5, page) == ["/", "/a", "/b", "/a", "/c"]
    assert [view["referrer"] for view in shop.of("page_view", 5)][1:] == ["/", "/a", "/b", "/a"]


def test_by_the_hash_where_it_is_asked_for(shop: Shop) -> None:
    shop.page("/", hash="true")
    page = shop.open("/#/one")
    page.evaluate("location.hash = '#/two'")
    page.evaluate("history.pushState({}, '', '#/three')")
    # Two hooks tell of it, popstate and hashchange.
    page.evaluate("history.back()")
    page.wait_for_function("location.hash === '#/two'")
    assert shop.paths(4, page) == ["/#/one", "/#/two", "/#/three", "/#/two"]


def test_by_the_parameters_that_are_listed(shop: Shop) -> None:
    shop.page("/list", query="page, sort")
    page = shop.open("/list?utm_source=x&page=1&secret=me@home.example")
    page.evaluate("history.pushState({}, '', '/list?page=1&secret=2')")
    page.evaluate("history.pushState({}, '', '/list?secret=3&sort=up&page=2')")
    assert shop.paths(2, page) == ["/list?page=1", "/list?page=2&sort=up"]


def test_history_throws_as_it_did_and_returns_what_it_did(shop: Shop) -> None:
    shop.page("/")
    page = shop.open("/")
    thrown = page.evaluate(
        """() => {
            const wrong = [
                () => history.pushState(),
                () => history.pushState({}, '', 'https://elsewhere.example/'),
                () => history.replaceState(() => 0, ''),
                () => history.pushState.call({}, {}, '', '/x'),
            ];
            return wrong.map((call) => { try { call(); return 'nothing'; } catch (e) { return e.name; } });
        }"""
    )
    assert thrown == ["TypeError", "SecurityError", "DataCloneError", "TypeError"]
    assert page.evaluate("history.pushState({kept: 1}, '', '/a') === undefined")
    assert page.evaluate("history.state.kept") == 1
    assert shop.paths(2, page) == ["/", "/a"]


def test_a_second_script_does_nothing(shop: Shop) -> None:
    shop.page("/", head=shop.tag() + shop.tag(property="other.example"))
    page = shop.open("/")
    page.evaluate(
        """(source) => new Promise((done) => {
            const again = document.createElement('script');
            again.src = source + '?again';
            again.onload = done;
            document.head.append(again);
        })""",
        shop.script,
    )
    page.evaluate("history.pushState({}, '', '/a')")
    assert shop.paths(2, page) == ["/", "/a"]


def test_without_attributes_the_configuration_serves(shop: Shop) -> None:
    # A module has no currentScript.
    shop.page(
        "/",
        head=f"""<script>window.footfallConfig = {{
            src: '{shop.script}', property: '{shop.property_id}', test: true, query: 'page'
        }}</script><script type="module" src="{shop.script}"></script>""",
    )
    page = shop.open("/?page=2")
    page.wait_for_function("window.footfall && !!footfall.vitals")
    assert shop.paths(1, page) == ["/?page=2"]


def test_calls_from_before_wait_and_come_after_the_view(shop: Shop) -> None:
    early = f"<script>{STAND_IN} footfall('signup', {{props: {{plan: 'pro'}}}})</script>"
    shop.page("/", head=early + shop.tag())
    page = shop.open("/")
    # As it was at the call, whatever the page does with its object afterwards.
    page.evaluate("{ const a = {plan: {is: 'free'}}; footfall('cta_click', a); a.plan.is = 0; }")
    page.evaluate("footfall('deal', {props: {value: 5}, conversion: true})")
    view, *others = shop.events(4, page)
    assert view["event_type"] == "page_view"
    assert [(row["event_type"], row["props"], row["is_conversion"]) for row in others] == [
        ("signup", {"plan": "pro"}, False),
        ("cta_click", {"plan": {"is": "free"}}, False),
        ("deal", {"value": 5}, True),
    ]
    assert {row["view_id"] for row in others} == {view["view_id"]}


def test_views_are_left_to_the_page_where_it_says_so(shop: Shop) -> None:
    shop.page("/", auto="false")
    page = shop.open("/")
    page.evaluate("history.pushState({}, '', '/a')")
    page.evaluate("footfall('page_view')")
    page.evaluate("footfall('page_view', {path: '/virtual', props: {step: 2}})")
    views = shop.events(2, page)
    assert [(view["path"], view["props"]) for view in views] == [
        ("/a", None),
        ("/virtual", {"step": 2}),
    ]


def test_a_page_that_is_not_there_is_told_as_such(shop: Shop) -> None:
    shop.page("/gone", status=404, page="404")
    page = shop.open("/gone")
    assert [(row["event_type"], row["path"]) for row in shop.events(2, page)] == [
        ("page_view", "/gone"),
        ("not_found", "/gone"),
    ]


def test_campaign_and_click_ids_come_from_the_landing_address(shop: Shop) -> None:
    shop.page("/*")
    visitor = shop.visitor()
    page = shop.open("/land?utm_source=News%20&utm_medium=email&utm_id=7&utm_term=", visitor)
    page.goto(shop.url("/next"))
    # Another campaign is another visit; the same one again is not.
    page.goto(shop.url("/ad?gclid=abc&GBRAID=d&lang=de"))
    page.goto(shop.url("/land?utm_source=ads&fbclid=x"))
    page.goto(shop.url("/land?utm_source=ads"))
    views = shop.of("page_view", 5, page)
    assert [(view["path"], view["utm"], view["is_entrance"]) for view in views] == [
        ("/land", {"source": "News", "medium": "email"}, True),
        ("/next", None, False),
        ("/ad", None, False),
        ("/land", {"source": "ads"}, True),
        ("/land", {"source": "ads"}, False),
    ]
    assert [view["props"] for view in views] == [
        None,
        None,
        {"gclid": "abc", "gbraid": "d"},
        {"fbclid": "x"},
        None,
    ]
    sources = [view["traffic_source"] for view in views]
    assert sources == ["email", "direct", "paid_search", "campaign", "campaign"]
    assert len({view["session_id"] for view in views}) == 2


def test_longest_addresses_are_cut_to_what_is_taken(shop: Shop) -> None:
    shop.page("/*")
    page = shop.open(f"/{'long' * 600}")
    assert len(shop.paths(1, page)[0]) == 2048

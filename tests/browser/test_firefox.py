"""The same in another browser: a visit in Firefox."""

from __future__ import annotations

from tests.support.browser import require_chromium
from tests.support.firefox import firefox_running, require_firefox
from tests.support.shop import SEND_NOW, Shop

# The shop of these tests has Chromium, too.
require_chromium()
require_firefox()

BODY = """
<a id="next" href="/next">next</a><a id="out" href="https://other.example/x">out</a>
<form id="question"><input name="email"><button>ask</button></form>
<script>
document.querySelector('#out').addEventListener('click', (event) => event.preventDefault());
document.querySelector('form').addEventListener('submit', (event) => event.preventDefault());
</script><div style="height: 3000px"></div>
"""


def test_a_visit(shop: Shop) -> None:
    shop.page("/*", BODY)
    with firefox_running() as firefox:
        firefox.go(shop.url("/?utm_source=news&gclid=1"))
        firefox.wait_for("!!(window.footfall && footfall.vitals)")
        firefox.evaluate(
            "(() => { history.pushState({}, '', '/a'); history.replaceState({}, '', '/a?b') })()"
        )
        firefox.click("#out")
        firefox.type("[name=email]", "me@home.example")
        firefox.click("button")
        firefox.evaluate(SEND_NOW)
        firefox.wait_for("performance.now() > 1500")
        firefox.click("#next")
        firefox.wait_for("location.pathname === '/next' && !!(window.footfall && footfall.vitals)")
        firefox.evaluate("history.back()")
        firefox.wait_for("location.pathname === '/a'")
        firefox.evaluate(SEND_NOW)
        rows = shop.events(10)
        told = sorted((row["path"], row["event_type"]) for row in rows)
        assert told == [
            *(("/", "page_exit"), ("/", "page_view")),
            *(("/a", "form_start"), ("/a", "form_submit"), ("/a", "outbound_click")),
            *(("/a", "page_exit"), ("/a", "page_view"), ("/a", "page_view")),
            *(("/next", "page_exit"), ("/next", "page_view")),
        ]
        assert len({row["session_id"] for row in rows}) == 1
        assert {row["device_type"] for row in rows} == {"desktop"}
        first = next(row["props"] for row in rows if row["event_type"] == "page_exit")
        known = {"ttfbMs", "fcpMs", "lcpMs", "clsScore", "engagedTimeMs", "scrollDepthPercent"}
        assert known <= first.keys()
        assert first["gclid"] == "1"
        assert not any(row["is_exit"] for row in rows)
        assert [row["is_entrance"] for row in rows].count(True) == 1
        assert "home.example" not in str(rows)

"""A form on a page, sent by a real browser with scripting off and on, is one lead."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, sync_playwright

from ingest_app.leads.links import Links
from ingest_app.settings import PROJECT_FOLDER
from ingest_app.web.leads.local_path import local_path
from tests.support.forms import ONE_OF_EACH, Connection, capture, counts, form, rows
from tests.support.server import BROWSER, PEPPER, Server

CHROMIUM = Path("/usr/bin/chromium")
if not CHROMIUM.exists():
    pytest.skip("there is no Chromium at /usr/bin/chromium", allow_module_level=True)
FLAGS = [
    *("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
DOCUMENT = PROJECT_FOLDER / "docs" / "leads.md"
# Fields that browsers fill by themselves, and one of the owner's.
MORE = """
  <input type="hidden" name="_charset_">
  <label>Name <input name="name"></label>
  <button name="send" value="now">
"""
ELSEWHERE = [
    *(
        "//evil.example",
        "/\\evil.example",
        "////evil.example",
        "https:evil.example",
        "/\t/evil.example",
    ),
    *("https:", "javascript:alert(1)", "/%2Fevil.example", "\\\\evil.example", "/\n/evil.example"),
    *("/thanks", "/thanks?next=//evil.example", "/a:b@evil.example", "/.%2e//evil.example"),
]

pytestmark = pytest.mark.usefixtures("clean_tables")


def form_of_the_document(url: str) -> str:
    """The form that site owners paste, with some more fields, posting to the server."""
    [form] = re.findall(r"```html\n(.*?)```", DOCUMENT.read_text(), flags=re.DOTALL)
    form = form.replace("https://stats.shop.example", url).replace("<button>", MORE)
    return f'<!doctype html><meta charset="utf-8"><title>Newsletter</title>{form}'


@contextmanager
def page_with(text: str) -> Iterator[str]:
    """The address of a page of another site than the server."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    site = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=site.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{site.server_port}/newsletter"
    finally:
        site.shutdown()
        site.server_close()
        thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.mark.parametrize("has_scripting", [False, True])
def test_a_form_on_a_page_is_one_lead(
    server: Server, connection: Connection, chromium: Browser, has_scripting: bool
) -> None:
    context = chromium.new_context(java_script_enabled=has_scripting, user_agent=BROWSER)
    page = context.new_page()
    with page_with(form_of_the_document(server.url)) as url:
        page.goto(url)
        page.get_by_label("Address").fill(" Ada@BÜCHER.example ")
        page.get_by_label("Name").fill("Ada Łovelace")
        page.get_by_label("Yes, send me").check()
        page.get_by_role("button").click()
        page.wait_for_url(f"{server.url}/thanks")
        # Back to the form, and sent once more.
        page.go_back()
        page.get_by_role("button").click()
        page.wait_for_url(f"{server.url}/thanks")
    context.close()
    assert counts(connection) == {**ONE_OF_EACH, "ingest_duplicates": 1}
    [row] = rows(
        connection,
        "select email, leads.consent_status, form_name, consent_text, payload, property_id,"
        " device_type, event_type, is_first_capture, anon_id"
        " from raw.leads inner join raw.form_submissions on leads.id = lead_id"
        " inner join raw.events using (visitor_id)"
        " inner join raw.visitors on visitors.id = visitor_id"
        " inner join raw.consent_events using (lead_id, form_name)",
    )
    assert row.pop("anon_id").startswith("form-")
    assert row == {
        "email": "ada@bücher.example",
        "consent_status": "express",
        "form_name": "newsletter",
        "consent_text": "Yes, send me the newsletter. I can unsubscribe at any time.",
        "payload": {"name": "Ada Łovelace", "send": "now"},
        "property_id": "shop.example",
        "device_type": "desktop",
        "event_type": "form_submit",
        "is_first_capture": True,
    }


def test_by_the_browsers_own_rules_no_path_leads_off_the_site(chromium: Browser) -> None:
    page = chromium.new_page()
    for text in ELSEWHERE:
        host = page.evaluate(
            "path => new URL(path, 'https://shop.example/newsletter').host", local_path(text)
        )
        assert host == "shop.example", text
    page.close()


def test_the_button_of_the_link_works_without_scripting(
    server: Server, connection: Connection, chromium: Browser
) -> None:
    lead_id = capture(server, form(consentStatus="express")).body["leadId"]
    page = chromium.new_page(java_script_enabled=False)
    page.goto(server.url + Links(PEPPER.encode()).path(UUID(lead_id)))
    page.get_by_role("button", name="Unsubscribe").click()
    page.get_by_role("heading", name="Unsubscribed").wait_for()
    page.close()
    [lead] = rows(connection, "select consent_status from raw.leads")
    assert lead["consent_status"] == "withdrawn"

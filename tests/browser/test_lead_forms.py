"""A form on a page, sent by a real browser with scripting off and on, is one lead."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest
from playwright.sync_api import Browser

from ingest_app.leads.links import Links
from ingest_app.settings import PROJECT_FOLDER
from ingest_app.web.leads.local_path import local_path
from tests.support.browser import require_chromium
from tests.support.forms import ONE_OF_EACH, Connection, capture, counts, form, rows
from tests.support.postgres import wait_until
from tests.support.server import PEPPER, Server

require_chromium()

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


@pytest.mark.parametrize("has_scripting", [False, True])
def test_a_form_on_a_page_is_one_lead(
    server: Server, connection: Connection, browser: Browser, has_scripting: bool
) -> None:
    context = browser.new_context(java_script_enabled=has_scripting)
    page = context.new_page()
    with page_with(form_of_the_document(server.url)) as url:
        page.goto(url)
        page.get_by_label("Address").fill(" Ada@BÜCHER.example ")
        page.get_by_label("Name").fill("Ada Łovelace")
        page.get_by_label("Yes, send me").check()
        page.get_by_role("button").click()
        page.wait_for_url(f"{server.url}/thanks")
        # Back to the form, and sent once more.
        # A page that is restored loads nothing.
        page.go_back(wait_until="commit")
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


def test_by_the_browsers_own_rules_no_path_leads_off_the_site(browser: Browser) -> None:
    page = browser.new_page()
    for text in ELSEWHERE:
        host = page.evaluate(
            "path => new URL(path, 'https://shop.example/newsletter').host", local_path(text)
        )
        assert host == "shop.example", text
    page.close()


def test_the_button_of_the_link_works_without_scripting(
    server: Server, connection: Connection, browser: Browser
) -> None:
    lead_id = capture(server, form(consentStatus="express")).body["leadId"]
    page = browser.new_page(java_script_enabled=False)
    page.goto(server.url + Links(PEPPER.encode()).path(UUID(lead_id)))
    page.get_by_role("button", name="Unsubscribe").click()
    page.get_by_role("heading", name="Unsubscribed").wait_for()
    page.close()
    [lead] = rows(connection, "select consent_status from raw.leads")
    assert lead["consent_status"] == "withdrawn"


def test_beside_the_snippet_it_is_a_lead_of_the_visitor_who_was_there(
    server: Server, connection: Connection, browser: Browser
) -> None:
    snippet = (
        f'<script defer src="{server.url}/footfall.js" data-property="shop.example"'
        ' data-test="true"></script>'
    )
    page = browser.new_page()
    with page_with(snippet + form_of_the_document(server.url)) as url:
        page.goto(url)
        page.wait_for_function("!!window.footfall")
        page.get_by_label("Address").press_sequentially("ada@shop.example")
        page.get_by_label("Yes, send me").check()
        page.get_by_role("button").click()
        page.wait_for_url(f"{server.url}/thanks")
    page.close()
    of_lead = """
        select event_type, props ->> 'formName' as form_name
        from raw.events
        inner join raw.lead_identities using (visitor_id)
        order by event_type
    """
    sent = {"form_start": "newsletter", "form_submit": "newsletter", "page_view": None}
    wait_until(
        lambda: {row["event_type"] for row in rows(connection, of_lead)} >= {*sent},
        otherwise="the events of the visitor did not come",
    )
    told = [row for row in rows(connection, of_lead) if row["event_type"] in sent]
    assert told == [{"event_type": each, "form_name": sent[each]} for each in sent]
    assert counts(connection)["leads"] == 1

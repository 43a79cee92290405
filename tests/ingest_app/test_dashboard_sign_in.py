"""Who may look at the dashboard: a key signs a browser in, for a time, and nothing else does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
import urllib3
from itsdangerous import URLSafeTimedSerializer
from itsdangerous.timed import TimestampSigner

from tests.support.server import PEPPER, Answer, Server, serving

ADMIN = "the admin's key"
READER = "reads the shop"
COOKIE = "footfall_dashboard"
HALF_A_DAY = 12 * 3600
PAGES = (
    "/",
    "/dashboard/list?by=page",
    "/dashboard/list.csv?by=page",
    "/dashboard/trust",
    "/dashboard/realtime?property=shop.example",
    "/dashboard/now?property=shop.example",
    "/dashboard/vitals",
    "/dashboard/properties",
    "/dashboard/property?property=shop.example",
)


@pytest.fixture(scope="module")
def locked(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with keys, before any build."""
    with serving(
        database,
        tmp_path_factory.mktemp("locked"),
        ADMIN_API_KEYS=ADMIN,
        REPORT_API_KEYS=f"shop.example={READER}",
    ) as running:
        yield running


def send(server: Server, path: str, fields: dict[str, str], **headers: str) -> Answer:
    """A form, as a browser sends it; a redirect is not followed."""
    headers.setdefault("Content_Type", "application/x-www-form-urlencoded")
    response = urllib3.request(
        "POST",
        server.url + path,
        body=urlencode(fields).encode(),
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        redirect=False,
        retries=False,
    )
    return Answer(response.status, response.data, response.headers)


def sign_in(server: Server, key: str, **more: str) -> Answer:
    return send(server, "/dashboard/sign-in", {"key": key, **more})


def cookie_of(answer: Answer) -> str:
    return SimpleCookie(answer.headers["Set-Cookie"])[COOKIE].value


def look(server: Server, path: str, cookie: str | None = None) -> Answer:
    return server.request("GET", path, **({"Cookie": f"{COOKIE}={cookie}"} if cookie else {}))


def is_form(answer: Answer) -> bool:
    return b'action="/dashboard/sign-in"' in answer.body


@pytest.mark.parametrize("page", PAGES)
def test_nobody_sees_a_page_without_signing_in(locked: Server, page: str) -> None:
    answer = look(locked, page)
    assert answer.status == 401
    assert is_form(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/", "/dashboard/nothing/<b>here"])
def test_an_address_of_no_page_is_told_on_a_page(locked: Server, path: str) -> None:
    assert is_form(look(locked, path))
    cookie = cookie_of(sign_in(locked, ADMIN))
    answer = look(locked, path, cookie)
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert b"Not Found" in answer.body
    # What is no page stays a file, and what is not the dashboard's is told as JSON.
    assert look(locked, "/dashboard/static/icon.svg").status == 200
    assert look(locked, "/v1/nothing").headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("key", [ADMIN, READER])
def test_a_key_signs_in_and_is_not_in_the_cookie(locked: Server, key: str) -> None:
    answer = sign_in(locked, key, next="/dashboard/trust?window=28")
    assert (answer.status, answer.headers["Location"]) == (303, "/dashboard/trust?window=28")
    [morsel] = SimpleCookie(answer.headers["Set-Cookie"]).values()
    assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "Lax", "/")
    assert morsel["max-age"] == str(HALF_A_DAY)
    assert key not in answer.headers["Set-Cookie"]
    # Signed in, and no build yet: told in words.
    page = look(locked, "/", morsel.value)
    assert page.status == 503
    assert b"A build is due" in page.body
    assert b"footfall dbt build" in page.body


@pytest.mark.parametrize("key", ["", "another", READER.upper(), f"shop.example={READER}"])
def test_another_key_does_not(locked: Server, key: str) -> None:
    answer = sign_in(locked, key)
    assert answer.status == 401
    assert is_form(answer)
    assert b"none of the keys in force" in answer.body
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_to_pages_of_our_own_alone(locked: Server, target: str) -> None:
    assert sign_in(locked, ADMIN, next=target).headers["Location"] == "/"


def test_a_form_of_another_site_signs_nobody_in(locked: Server) -> None:
    for origin in ("https://evil.example", "null", "http://[", "https://a]b"):
        answer = send(locked, "/dashboard/sign-in", {"key": ADMIN}, Origin=origin)
        assert answer.status == 403, origin
        assert "Set-Cookie" not in answer.headers
    assert send(locked, "/dashboard/sign-in", {"key": ADMIN}, Origin=locked.url).status == 303


def test_who_is_no_trusted_proxy_cannot_say_that_the_browser_came_by_https(locked: Server) -> None:
    answer = send(locked, "/dashboard/sign-in", {"key": ADMIN}, X_Forwarded_Proto="https")
    assert not SimpleCookie(answer.headers["Set-Cookie"])[COOKIE]["secure"]


def signed(value: str, *, age: int = 0, secret: str = PEPPER) -> str:
    """A cookie as the server makes it, of a time of our own."""

    class Earlier(TimestampSigner):
        def get_timestamp(self) -> int:
            return super().get_timestamp() - age

    signer = URLSafeTimedSerializer(secret, salt="cookie of the dashboard", signer=Earlier)
    return str(signer.dumps(value))


def test_a_cookie_ends_after_its_time_and_with_its_key(locked: Server) -> None:
    mine = cookie_of(sign_in(locked, ADMIN))
    name = URLSafeTimedSerializer(PEPPER, salt="cookie of the dashboard").loads(mine)
    assert not is_form(look(locked, "/", signed(name, age=HALF_A_DAY - 60)))
    assert is_form(look(locked, "/", signed(name, age=HALF_A_DAY + 60)))
    # A key that is no longer in force, and cookies that are not ours.
    assert is_form(look(locked, "/", signed("0123456789ab")))
    assert is_form(look(locked, "/", signed(name, secret="another pepper")))  # noqa: S106
    assert is_form(look(locked, "/", f"{mine}x"))
    assert is_form(look(locked, "/", name))


def test_signing_out_takes_a_form_of_our_own(locked: Server) -> None:
    cookie = cookie_of(sign_in(locked, READER))
    theirs = cookie_of(sign_in(locked, ADMIN))
    tokens = URLSafeTimedSerializer(PEPPER, salt="forms of the dashboard")
    named = {
        whose: URLSafeTimedSerializer(PEPPER, salt="cookie of the dashboard").loads(cookie)
        for whose, cookie in (("mine", cookie), ("theirs", theirs))
    }
    sent = {"Cookie": f"{COOKIE}={cookie}"}
    for token in ("", "nonsense", str(tokens.dumps(named["theirs"])), cookie):
        answer = send(locked, "/dashboard/sign-out", {"token": token}, **sent)
        assert answer.status == 403
        assert "Set-Cookie" not in answer.headers
    token = str(tokens.dumps(named["mine"]))
    answer = send(locked, "/dashboard/sign-out", {"token": token}, **sent)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert re.match(f"{COOKIE}=;", answer.headers["Set-Cookie"])


def test_a_cookie_opens_no_api(locked: Server) -> None:
    cookie = cookie_of(sign_in(locked, ADMIN))
    for path in ("/v1/metrics/properties", "/v1/leads"):
        assert look(locked, path, cookie).status == 401


def test_attempts_are_limited_and_said_in_words(
    database: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with serving(
        database,
        tmp_path_factory.mktemp("limited"),
        ADMIN_API_KEYS=ADMIN,
        RATE_LIMITS_ENABLED="true",
        TRUSTED_PROXIES="127.0.0.1",
    ) as limited:
        # By HTTPS to a trusted proxy, the cookie goes by HTTPS alone.
        by_https = send(limited, "/dashboard/sign-in", {"key": ADMIN}, X_Forwarded_Proto="https")
        assert SimpleCookie(by_https.headers["Set-Cookie"])[COOKIE]["secure"]
        # Each of the workers counts for itself, so it takes a while until every one says no.
        answers = [sign_in(limited, f"guess {number}") for number in range(60)]
        assert {answer.status for answer in answers} == {401, 429}
        last = next(answer for answer in answers if answer.status == 429)
        assert b"Wait a minute" in last.body
        assert last.headers["Retry-After"] == "60"
        assert not any(answer.status == 401 for answer in answers[-20:])


def test_without_a_key_in_force_it_says_how_to_set_one(server: Server) -> None:
    for answer in (look(server, "/"), sign_in(server, "any")):
        assert answer.status == 503
        assert b"FOOTFALL_ADMIN_API_KEYS" in answer.body

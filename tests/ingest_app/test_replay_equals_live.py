"""The same visits, posted by browsers and read from logs, are the same rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import zstandard
from click.testing import CliRunner

from ingest_app.clients.commands import replay
from tests.support.raw import empty_raw
from tests.support.server import Server, serving

Connection = psycopg.Connection[dict[str, Any]]

SITE = "shop.example"
START = datetime.now(UTC).replace(microsecond=0, minute=0) - timedelta(hours=30)
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
GERMAN, AMERICAN, FRENCH = "88.198.10.7", "8.8.8.8", "2a01:e0a:1::7"


@dataclass(frozen=True)
class View:
    """What a browser asked for, what the snippet sends of it, and the source by hand."""

    minute: int
    address: str
    agent: str
    asked: str
    source: str
    referrer: str = ""
    path: str = ""
    clicks: dict[str, str] = field(default_factory=dict)
    utm: dict[str, str] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        return START + timedelta(minutes=self.minute)


VIEWS = (
    View(
        *(0, GERMAN, DESKTOP, "/shoes?gclid=Cj0-x&size=42", "paid_search"),
        path="/shoes",
        clicks={"gclid": "Cj0-x"},
    ),
    View(2, GERMAN, DESKTOP, "/shoes/red", "internal", f"https://{SITE}/shoes?gclid=Cj0-x"),
    View(33, GERMAN, DESKTOP, "/shoes/blue", "internal", f"https://www.{SITE}/shoes"),
    View(
        *(5, GERMAN, PHONE, "/?FBCLID=a%20b&x=1&gclid=", "social"),
        path="/",
        clicks={"fbclid": "a b"},
    ),
    View(6, AMERICAN, DESKTOP, "/a?page=2", "organic_search", "https://www.google.com/", "/a"),
    View(40, AMERICAN, DESKTOP, "/a", "referral", "https://news.example/"),
    View(
        *(41, AMERICAN, DESKTOP, "/list?utm_source=x+y&utm_medium=E-Mail%21&msclkid=7&utm_id=3"),
        *("campaign", "", "/list", {"msclkid": "7"}, {"source": "x y", "medium": "E-Mail!"}),
    ),
    View(7, FRENCH, PHONE, "/caf%C3%A9", "direct"),
    View(
        *(8, FRENCH, PHONE, "/t?gad_source=1&ttclid=2", "paid_search", "https://t.co/", "/t"),
        {"gad_source": "1", "ttclid": "2"},
    ),
    View(9, FRENCH, CRAWLER, "/", "direct"),
)
SESSIONS = {(GERMAN, DESKTOP): 2, (GERMAN, PHONE): 1, (AMERICAN, DESKTOP): 3, (FRENCH, PHONE): 1}
DEVICES = {DESKTOP: "desktop", PHONE: "mobile", CRAWLER: "bot"}
COUNTRIES = {GERMAN: "DE", AMERICAN: "US", FRENCH: "FR"}


def live(server: Server) -> None:
    for view in VIEWS:
        body: dict[str, Any] = {
            "anonId": f"browser of {view.address} {DEVICES[view.agent]}",
            "eventType": "page_view",
            "path": view.path or view.asked,
            "timestamp": view.at.isoformat(),
            "traffic": {"propertyId": SITE},
        }
        body |= {"referrer": view.referrer} if view.referrer else {}
        body |= {"utm": view.utm} if view.utm else {}
        body |= {"props": view.clicks} if view.clicks else {}
        answer = server.post(body, User_Agent=view.agent, X_Forwarded_For=view.address)
        assert answer.status == 202, answer.body


def as_text(view: View) -> str:
    asked = view.asked.replace("%C3%A9", r"\xC3\xA9")
    return (
        f'www.{SITE}:443 {view.address} - - [{view.at:%d/%b/%Y:%H:%M:%S} +0000] "GET {asked} HTTP/1.1" '
        f'200 7 "{view.referrer or "-"}" "{view.agent}"'
    )


def as_caddy(view: View) -> str:
    headers = {
        "User-Agent": [view.agent],
        **({"Referer": [view.referrer]} if view.referrer else {}),
    }
    request = {"client_ip": view.address, "method": "GET", "host": SITE, "uri": view.asked}
    return json.dumps(
        {"ts": view.at.timestamp(), "status": 200, "request": request | {"headers": headers}}
    )


def as_iis(view: View) -> str:
    stem, _, query = view.asked.partition("?")
    agent = view.agent.replace(" ", "+")
    return (
        f"{view.at:%Y-%m-%d %H:%M:%S} GET {stem} {query or '-'} {view.address} {agent} "
        f"{view.referrer or '-'} {SITE} 200"
    )


IIS_HEADER = (
    "#Fields: date time cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) cs(Referer) cs-host "
    "sc-status\r\n"
)


def replayed(server: Server, log: Path, *options: str) -> None:
    done = CliRunner().invoke(replay, [str(log), "--url", server.url, *options])
    assert done.exit_code == 0, done.output


def rows(connection: Connection) -> tuple[list[Any], list[Any]]:
    """Events and sessions, without ids and without the visitor's name."""
    events = connection.execute(
        "select timestamp, path, referrer, utm, props, ip_hash, ua_hash, property_id, traffic_source, "
        "device_type, country_code from raw.events order by 1, 2, 6, 7"
    ).fetchall()
    sessions = connection.execute(
        "select started_at, last_event_at, landing_path, referrer, utm_source, utm_medium, "
        "   first_ip_hash, first_ua_hash "
        "from raw.sessions inner join raw.visitors on visitors.id = sessions.visitor_id "
        "order by 1, 2, 3, 7, 8"
    ).fetchall()
    return events, sessions


@pytest.mark.usefixtures("clean_tables")
def test_logs_say_what_browsers_say(
    database: str, connection: Connection, data_dir: Path, tmp_path: Path
) -> None:
    written: dict[str, Callable[[View], str]] = {
        "vhost.log": as_text,
        "caddy.log.zst": as_caddy,
        "iis.log": as_iis,
    }
    for name, line in written.items():
        text = IIS_HEADER * (line is as_iis) + "".join(f"{line(view)}\n" for view in VIEWS)
        content = text.encode("utf-8")
        is_zstd = name.endswith(".zst")
        content = zstandard.ZstdCompressor().compress(content) if is_zstd else content
        (tmp_path / name).write_bytes(content)
    with serving(database, data_dir, TRUSTED_PROXIES="127.0.0.1") as server:
        live(server)
        expected = rows(connection)
        for name in written:
            empty_raw(connection)
            replayed(server, tmp_path / name)
            assert rows(connection) == expected, name
        # Under a name of its own: a site's own pages are no referrals there.
        empty_raw(connection)
        replayed(server, tmp_path / "caddy.log.zst", "--property-id", "renamed")
        renamed = [row["traffic_source"] for row in rows(connection)[0]]

    in_order = sorted(VIEWS, key=lambda view: (view.at, view.path or view.asked))
    events, sessions = expected
    assert [row["traffic_source"] for row in events] == [view.source for view in in_order]
    assert renamed == [view.source for view in in_order]
    assert [row["device_type"] for row in events] == [DEVICES[view.agent] for view in in_order]
    assert [row["country_code"] for row in events] == [COUNTRIES[v.address] for v in in_order]
    assert {row["property_id"] for row in events} == {SITE}
    assert len(sessions) == sum(SESSIONS.values()) + 1

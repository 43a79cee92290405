"""Each format that people have: told by its first lines, and read into the same request.

Expected values were written by hand, the lines after what the servers' manuals show.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest_app.clients.log_entry import LogEntry, log_time
from ingest_app.clients.log_formats import FORMATS, UnknownFormat, format_named, told_by
from ingest_app.clients.log_pattern import UnusableFormat

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
REFERRER = "https://www.google.com/search?q=a%20b"
AT = datetime(2026, 11, 27, 10, 0, 1, tzinfo=UTC)
WITHOUT = {"referrer": None, "user_agent": None}


def entry(**other: Any) -> LogEntry:
    """The one request that all these logs tell of."""
    return LogEntry(
        **{
            "address": "203.0.113.7",
            "at": AT,
            "method": "GET",
            "target": "/shoes?size=42",
            "status": 200,
            "referrer": REFERRER,
            "user_agent": AGENT,
            "host": None,
            **other,
        }
    )


HEAD = '203.0.113.7 - - [27/Nov/2026:11:00:01 +0100] "GET /shoes?size=42 HTTP/1.1" 200'
COMBINED = f'{HEAD} 394 "{REFERRER}" "{AGENT}"'


def combined(address: str, *, end: str = "", size: str = "394") -> str:
    return COMBINED.replace("203.0.113.7", address).replace("394", size) + end


CADDY = {
    "level": "info",
    "ts": 1795773601.1234567,
    "logger": "http.log.access.log0",
    "msg": "handled request",
    "request": {
        "remote_ip": "10.0.0.2",
        "remote_port": "51234",
        "client_ip": "203.0.113.7",
        "proto": "HTTP/2.0",
        "method": "GET",
        "host": "www.shop.example:443",
        "uri": "/shoes?size=42",
        "headers": {"User-Agent": [AGENT], "Referer": [REFERRER], "Accept": ["*/*"]},
    },
    "duration": 0.01,
    "size": 394,
    "status": 200,
}
TRAEFIK = {
    "ClientAddr": "203.0.113.7:51234",
    "ClientHost": "203.0.113.7",
    "ClientUsername": "-",
    "DownstreamStatus": 200,
    "RequestAddr": "shop.example",
    "RequestHost": "shop.example",
    "RequestMethod": "GET",
    "RequestPath": "/shoes?size=42",
    "StartLocal": "2026-11-27T11:00:01.123456789+01:00",
    "StartUTC": "2026-11-27T10:00:01.123456789Z",
    "request_Referer": REFERRER,
    "request_User-Agent": AGENT,
    "time": "2026-11-27T10:00:02Z",
}
GCP = {
    "httpRequest": {
        "requestMethod": "GET",
        "requestUrl": "https://shop.example/shoes?size=42",
        "status": 200,
        "userAgent": AGENT,
        "remoteIp": "203.0.113.7",
        "referer": REFERRER,
        "serverIp": "10.0.0.5",
    },
    "resource": {"type": "http_load_balancer"},
    "timestamp": "2026-11-27T10:00:01.123456Z",
}
CLOUDFLARE = {
    "ClientIP": "203.0.113.7",
    "ClientRequestHost": "shop.example",
    "ClientRequestMethod": "GET",
    "ClientRequestReferer": REFERRER,
    "ClientRequestURI": "/shoes?size=42",
    "ClientRequestUserAgent": AGENT,
    "EdgeResponseStatus": 200,
    "EdgeStartTimestamp": 1795773601123456789,
}
NGINX = {
    "time_iso8601": "2026-11-27T11:00:01+01:00",
    "remote_addr": "203.0.113.7",
    "request": "GET /shoes?size=42 HTTP/1.1",
    "status": "200",
    "http_referrer": REFERRER,
    "http_user_agent": AGENT,
}
ENVOY = {
    "start_time": "2026-11-27T10:00:01.123Z",
    "method": "GET",
    "path": "/shoes?size=42",
    "response_code": 200,
    "x_forwarded_for": "203.0.113.7,10.0.0.2",
    "downstream_remote_address": "10.0.0.2:40000",
    "user_agent": AGENT,
    "authority": "shop.example",
}
IIS = (
    "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n"
    "#Date: 2026-11-27 10:00:00\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n"
    "2026-11-27 10:00:01 10.0.0.5 GET /shoes size=42 443 - 203.0.113.7 "
    f"{AGENT.replace(' ', '+')} {REFERRER} 200 0 0 15"
)
CLOUDFRONT = (
    "#Version: 1.0\n"
    "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status "
    "cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-host-header x-forwarded-for\n"
    "2026-11-27\t10:00:01\tFRA2\t394\t203.0.113.7\tGET\td111111abcdef8.cloudfront.net\t/shoes\t200\t"
    f"{REFERRER.replace('%', '%25')}\t{AGENT.replace(' ', '%20')}\tsize=42\t-\tshop.example\t-"
)
ALB = (
    "h2 2026-11-27T10:00:01.123456Z app/lb/50dc6c495c0c9188 203.0.113.7:2817 10.0.0.1:80 0.000 0.001 "
    '0.000 200 200 34 366 "GET https://shop.example:443/shoes?size=42 HTTP/2.0" '
    f'"{AGENT}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:1 "Root=1-58337262" "shop.example" '
    '"arn:aws:2" 0 2026-11-27T10:00:01.000000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"'
)
ELB = (
    "2026-11-27T10:00:01.123456Z lb 203.0.113.7:2817 10.0.0.1:80 0.00007 0.001 0.00005 200 200 0 29 "
    f'"GET https://shop.example:443/shoes?size=42 HTTP/1.1" "{AGENT}" ECDHE TLSv1.2'
)
ORIGIN = {"target": "https://shop.example:443/shoes?size=42", "host": "shop.example"}
MICROS = AT.replace(microsecond=123456)

# Name of the case, name of the format, the last line after what stands above it, what it says.
CASES: dict[str, tuple[str, str, LogEntry]] = {
    "common": ("common", f"{HEAD} 394", entry(**WITHOUT)),
    "common, and how long it took": ("common", f"{HEAD} 394 0.003", entry(**WITHOUT)),
    "combined": ("combined", COMBINED, entry()),
    "combined, and times": ("combined", f"{COMBINED} 0.003 0.002 .", entry()),
    "a number more before the referrer": (
        "combined",
        combined("203.0.113.7", size="88 394"),
        entry(),
    ),
    "no number before the referrer": ("combined", COMBINED.replace(" 394", ""), entry()),
    "Traefik's own text": (
        "combined",
        f'{COMBINED} 7 "web@docker" "http://10.0.0.3:80" 3ms',
        entry(),
    ),
    "the ingress of Kubernetes": (
        "combined",
        f"{COMBINED} 400 0.003 [default-web-80] [] 10.0.0.5:80 88 0.003 200 d41d8c",
        entry(),
    ),
    "ISO time in brackets": (
        "combined",
        COMBINED.replace("27/Nov/2026:11:00:01 +0100", "2026-11-27T11:00:01+01:00"),
        entry(),
    ),
    "vhost": ("vhost_combined", f"www.shop.example:443 {COMBINED}", entry(host="shop.example")),
    "vhost without port": (
        "vhost_combined",
        f"Shop.Example {COMBINED}",
        entry(host="shop.example"),
    ),
    "vhost, a short name": ("vhost_combined", f"site:443 {COMBINED}", entry(host="site")),
    "vhost, common": (
        "vhost_common",
        f"shop.example:80 {HEAD} 394",
        entry(host="shop.example", **WITHOUT),
    ),
    "forwarded at the end": (
        "combined_forwarded",
        combined("10.0.0.2", end=' "203.0.113.7"'),
        entry(),
    ),
    "forwarded by several": (
        "combined_forwarded",
        combined("10.0.0.2", end=' "203.0.113.7, 198.51.100.1" 0.004'),
        entry(),
    ),
    "forwarded after times": (
        "combined_forwarded",
        combined("10.0.0.2", end=' 0.003 "203.0.113.7"'),
        entry(),
    ),
    "forwarded out of a company's network": (
        "combined_forwarded",
        combined("10.0.0.2", end=' "192.168.7.7, 203.0.113.7"'),
        entry(),
    ),
    "forwarded through a socket": (
        "combined_forwarded",
        combined("unix:", end=' "203.0.113.7"'),
        entry(),
    ),
    "not forwarded": ("combined_forwarded", f'{COMBINED} "-"', entry()),
    "vhost, forwarded": (
        "vhost_combined_forwarded",
        "shop.example:80 " + combined("10.0.0.2", end=' "203.0.113.7"'),
        entry(host="shop.example"),
    ),
    "a list of addresses": ("combined", combined("203.0.113.7, 10.0.0.1"), entry()),
    "a list of addresses, without blanks": ("combined", combined("203.0.113.7,10.0.0.1"), entry()),
    "a user with a blank": ("combined", COMBINED.replace("- -", "- jane doe"), entry()),
    "a user with brackets of mail": ("combined", COMBINED.replace("- -", "- a@b"), entry()),
    "syslog": ("combined", f"<190>Nov 27 10:00:01 web1 nginx: {COMBINED}", entry()),
    "syslog with a process": ("combined", f"Nov  7 10:00:01 web1 nginx[12]: {COMBINED}", entry()),
    "syslog of an address": ("combined", f"Nov 27 10:00:01 10.0.0.5 httpd: {COMBINED}", entry()),
    "syslog with ISO time": (
        "combined",
        f"2026-11-27T10:00:01.123456+00:00 web1 nginx: {COMBINED}",
        entry(),
    ),
    "syslog by RFC 5424": (
        "combined",
        f'<190>1 2026-11-27T10:00:01Z web1 nginx 12 - [a b="c"] {COMBINED}',
        entry(),
    ),
    "a container of Kubernetes": (
        "combined",
        f"2026-11-27T10:00:01.123456789Z stdout F {COMBINED}",
        entry(),
    ),
    "docker logs -t": ("combined", f"2026-11-27T10:00:01.123456789Z {COMBINED}", entry()),
    "docker compose": ("combined", f"web-1      | {COMBINED}", entry()),
    "docker compose, JSON": ("json", f"web-1  | {json.dumps(NGINX)}", entry()),
    "kubectl logs --prefix": ("combined", f"[pod/web-5d4/nginx] {COMBINED}", entry()),
    "docker's own file": (
        "combined",
        json.dumps({"log": f"{COMBINED}\n", "stream": "stdout", "time": "2026-11-27T10:00:02Z"}),
        entry(),
    ),
    "docker's own file, JSON": (
        "traefik",
        json.dumps({"log": json.dumps(TRAEFIK) + "\n", "stream": "stdout"}),
        entry(at=MICROS, host="shop.example"),
    ),
    "quoted as JSON": ("combined", json.dumps(COMBINED), entry()),
    "quoted as CSV": ("combined", '"{}"'.format(COMBINED.replace('"', '""')), entry()),
    "in single quotes": ("combined", f"'{COMBINED}'", entry()),
    "Caddy": ("caddy", json.dumps(CADDY), entry(at=MICROS, host="shop.example")),
    "Caddy, as it was before": (
        "caddy",
        json.dumps(
            CADDY
            | {
                "request": CADDY["request"]  # type: ignore[operator]
                | {"client_ip": None, "remote_ip": None, "remote_addr": "203.0.113.7:51234"}
            }
        ),
        entry(at=MICROS, host="shop.example"),
    ),
    "Traefik": ("traefik", json.dumps(TRAEFIK), entry(at=MICROS, host="shop.example")),
    "Google": (
        "gcp",
        json.dumps(GCP),
        entry(at=MICROS, target="https://shop.example/shoes?size=42", host="shop.example"),
    ),
    "Cloudflare": ("cloudflare", json.dumps(CLOUDFLARE), entry(at=MICROS, host="shop.example")),
    "nginx, JSON": ("json", json.dumps(NGINX), entry()),
    "nginx, JSON, other names": (
        "json",
        json.dumps(
            {
                "@timestamp": "2026-11-27T10:00:01Z",
                "remote_addr": "10.0.0.2",
                "x_forwarded_for": "203.0.113.7",
                "request_method": "GET",
                "uri": "/shoes",
                "args": "size=42",
                "status": 200,
                "referer": REFERRER,
                "user_agent": AGENT,
                "host": "shop.example",
            }
        ),
        entry(host="shop.example"),
    ),
    "Envoy": (
        "json",
        json.dumps(ENVOY),
        entry(at=AT.replace(microsecond=123000), host="shop.example", referrer=None),
    ),
    "IIS": ("w3c", IIS, entry()),
    "CloudFront": ("w3c", CLOUDFRONT, entry(host="shop.example")),
    "CloudFront, as it was before": (
        "w3c",
        CLOUDFRONT.replace("%20", "%2520"),
        entry(host="shop.example"),
    ),
    "ALB": ("alb", ALB, entry(at=MICROS, referrer=None, **ORIGIN)),
    "classic ELB": ("elb", ELB, entry(at=MICROS, referrer=None, **ORIGIN)),
}


@pytest.mark.parametrize(("name", "log", "expected"), CASES.values(), ids=CASES.keys())
def test_a_format_is_told_by_its_lines_and_read(name: str, log: str, expected: LogEntry) -> None:
    lines = log.split("\n")
    told = told_by(lines)
    assert (told.format.name, told.fitting, told.looked_at) == (name, 1, 1)
    read = told.format.reader()
    assert [read(line) for line in lines][-1] == expected


def test_every_format_has_a_case() -> None:
    assert {name for name, _, _ in CASES.values()} == FORMATS.keys()


# A line of each kind that says less, or other things, than it seems to.
UNREADABLE = {
    "a host for the address": combined("crawl.example.net"),
    "a dash for the address": combined("-"),
    "a socket for the address": combined("unix:"),
    "half an address": combined("203.0.113"),
    "a masked address": combined("203.0.113.xxx"),
    "an address with more behind it": combined("203.0.113.7%x"),
    "an unknown client behind a proxy": combined("unknown, 203.0.113.7"),
    "an empty place in the list": combined("203.0.113.7,"),
    "an address for the site": f"10.0.0.1:443 {COMBINED}",
    "two addresses": f"198.51.100.1 {COMBINED}",
    "an address for the user": COMBINED.replace("- -", "- 198.51.100.1"),
    "an address for the identity": COMBINED.replace("- -", "198.51.100.1 -"),
    "an unquoted address behind a proxy's": combined("10.0.0.2", end=" 203.0.113.7"),
    "an address among the numbers": combined("10.0.0.2", size="394 203.0.113.7"),
    "an unquoted referrer": COMBINED.replace(f'"{REFERRER}"', REFERRER),
    "no referrer": f'{HEAD} 394 "{AGENT}"',
    "agent and referrer in the other order": f'{HEAD} 394 "{AGENT}" "{REFERRER}"',
    "no zone": COMBINED.replace(" +0100", ""),
    "other words before it": f"and then {COMBINED}",
    "no time": f"203.0.113.7 - - {HEAD[38:]} 394",
    "no request": '203.0.113.7 - - [27/Nov/2026:11:00:01 +0100] 200 394 "-" "-"',
    "a request that does not end": f"{HEAD.removesuffix(chr(34) + ' 200')}",
    "JSON without an address": json.dumps(NGINX | {"remote_addr": "web"}),
    "JSON without a time": json.dumps(NGINX | {"time_iso8601": "yesterday"}),
    "JSON that ends early": json.dumps(NGINX)[:-1],
    "JSON of depth": '{"a":' * 100_000,
    "a list": f"[{json.dumps(NGINX)}]",
    "W3C without its fields": IIS.rpartition("\n")[2],
    "the format of IIS before W3C": (
        "203.0.113.7, -, 11/27/26, 10:00:01, W3SVC1, WEB, 10.0.0.5, 4502, 163, 3223, 200, 0, GET, /, -,"
    ),
}


@pytest.mark.parametrize("line", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_does_not_say_who_asked_is_not_readable(line: str) -> None:
    with pytest.raises(UnknownFormat):
        told_by([line])


@pytest.mark.parametrize("proxy", ["10.0.0.2", "198.51.100.1"])
def test_a_forwarded_client_that_is_no_address_is_not_the_proxy(proxy: str) -> None:
    lines = [combined(proxy, end=f' "203.0.113.{n}"') for n in range(1, 20)]
    unknown = combined(proxy, end=' "unknown"')
    read = told_by([*lines, unknown]).format.reader()
    assert read(lines[0]) == entry(address="203.0.113.1")
    assert read(unknown) is None


def test_quoted_names_at_the_end_are_no_forwarded_addresses() -> None:
    lines = [f'{COMBINED} "{host}"' for host in ("a.example", "b.example", "198.51.100.9")]
    told = told_by(lines)
    assert told.format.name == "combined"
    assert [told.format.reader()(line) for line in lines] == [entry()] * 3


def test_a_format_is_that_of_most_lines_and_says_how_many_they_are() -> None:
    start = ["/docker-entrypoint.sh: ready", "", "# a comment", json.dumps(NGINX)]
    told = told_by([*start, *[COMBINED] * 7, f"{HEAD} 394"])
    assert str(told) == (
        "The format is combined: 8 of the first 10 lines fit. "
        "Where that is wrong, --format says what is right."
    )
    assert str(told_by([COMBINED] * 9 + ["?"])) == (
        "The format is combined: 9 of the first 10 lines fit."
    )
    read = told.format.reader()
    assert read(json.dumps(NGINX)) is None
    assert read(f"{HEAD} 394") == entry(**WITHOUT)


def test_fields_of_w3c_may_change_on_the_way() -> None:
    read = FORMATS["w3c"].reader()
    assert [read(line) for line in IIS.split("\n")][-1] == entry()
    assert read("#Fields: time date c-ip cs-method cs-uri-stem sc-status") is None
    assert read(IIS.rpartition("\n")[2]) is None
    assert read("10:00:01 2026-11-27 203.0.113.7 GET /shoes?size=42 200") == entry(**WITHOUT)


def test_agents_of_iis_have_their_blanks_again() -> None:
    header, line = IIS.rsplit("\n", 1)
    read = format_named(header.rpartition("\n")[2]).reader()
    logged = "Mozilla/5.0+(compatible;+Googlebot/2.1;++http://www.google.com/bot.html)"
    found = read(line.replace(AGENT.replace(" ", "+"), logged))
    assert found is not None
    assert found.user_agent == (
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    )


# As they stand in configurations, and a line that they write.
OWN: dict[str, tuple[str, str, LogEntry]] = {
    "nginx, main": (
        "log_format  main  '$remote_addr - $remote_user [$time_local] \"$request\" '\n"
        "                  '$status $body_bytes_sent \"$http_referer\" '\n"
        '                  \'"$http_user_agent" "$http_x_forwarded_for"\';',
        combined("10.0.0.2", end=' "203.0.113.7"'),
        entry(),
    ),
    "nginx, tabs": (
        r"$msec\t$http_x_forwarded_for\t$host\t$request_method\t$uri$is_args$args\t$status\t"
        r"$http_referer\t$http_user_agent",
        f"1795773601.123\t203.0.113.7\tshop.example\tGET\t/shoes?size=42\t200\t{REFERRER}\t{AGENT}",
        entry(at=AT.replace(microsecond=123000), host="shop.example"),
    ),
    "nginx, a whole URL": (
        '$time_iso8601 ${remote_addr}:$remote_port "$request_method $scheme://$host$request_uri" '
        '$status rt=$request_time "$http_user_agent"',
        "2026-11-27T10:00:01+00:00 203.0.113.7:5123 "
        f'"GET https://shop.example/shoes?size=42" 200 rt=0.003 "{AGENT}"',
        entry(host="shop.example", referrer=None),
    ),
    "nginx, JSON": (
        'log_format json escape=json \'{"t":"$time_iso8601","who":"$remote_addr",\'\n'
        '    \'"what":"$request","how":$status,"ua":"$http_user_agent"}\';',
        '{"t":"2026-11-27T10:00:01+00:00","who":"203.0.113.7",'
        f'"what":"GET /shoes?size=42 HTTP/1.1","how":200,"ua":"{AGENT}"}}',
        entry(referrer=None),
    ),
    "Apache, vhost": (
        r'LogFormat "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" vhost',
        f"shop.example:443 {COMBINED}",
        entry(host="shop.example"),
    ),
    "Apache, pieces": (
        "%{%Y-%m-%dT%H:%M:%S%z}t %a %m %U%q %>s %{ms}T |%{User-agent}i|",
        f"2026-11-27T11:00:01+0100 203.0.113.7 GET /shoes?size=42 200 15 |{AGENT}|",
        entry(referrer=None),
    ),
    "Apache, behind a proxy": (
        '%{X-Forwarded-For}i %h %{usec}t "%!200,304{Referer}i" "%r" %s "%{User-Agent}i" %D%%',
        f'203.0.113.7, 10.0.0.9 10.0.0.2 1795773601123456 "{REFERRER}" "GET /shoes?size=42 HTTP/1.1" '
        f'200 "{AGENT}" 15%',
        entry(at=MICROS),
    ),
    "a name": ("combined", COMBINED, entry()),
}


@pytest.mark.parametrize(("written", "line", "expected"), OWN.values(), ids=OWN.keys())
def test_a_format_may_be_given_as_the_server_has_it(
    written: str, line: str, expected: LogEntry
) -> None:
    assert format_named(written).reader()(line) == expected


@pytest.mark.parametrize(
    ("written", "missing"),
    [
        ("combned", "address"),
        ("", "address"),
        ("log_format main", "address"),
        ('%t "%r" %>s', "address"),
        ('%{c}a %t "%r" %>s', "address"),
        ('$remote_addr "$request" $status', "time"),
        ("%h %t %>s", "request"),
        ("%h %t %U %>s", "method"),
        ('%h %t "%r"', "status"),
        ('%h%t%u%l "%r" %s', "nothing between"),
    ],
)
def test_a_format_that_says_too_little_says_what_is_missing(written: str, missing: str) -> None:
    with pytest.raises(UnusableFormat, match=missing):
        format_named(written)


@pytest.mark.parametrize(
    "text",
    [
        "27/Nov/2026:11:00:01 +0100",
        "[27/Nov/2026:10:00:01.999 +0000]",
        "2026-11-27T10:00:01Z",
        "2026-11-27t10:00:01z",
        "2026-11-27 11:00:01 +0100",
        "2026/11/27 10:00:01 UTC",
        "1795773601",
        "1795773601.000",
        "1795773601000",
        "1795773601000000",
        "1795773601000000000",
    ],
)
def test_times_as_servers_write_them(text: str) -> None:
    at = log_time(text)
    assert at is not None
    assert at.replace(microsecond=0) == AT


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", "2026-11-27T10:00:01", "27/Nov/2026:10:00:01", "31/Feb/2026:10:00:01 +0000"),
        *("27/Foo/2026:10:00:01 +0000", "27/Nov/2026:24:00:01 +0000", "12345", "9" * 30),
    ],
)
def test_a_time_without_a_zone_or_a_day_is_none(text: str) -> None:
    assert log_time(text) is None

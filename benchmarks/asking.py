"""Asks a running server for reports, and times the answers as a client sees them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode

import urllib3

from benchmarks import servers
from benchmarks.bench import Bench

KEY = "a key for benchmarks"


class ReportError(Exception):
    """An answer that is not 200; the message has its body."""


@dataclass(frozen=True)
class Asker:
    """A client with a connection that stays open."""

    url: str
    http: urllib3.PoolManager

    @classmethod
    def of(cls, url: str) -> Asker:
        """A client of a server."""
        return cls(url, urllib3.PoolManager(maxsize=1, timeout=120, retries=False))

    def ask(self, report: str, **parameters: Any) -> tuple[Any, float]:
        """The answer, and after how many milliseconds it was there as a whole."""
        named = {name.rstrip("_"): value for name, value in parameters.items() if value is not None}
        started = time.perf_counter()
        answer = self.http.request(
            "GET",
            f"{self.url}/v1/metrics/{report}?{urlencode(named)}",
            headers={"x-admin-key": KEY},
        )
        milliseconds = 1000 * (time.perf_counter() - started)
        if answer.status != 200:
            raise ReportError(f"{answer.status} {answer.data.decode()[:500]}")
        return json.loads(answer.data), milliseconds

    def latencies(self, times: int, report: str, **parameters: Any) -> dict[str, float]:
        """Percentiles of so many requests, one after the other, after a few to warm up."""
        for _ in range(5):
            self.ask(report, **parameters)
        return percentiles([self.ask(report, **parameters)[1] for _ in range(times)])


@contextmanager
def asking(bench: Bench, database: str, *, kept_seconds: int = 0) -> Iterator[Asker]:
    """A server of this database, which keeps no answer unless told so, and a client of it."""
    with servers.footfall(
        bench.cluster.url(database),
        bench.scratch,
        workers=bench.plan.workers,
        ADMIN_API_KEYS=KEY,
        SUMMARY_CACHE_SECONDS=str(kept_seconds),
    ) as server:
        yield Asker.of(server.url)


def sign_in(client: Asker) -> str:
    """The cookie of whoever signed in to the dashboard."""
    answer = client.http.request(
        "POST",
        f"{client.url}/dashboard/sign-in",
        body=urlencode({"key": KEY}),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        redirect=False,
    )
    return str(answer.headers["Set-Cookie"]).partition(";")[0]


def get_page(
    client: Asker, path: str, cookie: str, *, is_read: bool = False
) -> tuple[bytes, float]:
    """What is sent, compressed or not, and after how many milliseconds it was there as a whole."""
    started = time.perf_counter()
    answer = client.http.request(
        "GET",
        f"{client.url}{path}",
        headers={"Cookie": cookie, "Accept-Encoding": "gzip"},
        decode_content=is_read,
    )
    milliseconds = 1000 * (time.perf_counter() - started)
    if answer.status != 200:
        raise ReportError(f"{answer.status} for {path}")
    return answer.data, milliseconds


def of_days(first: date, last: date) -> dict[str, str]:
    """The parameters of a window."""
    return {"from_": first.isoformat(), "to": last.isoformat()}


def percentiles(milliseconds: list[float]) -> dict[str, float]:
    """Of at least two figures."""
    cuts = quantiles(milliseconds, n=100, method="inclusive")
    return {
        "p50_ms": round(cuts[49], 2),
        "p95_ms": round(cuts[94], 2),
        "p99_ms": round(cuts[98], 2),
        "max_ms": round(max(milliseconds), 2),
    }

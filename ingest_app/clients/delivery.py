"""One post to its last answer: retries, waits, and what each status means."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import SKIP_HEADER

from ingest_app.clients.post import Post
from ingest_app.clients.report import Reply

EVENTS_PATH = "/v1/events"

ACCEPTED = 202
TOO_MANY_REQUESTS = 429
SERVER_ERRORS = range(500, 600)
REDIRECTS = range(300, 400)
REFUSALS = range(400, 500)
NO_SUCH_ENDPOINT = (404, 405)


class SendError(Exception):
    """The run cannot go on: no post that follows would fare better."""


class EndpointUnreachable(SendError):
    """No answer at all, even after retries."""

    def __init__(self, url: str, reason: object) -> None:
        super().__init__(f"cannot reach {url}: {reason}")


class WrongEndpoint(SendError):
    """Something answers, but it does not take events."""


class Stopped(Exception):
    """The run was ended while this post waited for its next attempt."""


# Takes a line that a person should read while the run goes on; called from any thread.
Notice = Callable[[str], None]


@dataclass(frozen=True)
class Patience:
    """How long to bear with the server. Repeating a post is safe: the endpoint deduplicates."""

    timeout_seconds: float = 15.0
    attempts: int = 5
    first_backoff_seconds: float = 0.2  # doubled with each attempt
    longest_wait_seconds: float = 60.0  # the rate limits count by the minute

    def wait_before_retry(self, attempt: int, retry_after: str | None) -> float:
        """Seconds to wait after the failed attempt number `attempt`, counted from 1."""
        seconds = self.first_backoff_seconds * 2.0 ** (attempt - 1)
        if retry_after is not None and retry_after.isascii() and retry_after.isdigit():
            seconds = float(retry_after)
        return min(seconds, self.longest_wait_seconds)


def events_url(url: str) -> str:
    """The events endpoint for a server's root; any longer URL is taken as it is."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not an http:// or https:// URL")
    _ = parts.port  # raises ValueError when it is not a number
    path = parts.path.rstrip("/") or EVENTS_PATH
    return parts._replace(path=path, fragment="").geturl()


class Courier:
    """Delivers posts to one endpoint over kept-alive connections; shared by threads."""

    def __init__(
        self, url: str, *, connections: int, patience: Patience, notice: Notice | None = None
    ) -> None:
        self.url = url
        self._patience = patience
        self._notice = notice
        parts = urlsplit(url)
        self._target = parts._replace(scheme="", netloc="").geturl()
        self._pool = urllib3.connection_from_url(
            url, maxsize=connections, block=True, timeout=patience.timeout_seconds
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def deliver(self, post: Post, stop: threading.Event) -> Reply:
        """Send until there is a last word; raises SendError where no further post has a chance."""
        # Without these two urllib3 would sign with its own name what a log says had none.
        headers = {"User-Agent": SKIP_HEADER, "Accept-Encoding": SKIP_HEADER, **post.headers}
        attempt = 1
        while True:
            last = attempt >= self._patience.attempts
            retry_after = None
            try:
                response = self._pool.urlopen(
                    "POST", self._target, body=post.body, headers=headers, retries=False
                )
            except HTTPError as error:
                if last:
                    raise EndpointUnreachable(self.url, error) from error
            else:
                if last or not _worth_another_try(response.status):
                    return self._read(response, retries=attempt - 1)
                retry_after = response.headers.get("Retry-After")
                if response.status == TOO_MANY_REQUESTS:
                    self._tell_of_the_limit(retry_after)
            if stop.wait(self._patience.wait_before_retry(attempt, retry_after)):
                raise Stopped
            attempt += 1

    def _tell_of_the_limit(self, retry_after: str | None) -> None:
        # Once: a run that stands still for a minute should say why while it does.
        notice, self._notice = self._notice, None
        if notice is not None:
            notice(
                f"The server limits what one address may send (429); waiting {retry_after or 'a few'}"
                " seconds and going on. To go faster, start it with FOOTFALL_TRUSTED_PROXIES naming"
                " this machine, or with FOOTFALL_RATE_LIMITS_ENABLED=false."
            )

    def _read(self, response: urllib3.BaseHTTPResponse, *, retries: int) -> Reply:
        status = response.status
        if status == ACCEPTED:
            # The answer to a filled honeypot names no outcome.
            repeated = response.headers.get("Footfall-Outcome") == "duplicate"
            return Reply("duplicate" if repeated else "accepted", status, retries=retries)
        if status in NO_SUCH_ENDPOINT:
            raise WrongEndpoint(f"{self.url} takes no events: it answered {status}")
        if status in REDIRECTS:
            place = response.headers.get("Location", "elsewhere")
            raise WrongEndpoint(f"{self.url} redirects to {place}: send there directly")
        error, issues = _explanation(response.data)
        refused = status in REFUSALS and status != TOO_MANY_REQUESTS
        return Reply("rejected" if refused else "failed", status, error, issues, retries)


def _worth_another_try(status: int) -> bool:
    return status == TOO_MANY_REQUESTS or status in SERVER_ERRORS


def _explanation(body: bytes) -> tuple[str, tuple[tuple[str, str], ...]]:
    """`error` and `issues` of a refusal, or the start of whatever came instead."""
    try:
        answer = json.loads(body)
    except ValueError:
        return body[:200].decode("utf-8", "replace"), ()
    if not isinstance(answer, Mapping):
        return str(answer)[:200], ()
    issues = answer.get("issues")
    return str(answer.get("error", "")), tuple(
        (str(issue.get("path", "")), str(issue.get("message", "")))
        for issue in (issues if isinstance(issues, list) else ())
        if isinstance(issue, Mapping)
    )

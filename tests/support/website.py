"""A website of the test's own, on a real server, whose pages carry the snippet."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.support.ports import new_port


@dataclass(frozen=True)
class Resource:
    """What is answered under a path."""

    body: str
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


class Website:
    """Answers for every host name that the browser is told to look for here."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.resources: dict[str, Resource] = {}
        # What was asked for, and what forms sent, in order: the path and the body.
        self.asked: list[str] = []
        self.posted: list[tuple[str, str]] = []

    def url(self, path: str, host: str = "shop.example") -> str:
        """The address of a page."""
        return f"http://{host}:{self.port}{path}"

    def origin(self, host: str = "shop.example") -> str:
        """The origin of a host."""
        return f"http://{host}:{self.port}"

    def add(self, path: str, resource: Resource) -> None:
        """Answer this under a path, or under whatever begins with a path that ends in `*`."""
        self.resources[path] = resource

    def find(self, path: str) -> Resource:
        """What is answered under a path."""
        exact = self.resources.get(path)
        begins = [name for name in self.resources if name.endswith("*")]
        matching = [name for name in begins if path.startswith(name[:-1])]
        if exact is None and matching:
            return self.resources[max(matching, key=len)]
        return exact or Resource("nothing here", status=404)


def tag(source: str, property_id: str | None, **attributes: str) -> str:
    """The tag as the owner of a site writes it; keyword arguments are attributes without `data-`."""
    told = {"test": "true", **attributes}
    if property_id is not None:
        told["property"] = property_id
    written = "".join(f' data-{name}="{escape(value)}"' for name, value in told.items())
    return f'<script defer src="{source}"{written}></script>'


def document(body: str = "", head: str = "") -> str:
    """A page of HTML."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>'
        f'<link rel="icon" href="data:,">{head}</head><body>{body}</body></html>'
    )


@contextmanager
def website_running() -> Iterator[Website]:
    """The website for as long as the block takes."""
    port = new_port()
    website = Website(port)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            website.posted.append((self.path, self.rfile.read(length).decode()))
            self._answer()

        def _answer(self) -> None:
            website.asked.append(urlsplit(self.path).path)
            resource = website.find(website.asked[-1])
            body = resource.body.encode()
            self.send_response(resource.status)
            self.send_header("Content-Type", resource.content_type)
            self.send_header("Content-Length", str(len(body)))
            for name, value in resource.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A browser that hangs up is none."""

    with Quiet(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield website
        finally:
            server.shutdown()
            thread.join()

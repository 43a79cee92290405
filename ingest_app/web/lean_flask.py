"""Flask, without what every event would pay for and none needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from werkzeug.routing import MapAdapter

# Hosts that requests name are theirs to invent. When there are so many, they are found out anew.
MAX_HOSTS = 1024


class LeanFlask(Flask):
    """Finds out once for a host what Flask does for each request; it has no asynchronous views."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._of_hosts: dict[tuple[str | None, ...], tuple[str, MapAdapter]] = {}

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """What matches the request's path, from what is known of its host."""
        # What asks for another protocol is matched by that too.
        if request is None or "HTTP_UPGRADE" in request.environ:
            return super().create_url_adapter(request)
        environ = request.environ
        host = (
            environ["wsgi.url_scheme"],
            environ.get("HTTP_HOST"),
            environ.get("SERVER_NAME"),
            environ.get("SERVER_PORT"),
            environ.get("SCRIPT_NAME"),
        )
        known = self._of_hosts.get(host)
        if known is None:
            found = super().create_url_adapter(request)
            if found is not None:
                if len(self._of_hosts) >= MAX_HOSTS:
                    self._of_hosts.clear()
                self._of_hosts[host] = request.host, found
            return found
        request.host, bound = known
        return MapAdapter(
            bound.map,
            bound.server_name,
            bound.script_name,
            bound.subdomain,
            bound.url_scheme,
            _text(environ["PATH_INFO"]),
            environ["REQUEST_METHOD"],
            _text(environ.get("QUERY_STRING", "")),
        )

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is: none of them is asynchronous."""
        return func


def _text(value: str) -> str:
    """A text of an environ, whose letters stand for bytes."""
    return value.encode("latin-1").decode(errors="replace")

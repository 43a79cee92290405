"""Other names of the script and of its endpoint, which lists of blockers do not know.

A request under such a name is one under the usual name, before anything else looks at it: routes,
limits, logs and counts know one name only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

from ingest_app.settings import SNIPPET_ENDPOINT, SNIPPET_PATH, Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def answer_to_other_names(app: Flask, settings: Settings) -> None:
    """Take the names of the settings for the usual ones, which stay."""
    if (settings.snippet_path, settings.snippet_endpoint) != (SNIPPET_PATH, SNIPPET_ENDPOINT):
        app.wsgi_app = _OtherNames(app.wsgi_app, settings)  # type: ignore[method-assign]


class _OtherNames:
    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        self._app = app
        self._names = {
            settings.snippet_path: SNIPPET_PATH,
            settings.snippet_endpoint: SNIPPET_ENDPOINT,
        }
        self._pinned = settings.snippet_path.removesuffix("js")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(f"{self._pinned}v1."):
            environ["PATH_INFO"] = SNIPPET_PATH.removesuffix("js") + path[len(self._pinned) :]
        else:
            environ["PATH_INFO"] = self._names.get(path, path)
        return self._app(environ, start_response)

"""What the app leaves out of Flask's work changes no answer."""

from __future__ import annotations

import itertools
from typing import Any, TypeVar

import pytest
from flask import Flask, Response, jsonify, request
from werkzeug.test import EnvironBuilder, run_wsgi_app

from ingest_app.web import lean_flask
from ingest_app.web.json_provider import PydanticJson
from ingest_app.web.lean_flask import LeanFlask

HOSTS = [
    *("shop.example", "SHOP.example:80", "shop.example:8000", "[::1]:8000", "shop.example."),
    *("a..example", "b" * 64 + ".example", "bücher.example", "no host", "", "shop.example:443"),
]
PATHS = [
    "/here",
    "/there",
    "/folder",
    "/folder?a=1&b=%C3%A9",
    "/folder/",
    "//here",
    "/h\u00e9",
    "/%ff",
    "/nothing",
    "/here?a=%C3%A9",
]
METHODS = ["GET", "POST", "HEAD", "OPTIONS", "DELETE"]
UPGRADE = {"HTTP_CONNECTION": "keep-alive, Upgrade", "HTTP_UPGRADE": "websocket"}


class PlainJson(PydanticJson):
    """The same text in an answer as Flask makes it."""

    def response(self, *args: Any, **kwargs: Any) -> Response:
        return Response(super().response(*args, **kwargs).data, mimetype="application/json")


App = TypeVar("App", bound=Flask)


def made(kind: type[App]) -> App:
    app = kind("app", static_folder=None)
    app.json = PydanticJson(app) if kind is LeanFlask else PlainJson(app)

    @app.route("/here", methods=["GET", "POST"])
    @app.route("/folder/", methods=["GET", "POST"])
    def seen() -> tuple[Response, int]:
        rule = request.url_rule
        what = {"host": request.host, "path": request.path, "query": request.query_string.decode()}
        return jsonify(what | {"rule": rule.rule if rule else None, "root": request.url_root}), 202

    @app.post("/there")
    def made_there() -> tuple[Response, int, dict[str, str]]:
        return jsonify(None), 201, {"Location": "/h\u00e9re"}

    @app.after_request
    def marked(response: Response) -> Response:
        response.headers.add("Vary", "Origin")
        return response

    return app


def answer(app: Flask, environ: dict[str, Any]) -> tuple[bytes, str, list[tuple[str, str]]]:
    pieces, status, headers = run_wsgi_app(app, dict(environ))
    return b"".join(pieces), status, list(headers)


def test_answers_are_flasks_also_where_the_host_is_known() -> None:
    lean, plain = made(LeanFlask), made(Flask)
    for more, scheme, path, method, host in itertools.product(
        [{}, UPGRADE], ["http", "https"], PATHS, METHODS, HOSTS
    ):
        environ = EnvironBuilder(path, f"{scheme}://localhost/", method=method).get_environ()
        environ |= {"HTTP_HOST": host, **more}
        assert answer(lean, environ) == answer(plain, environ), (more, scheme, path, method, host)


def test_a_server_name_stands_for_a_host_that_is_not_sent() -> None:
    lean, plain = made(LeanFlask), made(Flask)
    for name in ("one.example", "two.example", "one.example"):
        environ = EnvironBuilder("/folder", f"http://{name}/").get_environ()
        del environ["HTTP_HOST"]
        got = answer(lean, environ)
        assert got == answer(plain, environ)
        assert dict(got[2])["Location"] == f"http://{name}/folder/"


def test_hosts_that_clients_invent_take_no_more_room_than_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lean_flask, "MAX_HOSTS", 3)
    lean, plain = made(LeanFlask), made(Flask)
    for number in [*range(10), *range(10)]:
        environ = EnvironBuilder("/here", f"http://{number}.example/").get_environ()
        assert answer(lean, environ) == answer(plain, environ)
        assert len(lean._of_hosts) <= 3


def test_what_is_to_be_done_once_an_answer_is_sent_is_done() -> None:
    done: list[str] = []
    app = made(LeanFlask)

    @app.after_request
    def then(response: Response) -> Response:
        response.call_on_close(lambda: done.append("done"))
        return response

    app.test_client().post("/here").close()
    assert done == ["done"]

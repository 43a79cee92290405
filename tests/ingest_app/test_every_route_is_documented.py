"""Whoever adds a route describes it: the OpenAPI document has a path for each."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import iter_modules

from flask import Blueprint, Flask

from ingest_app.web import routes
from ingest_app.web.openapi import openapi_document

# The document does not describe itself.
OF_ITSELF = {("/openapi.json", "GET")}
NOT_OURS = {"HEAD", "OPTIONS"}


def test_every_route_is_in_the_document_with_its_method() -> None:
    app = Flask(__name__, static_folder=None)
    for module in iter_modules(routes.__path__, f"{routes.__name__}."):
        blueprint = getattr(import_module(module.name), "blueprint", None)
        if isinstance(blueprint, Blueprint):
            app.register_blueprint(blueprint)
    there = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - NOT_OURS
    }
    told = {
        (path, method.upper())
        for path, operations in openapi_document()["paths"].items()
        for method in operations
    }
    assert there == told | OF_ITSELF

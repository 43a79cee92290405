"""`GET /v1/metrics/…`: what a dashboard asks, for whoever has an admin key."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, current_app, request

from ingest_app.reports.parameters import BreakdownParameters, read_parameters
from ingest_app.reports.reports import REPORTS, Question
from ingest_app.web.admin_keys import HEADER
from ingest_app.web.services import Services

blueprint = Blueprint("reporting", __name__, url_prefix="/v1/metrics")

JSON = "application/json"
CSV = "text/csv"


@blueprint.before_request
def check_key() -> None:
    """Before anything is read of the question."""
    Services.of(current_app).admin_keys.check(request.headers.get(HEADER))


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """A shared cache must not keep it, and the browser's asks each time whether it still holds."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.add("Vary", HEADER)
    return response


def _report(name: str) -> Response:
    parameters = read_parameters(REPORTS[name].parameters, request.args.to_dict(flat=False))
    if not isinstance(parameters, BreakdownParameters):
        return _answer(Question(name, parameters), JSON)
    is_csv = request.accept_mimetypes.best_match([JSON, CSV], default=JSON) == CSV
    response = _answer(Question(name, parameters, is_csv), CSV if is_csv else JSON)
    response.headers.add("Vary", "Accept")
    if is_csv:
        file_name = f"{parameters.by}-{parameters.from_day}-{parameters.to_day}.csv"
        response.headers["Content-Disposition"] = f"attachment; filename={file_name}"
    return response


def _answer(question: Question, content_type: str) -> Response:
    body = Services.of(current_app).reports.ask(question)
    response = Response(body, mimetype=content_type)
    response.add_etag()
    response.make_conditional(request)
    return response


def _view(name: str) -> Callable[[], Response]:
    def view() -> Response:
        return _report(name)

    return view


for _name in REPORTS:
    blueprint.add_url_rule(f"/{_name}", endpoint=_name, view_func=_view(_name))

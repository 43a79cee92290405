"""`GET /v1/metrics/…`: what a dashboard asks, for whoever has a key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app, request
from pydantic_core import to_json
from werkzeug.datastructures import ImmutableMultiDict

from ingest_app.refusals import Issue, Reason, Refusal
from ingest_app.reports import breakdown as breakdowns
from ingest_app.reports import funnel as funnels
from ingest_app.reports import properties as sites
from ingest_app.reports import realtime as right_now
from ingest_app.reports import retention as cohorts
from ingest_app.reports import summary as summaries
from ingest_app.reports import trend as trends
from ingest_app.reports import visits
from ingest_app.reports import vitals as web_vitals
from ingest_app.reports.warehouse import Warehouse
from ingest_app.web.admin_keys import HEADER
from ingest_app.web.reports.csv_text import breakdown_as_csv
from ingest_app.web.reports.parameters import (
    BreakdownParameters,
    FunnelParameters,
    Parameters,
    PropertiesParameters,
    RealtimeParameters,
    RetentionParameters,
    SummaryParameters,
    TrendParameters,
    VitalsParameters,
    read_parameters,
)
from ingest_app.web.services import Services

blueprint = Blueprint("reporting", __name__, url_prefix="/v1/metrics")

JSON = "application/json"
CSV = "text/csv"
PROPERTY = "propertyId"


@blueprint.before_request
def check_key() -> None:
    """Before anything is read of the question.

    With a key of one property every question is one of that property. It is made so here, so that
    no endpoint can forget it: one that knows no `propertyId` then refuses to answer. A name of before
    asks for the property that has another one now. A key of a property that became part of another
    does not see that one.
    """
    services = Services.of(current_app)
    reader = services.admin_keys.reader(request.headers.get(HEADER))
    names = [name.strip() for name in request.args.getlist(PROPERTY)]
    if reader.property_id is None:
        names = [services.properties.name_now(name) for name in names]
    else:
        only = services.properties.renamed(reader.property_id)
        names = [services.properties.renamed(name) for name in names] or [only]
        if any(name != only for name in names):
            what = f"must be {only} or absent: the key is of that property alone"
            raise Refusal(Reason.PROPERTY_NOT_ALLOWED, [Issue(PROPERTY, what)])
    others = [pair for pair in request.args.items(multi=True) if pair[0] != PROPERTY]
    request.args = ImmutableMultiDict([*others, *((PROPERTY, name) for name in names)])


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """A shared cache must not keep it, and the browser's asks each time whether it still holds."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.add("Vary", HEADER)
    return response


@blueprint.get("/summary")
def summary() -> Response:
    """A window at a glance; with filters, its visits that fit."""
    asked = read_parameters(SummaryParameters, request.args)
    if asked.filters:
        return _answer(asked, lambda marts: visits.summary(marts, asked.window))
    return _answer(
        asked,
        lambda marts: summaries.summary(marts, asked.window, is_compared=asked.compare_to),
    )


@blueprint.get("/breakdown")
def breakdown() -> Response:
    """A window by one dimension, as JSON or as CSV."""
    asked = read_parameters(BreakdownParameters, request.args)
    is_csv = request.accept_mimetypes.best_match([JSON, CSV], default=JSON) == CSV
    response = _answer(
        asked,
        lambda marts: breakdowns.breakdown(marts, asked.window, by=asked.by, limit=asked.limit),
        *(
            (CSV, partial(breakdown_as_csv, is_filtered=bool(asked.filters)))
            if is_csv
            else (JSON, to_json)
        ),
    )
    response.headers.add("Vary", "Accept")
    if is_csv:
        file_name = f"{asked.by}-{asked.from_day}-{asked.to_day}.csv"
        response.headers["Content-Disposition"] = f"attachment; filename={file_name}"
    return response


@blueprint.get("/vitals")
def vitals() -> Response:
    """How fast pages were over a window."""
    asked = read_parameters(VitalsParameters, request.args)
    return _answer(
        asked,
        lambda marts: web_vitals.vitals(marts, asked.window, device_type=asked.device_type),
    )


@blueprint.get("/funnel")
def funnel() -> Response:
    """From visitors to leads, by form."""
    asked = read_parameters(FunnelParameters, request.args)
    return _answer(asked, lambda marts: funnels.funnel(marts, asked.window, limit=asked.limit))


@blueprint.get("/trend")
def trend() -> Response:
    """A window in buckets of hours, days, weeks or months."""
    asked = read_parameters(TrendParameters, request.args)
    return _answer(asked, lambda marts: trends.trend(marts, asked.window, by=asked.by))


@blueprint.get("/retention")
def retention() -> Response:
    """Who came back, by the week in which they first came."""
    asked = read_parameters(RetentionParameters, request.args)
    return _answer(asked, lambda marts: cohorts.retention(marts, asked.window))


@blueprint.get("/realtime")
def realtime() -> Response:
    """What is going on now, from raw."""
    asked = read_parameters(RealtimeParameters, request.args)
    return _answer(
        asked,
        lambda raw: right_now.realtime(raw, asked.property_id, audience=asked.audience),
    )


@blueprint.get("/properties")
def properties() -> Response:
    """Which sites there are."""
    asked = read_parameters(PropertiesParameters, request.args)
    return _answer(
        asked,
        lambda marts: sites.properties(marts, limit=asked.limit, property_id=asked.property_id),
    )


def _answer(
    asked: Parameters,
    report: Callable[[Warehouse], dict[str, Any]],
    content_type: str = JSON,
    render: Callable[[dict[str, Any]], bytes] = to_json,
) -> Response:
    services = Services.of(current_app)
    body = services.kept_reports.body(
        (asked, content_type), lambda: render(report(services.warehouse))
    )
    response = Response(body, mimetype=content_type)
    response.add_etag()
    response.make_conditional(request)
    return response

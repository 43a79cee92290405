"""The dashboard at `/`: pages for whoever signed in with a key or has a link, under a strict policy."""

from __future__ import annotations

import gzip
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
)
from werkzeug.exceptions import HTTPException, TooManyRequests
from werkzeug.wrappers import Response as AnyResponse

from ingest_app.dashboard import now, vitals, words
from ingest_app.dashboard.charts import bar, sparkline
from ingest_app.dashboard.overview import overview
from ingest_app.dashboard.panels import (
    TITLES,
    can_tell,
    is_by_conversions,
    is_of_visits,
    told,
    whole_table,
)
from ingest_app.dashboard.view import (
    AUDIENCES,
    COMPARISONS,
    CUSTOM,
    FILTER,
    NO_ZONE,
    WINDOWS,
    View,
    WrongAddressError,
    read_view,
)
from ingest_app.operations.share_links import is_password, open_link
from ingest_app.refusals import Refusal
from ingest_app.reports.bounds import MAX_ROWS
from ingest_app.reports.properties import daily_views, properties
from ingest_app.reports.statements import MartsNotBuiltError
from ingest_app.reports.trust import badge, trust
from ingest_app.reports.warehouse import MartsUnavailableError
from ingest_app.reports.windows import Window
from ingest_app.snippet.tag import tag
from ingest_app.web.admin_keys import Reader
from ingest_app.web.leads.local_path import local_path
from ingest_app.web.reports.csv_text import breakdown_as_csv
from ingest_app.web.services import Services
from ingest_app.web.sign_in import HOURS, is_from_here, is_secure

logger = logging.getLogger(__name__)

blueprint = Blueprint(
    "dashboard",
    "ingest_app.dashboard",
    template_folder="templates",
    static_folder="static",
    static_url_path="/dashboard/static",
)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors {}"
)
HEADERS = {
    # A form of ours must still be able to say where it comes from.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
STATIC = "dashboard.static"
OPEN_TO_ALL = {STATIC, "dashboard.sign_in", "dashboard.open_share"}
A_DAY = "public, max-age=86400"
# Long enough to see a week's shape, short enough for a line of a list.
SPARK_DAYS = 28


@blueprint.before_request
def know_the_reader() -> Response | None:
    """Whoever is not signed in gets the form, at whatever address they came to."""
    if request.endpoint in OPEN_TO_ALL:
        return None
    services = Services.of(current_app)
    # A link shows what it shows, also to somebody who could see more.
    if token := request.args.get("share"):
        return _know_the_link(token)
    reader = services.sign_in.reader()
    if reader is None:
        return _sign_in_page(401)
    if reader.property_id is not None:
        reader = replace(reader, property_id=services.properties.renamed(reader.property_id))
    g.reader = reader
    return None


@blueprint.after_request
def be_strict(response: Response) -> Response:
    """Nothing inline, nothing from elsewhere, and no page kept by a cache."""
    response.headers.update(HEADERS)
    framed_by = " ".join(g.get("frame_origins", ())) or "'none'"
    response.headers["Content-Security-Policy"] = POLICY.format(framed_by)
    is_static = request.endpoint == STATIC and response.status_code < 400
    response.headers["Cache-Control"] = A_DAY if is_static else "no-store"
    if response.mimetype == "text/html":
        _compress(response)
    return response


def _compress(response: Response) -> None:
    """A long window is drawn in many words. They take a tenth of the bytes."""
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(response.get_data(), mtime=0, compresslevel=6))
        response.headers["Content-Encoding"] = "gzip"


@blueprint.route("/dashboard/sign-in", methods=["GET", "POST"])
def sign_in() -> AnyResponse:
    """With a key, for a time."""
    if request.method == "GET":
        return redirect("/", 303)
    services = Services.of(current_app)
    if not is_from_here():
        return _sign_in_page(403, "This form was sent by another site.")
    try:
        reader = services.admin_keys.reader(request.form.get("key", "").strip())
    except Refusal as refusal:
        return _sign_in_page(refusal.status_code, "This is none of the keys in force.")
    response = make_response(redirect(local_path(request.form.get("next", "/")), 303))
    services.sign_in.remember(response, reader)
    return response


@blueprint.post("/dashboard/share")
def open_share() -> AnyResponse:
    """With the password of a link, for a time."""
    services = Services.of(current_app)
    if not is_from_here():
        return _error(403, "Not opened", "This form was sent by another site.")
    token = request.form.get("share", "")
    link = open_link(services.warehouse, token)
    if link is None:
        return _no_link()
    target = local_path(request.form.get("next", "/"))
    if link.password_hash is not None and not is_password(
        request.form.get("password", ""), link.password_hash
    ):
        return _password_page(token, target, "This is not the password of the link.")
    response = make_response(redirect(target, 303))
    services.sign_in.let_in(response, link)
    return response


@blueprint.post("/dashboard/sign-out")
def sign_out() -> AnyResponse:
    """Forget the browser."""
    sign_in = Services.of(current_app).sign_in
    if not sign_in.is_own_form(_reader(), request.form.get("token")):
        return _error(403, "Not signed out", "The form was not one of ours, or too old.")
    response = make_response(redirect("/", 303))
    sign_in.forget(response)
    return response


@blueprint.get("/")
@blueprint.get("/embed", endpoint="embed")
def home() -> str:
    """The overview of a window; in a frame without what stands around it."""
    view = _view()
    warehouse = Services.of(current_app).warehouse
    is_embedded = request.endpoint == "dashboard.embed"
    figures = overview(warehouse, view)
    return _page("home", view, is_embedded=is_embedded, snippet=_snippet(view), **figures)


@blueprint.get("/dashboard/list")
def whole_list() -> str:
    """All rows of a panel."""
    view = _view()
    by = _dimension()
    search = request.args.get("search", "").strip()
    table = whole_table(Services.of(current_app).warehouse, view, by, search)
    return _page("list", view, table=table, search=search, most=MAX_ROWS, badge=_badge(view))


@blueprint.get("/dashboard/list.csv")
def csv() -> Response:
    """The same for a spreadsheet."""
    view = _view()
    by = _dimension()
    if not can_tell(view, by):
        raise WrongAddressError(f"{TITLES[by]} cannot be told of visits that are filtered.")
    answer = told(
        Services.of(current_app).warehouse,
        view,
        by,
        limit=MAX_ROWS,
        by_conversions=is_by_conversions(view),
    )
    text = breakdown_as_csv(answer, is_filtered=is_of_visits(view, by))
    response = Response(text, mimetype="text/csv")
    name = f"{by}-{view.window.from_day}-{view.window.to_day}.csv"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


@blueprint.get("/dashboard/trust")
def can_i_trust_this() -> str:
    """What the ledgers say of the window."""
    view = _view()
    ledgers = trust(Services.of(current_app).warehouse, view.window)
    return _page("trust", view, badge=ledgers, told=ledgers)


@blueprint.get("/dashboard/realtime")
def right_now() -> str:
    """The last half hour of a property."""
    view = _view()
    warehouse = Services.of(current_app).warehouse
    told_now = now.last_minutes(warehouse, view, view.property_id) if view.property_id else {}
    return _page("realtime", view, refresh=now.REFRESH_SECONDS, badge=_badge(view), **told_now)


@blueprint.get("/dashboard/now")
def now_line() -> str:
    """The line of who is there now, alone, for pages that look again."""
    view = _view()
    visitors_now = now.line(Services.of(current_app).warehouse, view)
    return render_template("dashboard/now.html", view=view, words=words, visitors_now=visitors_now)


@blueprint.get("/dashboard/vitals")
def one_vital() -> str:
    """One web vital by device and over time."""
    view = _view()
    shown = vitals.one_vital(Services.of(current_app).warehouse, view)
    return _page("vitals", view, badge=_badge(view), **shown)


@blueprint.get("/dashboard/properties")
def all_properties() -> str:
    """Which sites there are."""
    view = _view()
    services = Services.of(current_app)
    only = _reader().property_id
    found = properties(services.warehouse, limit=MAX_ROWS, property_id=only)
    today = datetime.now(UTC).date()
    shown = Window(today - timedelta(days=SPARK_DAYS), today - timedelta(days=1), only)
    return _page(
        "properties",
        view,
        found=found,
        views=daily_views(services.warehouse, shown),
        days=SPARK_DAYS,
        badge=_badge(view),
    )


@blueprint.get("/dashboard/property")
def one_property() -> str:
    """One site: what is set for it, what to paste, and whether we hear from it."""
    view = _view()
    if view.property_id is None:
        raise WrongAddressError("The address names no property.")
    services = Services.of(current_app)
    found = properties(services.warehouse, limit=1, property_id=view.property_id)["properties"]
    return _page(
        "property",
        view,
        site=services.properties.of(view.property_id),
        heard=found[0] if found else None,
        visitors_now=now.line(services.warehouse, view),
        snippet=_snippet(view),
        badge=_badge(view),
    )


@blueprint.get("/dashboard/", defaults={"path": ""}, strict_slashes=False)
@blueprint.get("/dashboard/<path:path>")
def no_page(path: str) -> NoReturn:
    """Of the dashboard, so that a browser is told on a page, and not in JSON as by the API."""
    del path
    abort(404)


@blueprint.errorhandler(WrongAddressError)
def wrong_address(error: WrongAddressError) -> Response:
    """The address was typed, or is of another reader."""
    return _error(400, "This address asks for what there is not", str(error))


@blueprint.errorhandler(MartsNotBuiltError)
def not_built(error: MartsNotBuiltError) -> Response:
    """There was no build yet, or none since an upgrade."""
    logger.warning("no marts to show: %s", str(error).partition("\n")[0])
    return _error(
        503,
        "A build is due",
        "Some marts are missing or older than this server. Nothing is lost: run `footfall dbt build`, "
        "then look again.",
    )


@blueprint.errorhandler(MartsUnavailableError)
def unavailable(error: MartsUnavailableError) -> Response:
    """The database does not answer."""
    logger.warning("the marts do not answer: %s", str(error).partition("\n")[0])
    return _error(
        503,
        "The database does not answer",
        "Nothing is lost: events are kept until it is back. Look again in a minute.",
    )


@blueprint.errorhandler(TooManyRequests)
def too_many(_: TooManyRequests) -> Response:
    """The limits."""
    response = _error(
        429, "Too many requests", "Your address asked too often. Wait a minute, then try again."
    )
    response.headers["Retry-After"] = "60"
    return response


@blueprint.errorhandler(HTTPException)
def http_error(error: HTTPException) -> Response:
    """The framework's own."""
    return _error(error.code or 500, error.name, "Go back and try another way.")


@blueprint.errorhandler(Exception)
def internal_error(error: Exception) -> Response:
    """A fault of ours."""
    logger.error("an unexpected error", exc_info=error)
    return _error(500, "A fault of the server", "It is in the server's log.")


def _reader() -> Reader:
    reader: Reader = g.reader
    return reader


def _view() -> View:
    only = _reader().property_id
    asked = request.args.to_dict()
    if named := asked.get("property", "").strip():
        names = Services.of(current_app).properties
        asked["property"] = names.name_now(named) if only is None else names.renamed(named)
    # A property's days are those of its own zone, and so is its today.
    property_id = only or asked.get("property", "").strip()
    zone = _zone(property_id) or NO_ZONE
    all_zones = () if property_id else Services.of(current_app).properties.zones()
    return read_view(
        request.path,
        asked,
        today=datetime.now(ZoneInfo(zone)).date(),
        only=only,
        filters=request.args.getlist(FILTER),
        zones=(zone, *all_zones),
        language=words.language_of([*request.accept_languages.values()]),
    )


def _zone(property_id: str | None) -> str | None:
    """The zone that cuts the days of a property; of all together there is none."""
    return Services.of(current_app).properties.of(property_id).time_zone if property_id else None


def _dimension() -> str:
    by = request.args.get("by", "")
    if by not in TITLES:
        raise WrongAddressError(f"There is no list by “{by}”; there are {', '.join(TITLES)}.")
    return by


def _snippet(view: View) -> str | None:
    """The line that the owner of the property pastes."""
    if view.property_id is None:
        return None
    settings = Services.of(current_app).settings
    scheme = "https" if is_secure(settings) else "http"
    return tag(
        f"{scheme}://{request.host}",
        property_id=view.property_id,
        path=settings.snippet_path,
        endpoint=settings.snippet_endpoint,
    )


def _badge(view: View) -> dict[str, Any]:
    return badge(Services.of(current_app).warehouse, view.window)


def _page(template: str, view: View, **values: Any) -> str:
    services = Services.of(current_app)
    reader = _reader()
    sites = properties(services.warehouse, limit=MAX_ROWS, property_id=reader.property_id)
    return render_template(
        f"dashboard/{template}.html",
        view=view,
        zone=_zone(view.property_id),
        reader=reader,
        is_shared="frame_origins" in g,
        token=services.sign_in.token(reader),
        sites=[site["propertyId"] for site in sites["properties"]],
        words=words,
        bar=bar,
        sparkline=sparkline,
        windows={name: title for name, (title, _) in WINDOWS.items()} | {CUSTOM: "custom"},
        comparisons=COMPARISONS,
        audiences=AUDIENCES,
        **values,
    )


def _know_the_link(token: str) -> Response | None:
    services = Services.of(current_app)
    link = open_link(services.warehouse, token)
    if link is None:
        return _no_link()
    if not services.sign_in.may_open(link):
        return _password_page(token, request.full_path)
    g.frame_origins = link.frame_origins
    g.reader = Reader(f"share link {link.id}", is_admin=False, property_id=link.property_id)
    return None


def _no_link() -> Response:
    return _error(
        404,
        "This link opens nothing",
        "It was revoked, its time is over, or a part of it is missing. Ask whoever gave it to you.",
    )


def _password_page(token: str, target: str, problem: str = "") -> Response:
    text = render_template(
        "dashboard/password.html", token=token, next=target, problem=problem, hours=HOURS
    )
    return Response(text, status=401, mimetype="text/html")


def _sign_in_page(status: int, problem: str = "") -> Response:
    is_get = request.method == "GET"
    asked = request.full_path.rstrip("?") if is_get else request.form.get("next", "/")
    keys = Services.of(current_app).admin_keys
    text = render_template(
        "dashboard/sign_in.html",
        problem=problem,
        next=local_path(asked),
        hours=HOURS,
        has_keys=keys.is_configured,
    )
    return Response(text, status=status if keys.is_configured else 503, mimetype="text/html")


def _error(status: int, title: str, message: str) -> Response:
    # Whoever came by a link has nothing else to come back with.
    home = f"/?{urlencode({'share': request.args['share']})}" if "frame_origins" in g else "/"
    text = render_template("dashboard/error.html", title=title, message=message, home=home)
    return Response(text, status=status, mimetype="text/html")

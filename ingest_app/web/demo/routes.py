"""`/demo`: the pages of the shop, and the events that they sent."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template
from pydantic.alias_generators import to_camel
from werkzeug.wrappers import Response as AnyResponse

from ingest_app.database.address import database_url
from ingest_app.operations.arrivals import latest_arrivals
from ingest_app.web.services import Services

blueprint = Blueprint(
    "demo",
    __name__,
    url_prefix="/demo",
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)

PROPERTY = "demo.example"
MOST = 60
# What a careful site has: nothing inline, nothing from elsewhere.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PRODUCTS = {
    "boots": ("Hill boots", "129", "Two seasons of mud, one pair of laces."),
    "jacket": ("Rain jacket", "189", "It rains. You do not notice."),
    "tent": ("Tent for two", "249", "Stands in four minutes, also in wind."),
}


@blueprint.after_request
def be_strict(response: Response) -> Response:
    """The snippet must work under this."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("", strict_slashes=False)
def home() -> str:
    """All products."""
    return _page("home")


@blueprint.get("/products/<name>")
def product(name: str) -> str | tuple[str, int]:
    """One of them."""
    if name not in PRODUCTS:
        return missing(name)
    return _page("product", name=name, product=PRODUCTS[name])


@blueprint.get("/gallery", defaults={"colour": "moss"})
@blueprint.get("/gallery/<colour>")
def gallery(colour: str) -> str:
    """A part that changes pages by itself."""
    return _page("gallery", colour=colour)


@blueprint.get("/contact")
def contact() -> str:
    """A form."""
    return _page("contact")


@blueprint.post("/contact")
def send_contact() -> AnyResponse:
    """Nothing is kept of it."""
    return redirect("/demo/thanks", 303)


@blueprint.get("/thanks")
def thanks() -> str:
    """After the form."""
    return _page("thanks")


@blueprint.get("/sizes.csv")
def sizes() -> Response:
    """A file to download."""
    return Response("size,cm\n40,25.5\n41,26.2\n42,26.9\n", mimetype="text/csv")


@blueprint.get("/events")
def events() -> Response:
    """What came in, newest first."""
    arrivals = latest_arrivals(database_url(Services.of(current_app).settings), PROPERTY, most=MOST)
    return jsonify([_as_json(arrival) for arrival in arrivals])


@blueprint.get("/<path:other>")
def missing(other: str) -> tuple[str, int]:
    """Whatever there is not."""
    return _page("missing", is_missing=True), 404


def _page(template: str, **values: Any) -> str:
    return render_template(
        f"demo/{template}.html", products=PRODUCTS, property_id=PROPERTY, **values
    )


def _as_json(arrival: dict[str, Any]) -> dict[str, Any]:
    told = {to_camel(name): value for name, value in arrival.items()}
    return told | {"receivedAt": arrival["received_at"].isoformat()}

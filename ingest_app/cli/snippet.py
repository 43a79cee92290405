"""`footfall snippet`: what a site owner pastes."""

from __future__ import annotations

from urllib.parse import urlsplit

import click

from ingest_app.enrichment.property_id import MAX_PROPERTY_ID_LENGTH
from ingest_app.settings import load_settings
from ingest_app.snippet.tag import pinned_tags, tag

PLACEHOLDER = "https://HOST"


@click.command()
@click.option("--property", "property_id", required=True, help="The property to count for.")
@click.option(
    "--url",
    default=PLACEHOLDER,
    help="The address under which visitors reach this app, such as https://stats.shop.example.",
)
def snippet(property_id: str, url: str) -> None:
    """Print the tag to paste into every page. With and without integrity."""
    settings = load_settings()
    base = base_address(url)
    if not 1 <= len(property_id.strip()) <= MAX_PROPERTY_ID_LENGTH:
        raise click.ClickException(
            f"--property: must have 1 to {MAX_PROPERTY_ID_LENGTH} characters"
        )
    path, endpoint = settings.snippet_path, settings.snippet_endpoint
    click.echo("Into the head of every page:\n")
    click.echo(tag(base, property_id=property_id.strip(), path=path, endpoint=endpoint))
    click.echo("\nOr, checked by the browser and renewed by hand after each upgrade:\n")
    click.echo(pinned_tags(base, property_id=property_id.strip(), path=path, endpoint=endpoint))
    parts = urlsplit(base)
    origin = f"{parts.scheme}://{parts.netloc}"
    click.echo(f"\nA content security policy needs: script-src {origin}; connect-src {origin}")
    if base == PLACEHOLDER:
        click.echo("HOST is the name under which visitors reach this app: say --url.", err=True)


def base_address(url: str) -> str:
    """What --url says, without a slash at its end."""
    base = url.rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise click.ClickException(
            f"--url: {url!r} is no address such as https://stats.shop.example"
        )
    return base

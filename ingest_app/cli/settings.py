"""`footfall settings`."""

from __future__ import annotations

import re

import click
from pydantic import SecretStr

from ingest_app.settings import Settings, env_name, load_settings


@click.command()
def settings() -> None:
    """List every setting with its value in force. Secrets are masked."""
    in_force = load_settings()
    for name, field in Settings.model_fields.items():
        assignment = f"{env_name(name)}={_shown(getattr(in_force, name))}"
        click.echo(f"{assignment:<58}  # {field.description}")


def _shown(value: object) -> str:
    if value is None or value == ():
        return ""
    if isinstance(value, tuple):
        return ", ".join(_shown(part) for part in value)
    is_secret = isinstance(value, SecretStr)
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    if text.startswith(("postgresql://", "postgres://")) or (not is_secret and "://" in text):
        return without_password(text)
    return "****" if is_secret else text


def without_password(url: str) -> str:
    """The URL without what may be secret in it: the password and whatever options follow."""
    return re.sub(r"(://[^:@/]*):.*@", r"\1:****@", url).partition("?")[0]

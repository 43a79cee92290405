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
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        if "://" in secret:
            # The password and whatever options follow may be secret; where it is need not be.
            return re.sub(r":[^:@/]*@", ":****@", secret.partition("?")[0])
        return "****"
    if isinstance(value, tuple):
        return ", ".join(_shown(part) for part in value)
    return str(value)

"""A day as commands take it."""

import click

DAY = click.DateTime(formats=["%Y-%m-%d"])

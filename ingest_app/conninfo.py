"""The one reader of DATABASE_URL: for the app, which takes it as it is, and for dbt, which cannot.

dbt connects by the standard PG* variables. So what a URL says is put into them, and what none of
them can say is refused when settings are read: a URL means the same database to both.
"""

from __future__ import annotations

import re

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

SCHEMES = ("postgresql://", "postgres://")
UNREADABLE = "cannot be read as a URL; percent-encode what is special in the password"
NO_HOST = "names no host; that of a local socket is written postgresql:///name?host=/its/folder"
SEVERAL_PORTS = "names several ports, and dbt takes one for all hosts"
DEFAULT_PORT = "5432"
# They have a variable: a service is a file that may name another host than the profile of dbt,
# and the others are not known to the older library under dbt.
ONLY_HERE = {"service", "min_protocol_version", "max_protocol_version"}


def read_url(url: str) -> dict[str, str]:
    """The parts of a URL, by libpq's names. Raises ValueError, which quotes none of their values."""
    if not url.startswith(SCHEMES):
        raise ValueError("expected a URL that starts with postgresql://")
    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except (psycopg.ProgrammingError, UnicodeDecodeError):
        # What the driver says quotes the URL, password and all.
        raise ValueError(UNREADABLE) from None
    hosts = parts.get("hostaddr", parts.get("host", "")).split(",")
    ports = [port or DEFAULT_PORT for port in parts.get("port", "").split(",")]
    if (
        "@" in parts.get("host", "")
        or not all(re.fullmatch("[0-9]+", port) for port in ports)
        or len(ports) not in (1, len(hosts))
    ):
        raise ValueError(UNREADABLE)
    if not all(hosts):
        raise ValueError(NO_HOST)
    if len(set(ports)) > 1:
        raise ValueError(SEVERAL_PORTS)
    variables = _variables()
    for name in parts:
        if name not in variables:
            raise ValueError(f"holds {name}, which cannot be passed on to dbt: take it out")
    return parts


def pg_environment(url: str) -> dict[str, str]:
    """The variables by which psql, dbt and all that uses libpq reach what the URL names.

    Where the URL leaves something open, the environment of this process decides, as it does for
    the app.
    """
    parts = read_url(url)
    in_force = {
        option.keyword.decode(): option.val.decode()
        for option in Conninfo.get_defaults()
        if option.val is not None
    }
    user = parts.get("user") or in_force.get("user", "")
    port = parts.get("port", in_force["port"]).partition(",")[0]
    parts |= {
        "host": parts.get("host") or parts["hostaddr"],
        "port": port or DEFAULT_PORT,
        "user": user,
        "dbname": parts.get("dbname") or in_force.get("dbname") or user,
    }
    variables = _variables()
    return {variables[name]: value for name, value in parts.items()}


def _variables() -> dict[str, str]:
    """Of each part that dbt can be told, the variable that tells it."""
    return {
        option.keyword.decode(): option.envvar.decode()
        for option in Conninfo.get_defaults()
        if option.envvar and option.keyword.decode() not in ONLY_HERE
    }

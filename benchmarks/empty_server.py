"""`footfall serve`, but with an empty app: python -m benchmarks.empty_server gated PORT WORKERS

The command itself runs, database and all, so that whatever settings it has apply here too; only
what it tells its workers to serve is another thing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from granian import server as granian_server
from granian.constants import Interfaces

# The package's attribute of this name is the command, not the module.
serve = import_module("ingest_app.cli.serve")

EMPTY: dict[str, dict[str, Any]] = {
    # Whatever interface `footfall serve` has.
    "gated": {"target": "benchmarks.empty_app:create_gated_app"},
    # Threads as many as granian thinks right for WSGI.
    "wsgi": {
        "target": "benchmarks.empty_app:create_wsgi_app",
        "interface": Interfaces.WSGI,
        "factory": True,
    },
}


def main(kind: str, port: str, workers: str) -> None:
    """Serve until terminated."""

    def empty_instead(_target: str, **settings: Any) -> object:
        return granian_server.Server(**settings | EMPTY[kind])

    serve.Server = empty_instead  # type: ignore[attr-defined]
    serve.serve.callback(host="127.0.0.1", port=int(port), workers=int(workers))


if __name__ == "__main__":
    main(*sys.argv[1:])

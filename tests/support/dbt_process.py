"""dbt in a process that stays: `python -m tests.support.dbt_process`.

Takes one command a line on standard input, as JSON: the arguments, and the environment in which to
run them. Answers with a line each: whether it succeeded, and the status of each node. Starting
Python, importing dbt and parsing the project costs more than a build of a few days, so tests with
many builds pay it once.
"""

from __future__ import annotations

import gc
import inspect
import json
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from ingest_app.operations.rollups import COLLECTIONS
from tests.support.dbt import NO_GRACE


def main() -> None:
    """Serve until standard input ends."""
    # dbt prints to standard output; answers have a way of their own.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    # What was imported stays, and a command's garbage is small: seldom collected, it costs an eighth
    # less.
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)
    _lighten()
    close_kept = _keep_connections()
    # Each database has its name in it.
    parsed: dict[str | None, bytes] = {}

    for line in sys.stdin:
        command = json.loads(line)
        arguments = command["arguments"]
        os.environ.clear()
        os.environ.update(command["environment"])
        manifest = None
        name = os.environ.get("PGDATABASE")
        # They may be asked without a database, and what they parse names another one.
        builds = not {"parse", "compile"} & {*arguments}
        if name in parsed and builds:
            # Read anew each time: nodes of one that was run before keep the SQL of their ephemeral
            # parents, with the cutoff of that build in it.
            manifest = Manifest.from_msgpack(parsed[name], decoder=extended_mashumuro_decoder)
            manifest.build_flat_graph()
        result = dbtRunner(manifest=manifest).invoke(arguments)
        close_kept()
        sys.stdout.flush()
        # dbt itself would parse everything again for each other database and each `--vars`, on which
        # nothing that is parsed depends.
        target = os.environ.get("DBT_TARGET_PATH")
        has_vars = "--vars" in arguments and json.dumps(NO_GRACE) not in arguments
        if target and name not in parsed and builds and not has_vars:
            with suppress(FileNotFoundError):
                parsed[name] = Path(target, "partial_parse.msgpack").read_bytes()
        if result.exception is not None:
            print(f"{type(result.exception).__name__}: {result.exception}", file=sys.stderr)
        # Macros have results, too, and are no nodes.
        statuses = {
            each.node.name: each.status
            for each in getattr(result.result, "results", [])
            if hasattr(each, "node")
        }
        print(
            json.dumps({"is_success": result.success, "statuses": statuses}),
            file=answers,
            flush=True,
        )


def _keep_connections() -> Callable[[], None]:
    """Let a connection serve one node after the other, as good as new; returns what closes them all.

    dbt opens one for each node, which takes a seventh of a build.
    """
    import psycopg2
    from psycopg2.extensions import connection as Connection

    kept: list[Connection] = []
    open_anew = psycopg2.connect

    class Kept(Connection):
        def close(self) -> None:
            kept.append(self)

    def connect(**target: Any) -> Connection:
        with suppress(IndexError, psycopg2.Error):
            known = kept.pop()
            known.rollback()
            known.autocommit = True
            known.cursor().execute("discard all")
            # What psycopg2 itself sets in a new session, such as ISO dates.
            known.reset()
            known.autocommit = False
            return known
        return open_anew(connection_factory=Kept, **target)

    def close_kept() -> None:
        for each in kept:
            Connection.close(each)
        kept.clear()

    psycopg2.connect = connect
    return close_kept


def _lighten() -> None:
    """Spare a build two fifths of its time in Python, which no row of a mart depends on."""
    import jinja2
    import parsedatetime
    from dbt import compilation
    from dbt_common.events.base_types import BaseEvent, DebugLevel, EventLevel
    from dbt_common.events.event_manager import EventManager

    # dbt asks for all frames to learn one module's name, and reads their source lines for it.
    inspect.stack = partial(inspect.stack, 0)

    # Each build compiles the same templates anew.
    compile_anew = jinja2.Environment.compile
    compiled: dict[tuple[object, ...], Any] = {}

    def compile_once(self: Any, source: Any, *arguments: Any, **options: Any) -> Any:
        key = (type(self), source, arguments, *sorted(options.items()))
        if key not in compiled:
            compiled[key] = compile_anew(self, source, *arguments, **options)
        return compiled[key]

    jinja2.Environment.compile = compile_once  # type: ignore[method-assign, assignment]

    # Steps of an ephemeral model are put before those of who reads it, for which dbt parses all of its SQL.
    put_before = compilation.inject_ctes_into_sql

    def put_before_first_step(sql: str, steps: list[Any]) -> str:
        start = re.match(r"(\s|--.*\n)*with\b(?!\s+recursive)", sql)
        if not (steps and start):
            return put_before(sql, steps)
        return f"{start[0]} {', '.join(step.sql for step in steps)}, {sql[start.end() :]}"

    compilation.inject_ctes_into_sql = put_before_first_step

    # The result of every statement has a reader of dates made, whether or not a text stands in it.
    parsedatetime.Constants = cache(parsedatetime.Constants)

    # What is told for debugging is put together before anyone asks whether a logger wants it.
    put_together = BaseEvent.__init__

    def note(self: Any, *arguments: Any, **fields: Any) -> None:
        if isinstance(self, DebugLevel):
            self.__dict__["noted"] = arguments, fields
        else:
            put_together(self, *arguments, **fields)

    def read(self: Any, key: str) -> Any:
        if "pb_msg" not in self.__dict__:
            arguments, fields = self.__dict__["noted"]
            put_together(self, *arguments, **fields)
        message = self.__dict__["pb_msg"]
        return message if key == "pb_msg" else getattr(message, key)

    BaseEvent.__init__ = note  # type: ignore[method-assign]
    BaseEvent.__getattr__ = read  # type: ignore[method-assign]
    fire = EventManager.fire_event

    def fire_wanted(self: Any, e: Any, level: Any = None, *arguments: Any, **options: Any) -> None:
        is_for_debugging = (level or e.level_tag()) in (EventLevel.DEBUG, EventLevel.TEST)
        if not is_for_debugging or any(
            logger.level in (EventLevel.DEBUG, EventLevel.TEST) for logger in self.loggers
        ):
            fire(self, e, level, *arguments, **options)

    EventManager.fire_event = fire_wanted


if __name__ == "__main__":
    main()

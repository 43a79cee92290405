"""dbt in a process that stays: `python -m tests.support.dbt_process`.

Takes one command a line on standard input, as JSON: the arguments, and the environment in which to
run them. Answers with a line each: whether it succeeded, and the status of each node. Starting
Python and importing dbt costs more than a build of a few days, so tests with many builds pay it once.
"""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    """Serve until standard input ends."""
    # dbt prints to standard output; answers have a way of their own.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    from dbt.cli.main import dbtRunner

    for line in sys.stdin:
        command = json.loads(line)
        os.environ.clear()
        os.environ.update(command["environment"])
        # A new runner each time, and the manifest read anew: nodes of one that was run before keep
        # the SQL of their ephemeral parents, with the cutoff of that build in it.
        result = dbtRunner().invoke(command["arguments"])
        sys.stdout.flush()
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


if __name__ == "__main__":
    main()

"""A database that several roles may log in to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.support.cluster import cluster_with_hba
from tests.support.ports import new_port

HBA = "host all all 127.0.0.1/32 trust\n"

# Called with the name of a role it gives the URL of the database for that role.
As = Callable[[str], str]


@contextmanager
def database_of_roles() -> Iterator[As]:
    """A database without a schema, and without roles but its owner's."""
    with cluster_with_hba(HBA, new_port()) as cluster:
        yield lambda role: f"postgresql://{role}:any@127.0.0.1:{cluster.port}/footfall"

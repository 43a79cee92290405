"""What a stranger sends wrong is not kept in memory, however often they send it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ingest_app.settings import PROJECT_FOLDER

# In a process of its own, for the app stays until its process ends.
PROGRAM = """
import gc

from pydantic import ValidationError

from ingest_app.web.app import create_app

RIGHT = {"anonId": "visitor-0001", "eventType": "page_view", "path": "/"}
WRONG = [
    RIGHT | {"timestamp": "yesterday"},
    RIGHT | {"props": {"text": "\\0"}},
    RIGHT | {"path": 7},
    RIGHT | {"traffic": {"propertyId": "\\0"}},
]

client = create_app().test_client()
for _ in range(5):
    answer = client.post("/v1/events/batch", json=[RIGHT, *WRONG])
    assert answer.get_json()["rejected"] == len(WRONG), answer.text
    for wrong in WRONG:
        assert client.post("/v1/events", json=wrong).status_code == 400
    assert client.post("/v1/leads/unsubscribe", json={"email": 7}).status_code == 400
    asked = client.get("/v1/metrics/summary?from=today", headers={"x-admin-key": "k" * 32})
    assert asked.status_code == 400, asked.text
gc.collect()
print(sum(isinstance(one, ValidationError) for one in gc.get_objects()), flush=True)
"""


def test_nothing_of_a_refused_body_stays(database: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=PROJECT_FOLDER,
        env=os.environ
        | {
            "DATABASE_URL": database,
            "FOOTFALL_DATA_DIR": str(tmp_path),
            "FOOTFALL_IP_HASH_PEPPER": "p" * 32,
            "FOOTFALL_ADMIN_API_KEYS": "k" * 32,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.stdout == "0\n", run.stderr

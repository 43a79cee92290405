"""Settings of the Superset that serve.py sets up; Superset reads them by SUPERSET_CONFIG_PATH."""

import json
import os
from pathlib import Path

HOME = Path(os.environ["SUPERSET_HOME"])
SECRET_KEY = json.loads((HOME / "secrets.json").read_text())["secret_key"]
SQLALCHEMY_DATABASE_URI = f"sqlite:///{HOME / 'superset.db'}"
# Cookies do not tell ports apart, and Footfall's own dashboard may be open on the same host.
SESSION_COOKIE_NAME = "superset_session"
SESSION_COOKIE_SAMESITE = "Strict"
# One process serves it.
RATELIMIT_STORAGE_URI = "memory://"

"""Superset with Footfall's dashboard, on loopback: `make bi-superset`, by the Python of Superset.

FOOTFALL_BI_URL is the database as BI tools see it. Superset keeps what it knows in SUPERSET_HOME.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

HERE = Path(__file__).resolve().parent
DASHBOARD = HERE / "dashboard"
DATABASE = "databases/Footfall.yaml"
LOGIN = "admin"


def keep_secrets(home: Path) -> str:
    """The password of the login. It is made with the folder, and so is what signs sessions."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    file = home / "secrets.json"
    if not file.exists():
        made = {"secret_key": secrets.token_urlsafe(48), "password": secrets.token_urlsafe(18)}
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w") as output:
            json.dump(made, output)
    return str(json.loads(file.read_text())["password"])


def prepare(password: str, database: str) -> None:
    """Bring Superset's own tables up to date, and import the dashboard over what stands there."""
    from superset.app import create_app

    with create_app().app_context():
        from flask_migrate import upgrade
        from superset.extensions import appbuilder, security_manager
        from superset.utils.core import override_user

        upgrade()
        appbuilder.add_permissions(update_perms=True)
        security_manager.sync_role_definitions()
        admin = security_manager.find_user(LOGIN) or security_manager.add_user(
            LOGIN,
            "Footfall",
            "BI",
            "admin@footfall.invalid",
            security_manager.find_role("Admin"),
            password=password,
        )
        with override_user(admin):
            import_dashboard(database)


def import_dashboard(database: str) -> None:
    import yaml
    from sqlalchemy.engine import make_url
    from superset.commands.importers.v1.assets import ImportAssetsCommand

    contents = {
        str(file.relative_to(DASHBOARD)): file.read_text() for file in DASHBOARD.rglob("*.yaml")
    }
    # As a dashboard alone, it would leave charts and datasets of before as they are.
    metadata = yaml.safe_load(contents["metadata.yaml"])
    contents["metadata.yaml"] = yaml.safe_dump({**metadata, "type": "assets"})
    url = make_url(database).set(drivername="postgresql+psycopg2")
    description = yaml.safe_load(contents[DATABASE])
    # Superset keeps the password apart, encrypted, and takes the URI with these.
    masked = url.set(password="X" * 10).render_as_string(hide_password=False)
    contents[DATABASE] = yaml.safe_dump({**description, "sqlalchemy_uri": masked})
    ImportAssetsCommand(contents, passwords={DATABASE: url.password}).run()


def main() -> None:
    home = Path(os.environ.get("SUPERSET_HOME", ".superset")).resolve()
    port = int(os.environ.get("SUPERSET_PORT", "8088"))
    database = os.environ.pop("FOOTFALL_BI_URL", "")
    if not database:
        sys.exit(
            "FOOTFALL_BI_URL: the URL of the database as BI tools see it, `footfall url --bi`."
        )
    with socket.socket() as taken:
        if taken.connect_ex(("127.0.0.1", port)) == 0:
            sys.exit(f"SUPERSET_PORT: something listens on port {port}; name another one.")
    password = keep_secrets(home)
    os.environ |= {
        "SUPERSET_HOME": str(home),
        "SUPERSET_CONFIG_PATH": str(HERE / "superset_config.py"),
        # A picture by which Superset counts its installations.
        "SCARF_ANALYTICS": "false",
    }
    print("Setting up Superset, which takes a minute the first time.", flush=True)
    # Superset tells of some hundred steps.
    with (home / "setup.log").open("w") as log, redirect_stdout(log), redirect_stderr(log):
        prepare(password, database)
    print(f"Superset: http://127.0.0.1:{port}/superset/dashboard/footfall/")
    print(f"Login:    {LOGIN}, password {password}", flush=True)
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    served = ["--workers", "1", "--worker-class", "gthread", "--threads", "8", "--timeout", "120"]
    quiet = ["--log-level", "warning", "--bind", f"127.0.0.1:{port}", "superset.app:create_app()"]
    os.execv(gunicorn, [gunicorn, *served, *quiet])  # noqa: S606


if __name__ == "__main__":
    main()

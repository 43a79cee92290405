"""Settings: what is read, what is refused, and that no secret is ever shown."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from ingest_app.settings import (
    PROJECT_FOLDER,
    ReportKey,
    Settings,
    SettingsError,
    env_name,
    load_settings,
)

SECRET = "correct-horse-battery"  # noqa: S105

DEFAULTS: dict[str, Any] = {
    "DATABASE_URL": None,
    "FOOTFALL_DATA_DIR": PROJECT_FOLDER / ".footfall",
    "FOOTFALL_DB_PORT": 54817,
    "FOOTFALL_ADMIN_API_KEYS": (),
    "FOOTFALL_REPORT_API_KEYS": (),
    "FOOTFALL_IP_HASH_PEPPER": None,
    "FOOTFALL_CORS_ALLOWED_ORIGINS": (),
    "FOOTFALL_TRUSTED_PROXIES": (),
    "FOOTFALL_COUNTRY_HEADER": "",
    "FOOTFALL_RATE_LIMITS_ENABLED": True,
    "FOOTFALL_RATE_LIMIT_STORAGE_URI": "memory://",
    "FOOTFALL_MAX_EVENT_AGE_DAYS": 0,
    "FOOTFALL_MAX_EVENT_AHEAD_HOURS": 24,
    "FOOTFALL_SESSION_INACTIVITY_MINUTES": 30,
    "FOOTFALL_HEURISTIC_LINK_WINDOW_MINUTES": 15,
    "FOOTFALL_LEAD_WEBHOOK_URL": None,
    "FOOTFALL_LEAD_WEBHOOK_SECRET": None,
    "FOOTFALL_RAW_RETENTION_DAYS": 90,
    "FOOTFALL_SUMMARY_CACHE_SECONDS": 15,
    "FOOTFALL_SPOOL_MAX_BYTES": 1024**3,
    "FOOTFALL_SNIPPET_PATH": "/footfall.js",
    "FOOTFALL_SNIPPET_ENDPOINT": "/v1/events/batch",
}


def is_ours(variable: str) -> bool:
    return variable == "DATABASE_URL" or variable.startswith("FOOTFALL_")


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in filter(is_ours, list(os.environ)):
        monkeypatch.delenv(variable)


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A Python process with these variables and no others of ours."""
    environment = {name: value for name, value in os.environ.items() if not is_ours(name)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT_FOLDER,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def listed(**variables: str) -> dict[str, str]:
    """What `footfall settings` prints, by variable."""
    done = run("-m", "ingest_app", "settings", **variables)
    assert done.returncode == 0, done.stderr
    lines = [line.partition("  # ")[0].rstrip() for line in done.stdout.splitlines()]
    return dict(line.split("=", 1) for line in lines)


def by_variable(settings: Settings) -> dict[str, Any]:
    return {env_name(field): getattr(settings, field) for field in Settings.model_fields}


def refusal(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    return str(refused.value)


class TestReading:
    def test_an_empty_environment_gives_the_defaults(self) -> None:
        assert by_variable(load_settings()) == DEFAULTS

    def test_the_default_data_folder_is_one_that_git_ignores(self) -> None:
        ignored = (PROJECT_FOLDER / ".gitignore").read_text().splitlines()
        assert f"{load_settings().data_dir.name}/" in ignored

    @pytest.mark.parametrize(
        ("variable", "text", "value"),
        [
            ("DATABASE_URL", "postgres://u:p@h:5432/d", SecretStr("postgres://u:p@h:5432/d")),
            ("DATABASE_URL", " postgresql:///d?host=/run ", SecretStr("postgresql:///d?host=/run")),
            ("DATABASE_URL", "postgresql://a:1,b:1/d", SecretStr("postgresql://a:1,b:1/d")),
            ("DATABASE_URL", "postgresql://[::1]:5432/d", SecretStr("postgresql://[::1]:5432/d")),
            ("DATABASE_URL", "", None),
            ("DATABASE_URL", "  ", None),
            ("FOOTFALL_DATA_DIR", "/srv/foot fall", Path("/srv/foot fall")),
            ("FOOTFALL_DB_PORT", "65535", 65535),
            ("FOOTFALL_ADMIN_API_KEYS", "one,two", (SecretStr("one"), SecretStr("two"))),
            (
                "FOOTFALL_REPORT_API_KEYS",
                "one, shop.example = two==",
                (ReportKey(None, SecretStr("one")), ReportKey("shop.example", SecretStr("two=="))),
            ),
            ("FOOTFALL_IP_HASH_PEPPER", "salt, and pepper", SecretStr("salt, and pepper")),
            ("FOOTFALL_CORS_ALLOWED_ORIGINS", "https://a.example", ("https://a.example",)),
            ("FOOTFALL_TRUSTED_PROXIES", "127.0.0.1", (ip_network("127.0.0.1/32"),)),
            ("FOOTFALL_RATE_LIMITS_ENABLED", "false", False),
            ("FOOTFALL_RATE_LIMITS_ENABLED", "0", False),
            ("FOOTFALL_RATE_LIMITS_ENABLED", "TRUE", True),
            ("FOOTFALL_RATE_LIMIT_STORAGE_URI", "redis://h:6379/1", "redis://h:6379/1"),
            ("FOOTFALL_MAX_EVENT_AGE_DAYS", "36500", 36500),
            ("FOOTFALL_MAX_EVENT_AHEAD_HOURS", "0", 0),
            ("FOOTFALL_SESSION_INACTIVITY_MINUTES", "1440", 1440),
            ("FOOTFALL_HEURISTIC_LINK_WINDOW_MINUTES", "0", 0),
            ("FOOTFALL_RAW_RETENTION_DAYS", "1", 1),
            ("FOOTFALL_SUMMARY_CACHE_SECONDS", "0", 0),
            ("FOOTFALL_COUNTRY_HEADER", "CF-IPCountry", "CF-IPCountry"),
            ("FOOTFALL_SPOOL_MAX_BYTES", "0", 0),
            ("FOOTFALL_SNIPPET_PATH", "/js/shop.min.js", "/js/shop.min.js"),
            ("FOOTFALL_SNIPPET_ENDPOINT", "/js/in", "/js/in"),
        ],
    )
    def test_each_variable_changes_its_own_setting_and_no_other(
        self, monkeypatch: pytest.MonkeyPatch, variable: str, text: str, value: object
    ) -> None:
        monkeypatch.setenv(variable, text)
        assert by_variable(load_settings()) == DEFAULTS | {variable: value}

    def test_every_setting_has_a_case_of_its_own_above(self) -> None:
        assert {env_name(field) for field in Settings.model_fields} == set(DEFAULTS)

    def test_comma_lists_are_trimmed_and_empty_parts_dropped(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FOOTFALL_ADMIN_API_KEYS", " one ,two,, \tthree,")
        monkeypatch.setenv("FOOTFALL_CORS_ALLOWED_ORIGINS", " https://a.example , http://b:8080 ")
        monkeypatch.setenv("FOOTFALL_TRUSTED_PROXIES", " , ")
        settings = load_settings()
        keys = [key.get_secret_value() for key in settings.admin_api_keys]
        assert keys == ["one", "two", "three"]
        assert settings.cors_allowed_origins == ("https://a.example", "http://b:8080")
        assert settings.trusted_proxies == ()

    def test_trusted_proxies_are_addresses_and_ranges_of_both_families(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(
            "FOOTFALL_TRUSTED_PROXIES",
            "192.0.2.7, 10.0.0.0/8, 172.16.5.4/12, ::1, 2001:db8::/32, 2001:db8:ffff::1/48",
        )
        assert [str(network) for network in load_settings().trusted_proxies] == [
            "192.0.2.7/32",
            "10.0.0.0/8",
            "172.16.0.0/12",
            "::1/128",
            "2001:db8::/32",
            "2001:db8:ffff::/48",
        ]

    def test_an_argument_wins_over_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql://from-the-environment/d")
        monkeypatch.setenv("FOOTFALL_DB_PORT", "1")
        settings = load_settings(database_url="postgresql://argued/d", db_port=2)
        assert settings.database_url == SecretStr("postgresql://argued/d")
        assert settings.db_port == 2

    def test_events_may_be_as_old_as_raw_retention_unless_said_otherwise(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FOOTFALL_RAW_RETENTION_DAYS", "40")
        assert load_settings().event_age_limit_days == 40
        monkeypatch.setenv("FOOTFALL_MAX_EVENT_AGE_DAYS", "7")
        assert load_settings().event_age_limit_days == 7

    def test_the_widest_windows_are_still_instants(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FOOTFALL_MAX_EVENT_AGE_DAYS", "36500")
        monkeypatch.setenv("FOOTFALL_MAX_EVENT_AHEAD_HOURS", "876000")
        settings = load_settings()
        now = datetime.now(UTC)
        assert now - timedelta(days=settings.event_age_limit_days) < now
        assert now + timedelta(hours=settings.max_event_ahead_hours) > now


class TestWrongValues:
    @pytest.mark.parametrize(
        ("variable", "value"),
        [
            ("FOOTFALL_DATA_DIR", __file__),
            ("FOOTFALL_DATA_DIR", f"{__file__}/within"),
            ("FOOTFALL_DB_PORT", ""),
            ("FOOTFALL_DB_PORT", "http"),
            ("FOOTFALL_DB_PORT", "0"),
            ("FOOTFALL_DB_PORT", "65536"),
            ("FOOTFALL_TRUSTED_PROXIES", "10.0.0.1, proxy.example"),
            ("FOOTFALL_TRUSTED_PROXIES", "10.0.0.0/33"),
            ("FOOTFALL_TRUSTED_PROXIES", "256.0.0.1"),
            ("FOOTFALL_TRUSTED_PROXIES", "2001:db8::/129"),
            ("FOOTFALL_RATE_LIMITS_ENABLED", "maybe"),
            ("FOOTFALL_RATE_LIMITS_ENABLED", ""),
            ("FOOTFALL_RATE_LIMIT_STORAGE_URI", ""),
            ("FOOTFALL_MAX_EVENT_AGE_DAYS", "-1"),
            ("FOOTFALL_MAX_EVENT_AGE_DAYS", "1.5"),
            ("FOOTFALL_MAX_EVENT_AGE_DAYS", "36501"),
            ("FOOTFALL_MAX_EVENT_AHEAD_HOURS", "-1"),
            ("FOOTFALL_MAX_EVENT_AHEAD_HOURS", "876001"),
            ("FOOTFALL_SESSION_INACTIVITY_MINUTES", "0"),
            ("FOOTFALL_SESSION_INACTIVITY_MINUTES", "1441"),
            ("FOOTFALL_HEURISTIC_LINK_WINDOW_MINUTES", "-1"),
            ("FOOTFALL_HEURISTIC_LINK_WINDOW_MINUTES", "999999999999"),
            ("FOOTFALL_RAW_RETENTION_DAYS", "0"),
            ("FOOTFALL_RAW_RETENTION_DAYS", "999999999999"),
            ("FOOTFALL_SUMMARY_CACHE_SECONDS", "-15"),
            ("FOOTFALL_SUMMARY_CACHE_SECONDS", "15s"),
            ("FOOTFALL_COUNTRY_HEADER", "two words"),
            ("FOOTFALL_SPOOL_MAX_BYTES", "-1"),
            ("FOOTFALL_SPOOL_MAX_BYTES", "1GB"),
            ("FOOTFALL_SNIPPET_PATH", "shop.js"),
            ("FOOTFALL_SNIPPET_PATH", "/shop"),
            ("FOOTFALL_SNIPPET_PATH", "/v1/shop.js"),
            ("FOOTFALL_SNIPPET_PATH", "/dashboard/shop.js"),
            ("FOOTFALL_SNIPPET_ENDPOINT", "/dashboard"),
            ("FOOTFALL_SNIPPET_PATH", '/a"b.js'),
            ("FOOTFALL_SNIPPET_ENDPOINT", "/metrics"),
            ("FOOTFALL_SNIPPET_ENDPOINT", "/v1/healthz"),
            ("FOOTFALL_SNIPPET_ENDPOINT", "/in?x"),
            ("FOOTFALL_SNIPPET_ENDPOINT", "/footfall.js"),
            ("FOOTFALL_SNIPPET_ENDPOINT", "/footfall.v1.in"),
            ("FOOTFALL_SNIPPET_PATH", "/footfall.v1.shop.js"),
        ],
    )
    def test_a_wrong_value_is_refused_by_the_name_of_its_variable(
        self, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
    ) -> None:
        message = refusal(monkeypatch, **{variable: value})
        assert message.startswith(f"{variable}: ")
        assert len(message.splitlines()) == 1
        assert value in message

    @pytest.mark.parametrize("endpoint", ["/shop.js", "/shop.v1.in"])
    def test_the_script_and_what_it_sends_to_have_two_names(
        self, monkeypatch: pytest.MonkeyPatch, endpoint: str
    ) -> None:
        names = {"FOOTFALL_SNIPPET_PATH": "/shop.js", "FOOTFALL_SNIPPET_ENDPOINT": endpoint}
        message = refusal(monkeypatch, **names)
        assert message.startswith("FOOTFALL_SNIPPET_ENDPOINT: is the path of the script")

    @pytest.mark.parametrize(
        "url",
        [
            f"mysql://u:{SECRET}@h/d",
            f"host=h password={SECRET}",
            f"postgresql://u:{SECRET}@[::1/d",
            f"postgresql://u:%zz{SECRET}@h/d",
            f"postgresql://u:{SECRET}@h:port/d",
            f"postgresql://u:p@{SECRET}@h/d",
            f"postgresql://u:{SECRET}/d@h/d",
            f"postgresql://h/d?passwort={SECRET}",
        ],
    )
    def test_a_wrong_database_url_is_refused_without_being_quoted(
        self, monkeypatch: pytest.MonkeyPatch, url: str
    ) -> None:
        message = refusal(monkeypatch, DATABASE_URL=url)
        assert message.startswith("DATABASE_URL: ")
        assert SECRET not in message

    def test_an_empty_pepper_is_refused_for_it_would_hash_with_no_secret(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        message = refusal(monkeypatch, FOOTFALL_IP_HASH_PEPPER="")
        assert message.startswith("FOOTFALL_IP_HASH_PEPPER: ")

    def test_all_wrong_values_are_named_at_once_and_no_secret_is(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        message = refusal(
            monkeypatch,
            DATABASE_URL=f"mysql://u:{SECRET}@h/d",
            FOOTFALL_IP_HASH_PEPPER=SECRET,
            FOOTFALL_ADMIN_API_KEYS=f"{SECRET},{SECRET}",
            FOOTFALL_DB_PORT="none",
            FOOTFALL_TRUSTED_PROXIES="nobody",
            FOOTFALL_RAW_RETENTION_DAYS="forever",
        )
        named = {line.partition(":")[0] for line in message.splitlines()}
        assert named == {
            "DATABASE_URL",
            "FOOTFALL_DB_PORT",
            "FOOTFALL_TRUSTED_PROXIES",
            "FOOTFALL_RAW_RETENTION_DAYS",
        }
        assert SECRET not in message

    def test_no_secret_shows_in_the_repr_of_the_settings(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", f"postgresql://u:{SECRET}@h/d")
        monkeypatch.setenv("FOOTFALL_IP_HASH_PEPPER", SECRET)
        monkeypatch.setenv("FOOTFALL_ADMIN_API_KEYS", SECRET)
        settings = load_settings()
        assert SECRET not in f"{settings!r} {settings}"


class TestThePepper:
    def test_is_made_once_and_kept_for_its_owner_alone(self, tmp_path: Path) -> None:
        folder = tmp_path / "not" / "yet"
        first = load_settings(data_dir=folder).pepper
        again = load_settings(data_dir=folder).pepper
        assert first == again
        assert len(first) >= 32
        kept = folder / "ip_hash_pepper"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert [entry.name for entry in folder.iterdir()] == [kept.name]

    def test_differs_from_folder_to_folder(self, tmp_path: Path) -> None:
        peppers = {load_settings(data_dir=tmp_path / name).pepper for name in ("a", "b")}
        assert len(peppers) == 2

    def test_is_the_same_for_processes_that_start_at_once(self, tmp_path: Path) -> None:
        # All wait for the same instant, so that they meet where the file is not there yet.
        program = (
            "import sys, time\n"
            "from pathlib import Path\n"
            "from ingest_app.settings import load_settings\n"
            "folder = Path(sys.argv[1])\n"
            "(folder / f'ready-{sys.argv[2]}').touch()\n"
            "while not (folder / 'go').exists(): time.sleep(0.001)\n"
            "print(load_settings(data_dir=folder / 'data').pepper.decode())\n"
        )
        racers = [
            subprocess.Popen(
                [sys.executable, "-c", program, tmp_path, str(number)],
                cwd=PROJECT_FOLDER,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(8)
        ]
        while len(list(tmp_path.glob("ready-*"))) < len(racers):
            assert all(racer.poll() is None for racer in racers)
        (tmp_path / "go").touch()
        peppers = [racer.communicate(timeout=30)[0].strip() for racer in racers]
        assert set(peppers) == {(tmp_path / "data" / "ip_hash_pepper").read_text()}
        assert len(list((tmp_path / "data").iterdir())) == 1

    def test_of_the_environment_wins_and_makes_no_file(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "ip_hash_pepper").write_text("kept")
        assert load_settings(data_dir=tmp_path).pepper == b"kept"
        monkeypatch.setenv("FOOTFALL_IP_HASH_PEPPER", "schärfe")
        assert load_settings(data_dir=tmp_path).pepper == "schärfe".encode()
        assert load_settings(data_dir=tmp_path / "other").pepper == "schärfe".encode()
        assert not (tmp_path / "other").exists()

    def test_is_required_with_a_database_of_ones_own(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql://h/d")
        with pytest.raises(SettingsError, match=r"FOOTFALL_IP_HASH_PEPPER: is required"):
            _ = load_settings(data_dir=tmp_path).pepper
        assert list(tmp_path.iterdir()) == []
        monkeypatch.setenv("FOOTFALL_IP_HASH_PEPPER", "set")
        assert load_settings(data_dir=tmp_path).pepper == b"set"

    def test_that_lost_its_content_is_an_error_and_not_an_empty_secret(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "ip_hash_pepper").write_text("\n")
        with pytest.raises(SettingsError, match="FOOTFALL_IP_HASH_PEPPER"):
            _ = load_settings(data_dir=tmp_path).pepper


class TestTheListing:
    def test_names_every_setting_with_its_default_and_what_it_is_for(self) -> None:
        shown = {
            name: "" if value in (None, ()) else str(value) for name, value in DEFAULTS.items()
        }
        assert listed() == shown
        assert all(field.description for field in Settings.model_fields.values())

    def test_shows_the_values_in_force_and_masks_the_secrets(self) -> None:
        shown = listed(
            DATABASE_URL=f"postgresql://ana:{SECRET}@db.example:5433/web?sslmode=require",
            FOOTFALL_ADMIN_API_KEYS=f"{SECRET}-1, {SECRET}-2",
            FOOTFALL_REPORT_API_KEYS=f"{SECRET}-3, shop.example={SECRET}-4",
            FOOTFALL_IP_HASH_PEPPER=SECRET,
            # Whoever knows such a URL may often write there.
            FOOTFALL_LEAD_WEBHOOK_URL=f"https://crm.example/{SECRET}",
            FOOTFALL_LEAD_WEBHOOK_SECRET=SECRET,
            FOOTFALL_RATE_LIMIT_STORAGE_URI=f"redis://:{SECRET}/+@cache.example:6379/1",
            FOOTFALL_TRUSTED_PROXIES="10.1.2.3/8,::1",
            FOOTFALL_CORS_ALLOWED_ORIGINS="https://a.example,https://b.example",
            FOOTFALL_RATE_LIMITS_ENABLED="no",
        )
        assert shown["DATABASE_URL"] == "postgresql://ana:****@db.example:5433/web"
        assert shown["FOOTFALL_ADMIN_API_KEYS"] == "****, ****"
        assert shown["FOOTFALL_REPORT_API_KEYS"] == "****, shop.example=****"
        assert shown["FOOTFALL_IP_HASH_PEPPER"] == "****"
        assert shown["FOOTFALL_LEAD_WEBHOOK_URL"] == "****"
        assert shown["FOOTFALL_LEAD_WEBHOOK_SECRET"] == "****"  # noqa: S105
        assert shown["FOOTFALL_RATE_LIMIT_STORAGE_URI"] == "redis://:****@cache.example:6379/1"
        assert shown["FOOTFALL_TRUSTED_PROXIES"] == "10.0.0.0/8, ::1/128"
        assert shown["FOOTFALL_CORS_ALLOWED_ORIGINS"] == "https://a.example, https://b.example"
        assert shown["FOOTFALL_RATE_LIMITS_ENABLED"] == "False"
        assert SECRET not in json.dumps(shown)

    @pytest.mark.parametrize(
        "url",
        [
            f"postgresql://u:x:{SECRET}@h/d",
            f"postgresql://u:{SECRET}:x@h/d",
            f"postgresql://u:{SECRET}?x@h/d",
            f"postgresql://h/d?user=u&password={SECRET}",
            f"postgresql://u:p@h/d?options=-c%20a.b%3D{SECRET}",
        ],
    )
    def test_masks_a_password_wherever_the_url_may_hold_it(self, url: str) -> None:
        assert SECRET not in json.dumps(listed(DATABASE_URL=url))

    def test_masks_keys_that_look_like_urls(self) -> None:
        shown = listed(FOOTFALL_ADMIN_API_KEYS=f"key://{SECRET}")
        assert shown["FOOTFALL_ADMIN_API_KEYS"] == "****"

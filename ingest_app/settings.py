"""Settings: a typed reading of the environment, done once, with errors that name the setting."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from os.path import exists, isdir
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ingest_app.conninfo import read_url
from ingest_app.origins import ANY_ORIGIN, normal_origin
from ingest_app.refusals import sentence

PROJECT_FOLDER = Path(__file__).resolve().parent.parent
ENV_PREFIX = "FOOTFALL_"
# Where pages find the script, and where it sends to. Under these names it is always there.
SNIPPET_PATH = "/footfall.js"
SNIPPET_ENDPOINT = "/v1/events/batch"
# A century: as far as the clock can be turned back and still name a day.
MAX_DAYS = 36_500
MAX_PROPERTY_ID = 128


class SettingsError(Exception):
    """The environment holds a value that cannot be used; the message names each setting."""


@dataclass(frozen=True, slots=True)
class ReportKey:
    """A key that reads reports: of one property, or, where it is None, of all."""

    property_id: str | None
    key: SecretStr

    def __str__(self) -> str:
        return "****" if self.property_id is None else f"{self.property_id}=****"


def _split_commas(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _keys(value: object) -> object:
    parts = _split_commas(value)
    if isinstance(parts, tuple):
        for number, part in enumerate(parts, start=1):
            _check_for_headers(number, str(part))
    return parts


def _check_for_headers(number: int, key: str) -> None:
    if not re.fullmatch("[ -~]+", key):
        raise ValueError(
            f"key {number} has a character that no header carries; "
            "use letters, digits and signs of ASCII"
        )


def _report_keys(value: object) -> object:
    parts = _split_commas(value)
    if not isinstance(parts, tuple):
        return parts
    return tuple(
        part if isinstance(part, ReportKey) else _report_key(number, str(part))
        for number, part in enumerate(parts, start=1)
    )


def _report_key(number: int, text: str) -> ReportKey:
    before, sign, after = (part.strip() for part in text.partition("="))
    key = after if sign else before
    if sign and not 1 <= len(before) <= MAX_PROPERTY_ID:
        raise ValueError(
            f"key {number} has no property of 1 to {MAX_PROPERTY_ID} characters before ="
        )
    # Padding of base64, taken for the sign after a property, would leave a key that anyone guesses.
    if not key.strip("="):
        raise ValueError(
            f"key {number} has nothing behind its =; a key may hold none, or property=key"
        )
    _check_for_headers(number, key)
    return ReportKey(before if sign else None, SecretStr(key))


def _origins(value: object) -> object:
    parts = _split_commas(value)
    if isinstance(parts, tuple):
        for part in parts:
            if part != ANY_ORIGIN:
                normal_origin(part, may_end_in_slash=True)
    return parts


def _networks(value: object) -> object:
    parts = _split_commas(value)
    if not isinstance(parts, tuple):
        return parts
    networks = []
    for part in parts:
        try:
            networks.append(ip_network(part, strict=False))
        except ValueError:
            raise ValueError(f"{part!r} is not an address or a CIDR range") from None
    return tuple(networks)


def _not_blank(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("must not be blank")
    return value


def _can_be_a_folder(folder: Path) -> Path:
    # These never raise, also where this user may not look.
    nearest = next((one for one in (folder, *folder.parents) if exists(one)), None)
    if nearest is not None and not isdir(nearest):
        raise ValueError(f"must be a folder, or one that can be made; {nearest} is a file")
    return folder


def _free_path(usual: str) -> BeforeValidator:
    """A path that no other route of the app has."""

    def check(value: object) -> object:
        path = str(value).strip()
        if path != usual and re.match(
            r"/(v1|demo|dashboard)/|/footfall\.(js$|v1\.)|"
            r"/(demo|dashboard|embed|metrics|openapi\.json)$",
            path,
        ):
            raise ValueError("is the path of something else; take one of your own")
        return path

    return BeforeValidator(check)


def _postgres_url(value: object) -> object:
    text = str(value).strip() if value is not None else None
    if not text:
        return None
    read_url(text)
    return text


def _http_url(value: object) -> object:
    text = str(value).strip() if value is not None else ""
    if not text:
        return None
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        # Its own words quote what stands there, which may be a part of a password.
        port = 0
    if port == 0:
        raise ValueError("must have a port of 1 to 65535, or none")
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("must be an http or https URL with a host and without a password")
    return text


Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)]
SecretList = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_keys)]
ReportKeys = Annotated[tuple[ReportKey, ...], NoDecode, BeforeValidator(_report_keys)]
Secret = Annotated[SecretStr, BeforeValidator(_not_blank)]
Folder = Annotated[Path, BeforeValidator(_not_blank), AfterValidator(_can_be_a_folder)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)]
SecretUrl = Annotated[SecretStr | None, BeforeValidator(_http_url)]
PostgresUrl = Annotated[SecretStr | None, BeforeValidator(_postgres_url)]


class Settings(BaseSettings):
    """Section 7 of the contract. Every field is read from `FOOTFALL_<NAME>`, but for DATABASE_URL."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="ignore")

    database_url: PostgresUrl = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "database_url"),
        description="the warehouse; absent: the embedded database",
    )
    data_dir: Folder = Field(
        default=PROJECT_FOLDER / ".footfall",
        description="embedded database, spool and generated secrets",
    )
    db_port: int = Field(
        default=54817, ge=1, le=65535, description="first port tried by the embedded database"
    )
    admin_api_keys: SecretList = Field(default=(), description="keys of the admin endpoints")
    report_api_keys: ReportKeys = Field(
        default=(), description="keys that read reports: key, or property=key for one property"
    )
    ip_hash_pepper: Secret | None = Field(
        default=None,
        description="secret of the address and agent hashes; absent: made beside an embedded database",
    )
    cors_allowed_origins: Origins = Field(default=(), description="origins whose pages may post")
    trusted_proxies: Networks = Field(
        default=(), description="peers whose forwarding headers count"
    )
    country_header: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9-]*$",
        description="header by which a trusted proxy tells the client's country",
    )
    rate_limits_enabled: bool = Field(default=True, description="limits per client address")
    rate_limit_storage_uri: str = Field(
        default="memory://", min_length=1, description="where the limits count"
    )
    max_event_age_days: int = Field(
        default=0,
        ge=0,
        le=MAX_DAYS,
        description="how old an event may be, on days that no purge has closed; 0: as raw retention",
    )
    max_event_ahead_hours: int = Field(
        default=24,
        ge=0,
        le=MAX_DAYS * 24,
        description="how far ahead of the server an event may claim to be",
    )
    session_inactivity_minutes: int = Field(
        default=30, ge=1, le=1440, description="the gap that ends a session"
    )
    heuristic_link_window_minutes: int = Field(
        default=15, ge=0, le=MAX_DAYS * 1440, description="window of heuristic lead links; 0: none"
    )
    lead_webhook_url: SecretUrl = Field(
        default=None, description="where captured leads are told; absent: nowhere"
    )
    lead_webhook_secret: Secret | None = Field(
        default=None, description="secret that signs what the webhook is told"
    )
    raw_retention_days: int = Field(
        default=90, ge=1, le=MAX_DAYS, description="how long raw events are kept"
    )
    summary_cache_seconds: int = Field(
        default=15, ge=0, description="seconds for which the answer of a report is kept; 0: none"
    )
    spool_max_bytes: int = Field(
        default=1_073_741_824,
        ge=0,
        description="bound on the spool of waiting events; 0 turns it off",
    )
    snippet_path: Annotated[str, _free_path(SNIPPET_PATH)] = Field(
        default=SNIPPET_PATH,
        pattern=r"^(/[A-Za-z0-9_~.-]+)+\.js$",
        description="another path of the tracking script",
    )
    snippet_endpoint: Annotated[str, _free_path(SNIPPET_ENDPOINT)] = Field(
        default=SNIPPET_ENDPOINT,
        pattern=r"^(/[A-Za-z0-9_~.-]+)+$",
        description="another path of the endpoint that the script sends to",
    )

    @field_validator("report_api_keys")
    @classmethod
    def _means_one_thing_each(
        cls, keys: tuple[ReportKey, ...], info: ValidationInfo
    ) -> tuple[ReportKey, ...]:
        taken = {key.get_secret_value() for key in info.data.get("admin_api_keys", ())}
        for number, report_key in enumerate(keys, start=1):
            key = report_key.key.get_secret_value()
            if key in taken:
                raise ValueError(
                    f"key {number} is another key too, here or in {env_name('admin_api_keys')}; "
                    "each key has rights of its own"
                )
            taken.add(key)
        return keys

    @field_validator("lead_webhook_secret")
    @classmethod
    def _is_there_beside_the_url(
        cls, secret: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        if secret is None and info.data.get("lead_webhook_url") is not None:
            raise ValueError(
                f"is required beside {env_name('lead_webhook_url')}: set a long random text, which "
                "the receiver knows too"
            )
        return secret

    @field_validator("snippet_endpoint")
    @classmethod
    def _is_no_name_of_the_script(cls, endpoint: str, info: ValidationInfo) -> str:
        script = info.data.get("snippet_path")
        if script and (
            endpoint == script or endpoint.startswith(f"{script.removesuffix('js')}v1.")
        ):
            raise ValueError(
                f"is the path of the script, {env_name('snippet_path')}; take one of your own"
            )
        return endpoint

    @property
    def event_age_limit_days(self) -> int:
        """How many days back an event may lie."""
        return self.max_event_age_days or self.raw_retention_days

    @cached_property
    def pepper(self) -> bytes:
        """The secret of the hashes: as set, or kept in the data folder beside an embedded database.

        Raises SettingsError where a database of one's own has none: a pepper that was made on one
        machine is lost with it, and a second machine would make another.
        """
        if self.ip_hash_pepper is not None:
            return self.ip_hash_pepper.get_secret_value().encode()
        if self.database_url is not None:
            raise SettingsError(
                f"{env_name('ip_hash_pepper')}: is required with DATABASE_URL; set a long random "
                "text, the same on every machine, and keep it"
            )
        return self.own_pepper()

    def own_pepper(self) -> bytes:
        """A pepper made once and kept in the data folder."""
        kept = self.data_dir / "ip_hash_pepper"
        if not kept.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            # Written aside and linked, so that of two servers starting at once one pepper wins.
            draft = self.data_dir / f"ip_hash_pepper.{secrets.token_hex(4)}"
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(32))
            try:
                kept.hardlink_to(draft)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        pepper = kept.read_text().strip().encode()
        if not pepper:
            raise SettingsError(f"{env_name('ip_hash_pepper')}: not set, and {kept} is empty")
        return pepper


def env_name(field: str) -> str:
    """The environment variable of a field of `Settings`."""
    return "DATABASE_URL" if field == "database_url" else f"{ENV_PREFIX}{field.upper()}"


def load_settings(**overrides: Any) -> Settings:
    """Read the environment; keyword arguments win over it.

    Raises SettingsError with one line for each wrong value.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_url=False):
            name = str(problem["loc"][0]) if problem["loc"] else "?"
            message = sentence(problem["msg"])
            shown = (
                ""
                if any(word in name.lower() for word in ("key", "pepper", "url", "secret"))
                else (f" (got {problem['input']!r})")
            )
            lines.append(f"{env_name(name.lower())}: {message}{shown}")
        raise SettingsError("\n".join(lines)) from None

"""Links by which people without a key look at one property: made and revoked by the owner of raw."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import scrypt, sha256

from psycopg.rows import class_row, scalar_row

from ingest_app.database.connection import READ, WORK, connect
from ingest_app.reports.warehouse import Warehouse

MIN_PASSWORD_LENGTH = 8
MAX_PASSWORD_LENGTH = 256
TOKEN_BYTES = 24
SALT_BYTES = 16
# 16 MB and about 50 ms a try.
COST, BLOCK_SIZE, PARALLEL = 2**14, 8, 1

ADD = """
    insert into raw.share_links (token_hash, property_id, password_hash, frame_origins, expires_at)
    values (%(token_hash)s, %(property_id)s, %(password_hash)s, %(frame_origins)s, %(expires_at)s)
    returning id
"""
SELECT_LINKS = """
    select
        share_links.id,
        coalesce(property_aliases.property_id, share_links.property_id) as property_id,
        share_links.password_hash is not null as has_password,
        share_links.frame_origins, share_links.created_at, share_links.expires_at,
        case
            when share_links.revoked_at is not null then 'revoked'
            when share_links.expires_at <= now() then 'expired'
            when property_aliases.is_merge then 'merged'
            else 'open'
        end as state
    from raw.share_links
    left join raw.property_aliases on share_links.property_id = property_aliases.alias
    order by share_links.id
"""
REVOKE = """
    update raw.share_links set revoked_at = coalesce(revoked_at, now()) where id = %(id)s returning id
"""
# A link goes along to another name of its property. It ends where the property became part of
# another: whoever has it was shown the one, and would see the other.
OPEN = """
    select
        share_links.id,
        coalesce(property_aliases.property_id, share_links.property_id) as property_id,
        share_links.password_hash, share_links.frame_origins
    from raw.share_links
    left join raw.property_aliases on share_links.property_id = property_aliases.alias
    where
        share_links.token_hash = %(token_hash)s
        and share_links.revoked_at is null
        and (share_links.expires_at is null or share_links.expires_at > now())
        and property_aliases.is_merge is not true
"""
HAS_EVENTS = "select exists (select 1 from raw.events where property_id = %(property_id)s)"


@dataclass(frozen=True, slots=True)
class ShareLink:
    """A link that is open."""

    id: int
    property_id: str
    password_hash: str | None
    frame_origins: list[str]


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A link as it is listed, which is without its token."""

    id: int
    property_id: str
    has_password: bool
    frame_origins: list[str]
    created_at: datetime
    expires_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was just made. Its token is known now and never again."""

    id: int
    token: str
    has_events: bool


def make_link(
    url: str,
    property_id: str,
    *,
    password: str | None,
    frame_origins: list[str],
    expires_at: datetime | None,
) -> NewLink:
    """Make a link. Raises psycopg.Error."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    values = {
        "token_hash": _hash(token),
        "property_id": property_id,
        "password_hash": None if password is None else hash_password(password),
        "frame_origins": frame_origins,
        "expires_at": expires_at,
    }
    with (
        connect(url, WORK, name="footfall-share") as connection,
        connection.cursor(row_factory=scalar_row) as cursor,
    ):
        [link_id] = cursor.execute(ADD, values).fetchall()
        [has_events] = cursor.execute(HAS_EVENTS, {"property_id": property_id}).fetchall()
    return NewLink(link_id, token, has_events)


def list_links(url: str) -> list[MadeLink]:
    """All of them, also those that open nothing any more. Raises psycopg.Error."""
    with (
        connect(url, READ, name="footfall-share") as connection,
        connection.cursor(row_factory=class_row(MadeLink)) as cursor,
    ):
        return cursor.execute(SELECT_LINKS).fetchall()


def revoke_link(url: str, link_id: int) -> bool:
    """End a link; false where there is none of that number. Raises psycopg.Error."""
    with connect(url, WORK, name="footfall-share") as connection:
        return connection.execute(REVOKE, {"id": link_id}).fetchone() is not None


def open_link(warehouse: Warehouse, token: str) -> ShareLink | None:
    """The link of a token, where it is open. Raises MartsUnavailableError."""
    [rows] = warehouse.ask((OPEN, {"token_hash": _hash(token)}))
    return ShareLink(**rows[0]) if rows else None


def hash_password(password: str) -> str:
    """What is kept of a password."""
    salt = secrets.token_bytes(SALT_BYTES)
    key = _scrypt(password, salt, COST, BLOCK_SIZE, PARALLEL)
    return f"scrypt${COST}${BLOCK_SIZE}${PARALLEL}${salt.hex()}${key.hex()}"


def is_password(password: str, kept: str) -> bool:
    """Whether it is the one that was hashed."""
    _, cost, block_size, parallel, salt, key = kept.split("$")
    tried = _scrypt(password, bytes.fromhex(salt), int(cost), int(block_size), int(parallel))
    return hmac.compare_digest(tried, bytes.fromhex(key))


def _scrypt(password: str, salt: bytes, cost: int, block_size: int, parallel: int) -> bytes:
    text = password.encode("utf-8", "surrogateescape")
    return scrypt(text, salt=salt, n=cost, r=block_size, p=parallel)


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()

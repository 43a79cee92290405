"""Who looks at the dashboard: a signed cookie that names a key in force, and ends after a time.

The cookie holds the fingerprint of the key and never the key. A key that is taken out of the
settings takes its cookies along. A share link with a password has a cookie of its own, which says
that the password was known.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, request
from itsdangerous import BadData, URLSafeTimedSerializer

from ingest_app.operations.share_links import ShareLink
from ingest_app.settings import Settings
from ingest_app.web.admin_keys import AdminKeys, Reader
from ingest_app.web.peers import is_trusted

COOKIE = "footfall_dashboard"
HOURS = 12
SECONDS = HOURS * 3600


class SignIn:
    """Makes and reads the cookie of one app."""

    def __init__(self, settings: Settings, keys: AdminKeys) -> None:
        self._settings = settings
        self._keys = keys
        self._cookies = _signer(settings, "cookie of the dashboard")
        self._forms = _signer(settings, "forms of the dashboard")
        self._links = _signer(settings, "passwords of share links")

    def remember(self, response: Response, reader: Reader) -> None:
        """Sign a browser in."""
        self._set(response, COOKIE, str(self._cookies.dumps(reader.fingerprint)))

    def forget(self, response: Response) -> None:
        """Sign it out."""
        response.delete_cookie(
            COOKIE, httponly=True, secure=is_secure(self._settings), samesite="Lax"
        )

    def reader(self) -> Reader | None:
        """Whose request it is; None for nobody's, and for a cookie that ended."""
        fingerprint = _read(self._cookies, request.cookies.get(COOKIE))
        return None if fingerprint is None else self._keys.by_fingerprint(fingerprint)

    def let_in(self, response: Response, link: ShareLink) -> None:
        """Remember that this browser knew the password of a link."""
        self._set(response, _cookie_of(link), str(self._links.dumps(link.id)))

    def may_open(self, link: ShareLink) -> bool:
        """Whether a link asks for no password, or this browser knew it."""
        if link.password_hash is None:
            return True
        return _read(self._links, request.cookies.get(_cookie_of(link))) == str(link.id)

    def token(self, reader: Reader) -> str:
        """What a form of this reader brings back, which no other site can know."""
        return str(self._forms.dumps(reader.fingerprint))

    def is_own_form(self, reader: Reader, token: str | None) -> bool:
        """Whether the form that was sent is one of ours, made for this reader."""
        return _read(self._forms, token) == reader.fingerprint

    def _set(self, response: Response, name: str, value: str) -> None:
        response.set_cookie(
            name,
            value,
            max_age=SECONDS,
            httponly=True,
            secure=is_secure(self._settings),
            samesite="Lax",
        )


def is_secure(settings: Settings) -> bool:
    """Whether the browser came by HTTPS, to us or to a trusted proxy."""
    if request.is_secure:
        return True
    forwarded = request.headers.get("X-Forwarded-Proto", "")
    return forwarded == "https" and is_trusted(request.remote_addr, settings)


def is_from_here() -> bool:
    """Whether a form was sent by one of our own pages, as far as the browser says.

    A proxy may drop the port of our name, so names alone are compared. An origin that cannot be read is
    none of ours.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).hostname == urlsplit(f"//{request.host}").hostname
    except ValueError:
        return False


def _cookie_of(link: ShareLink) -> str:
    return f"footfall_share_{link.id}"


def _signer(settings: Settings, salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.pepper, salt=salt)


def _read(signer: URLSafeTimedSerializer, text: str | None) -> str | None:
    if not text:
        return None
    try:
        return str(signer.loads(text, max_age=SECONDS))
    except BadData:
        return None

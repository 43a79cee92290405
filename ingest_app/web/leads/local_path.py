"""Where a browser goes after a form: on this site, whatever the form says."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

HOME = "/"
# Browsers take a backslash for a slash, and drop control characters before they look.
FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029]")
MAX_DECODINGS = 8


def local_path(text: str) -> str:
    """The text where it is a path of this site, else `/`.

    Whoever stands between may decode it before the browser looks, so it has to be one decoded too.
    """
    page = re.split(r"[?#]", text, maxsplit=1)[0]
    # What follows the page leads nowhere, but a control character in it could end the header.
    if FORBIDDEN.search(text) or any(letter.isspace() for letter in text):
        return HOME
    for _ in range(MAX_DECODINGS):
        if not _is_local(page):
            return HOME
        decoded = unquote(page)
        if decoded == page:
            return text
        page = decoded
    return HOME


def _is_local(page: str) -> bool:
    if not page.startswith("/") or "//" in page or FORBIDDEN.search(page):
        return False
    try:
        parts = urlsplit(page)
    except ValueError:
        return False
    return not (parts.scheme or parts.netloc)

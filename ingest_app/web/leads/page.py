"""The few pages for people: HTML without a script, that no other site can frame."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape

from flask import Response

STYLE = (
    "body{max-width:32rem;margin:15vh auto;padding:0 1rem;font:1.1rem/1.5 system-ui,sans-serif}"
    "button{padding:.6rem 1.2rem;font:inherit}"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
{content}
</body>
</html>
"""
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page(
    title: str, paragraphs: Sequence[str], *, button: str | None = None, status: int = 200
) -> Response:
    """A page; with a button it posts to its own address."""
    content = "\n".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    if button is not None:
        content += f'\n<form method="post"><button>{escape(button)}</button></form>'
    text = PAGE.format(title=escape(title), style=STYLE, content=content)
    return Response(text, status=status, mimetype="text/html", headers=HEADERS)

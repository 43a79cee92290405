"""Origins of pages, as CORS names them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

ANY_ORIGIN = "*"
DEFAULT_PORTS = {"http": 80, "https": 443}
# Browsers send a host of other letters in its xn-- form, and no browser sends a wildcard.
HOST_AND_PORT = re.compile(r"[a-z0-9._-]+(:[0-9]+)?|\[[0-9a-f:.]+\](:[0-9]+)?")


def normal_origin(text: str, *, may_end_in_slash: bool = False) -> str:
    """The origin in lower case and without its scheme's usual port.

    Raises ValueError for what is no origin. `null` is none: every sandboxed frame and every local
    file calls itself that.
    """
    origin = text.strip().lower()
    if may_end_in_slash:
        origin = origin.removesuffix("/")
    parts = urlsplit(origin)
    if origin != f"{parts.scheme}://{parts.netloc}" or not HOST_AND_PORT.fullmatch(parts.netloc):
        raise ValueError(
            f"{text!r} is not an origin as browsers send it, such as https://shop.example "
            "or https://xn--mnchen-3ya.example"
        )
    port = parts.port
    if port is not None and port == DEFAULT_PORTS.get(parts.scheme):
        return origin.removesuffix(f":{port}")
    return origin

"""Origins of pages, as CORS names them."""

from __future__ import annotations

from urllib.parse import urlsplit

ANY_ORIGIN = "*"
DEFAULT_PORTS = {"http": 80, "https": 443}


def normal_origin(text: str, *, may_end_in_slash: bool = False) -> str:
    """The origin in lower case and without its scheme's usual port.

    Raises ValueError for what is no origin. `null` is none: every sandboxed frame and every local
    file calls itself that.
    """
    origin = text.strip().lower()
    if may_end_in_slash:
        origin = origin.removesuffix("/")
    parts = urlsplit(origin)
    port = parts.port
    if origin != f"{parts.scheme}://{parts.netloc}" or "@" in origin or not parts.hostname:
        raise ValueError(f"{text!r} is not an origin such as https://shop.example")
    if port is not None and port == DEFAULT_PORTS.get(parts.scheme):
        return origin.removesuffix(f":{port}")
    return origin

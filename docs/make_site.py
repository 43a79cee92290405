"""Puts the documentation into one folder that any web server can serve, or a browser can open.

dbt's own page, with the lineage and what each column means, is the index; the documents beside it are
pages of the same names. `make docs` runs this after dbt.
"""

from __future__ import annotations

import re
import shutil
import sys
from html import escape
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parent.parent
INDEX = "static_index.html"
PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }}
pre, code {{ font: 14px/1.4 ui-monospace, monospace; background: #f4f4f4; }}
pre {{ padding: .75rem; overflow-x: auto; }}
table {{ border-collapse: collapse; }}
td, th {{ border: 1px solid #ccc; padding: .25rem .5rem; text-align: left; vertical-align: top; }}
</style>
<p><a href="{home}index.html">Models</a> · <a href="{home}README.html">Footfall</a> ·
<a href="{home}docs/decisions/README.html">Decisions</a></p>
{body}
</html>
"""


def documents() -> list[Path]:
    """What becomes a page, below the folder of the project."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    return [page.relative_to(ROOT) for page in sorted(pages)]


def make_site(target: Path, site: Path) -> None:
    """The site, made anew, of what `dbt docs generate --static` has left in the target folder."""
    index = target / INDEX
    if not index.exists():
        sys.exit(f"{index} is not there: run `footfall dbt docs generate --static` before")
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    shutil.copy(index, site / "index.html")
    pages = set(documents())
    for page in pages:
        made = site / page.with_suffix(".html")
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(_rendered(page, pages), encoding="utf-8")


def _rendered(page: Path, pages: set[Path]) -> str:
    text = (ROOT / page).read_text(encoding="utf-8")
    markdown = MarkdownIt("commonmark").enable("table")
    tokens = markdown.parse(text)
    for token in (child for block in tokens for child in block.children or []):
        if token.type == "link_open":
            href = _linked(str(token.attrs["href"]), page, pages)
            # What is no page, such as a file of the source, is named and no link.
            token.attrs = {} if href is None else {"href": href}
    # So that a link to a part of a page finds it.
    for block, inline in pairwise(tokens):
        if block.type == "heading_open":
            block.attrs["id"] = re.sub(r"[^\w\- ]", "", inline.content.lower()).replace(" ", "-")
    return PAGE.format(
        title=escape(text.partition("\n")[0].lstrip("# ")),
        home="../" * (len(page.parts) - 1),
        body=markdown.renderer.render(tokens, markdown.options, {}),
    )


def _linked(href: str, page: Path, pages: set[Path]) -> str | None:
    if re.match(r"[a-z]+:", href) or href.startswith("#"):
        return href
    place, mark, part = href.partition("#")
    named = (ROOT / page.parent / place).resolve()
    if named.is_dir():
        place, named = f"{place.rstrip('/')}/README.md", named / "README.md"
    if not named.is_relative_to(ROOT) or named.relative_to(ROOT) not in pages:
        return None
    return place.removesuffix(".md") + ".html" + mark + part


if __name__ == "__main__":
    make_site(Path(sys.argv[1]), Path(sys.argv[2]))

"""The documents as pages beside dbt's own: each is there, and no link leads nowhere."""

from __future__ import annotations

import re
import runpy
from html import unescape
from pathlib import Path

import pytest

from ingest_app.settings import PROJECT_FOLDER

SCRIPT = runpy.run_path(str(PROJECT_FOLDER / "docs" / "make_site.py"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("target")
    (target / "static_index.html").write_text("<title>what dbt made</title>")
    (target / "site").mkdir()
    (target / "site" / "left.html").touch()
    SCRIPT["make_site"](target, target / "site")
    return target / "site"


def test_every_document_is_a_page_and_the_index_is_that_of_dbt(site: Path) -> None:
    documents = [*(PROJECT_FOLDER / "docs").rglob("*.md"), PROJECT_FOLDER / "README.md"]
    assert len(documents) > 50
    for document in documents:
        page = site / document.relative_to(PROJECT_FOLDER).with_suffix(".html")
        title = document.read_text().partition("\n")[0].lstrip("# ")
        assert f"<title>{title}</title>" in unescape(page.read_text())
    assert "what dbt made" in (site / "index.html").read_text()
    assert not (site / "left.html").exists()


def test_every_link_between_pages_leads_somewhere(site: Path) -> None:
    nowhere, links = [], 0
    for page in site.rglob("*.html"):
        for href in re.findall(r'href="([^"]+)"', page.read_text()):
            if re.match(r"[a-z]+:", href):
                continue
            links += 1
            place, _, part = href.partition("#")
            linked = (page.parent / place).resolve() if place else page
            if not linked.is_file() or (part and f'id="{part}"' not in linked.read_text()):
                nowhere.append(f"{page.relative_to(site)}: {href}")
    assert links > 300
    assert nowhere == []


def test_without_what_dbt_makes_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="footfall dbt docs generate --static"):
        SCRIPT["make_site"](tmp_path, tmp_path / "site")

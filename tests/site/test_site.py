"""The site: it is built without a warning, every link leads somewhere, nothing is fetched from elsewhere, and one can search it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from browser_story import CHROMIUM, chromium
from browser_story import PICTURES as PAGES_SHOWN
from forge_story import PICTURES as FORGE_SHOWN
from terminal_story import PICTURES, drawn, played

from gitdraft.cli.man_pages import man_pages
from gitdraft.cli.shells import SCRIPTS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
pytestmark = pytest.mark.long
IDS = re.compile(r"\b[0-9a-f]{7,40}\b|\d{4}-\d\d-\d\dT[\d:]+Z")
TEXT = re.compile(r"<text [^>]*>([^<]*)</text>")


class Links(HTMLParser):
    """What a page refers to, what it loads, and the names of its places."""

    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.loads: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Takes the attributes of an element."""
        values = {name: value for name, value in attrs if value is not None}
        self.names |= {values[name] for name in ("id", "name") if name in values}
        (self.hrefs if tag == "a" else self.loads).extend(
            values[name] for name in ("href", "src") if name in values
        )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make site` builds it."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [str(Path(sys.executable).with_name("mkdocs")), "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return folder


def read(page: Path) -> Links:
    """Returns the links of a page."""
    links = Links()
    links.feed(page.read_text("utf-8"))
    return links


def test_every_link_and_place_is_there(site: Path) -> None:
    read_pages = {page: read(page) for page in site.rglob("*.html")}
    assert len(read_pages) > 50
    broken = []
    for page, links in read_pages.items():
        for link in links.hrefs + links.loads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            path = unquote(parts.path)  # 404.html alone has paths from the root: it is shown at any address
            target = (site / path[1:] if path[:1] == "/" else page.parent / path).resolve() if path else page
            place = unquote(parts.fragment)
            names = read_pages[target].names if target in read_pages else None
            if not target.exists() or (place and names is not None and place not in names):
                broken.append((page.relative_to(site).as_posix(), link))
    assert not broken


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        assert not [link for link in read(page).loads if urlsplit(link).netloc], page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import\s)\s*[\"']?(?:https?:)?//", sheet.read_text("utf-8")), sheet
    for picture in site.rglob("img/*.svg"):
        assert "http" not in picture.read_text("utf-8").replace('"http://www.w3.org/2000/svg"', ""), picture


def test_the_index_of_the_search_has_every_page(site: Path) -> None:
    index = json.loads((site / "search/search_index.json").read_text("utf-8"))
    pages = {entry["location"].partition("#")[0] for entry in index["docs"]}
    assert pages == {f"{page.relative_to(DOCS).as_posix()[:-3]}.html" for page in DOCS.rglob("*.md")}


def test_man_pages_and_completion_can_be_taken(site: Path) -> None:
    assert {page.name: page.read_text("utf-8") for page in (site / "man/man1").iterdir()} == man_pages()
    assert {
        script.suffix[1:]: script.read_text("utf-8") for script in (site / "completion").iterdir()
    } == SCRIPTS


def test_each_picture_is_made_by_a_command_and_shown(site: Path) -> None:
    made = {f"{name}.png" for name in (*PAGES_SHOWN, *FORGE_SHOWN)} | {
        f"{picture.name}.svg" for picture in PICTURES
    }
    assert {file.name for file in (DOCS / "img").iterdir()} == made
    shown = "".join(page.read_text("utf-8") for page in DOCS.rglob("*.md"))
    assert not [name for name in made if f"img/{name})" not in shown]
    assert not [p for p in PICTURES if f"img/{p.name}.svg)" not in (DOCS / f"{p.page}.md").read_text("utf-8")]


@pytest.mark.parametrize("page", dict.fromkeys(picture.page for picture in PICTURES))
def test_a_picture_of_the_terminal_shows_what_the_command_shows_now(page: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        shown = played(page, Path(place))
    for picture in PICTURES:
        if picture.page == page:
            kept = (DOCS / "img" / f"{picture.name}.svg").read_text("utf-8")
            assert words(kept) == words(drawn(picture, shown[picture.command]))


def words(svg: str) -> str:
    """Returns what a picture says, but for ids and for where its lines break."""
    return re.sub(r"(?:&#160;|\s)+", "", "".join(TEXT.findall(IDS.sub("", svg))))


@pytest.fixture
def browser() -> Iterator[Any]:
    """Chromium."""
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("make test-browser installs what it needs")
    with playwright.sync_playwright() as play, chromium(play) as running:
        yield running


def test_a_newcomer_searches_the_site_from_a_folder(site: Path, browser: Any) -> None:
    page = browser.new_page()
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto((site / "index.html").as_uri())
    page.locator(".md-search__input").fill("uv tool install")
    page.locator(".md-search-result__link").first.click()
    page.wait_for_url("**/how-to/install.html*")
    assert "uv tool install ." in page.inner_text("article")
    page.get_by_role("link", name="tutorial", exact=True).first.click()
    page.wait_for_url("**/tutorial.html")
    assert page.locator("img[src='img/terminal-diff.svg']").evaluate("image => image.naturalWidth") > 0
    assert not [url for url in asked if urlsplit(url).scheme not in {"file", "blob", "data"}]
    assert not faults

"""A curator's first proposal, played in Chromium without a terminal: made, put right, in conflict, reviewed, merged.

`python tests/browser_story.py FOLDER` plays it, and keeps the pictures of docs/ in the folder (`make pictures`).
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import uvicorn
from sandbox import run_git

import gitdraft
from gitdraft.api.sockets import open_socket
from gitdraft.server.app import make_app
from gitdraft.server.logs import log_to
from gitdraft.server.run import Front, configure
from gitdraft.server.settings import Settings

CHROMIUM = shutil.which("chromium")
ROOT = Path(__file__).parents[1]
AXE = ROOT / "build/browser/node_modules/axe-core/axe.min.js"
RULES = """async () => (await axe.run(document, {runOnly:
    ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})).violations.map(v => v.id)"""
WIDER = "document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth + 1"
PICTURES = ("edit", "draft", "conflicts", "review", "entity", "merged")
"""The pictures of the story, in its order."""
OLD = "A human being, living or dead, real or imagined."
NEW = "A human being, living or dead, or one that somebody made up."
THEIRS = "A human being, real or imagined."
AGREED = "A human being, living or dead, real or made up."
Shot = Callable[[str], None]


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Yields the address of a server on a repository."""
    listening = open_socket("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(
        configure(make_app(Settings(folder, address, a_minute=0), log_to(StringIO())), Front())
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def chromium(play: Any) -> Iterator[Any]:
    """Yields Debian's Chromium."""
    browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    try:
        yield browser
    finally:
        browser.close()


def sign_in(browser: Any, url: str, token: str, **options: Any) -> Any:
    """Returns a page of somebody's own browser, who has typed a token."""
    page = browser.new_context(viewport={"width": 1080, "height": 760}, **options).new_page()
    page.goto(f"{url}/sign-in")
    page.locator("input[type=password]").fill(token)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/")
    return page


def vocabulary(folder: Path) -> Path:
    """Returns the sample repository, in git."""
    shutil.copytree(ROOT / "sample-repo", folder, dirs_exist_ok=True)
    run_git(folder, "init", "--quiet", "--initial-branch", "main")
    run_git(folder, "config", "user.name", "The vocabulary")
    run_git(folder, "config", "user.email", "vocabulary@lab.example")
    run_git(folder, "add", "--all")
    run_git(folder, "commit", "--quiet", "--message", "The vocabulary")
    return folder


def somebody_else_commits(folder: Path) -> None:
    """Canonical moves, by plain git."""
    file = folder / "categories/Person.json"
    document = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(document | {"description": THEIRS}, indent=2) + "\n", "utf-8")
    run_git(folder, "commit", "--quiet", "--all", "--message", "Shorter")


def propose(page: Any, shot: Shot) -> str:
    """Cora proposes: a draft, an edit that breaks a rule, put right. Returns the address of the draft."""
    page.get_by_role("link", name="New draft").click()
    page.get_by_label("Title").fill("Say what a person is")
    page.get_by_label("Description").fill("People in novels are persons, too.")
    page.get_by_role("button", name="Start the draft").click()
    page.get_by_role("link", name="Change an entity, or add one").click()
    page.get_by_label("Search").fill("Person")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Person category/Person").or_(
        page.get_by_role("link", name="category/Person", exact=True)
    ).first.click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.locator("[name='value/description']").fill(NEW)
    page.get_by_role("button", name="Add to optional_properties").click()
    page.locator("[name='value/optional_properties/3']").fill("hompage")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("property/hompage does not exist").first.wait_for()
    page.locator("[name='value/optional_properties/3']").scroll_into_view_if_needed()
    shot("edit")
    page.locator("[name='value/optional_properties/3']").fill("homepage")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved in the draft.").wait_for()
    shot("draft")
    address: str = page.url.partition("?")[0]
    return address


def settle(page: Any, address: str, shot: Shot) -> None:
    """Cora settles the conflict with what was committed meanwhile, sees the result, saves it, and submits."""
    page.goto(address)
    page.get_by_role("link", name="Resolve the conflicts").first.click()
    page.get_by_role("radio", name="another value").check()
    page.locator("[name='value-1']").fill(AGREED)
    page.get_by_role("button", name="Show the result").click()
    page.get_by_role("button", name="Save this answer").wait_for()
    shot("conflicts")
    page.get_by_role("button", name="Save this answer").click()
    page.get_by_text("The answers are saved.").wait_for()
    page.get_by_role("button", name="Submit for merging").click()
    page.get_by_text("Submitted for merging.").wait_for()


def review(page: Any, address: str, shot: Shot) -> None:
    """Mia looks at it, ticks what she has viewed, asks and is answered, approves, merges."""
    page.goto(address)
    page.locator("#change-1 .remark summary").first.click()
    page.locator("#change-1 [name=text]").first.fill("Fine with me.")
    page.locator("#change-1").get_by_role("button", name="Comment").first.click()
    page.get_by_text("The comment is added.").wait_for()
    page.locator("#changes").evaluate("heading => heading.scrollIntoView({behavior: 'instant'})")
    shot("review")
    page.get_by_role("checkbox", name="viewed").first.check()
    page.get_by_text("1 of the 1 on this page viewed.").wait_for()
    page.get_by_text("Approve, or request changes…").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_text("You approved the changes.").wait_for()
    page.goto(f"{address}/entities/category/Person")
    page.locator(".picture").first.evaluate(
        "picture => picture.scrollIntoView({behavior: 'instant', block: 'end'})"
    )
    shot("entity")
    page.goto(address)
    page.get_by_role("button", name="Merge into canonical").click()
    page.get_by_text("This draft was merged").wait_for()
    shot("merged")


def play_story(browser: Any, folder: Path, shot: Callable[[Any, str], None]) -> None:
    """Plays all of it; ``shot`` is told where a picture is taken, of which page."""
    repository = gitdraft.open(folder)
    cora = repository.tokens.issue("Cora Curator <cora@lab.example>", "contributor").token
    mia = repository.tokens.issue("Mia Maintainer <mia@lab.example>", "maintainer").token
    with serving(folder) as url:
        curator = sign_in(browser, url, cora)
        address = propose(curator, lambda name: shot(curator, name))
        somebody_else_commits(folder)
        settle(curator, address, lambda name: shot(curator, name))
        maintainer = sign_in(browser, url, mia)
        review(maintainer, address, lambda name: shot(maintainer, name))


def main() -> None:
    """Keeps the pictures in the folder that was named."""
    from playwright.sync_api import sync_playwright

    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play, chromium(play) as browser:
        folder = vocabulary(Path(name) / "vocabulary")
        play_story(browser, folder, lambda page, shot: page.screenshot(path=target / f"{shot}.png"))
    sys.stdout.write(f"{len(PICTURES)} pictures in {target}\n")


if __name__ == "__main__":
    main()

"""A team on a forge, as docs/tutorial-on-a-forge.md tells it: its commands typed, and what others do on the forge meanwhile.

`python tests/forge_story.py FOLDER` plays it, and keeps the pictures of the page in the folder (`make pictures`).
"""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from browser_story import ROOT, chromium, serving, sign_in, vocabulary
from forge_server import TOKEN, serve_forge
from markdown_it import MarkdownIt
from sandbox import Sandbox, run_git
from team import Team

PAGE = ROOT / "docs/tutorial-on-a-forge.md"
PICTURES = ("forge-opened", "forge-taken-in", "forge-merged")
"""The pictures of the story, in its order."""
PERSON = "categories/Person.json"
STYLE = """body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1f2328}
table{border-collapse:collapse}td,th{border:1px solid #d1d9e0;padding:.3rem .8rem;text-align:left}
code{background:#eff1f3;border-radius:4px;padding:.1rem .3rem}.state{background:#1a7f37;color:#fff;border-radius:2rem;padding:.2rem .8rem}
.merged{background:#8250df}.said{border:1px solid #d1d9e0;border-radius:6px;padding:0 1rem;margin:1rem 0}"""
Shot = Callable[[str, Team], None]


@contextmanager
def ann(folder: Path) -> Iterator[Team]:
    """Yields the forge with the sample's vocabulary, and Ann's clone."""
    bare = folder / "forge.git"
    run_git(folder, "clone", "--quiet", "--bare", str(vocabulary(folder / "sample")), str(bare))
    run_git(bare, "config", "http.receivepack", "true")
    with serve_forge("gitea", bare) as forge:
        run_git(folder, "clone", "--quiet", forge.url, "vocabulary")
        clone = Sandbox(folder / "vocabulary")
        clone.git("config", "user.name", "Ann")
        clone.git("config", "user.email", "ann@lab.example")
        yield Team(forge, clone)


def bea_pushes(team: Team) -> None:
    team.push(
        "gitdraft/clarify-person",
        PERSON,
        message="Or imagined",
        description="A human being, living, dead or imagined.",
    )
    team.forge.comment(team.pull, "bea", "Should animals in fables be persons, too?")


def canonical_moves(team: Team) -> None:
    team.push("main", PERSON, message="Individuals", label="Individual")
    git = team.repository.git
    git("fetch", "--quiet")
    parts = subprocess.run(
        ["git", "merge-tree", "origin/main", "origin/gitdraft/clarify-person"],
        cwd=team.repository.path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert parts.returncode == 1, "git sees a conflict where gitdraft sees none"


def bea_merges(team: Team) -> None:
    team.forge.review(team.pull, "bea", "APPROVED")
    team.forge.merge(team.pull)


MEANWHILE = (bea_pushes, canonical_moves, bea_merges)
"""What happens before each `pr sync` of the page."""


def play(team: Team, shot: Shot) -> Iterator[tuple[str, list[str], str]]:
    """Types the commands of the page. Yields each with the lines that the page prints below it, and what it said; ``shot`` is
    called where a picture is taken."""
    text = PAGE.read_text("utf-8")
    events = iter(MEANWHILE)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GITDRAFT_FORGE_TOKEN": TOKEN,
    }
    names = {"https://forge.example": f"http://127.0.0.1:{team.forge.port}", "team/vocabulary": "team/things"}
    for console, picture in re.findall(r"```console\n(.*?)```|\]\(img/([a-z-]+)\.png\)", text, re.S):
        if picture:
            shot(picture, team)
        for block in filter(None, console.split("$ ")):
            command, *lines = block.rstrip("\n").split("\n")
            if command.startswith("gitdraft pr sync"):
                next(events)(team)
            for name, real in names.items():
                command = command.replace(name, real)
            done = subprocess.run(
                ["bash", "-c", command], cwd=team.repository.path, env=environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, f"{command}: {done.stderr}{done.stdout}"
            said = done.stdout
            for name, real in names.items():
                said = said.replace(real, name)
            yield command, lines, said


def pull_page(team: Team) -> str:
    """The pull request as a forge shows its Markdown."""
    markdown, pull = MarkdownIt("commonmark").enable("table"), team.pull
    state = "merged" if pull.merged else pull.state
    checks = "".join(
        f"<p>● {s['context']} <b>{s['state']}</b> {html.escape(s['description'])}"
        for s in team.forge.statuses[-1:]
    )
    comments = "".join(
        f"<div class=said><p><b>{each['by']}</b>{markdown.render(each['body'])}</div>"
        for each in pull.comments
    )
    labels = " ".join(f"<code>{html.escape(label)}</code>" for label in pull.labels)
    return f"""<!doctype html><meta charset=utf-8><style>{STYLE}</style><h1>{html.escape(pull.title)} #{pull.number}</h1>
<p><span class="state {state}">{state}</span> <code>{pull.head}</code> into <code>{pull.base}</code> {labels}
<div class=said>{markdown.render(pull.body)}</div>{comments}{checks}"""


def main() -> None:
    """Keeps the pictures in the folder that was named."""
    from playwright.sync_api import sync_playwright

    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as name,
        sync_playwright() as player,
        chromium(player) as browser,
        ann(Path(name)) as team,
    ):

        def shot(picture: str, team: Team) -> None:
            page = browser.new_context(viewport={"width": 1080, "height": 760}).new_page()
            file = target / f"{picture}.png"
            if picture == "forge-opened":
                page.set_content(pull_page(team))
                page.screenshot(path=file)
                return
            token = team.repository.library.tokens.issue(f"ann-{picture}", "maintainer").token
            with serving(team.repository.path) as url:
                page = sign_in(browser, url, token)
                page.goto(f"{url}/drafts/clarify-person")
                if picture == "forge-taken-in":
                    page.locator("#changes").evaluate(
                        "heading => heading.scrollIntoView({behavior: 'instant'})"
                    )
                page.screenshot(path=file)

        for _ in play(team, shot):
            pass
    sys.stdout.write(f"{len(PICTURES)} pictures in {target}\n")


if __name__ == "__main__":
    main()

"""Pictures of the terminal: pages of docs/ are typed in a terminal of their own, and what some of their commands show is drawn.

`python tests/terminal_story.py FOLDER` plays them, and keeps the pictures of docs/ in the folder (`make pictures`).
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from cli.test_cli_how_tos import DOCS, PAGES, Page, commands, environment, script, set_up
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from rich.text import Text

ROWS, COLUMNS = 50, 88
ANN = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Ann Archivist"), ("EMAIL", "ann@example.org"))
}
OF_OTHERS = re.compile(r"@font-face \{[^}]*\}\s*|<!--.*?-->\s*")


class Picture(NamedTuple):
    """What a command of a page shows. The page names the picture by its file."""

    page: str
    command: str
    name: str


PICTURES = (
    Picture("tutorial", "gitdraft diff", "terminal-diff"),
    Picture("tutorial", "gitdraft rebase", "terminal-rebase"),
    Picture("how-to/resolve-a-conflict", "gitdraft conflicts fix-person", "terminal-conflicts"),
    Picture("how-to/look-at-history", "gitdraft revision diff category/Person 1 2", "terminal-revision-diff"),
    Picture("how-to/review-a-draft", "gitdraft show fix-person", "terminal-show"),
)


def played(page: str, folder: Path) -> dict[str, str]:
    """Returns what the commands of a page show in a terminal, by the command; of one that is typed again, what it showed first."""
    typed = commands((DOCS / f"{page}.md").read_text())
    at = set_up(page, folder)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    settings = {**environment(folder), **ANN, "TERM": "xterm-256color", "GIT_PAGER": "cat", "PAGER": "cat"}
    settings.pop("NO_COLOR", None)
    with subprocess.Popen(
        ["bash", "-c", script(PAGES.get(page, Page()), typed)],
        cwd=at,
        env=settings,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        shown = b""
        while part := _read(ours):
            shown += part
    os.close(ours)
    parts = re.split(r"=== (\d+) \d+\n", shown.decode().replace("\r\n", "\n"))
    by_command: dict[str, str] = {}
    for text, number in zip(parts[::2], parts[1::2], strict=False):
        by_command.setdefault(typed[int(number)], text)
    return by_command


def _read(descriptor: int) -> bytes:
    """Returns what comes next from a terminal; nothing where its last writer has gone, which Linux tells as an error."""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


def drawn(picture: Picture, shown: str) -> str:
    """Returns an SVG of a command and what it showed. It names no font that is fetched from elsewhere."""
    console = Console(
        record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(Text(f"$ {picture.command}", style="bold"))
    console.print(Text.from_ansi(shown.rstrip("\n")))
    svg = console.export_svg(title="", unique_id=picture.name, theme=DEFAULT_TERMINAL_THEME)
    return OF_OTHERS.sub("", svg)


def make_pictures(folder: Path) -> None:
    """Plays each page once, and writes its pictures into the folder."""
    for page in dict.fromkeys(picture.page for picture in PICTURES):
        with tempfile.TemporaryDirectory() as place:
            shown = played(page, Path(place))
        for picture in PICTURES:
            if picture.page == page:
                (folder / f"{picture.name}.svg").write_text(drawn(picture, shown[picture.command]), "utf-8")


if __name__ == "__main__":
    make_pictures(Path(sys.argv[1]))

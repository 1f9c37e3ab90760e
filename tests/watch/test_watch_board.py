"""The state on a terminal: what happened last, who is left behind, what does not work."""

from __future__ import annotations

import os
import plistlib
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

from rich.console import Console
from sandbox import Sandbox

from gitdraft.cli.watch_screen import draw
from gitdraft.errors import RepositoryError
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.names import Oid
from gitdraft.model.outcomes import ChangeReport
from gitdraft.model.reports import DraftReport, RebaseCounts, RebaseReport
from gitdraft.model.watch_events import Back, Checked, Event, Failed, Gone, Rebased, Recovered
from gitdraft.model.worktree_reports import FileProblem
from gitdraft.watch.dashboard import MOST_MOVES, Dashboard
from gitdraft.watch.status_counts import StatusCounts

HEAD = {"repository": "/srv/onto[bold]logy", "canonical": "main", "by": "events"}
PERSON = EntityRef("category", "Person")


def rebased(subject: str = "Rename Person", *, conflict: bool = False) -> Rebased:
    change = ChangeReport(
        PERSON, "conflict", "verbatim", (Conflict("/label", "modify/modify", "A", "B", "C"),)
    )
    drafts = (
        (DraftReport("fix-person", "conflict", Oid("b" * 40), Oid("c" * 40), (change,)),) if conflict else ()
    )
    counts = RebaseCounts(
        open=3, unaffected=2, rebased=0 if conflict else 1, conflict=len(drafts), invalid=0, broken=0
    )
    return Rebased(0, subject, RebaseReport(Oid("a" * 40), Oid("d" * 40), counts, drafts), 0.042)


def shown(board: Dashboard, width: int = 90) -> str:
    console = Console(width=width, record=True, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115, PTH123
    console.print(draw(board, HEAD, {"draft": 2, "submitted": 1}))
    console.file.close()
    return console.export_text()


def test_the_board_shows_canonical_the_drafts_and_the_conflicts() -> None:
    text = shown(Dashboard().after(rebased("Start")).after(rebased(conflict=True)))
    assert "gitdraft watch  /srv/onto[bold]logy" in text
    assert "main    dddddddddd  Rename Person" in text
    assert "3 open: 2 draft, 1 submitted" in text
    assert "2 with canonical, 1 left behind" in text
    assert "category/Person  /label  conflict modify/modify" in text
    assert "gitdraft conflicts fix-person" in text
    assert text.index("Rename Person  1 conflict") < text.index("Start")


def test_what_works_again_goes_from_the_board() -> None:
    board = Dashboard().after(Failed(0, "fetch", RepositoryError("git fetch: no such host"))).after(Gone(0))
    assert "no such host" in shown(board)
    assert "the repository is gone" in shown(board)
    board = board.after(Recovered(0, "fetch")).after(Back(0))
    assert board.troubles == ()
    failed = board.after(Failed(0, "rebase", RepositoryError("no space is left on the disk")))
    assert failed.after(rebased()).troubles == ()


def test_files_with_problems_stay_until_they_are_mended() -> None:
    problem = FileProblem(7, "/label", "schema/minLength", "'' should be non-empty")
    board = Dashboard().after(Checked(0, "categories/Person.json", (problem,)))
    assert "categories/Person.json:7  /label  schema/minLength" in shown(board)
    assert board.after(Checked(0, "categories/Person.json", ())).files == ()


def test_the_board_does_not_grow() -> None:
    board = Dashboard()
    for number in range(MOST_MOVES * 3):
        board = board.after(rebased(f"Step {number}"))
    assert len(board.moves) == MOST_MOVES
    assert all(len(line) <= 60 for line in shown(board, 60).splitlines())


def test_drafts_are_counted_by_status(sandbox: Sandbox) -> None:
    repo = sandbox.library
    repo.drafts.new("Fix", draft_id="fix").set("category/Person", "/label", "Human")
    repo.drafts.new("Other", draft_id="other").set("category/Agent", "/label", "Actor")
    sandbox.git("branch", "draft/stray", "main")
    status_counts = StatusCounts()
    assert status_counts.count(repo.drafts) == {"draft": 2, "malformed": 1}
    repo.drafts["fix"].submit()
    assert status_counts.count(repo.drafts) == {"draft": 1, "submitted": 1, "malformed": 1}


def test_on_a_terminal_the_board_is_drawn(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/label", "Human")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "gitdraft.cli.main", "watch"],
        cwd=sandbox.path,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "COLUMNS": "90", "LINES": "30", "TERM": "xterm"},
    )
    os.close(theirs)
    assert "1 with canonical" in read_until(ours, "1 with canonical")
    sandbox.change("categories/Person.json", "Rename", label="Personne")
    read_until(ours, "modify/modify")
    process.send_signal(signal.SIGINT)
    read_until(ours, "stopped by SIGINT")
    assert process.wait(30) == 130
    os.close(ours)


def test_the_page_in_the_docs_names_every_event_and_its_plist_is_one() -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/watch.md").read_text()
    for event in get_args(Event):
        assert f"`{event.__name__.lower()}`" in page
    plist = plistlib.loads(page.partition("```xml\n")[2].partition("```")[0].encode())
    assert plist["ProgramArguments"][-3:] == ["watch", "--fetch", "60"]


def read_until(terminal: int, words: str) -> str:
    text = ""
    until = time.monotonic() + 30
    while words not in text:
        assert time.monotonic() < until, text
        if select.select([terminal], [], [], 1)[0]:
            text += os.read(terminal, 10_000).decode("utf-8", "replace")
    return text

"""Writes what the action found as the one comment on a pull request, under `workflow_run`, whose token may write.

The report comes from a run on what a fork proposed, so it is text and nothing else. Which pull request it is about is looked up
by what the event says, never read from the report; one whose head has moved since gets no comment.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gitdraft.forge.github import GitHub, headers
from gitdraft.forge.http import ForgeClient
from gitdraft.forge.markdown import plain
from gitdraft.forge.settings import ForgeSettings
from gitdraft.model.pull_requests import PullRequest

MARK = "<!-- gitdraft:checked -->"
LARGEST = 1 << 20  # bytes that are read of a report
MOST_LINES = 200
LONGEST_LINE = 250  # characters


def main() -> None:
    """Finds the pull request, and comments on it."""
    text = comment_of(Path(os.environ["REPORT"]))
    repository, owner = os.environ["REPOSITORY"], os.environ["HEAD_OWNER"]
    settings = ForgeSettings(
        "github", os.environ["API"], repository, owner, "origin", "origin", (), None, os.environ["TOKEN"]
    )
    forge = GitHub(ForgeClient(settings.api, headers(settings)), settings)
    pull = find_pull(forge, f"{owner}:{os.environ['HEAD_BRANCH']}", os.environ["HEAD"])
    if pull is None:
        sys.stdout.write("no open pull request has this head any more\n")
        return
    own = [each for each in forge.comments(pull) if each.path is None and each.text.startswith(MARK)]
    if not own or own[0].text.replace("\r\n", "\n").strip() != text:
        forge.write_comment(pull, text, own[0].id if own else None)


def find_pull(forge: GitHub, branch: str, head: str) -> PullRequest | None:
    """Returns the open pull request of a branch, `owner:name`, whose head is this commit; ``None`` where there is none."""
    pages = forge.client.pages(f"{forge.root}/pulls", {"state": "open", "head": branch, "per_page": 100})
    pulls = (forge.read_pull(each) for each in pages)
    return next(
        (p for p in pulls if p.head_commit == head and branch.partition(":")[2] == p.head.branch), None
    )


def comment_of(report: Path) -> str:
    """Returns a report as a comment: each line indented, so that nothing in it is markup."""
    with report.open("rb") as file:
        lines = file.read(LARGEST).decode("utf-8", "replace").splitlines()
    shown = [f"    {plain(line)[:LONGEST_LINE]}".rstrip() for line in lines[:MOST_LINES]]
    more = [f"\n… and {len(lines) - MOST_LINES:,} more lines."] if len(lines) > MOST_LINES else []
    return "\n".join([MARK, "What the proposal does to the entities:", "", *shown, *more]).strip()


if __name__ == "__main__":
    main()

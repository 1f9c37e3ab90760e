"""A branch that a `git rebase` holds, in any worktree, is in use: HEAD is detached meanwhile, and git moves it at the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from sandbox import Sandbox

AGENT = "categories/Agent.json"
STOP = ("-c", "sequence.editor=sed -i 1s/^pick/edit/", "rebase", "--quiet", "--interactive")


def start_rebase(linked: Sandbox, way: str) -> None:
    """Has a rebase stop while it holds main."""
    match way:
        case "merge":
            linked.git(*STOP, "HEAD~2")
        case "apply":
            linked.git("branch", "up", "HEAD~2")
            linked.git("checkout", "--quiet", "up")
            linked.change(AGENT, description="up")
            linked.git("checkout", "--quiet", "main")
            with pytest.raises(AssertionError):
                linked.git("rebase", "--apply", "up")
        case "update-refs":
            linked.git("checkout", "--quiet", "-b", "feature")
            linked.change("properties/name.json", label="Nom")
            linked.git(*STOP, "--update-refs", "HEAD~3")


@pytest.mark.parametrize("way", ["merge", "apply", "update-refs"])
def test_canonical_is_left_to_the_rebase_that_will_move_it(
    sandbox: Sandbox, tmp_path: Path, way: str
) -> None:
    sandbox.library.drafts.new("A label", draft_id="a").set("category/Person", "/label", "Human")
    sandbox.run("submit", "a")
    sandbox.git("checkout", "--quiet", "--detach")
    sandbox.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "main")
    linked = Sandbox(tmp_path / "linked")
    for number in "12":
        linked.change(AGENT, description=number)
    start_rebase(linked, way)
    before = sandbox.refs()
    for command in (
        ("merge", "a"),
        ("redirect", "create", "property/unused", "property/name", "--reason", "r"),
    ):
        answer = sandbox.run("-o", "json", *command)
        assert (answer.code, answer.refusal["code"]) == (42, "rebase-in-progress")
        assert answer.refusal["context"]["worktree"] == str(linked.path)
    assert sandbox.refs() == before
    linked.git("rebase", "--abort" if way == "apply" else "--continue")
    linked.git("checkout", "--quiet", "main")
    assert sandbox.run("merge", "a").code == 0

"""A merge in which one side deleted an entity and the other changed it is answered by a person, never by `commit -a`."""

from __future__ import annotations

from pathlib import Path

import pytest
from hooks.conftest import call_git
from sandbox import Sandbox

pytestmark = pytest.mark.long
FILE = "properties/unused.json"


@pytest.fixture(params=["ours deleted", "theirs deleted"])
def merging(hooked: Sandbox, request: pytest.FixtureRequest) -> Sandbox:
    """A merge that git has left unmerged."""
    hooked.git("switch", "--quiet", "--create", "topic")
    if request.param == "theirs deleted":
        hooked.git("rm", "--quiet", FILE)
        hooked.git("commit", "--quiet", "--message", "remove")
    else:
        hooked.change(FILE, label="Changed")
    hooked.git("switch", "--quiet", "main")
    if request.param == "theirs deleted":
        hooked.change(FILE, label="Changed")
    else:
        hooked.git("rm", "--quiet", FILE)
        hooked.git("commit", "--quiet", "--message", "remove")
    assert call_git(hooked.path, "merge", "--quiet", "topic").code == 1
    return hooked


def test_commit_all_is_refused(merging: Sandbox) -> None:
    before = merging.git("rev-parse", "main")
    said = call_git(merging.path, "commit", "--quiet", "--all", "--message", "merge")
    assert (said.code, FILE in said.out) == (1, True), said.out
    assert f"gitdraft resolve --file {FILE} --take ours" in said.out
    assert merging.git("rev-parse", "main") == before
    assert merging.git("ls-files", "--unmerged") != ""
    answer = merging.run("-o", "json", "conflicts", "--file")
    assert FILE in answer.out


@pytest.mark.parametrize("answer", ["add", "rm", "resolve"])
def test_an_answer_lets_it_pass(merging: Sandbox, answer: str) -> None:
    if answer == "resolve":
        assert merging.run("resolve", "--file", FILE, "--take", "theirs").code == 0
    elif answer == "rm":
        merging.git("rm", "--quiet", FILE)
    else:
        merging.git("add", FILE)
    said = call_git(merging.path, "commit", "--quiet", "--all", "--message", "merge")
    assert said.code == 0, said.out
    assert merging.git("rev-list", "--count", "--merges", "main") == "1"


def test_a_linked_worktree_has_an_index_of_its_own(merging: Sandbox, tmp_path: Path) -> None:
    merging.git("merge", "--abort")
    path = tmp_path / "linked"
    merging.git("worktree", "add", "--quiet", "-b", "other", str(path), "main")
    assert call_git(path, "merge", "--quiet", "topic").code == 1
    assert call_git(path, "commit", "--quiet", "--all", "--message", "merge").code == 1

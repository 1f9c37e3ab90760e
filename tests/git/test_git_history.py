"""Ancestry, in whole and in shallow clones."""

from __future__ import annotations

from pathlib import Path

import pytest
from sandbox import Sandbox, run_git

from gitdraft.errors import MissingObject
from gitdraft.git.history import commits_between, commits_touching, first_parents, is_ancestor, merge_base
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.repository import open_repository
from gitdraft.model.names import Oid

PERSON = "categories/Person.json"


@pytest.fixture
def commits(sandbox: Sandbox) -> list[str]:
    """Five on main, oldest first; the fourth is a merge of a branch off the second."""
    found = [sandbox.git("rev-parse", "main")]
    found.append(sandbox.change(PERSON, label="Human"))
    sandbox.git("switch", "--quiet", "-c", "side")
    sandbox.change("properties/name.json", label="Called")
    sandbox.git("switch", "--quiet", "main")
    found.append(sandbox.change(PERSON, rank=1))
    sandbox.git("merge", "--quiet", "--no-edit", "side")
    found.append(sandbox.git("rev-parse", "main"))
    found.append(sandbox.change(PERSON, rank=2))
    return found


def test_history_is_that_of_the_first_parents(sandbox: Sandbox, commits: list[str]) -> None:
    repository = open_repository(sandbox.path)
    for source in (repository, ObjectBuffer(repository)):
        assert [c.oid for c in first_parents(source, Oid(commits[4]))] == commits[::-1]
        assert [c.oid for c in commits_between(source, Oid(commits[1]), Oid(commits[4]))] == commits[2:]
        assert commits_between(source, Oid(commits[4]), Oid(commits[4])) == []
        touching = {
            path: [c.oid for c in commits_touching(source, Oid(commits[4]), [path])]
            for path in (PERSON, "properties/name.json", "no/such", "categories")
        }
        assert touching == {
            PERSON: [commits[4], commits[2], commits[1], commits[0]],
            "properties/name.json": [commits[3], commits[0]],
            "no/such": [],
            "categories": [commits[4], commits[2], commits[1], commits[0]],
        }


def test_ancestry(sandbox: Sandbox, commits: list[str]) -> None:
    repository = open_repository(sandbox.path)
    side = sandbox.git("rev-parse", "side")
    assert is_ancestor(repository, Oid(commits[0]), Oid(commits[4]))
    assert is_ancestor(repository, Oid(commits[0]), Oid(commits[0]))
    assert is_ancestor(repository, Oid(side), Oid(commits[3]))
    assert not is_ancestor(repository, Oid(side), Oid(commits[2]))
    assert merge_base(repository, Oid(side), Oid(commits[2])) == commits[1]
    alone = sandbox.git("commit-tree", "main^{tree}", "-m", "no parent")
    assert merge_base(repository, Oid(alone), Oid(commits[4])) is None


def test_a_shallow_clone_has_the_history_it_has(sandbox: Sandbox, commits: list[str], tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "--quiet", "--depth", "2", f"file://{sandbox.path}", str(tmp_path / "shallow"))
    repository = open_repository(tmp_path / "shallow")
    assert [c.oid for c in first_parents(repository, Oid(commits[4]))] == commits[:2:-1]
    assert [c.oid for c in commits_touching(repository, Oid(commits[4]), [PERSON])] == [
        commits[4],
        commits[3],
    ]
    run_git(tmp_path / "shallow", "fetch", "--quiet", "--unshallow")
    assert [c.oid for c in first_parents(repository, Oid(commits[4]))] == commits[::-1]


def test_a_hole_in_the_history_is_no_end_of_it(sandbox: Sandbox, commits: list[str]) -> None:
    (sandbox.path / ".git/objects" / commits[1][:2] / commits[1][2:]).unlink()
    repository = open_repository(sandbox.path)
    for look in (
        lambda: list(first_parents(repository, Oid(commits[4]))),
        lambda: merge_base(repository, Oid(commits[0]), Oid(commits[4])),
        lambda: is_ancestor(repository, Oid(commits[0]), Oid(commits[4])),
    ):
        with pytest.raises(MissingObject) as refused:
            look()
        assert refused.value.code == "missing-object"

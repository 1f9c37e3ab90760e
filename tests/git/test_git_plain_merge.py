"""What git's own merge makes of two commits."""

from __future__ import annotations

import pytest
from sandbox import Sandbox

from gitdraft.errors import MissingObject
from gitdraft.git.plain_merge import plain_merge
from gitdraft.git.repository import open_repository
from gitdraft.model.names import Oid


def commit(sandbox: Sandbox, name: str, text: str) -> Oid:
    (sandbox.path / name).write_text(text)
    sandbox.git("add", name)
    sandbox.git("commit", "--quiet", "-m", text)
    return Oid(sandbox.git("rev-parse", "HEAD").strip())


def test_the_tree_of_a_merge_a_conflict_and_histories_without_a_common_commit(sandbox: Sandbox) -> None:
    start = sandbox.git("rev-parse", "HEAD").strip()
    one = commit(sandbox, "a.txt", "one")
    sandbox.git("checkout", "--quiet", "-b", "other", start)
    apart, both = commit(sandbox, "b.txt", "apart"), commit(sandbox, "a.txt", "other")
    sandbox.git("checkout", "--quiet", "--orphan", "alone")
    unrelated = commit(sandbox, "c.txt", "unrelated")
    repository = open_repository(sandbox.path)
    sandbox.git("checkout", "--quiet", "-f", "--detach", one)
    sandbox.git("merge", "--quiet", "-m", "both", apart)
    assert plain_merge(repository, one, apart) == sandbox.git("rev-parse", "HEAD^{tree}").strip()
    assert plain_merge(repository, one, both) is None
    assert plain_merge(repository, one, unrelated) is None
    with pytest.raises(MissingObject):
        plain_merge(repository, one, Oid("1" * 40))

"""A remote whose history was rewritten: followed where nothing here is one's own, told apart where something is."""

from __future__ import annotations

from pathlib import Path

import pytest
from clones import Clone, Server, clone_of, serve, start
from sandbox import Sandbox

from gitdraft.errors import StateRefused


@pytest.fixture
def server(sandbox: Sandbox, tmp_path: Path) -> Server:
    return serve(sandbox, tmp_path)


@pytest.fixture
def ann(server: Server, tmp_path: Path) -> Clone:
    clone = clone_of(server, tmp_path, "Ann")
    clone.sync()
    return clone


def rewrite(server: Server) -> str:
    """The server's last commit of canonical is another one now, with another content."""
    server.commit_file("properties/unused.json", label="Secret")
    return server.git("rev-parse", "main")


def replace_last(server: Server) -> str:
    server.git("update-ref", "refs/heads/main", "main~1")
    return server.commit_file("properties/unused.json", label="Harmless")


@pytest.mark.parametrize("reflog", [True, False])
def test_it_is_followed_where_all_was_the_remotes(server: Server, ann: Clone, *, reflog: bool) -> None:
    old = rewrite(server)
    start(ann)
    ann.sync()
    if not reflog:
        ann.git("reflog", "expire", "--expire=now", "--all")
    new = replace_last(server)
    ann.library.pull()

    assert ann.git("rev-parse", "main") == new
    assert ann.read("properties/unused.json")["label"] == "Harmless"
    assert ann.git("status", "--porcelain") == ""
    assert ann.git("merge-base", "draft/fix-person", old) != old
    ann.sync()
    assert server.git("for-each-ref", "--contains", old) == ""


def test_a_remote_that_went_back_is_followed(server: Server, ann: Clone) -> None:
    rewrite(server)
    ann.sync()
    server.git("update-ref", "refs/heads/main", "main~1")
    ann.sync()
    assert ann.git("rev-parse", "main") == server.git("rev-parse", "main")


def test_commits_of_ones_own_are_told_apart(server: Server, ann: Clone) -> None:
    old = rewrite(server)
    ann.sync()
    own = ann.change("categories/Agent.json", label="Actor")
    new = replace_last(server)
    with pytest.raises(StateRefused) as refused:
        ann.library.pull()

    assert refused.value.code == "remote-rewritten"
    assert "git merge" not in str(refused.value.hint)
    command = str(refused.value.hint).partition(" puts")[0].split()
    assert ann.git("rev-parse", "main") == own
    ann.git(*command[1:])
    ann.sync()
    assert ann.git("rev-parse", "main~1") == new
    assert server.git("for-each-ref", "--contains", old) == ""


def test_own_commits_without_a_rewrite_diverge_as_ever(server: Server, ann: Clone) -> None:
    ann.change("categories/Agent.json", label="Actor")
    server.commit_file("properties/unused.json", label="Other")
    with pytest.raises(StateRefused) as refused:
        ann.library.pull()
    assert refused.value.code == "canonical-diverged"


def test_the_pull_that_followed_is_not_undone(server: Server, ann: Clone) -> None:
    rewrite(server)
    ann.sync()
    replace_last(server)
    ann.library.pull()
    with pytest.raises(StateRefused) as refused:
        ann.library.undo()
    assert refused.value.code == "not-undoable"

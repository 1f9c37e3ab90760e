"""A remote whose history was rewritten: followed where nothing here is one's own, told apart where something is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from clones import Clone, Server, clone_of, start

import gitdraft
from gitdraft.errors import StateRefused
from gitdraft.model.names import RefName
from gitdraft.model.operations import Actor


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


def forget(clone: Clone) -> None:
    """Nothing in the clone says where the remote was."""
    clone.git("config", "core.logAllRefUpdates", "false")
    shutil.rmtree(clone.path / ".git/logs")
    clone.git("update-ref", "-d", "refs/gitdraft/remotes/origin/canonical")


def purge(server: Server, entity: str) -> str:
    who = gitdraft.open(server.path, actor=Actor("Host", "host@example.org"))
    who.canonical.purge(entity, "asked for", force=True)
    return server.git("rev-parse", "main")


@pytest.mark.parametrize("entity", ["property/unused", "category/Secret"])
def test_a_purge_is_told_by_its_record_alone(server: Server, ann: Clone, tmp_path: Path, entity: str) -> None:
    ben = clone_of(server, tmp_path, "Ben")
    ben.write("categories/Secret.json", {"id": "Secret", "label": "Jane"})
    ben.commit("a secret")
    ben.change("categories/Agent.json", label="Actor")
    ben.git("push", "--quiet", "origin", "main")
    ann.sync()
    forget(ann)
    new = purge(server, entity)

    ann.library.pull()

    assert ann.git("rev-parse", "main") == new
    assert ann.git("status", "--porcelain") == ""
    ann.sync()
    assert server.git("rev-parse", "main") == new


def test_own_commits_beside_a_purge_that_is_told_by_its_record(server: Server, ann: Clone) -> None:
    rewrite(server)
    ann.sync()
    forget(ann)
    own = ann.change("categories/Agent.json", label="Actor")
    new = purge(server, "property/unused")
    with pytest.raises(StateRefused) as refused:
        ann.library.pull()

    assert refused.value.code == "remote-rewritten"
    command = str(refused.value.hint).partition(" puts")[0].split()
    assert command[:3] == ["git", "rebase", "--onto"]
    ann.git(*command[1:])
    ann.sync()
    assert ann.git("rev-parse", "main~1") == new
    assert own not in ann.git("rev-list", "main").split()


def test_own_commits_on_what_was_purged_are_not_kept(server: Server, ann: Clone) -> None:
    ann.sync()
    forget(ann)
    own = ann.change("properties/unused.json", label="Jane")
    new = purge(server, "property/unused")
    with pytest.raises(StateRefused) as refused:
        ann.library.pull()

    assert "git merge" not in str(refused.value.hint)
    assert "git rebase" not in str(refused.value.hint)
    assert "property/unused" in str(refused.value.hint)
    assert ann.git("rev-parse", "main") == own
    for command in str(refused.value.hint).partition(" after ")[2].split(" && "):
        ann.git(*command.split()[1:])
    ann.sync()
    assert ann.git("rev-parse", "main") == server.git("rev-parse", "main") == new


def test_a_merge_is_not_advised_where_nobody_knows_what_the_remote_took_back(
    server: Server, ann: Clone
) -> None:
    rewrite(server)
    ann.sync()
    forget(ann)
    replace_last(server)
    with pytest.raises(StateRefused) as refused:
        ann.library.pull()
    assert refused.value.code == "canonical-diverged"
    assert "git merge" not in str(refused.value.hint)
    assert "git rebase -i origin/main" in str(refused.value.hint)


def test_a_merge_is_advised_where_the_remote_went_on(server: Server, ann: Clone) -> None:
    ann.change("categories/Agent.json", label="Actor")
    server.commit_file("properties/unused.json", label="Other")
    with pytest.raises(StateRefused) as refused:
        ann.library.pull()
    assert str(refused.value.hint).startswith("git merge origin/main ")


def test_a_push_does_not_bring_back_what_the_remote_took_out(server: Server, ann: Clone) -> None:
    old = rewrite(server)
    ann.sync()
    server.git("update-ref", "refs/heads/main", "main~1")
    with pytest.raises(StateRefused) as refused:
        ann.library.push()
    assert (refused.value.code, str(refused.value.hint)[:13]) == ("remote-rewritten", "gitdraft pull")
    ann.library.pull()
    ann.library.push()
    assert server.git("for-each-ref", "--contains", old) == ""


def test_who_follows_alone_follows_a_rewritten_history_with_the_drafts(server: Server, ann: Clone) -> None:
    old = rewrite(server)
    start(ann)
    ann.sync()
    new = replace_last(server)
    ann.git("fetch", "--quiet")
    forwarding = ann.library.automatic().forward(RefName("refs/remotes/origin/main"))

    assert (forwarding.state, forwarding.remote_tip, forwarding.violations) == ("rewritten", new, ())
    assert ann.git("rev-parse", "main") == new
    assert old not in ann.git("rev-list", "main", "draft/fix-person").split()
    assert ann.git("status", "--porcelain") == ""
    assert ann.library.automatic().forward(RefName("refs/remotes/origin/main")).state == "equal"


def test_who_follows_alone_is_refused_as_a_pull_is(server: Server, ann: Clone) -> None:
    rewrite(server)
    ann.sync()
    own = ann.change("categories/Agent.json", label="Actor")
    replace_last(server)
    with pytest.raises(StateRefused) as refused:
        ann.library.pull()
    forwarding = ann.library.forward(RefName("refs/remotes/origin/main"))

    assert forwarding.refusal is not None
    assert (forwarding.state, forwarding.refusal.code) == ("diverged", "remote-rewritten")
    assert forwarding.refusal.hint == refused.value.hint
    assert ann.git("rev-parse", "main") == own


@pytest.mark.parametrize("by", ["pull", "forward"])
def test_a_gitdraft_yaml_that_cannot_be_read_is_followed_and_reported(
    server: Server, ann: Clone, tmp_path: Path, by: str
) -> None:
    start(ann)
    ann.sync()
    ben = clone_of(server, tmp_path, "Ben")
    ben.write("gitdraft.yaml", "version: 1\nentities: 5\n")
    broken = ben.commit("broken")
    ben.git("push", "--quiet", "origin", "main")
    if by == "pull":
        report = ann.library.pull()
        violations, is_clean = report.violations, report.is_clean
        assert not is_clean
    else:
        ann.git("fetch", "--quiet")
        violations = ann.library.forward(RefName("refs/remotes/origin/main")).violations

    assert ann.git("rev-parse", "main") == broken
    assert {violation.rule for violation in violations} == {"configuration/invalid"}
    ben.git("revert", "--no-edit", "HEAD")
    ben.git("push", "--quiet", "origin", "main")
    answer = ann.run("pull")
    assert answer.code == 0, answer.err
    assert ann.run("rebase").code == 0


def test_a_purge_is_in_the_audit_of_every_clone_and_stays_in_that_of_its_own(
    server: Server, ann: Clone, tmp_path: Path
) -> None:
    new = purge(server, "property/unused")
    ben = clone_of(server, tmp_path, "Ben")
    told = [
        [(entry.entity.key, entry.revision.edit_type, entry.reason) for entry in repo.canonical.audit()]
        for repo in (gitdraft.open(server.path), ben.library)
    ]
    assert told == [[("unused", "delete-hard", "asked for")]] * 2
    server.git("update-ref", "refs/heads/main", f"{new}~1")
    server.commit_file("properties/name.json", label="Other")
    (entry,) = gitdraft.open(server.path).canonical.audit(["hard"])
    assert (entry.entity.key, entry.revision.commit, entry.undone_by) == ("unused", new, None)


def purge_here(server: Server, ann: Clone) -> str:
    """What Ann purges is still on the server, in canonical and under a draft; the server's tip."""
    old = rewrite(server)
    ann.sync()
    start(ann, "other", "category/Agent")
    ann.sync()
    ann.library.canonical.purge("property/unused", "asked for", force=True)
    return old


def test_a_purge_here_is_brought_to_the_remote_and_never_taken_back_from_it(
    server: Server, ann: Clone
) -> None:
    """The remote has not rewritten anything, and its commits are not put under the purge again."""
    old = purge_here(server, ann)
    for command in ("pull", "push", "sync"):
        answer = ann.run("-o", "json", command)
        assert (answer.code, answer.refusal["code"]) == (42, "remote-not-purged")
    command = answer.refusal["hint"].partition(" gives")[0]
    ann.git(*(word.strip("'") for word in command.split()[1:]))
    assert ann.run("-o", "json", "sync").json["drafts"] == []
    assert server.git("for-each-ref", "--contains", old) == ""
    assert ann.run("push").out == "= origin has all that is here\n"


def test_what_the_remote_has_beside_a_purge_here_is_taken_over_first(server: Server, ann: Clone) -> None:
    old = purge_here(server, ann)
    server.commit_file("categories/Agent.json", description="Beside.")
    refused = ann.run("-o", "json", "pull")
    assert refused.refusal["code"] == "remote-not-purged"
    take, _, push = refused.refusal["hint"].partition(" takes over what origin has beside it; then ")
    ann.git(*take.split()[1:])
    assert ann.read("categories/Agent.json")["description"] == "Beside."
    ann.git(*(word.strip("'") for word in push.partition(" gives")[0].split()[1:]))
    assert ann.run("sync").code == 0
    assert server.git("for-each-ref", "--contains", old) == ""


def test_what_brings_the_purged_back_is_named(server: Server, ann: Clone) -> None:
    purge_here(server, ann)
    server.commit_file("properties/unused.json", label="Again")
    assert "without what brings property/unused back" in ann.run("pull").err

"""Remotes that are empty, diverged, moving, broken or unwilling: nothing is lost, and the next run goes on."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from clones import Clone, Server, start
from sandbox import Sandbox, run_git

from gitdraft.errors import Moved, RepositoryError, StateRefused
from gitdraft.git import remotes
from gitdraft.git.remotes import Pushed, RefUpdate
from gitdraft.git.repository import GitRepository


def test_an_empty_remote_takes_everything_and_deletes_nothing(
    shared: tuple[Clone, Clone], server: Server, tmp_path: Path
) -> None:
    ann, _ = shared
    shutil.rmtree(server.path)
    run_git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", str(server.path))

    assert ann.outcomes(ann.library.pull()) == {}
    report = ann.sync()

    assert ann.outcomes(report) == {"fix-person": "pushed"}
    assert server.git("rev-parse", "main", "draft/fix-person").split() == [
        ann.git("rev-parse", "main"),
        ann.git("rev-parse", "draft/fix-person"),
    ]


def test_diverged_canonicals_are_refused_with_a_way_out(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, _ = shared
    server.commit_file("categories/Agent.json", label="Actor")
    ann.change("categories/Person.json", label="Somebody")
    before = ann.refs()

    for run in (ann.sync, ann.library.pull, ann.library.push):
        with pytest.raises(StateRefused) as refused:
            run()
        assert refused.value.code == "canonical-diverged"

    assert {name: oid for name, oid in ann.refs().items() if "remotes" not in name} == {
        name: oid for name, oid in before.items() if "remotes" not in name
    }
    ann.git("merge", "--quiet", "origin/main")
    assert ann.sync().is_clean


def test_an_unrelated_remote_is_refused(
    shared: tuple[Clone, Clone], sandbox: Sandbox, tmp_path: Path
) -> None:
    ann, _ = shared
    other = tmp_path / "other"
    run_git(tmp_path, "init", "--quiet", "--initial-branch", "main", str(other))
    run_git(other, "commit", "--quiet", "--allow-empty", "-m", "other")
    ann.git("remote", "add", "other", str(other))

    with pytest.raises(StateRefused) as refused:
        ann.library.sync("other")

    assert refused.value.code == "unrelated-history"


def receive_through(clone: Clone, script: str) -> Path:
    """Have the clone's pushes go through a shell script before `git receive-pack` gets them."""
    file = clone.path.parent / f"{clone.who}-receive"
    file.write_text(f'#!/bin/sh\nunset GIT_DIR\n{script}\nexec git receive-pack "$@"\n')
    file.chmod(0o755)
    clone.git("config", "remote.origin.receivepack", str(file))
    return file


def test_a_remote_that_moves_between_fetch_and_push_is_taken_in_first(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/description", "Anybody.")
    ben.library.drafts["fix-person"].set("category/Person", "/steps/0", "A")
    ben.git("push", "--quiet", "origin", "draft/fix-person:refs/heads/waiting")
    waiting = server.git("rev-parse", "waiting")
    receive_through(
        ann,
        f'test -e "$1/moved" || {{ git -C "$1" update-ref refs/heads/draft/fix-person {waiting}; touch "$1/moved"; }}',
    )

    report = ann.sync()

    assert len(report.pulls) == 2
    assert ann.outcomes(report) == {"fix-person": "merged"}
    assert (ann.person()["description"], ann.person()["steps"][0]) == ("Anybody.", "A")


def test_a_remote_that_never_stands_still_is_given_up(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, _ = shared
    ann.library.drafts["fix-person"].set("category/Person", "/description", "Anybody.")
    receive_through(
        ann,
        'tip=$(git -C "$1" rev-parse draft/fix-person)\n'
        'next=$(git -C "$1" commit-tree "$tip^{tree}" -p "$tip" -m again)\n'
        'git -C "$1" update-ref refs/heads/draft/fix-person "$next"',
    )

    with pytest.raises(Moved):
        ann.sync()

    assert ann.person()["description"] == "Anybody."


@pytest.mark.parametrize(("name", "when"), [("pre-receive", ""), ("reference-transaction", "committed")])
def test_a_connection_that_breaks_is_told_and_the_next_run_goes_on(
    shared: tuple[Clone, Clone], server: Server, name: str, when: str
) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/description", "Anybody.")
    hook = server.path / "hooks" / name
    hook.write_text(f'#!/bin/sh\ntest "$1" != "{when}" || kill -9 $PPID\n')
    hook.chmod(0o755)

    with pytest.raises(RepositoryError) as error:
        ann.sync()

    assert error.value.code == "remote"
    hook.unlink()
    assert ann.sync().is_clean
    ben.sync()
    assert ben.tips() == ann.tips()
    assert ann.person()["description"] == "Anybody."


def test_what_the_server_refuses_is_told_and_the_rest_arrives(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, _ = shared
    hook = server.path / "hooks" / "update"
    hook.write_text('#!/bin/sh\ncase "$1" in */no-*) echo "not this one"; exit 1;; esac\n')
    hook.chmod(0o755)
    start(ann, "no-thanks", "category/Agent")
    start(ann, "yes", "category/Agent")

    report = ann.sync()

    assert ann.outcomes(report) == {"no-thanks": "refused", "yes": "pushed"}
    assert report.push is not None
    assert report.push.drafts[0].reason == "hook declined"
    assert "not this one" in (report.push.said or "")
    assert not report.is_clean


def test_a_server_that_takes_five_refs_a_push_gets_fives(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, _ = shared
    hook = server.path / "hooks" / "pre-receive"
    hook.write_text('#!/bin/sh\ntest "$(wc -l)" -le 5\n')
    hook.chmod(0o755)
    for number in range(8):
        start(ann, f"draft-{number}", "category/Agent", value=f"Agent {number}")

    report = ann.sync()

    assert set(ann.outcomes(report).values()) == {"pushed"}
    assert len(server.git("for-each-ref", "refs/heads/draft").splitlines()) == 9


@pytest.mark.parametrize("is_there", [False, True])
def test_a_clone_that_cannot_be_finished_leaves_nothing(
    ann: Clone, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    ann.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/rank", 1)
    ann.sync()
    copy = tmp_path / "copy"
    if is_there:
        copy.mkdir()

    def fail(*_: object) -> None:
        raise RepositoryError("no space is left on the disk", code="no-space")

    with monkeypatch.context() as patch:
        patch.setattr("gitdraft.store.transaction.move_refs", fail)
        refused = Sandbox(tmp_path).run("-o", "json", "clone", str(server.path), "copy")
    assert (refused.code, refused.refusal["code"]) == (50, "no-space")
    assert copy.exists() == is_there
    assert not is_there or not list(copy.iterdir())

    assert Sandbox(tmp_path).run("clone", str(server.path), "copy").code == 0
    assert "draft/fix" in Sandbox(copy).git("branch", "--format", "%(refname:short)")


def test_a_clone_whose_configuration_cannot_be_read_is_there_to_be_mended(
    ann: Clone, server: Server, tmp_path: Path
) -> None:
    ann.write("gitdraft.yaml", "entities: [\n")
    ann.commit("broken")
    ann.git("push", "--quiet", "origin", "main")

    assert Sandbox(tmp_path).run("clone", str(server.path), "copy").code == 20
    assert (tmp_path / "copy/gitdraft.yaml").read_text() == "entities: [\n"


def test_what_was_pushed_is_told_where_the_disk_refuses_to_note_it(
    ann: Clone, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann.change("properties/unused.json", label="Ahead")
    ann.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/rank", 1)

    def fail(*_: object) -> None:
        raise RepositoryError("no space is left on the disk", code="no-space")

    with monkeypatch.context() as patch:
        patch.setattr("gitdraft.sync.push.move_tracking_refs", fail)
        pushed = ann.run("push")
    assert pushed.code == 0
    assert (
        "pushed, and not noted here: no space is left on the disk; gitdraft pull notes what origin has"
        in pushed.err
    )
    assert server.git("rev-parse", "main", "draft/fix") == ann.git("rev-parse", "main", "draft/fix")
    assert ann.run("pull").code == 0
    assert ann.run("push").code == 0


def test_drafts_that_cannot_be_pushed_once_canonical_has_arrived_are_told(
    ann: Clone, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann.change("properties/unused.json", label="Ahead")
    ann.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/rank", 1)

    def fail(git: GitRepository, remote: str, groups: Sequence[Sequence[RefUpdate]]) -> Pushed:
        if any(update.ref.startswith("refs/heads/draft/") for group in groups for update in group):
            raise RepositoryError("no space is left on the disk", code="no-space")
        return remotes.push_refs(git, remote, groups)

    with monkeypatch.context() as patch:
        patch.setattr("gitdraft.sync.push.push_refs", fail)
        pushed = ann.run("-o", "json", "push")
    assert pushed.code == 1
    assert server.git("rev-parse", "main") == ann.git("rev-parse", "main")
    assert [(draft["outcome"], draft["reason"]) for draft in pushed.json["drafts"]] == [
        ("refused", "no space is left on the disk")
    ]
    assert ann.run("push").code == 0


def test_a_clone_whose_files_git_could_not_check_out_leaves_nothing_and_a_full_folder_stays(
    ann: Clone, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "notes.txt").write_text("mine\n")
    assert Sandbox(tmp_path).run("clone", str(server.path), "full").code == 50
    assert (full / "notes.txt").read_text() == "mine\n"

    ann.write(".gitattributes", "*.json filter=fails\n")
    ann.commit("a filter")
    ann.git("push", "--quiet", "origin", "main")
    fails = {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "filter.fails.smudge",
        "GIT_CONFIG_VALUE_0": "false",
        "GIT_CONFIG_KEY_1": "filter.fails.required",
        "GIT_CONFIG_VALUE_1": "true",
    }
    assert Sandbox(tmp_path).run("clone", str(server.path), "copy", **fails).code == 50
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("command", ["push", "sync"])
def test_a_lock_that_a_killed_git_left_on_the_remote_is_named(
    shared: tuple[Clone, Clone], server: Server, command: str
) -> None:
    ann, _ = shared
    ann.library.drafts["fix-person"].set("category/Person", "/rank", 3)
    lock = server.path / "refs/heads/draft/fix-person.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()

    answer = ann.run(command)

    assert answer.code == 1
    assert f"remove {lock}" in answer.out
    lock.unlink()
    assert ann.run(command).code == 0
    assert server.git("rev-parse", "draft/fix-person") == ann.git("rev-parse", "draft/fix-person")

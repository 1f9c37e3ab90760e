"""Drafts across clones: what both sides did is there afterwards, once, or told as a conflict."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from clones import Clone, Server, clone_of, serve, start
from sandbox import Sandbox, present, run_git

import gitdraft
from gitdraft.drafts.resolve import canonical_side, draft_side
from gitdraft.errors import Moved, NotFound, RepositoryError, StateRefused
from gitdraft.git import remotes
from gitdraft.git.remotes import Pushed, RefUpdate
from gitdraft.git.repository import GitRepository
from gitdraft.model.entities import EntityRef
from gitdraft.store.remote_tracking import relations


@pytest.fixture
def server(sandbox: Sandbox, tmp_path: Path) -> Server:
    return serve(sandbox, tmp_path)


@pytest.fixture
def clones(server: Server, tmp_path: Path) -> Callable[[str], Clone]:
    return lambda who: clone_of(server, tmp_path, who)


@pytest.fixture
def ann(clones: Callable[[str], Clone]) -> Clone:
    return clones("Ann")


@pytest.fixture
def ben(clones: Callable[[str], Clone]) -> Clone:
    return clones("Ben")


@pytest.fixture
def shared(ann: Clone, ben: Clone) -> tuple[Clone, Clone]:
    """A draft that both clones have."""
    start(ann)
    ann.sync()
    ben.sync()
    return ann, ben


def test_a_draft_reaches_the_other_clone(ann: Clone, ben: Clone) -> None:
    start(ann)

    assert ann.outcomes(ann.sync()) == {"fix-person": "pushed"}
    assert ben.outcomes(ben.sync()) == {"fix-person": "pulled"}

    assert ben.person()["label"] == "Human"
    assert ann.tips() == ben.tips()


def test_when_nothing_happened_nothing_is_done(shared: tuple[Clone, Clone]) -> None:
    ann, _ = shared
    refs = ann.refs()

    report = ann.sync()

    assert ann.outcomes(report) == {}
    assert report.push is not None
    assert report.push.canonical is None
    assert ann.refs() == refs


def test_edits_of_different_members_are_merged(shared: tuple[Clone, Clone]) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/description", "Anybody.")
    ben.library.drafts["fix-person"].set("category/Person", "/steps/0", "A")
    ann.sync()

    report = ben.sync()
    ann.sync()

    assert ben.outcomes(report) == {"fix-person": "merged"}
    assert ann.tips() == ben.tips()
    assert ann.person() == ben.person()
    assert ann.person()["description"] == "Anybody."
    assert ann.person()["steps"] == ["A", "b", "c"]
    assert ann.person()["label"] == "Human"


def test_edits_of_different_entities_are_merged_as_a_line_of_commits(shared: tuple[Clone, Clone]) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Agent", "/label", "Actor")
    ben.library.drafts["fix-person"].set("property/name", "/label", "Called")
    ann.sync()
    ben.sync()
    ann.sync()

    subjects = ann.git("log", "--format=%s", "main..draft/fix-person").splitlines()
    assert subjects[0] == "Merge with the changes made here"
    assert subjects[1].startswith("Set category/Agent")
    assert ann.git("rev-list", "--min-parents=2", "main..draft/fix-person") == ""
    files = ann.library.store.find_draft("fix-person").files
    assert [str(file.entity) for file in files] == ["category/Agent", "category/Person", "property/name"]


def test_a_server_that_rebased_while_the_author_edited(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, ben = shared
    tip = server.commit_file("categories/Person.json", description="Somebody.")
    assert server.rebase().counts.rebased == 1
    ann.library.drafts["fix-person"].set("category/Person", "/steps/0", "A")

    report = ann.sync()
    ben.sync()

    assert ann.outcomes(report) == {"fix-person": "merged"}
    assert ann.library.store.find_draft("fix-person").base == tip
    assert ann.person() == ben.person()
    assert (ann.person()["label"], ann.person()["description"], ann.person()["steps"][0]) == (
        "Human",
        "Somebody.",
        "A",
    )
    assert ann.tips() == ben.tips()


def test_a_server_that_followed_a_rename_while_the_author_edited(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, ben = shared
    server.rename_file("categories/Person.json", "categories/Human.json", id="Human")
    assert server.rebase().counts.rebased == 1
    ann.library.drafts["fix-person"].set("category/Person", "/steps/0", "A")

    report = ann.sync()
    ben.sync()

    assert ann.outcomes(report) == {"fix-person": "merged"}
    for clone in (ann, ben):
        files = clone.library.store.find_draft("fix-person").files
        assert "category/Human" in [str(file.entity) for file in files]
        assert "category/Person" not in [str(file.entity) for file in files]
        human = present(clone.library.view("category/Human", draft="fix-person").document)
        assert (human["id"], human["label"], human["steps"][0]) == ("Human", "Human", "A")
    assert ann.tips() == ben.tips()


def test_both_rebased_without_an_edit_and_no_commit_is_made(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, _ = shared
    server.commit_file("categories/Person.json", description="Somebody.")
    ann.git("pull", "--quiet")
    ann.library.rebase()
    server.rebase()

    report = ann.sync()

    assert ann.outcomes(report) == {"fix-person": "pulled"}
    assert ann.tips()["fix-person"] == server.git("rev-parse", "draft/fix-person")


def test_two_answers_to_one_place_are_a_conflict_that_stays(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Anyone")
    ben.library.drafts["fix-person"].set("category/Person", "/label", "Being")
    ann.sync()
    before, far = ben.tips(), server.refs()

    report = ben.sync()

    (draft,) = report.pulls[-1].drafts
    ((entity, conflict),) = draft.conflicts
    assert draft.outcome == "conflict"
    assert (str(entity), conflict.path) == ("category/Person", "/label")
    assert (conflict.base, conflict.canonical, conflict.draft) == ("Human", "Anyone", "Being")
    assert not report.is_clean
    assert ben.tips() == before
    assert server.refs() == far


def test_an_edit_that_conflicts_with_canonical_is_kept_in_conflict_with_canonical(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, _ = shared
    server.commit_file("categories/Person.json", description="Somebody.")
    server.rebase()
    ann.library.drafts["fix-person"].set("category/Person", "/description", "Anybody.")

    report = ann.sync()

    assert ann.outcomes(report) == {"fix-person": "merged"}
    rebased = report.pulls[-1].rebase
    assert rebased is not None
    assert rebased.counts.conflict == 1
    ((_, conflict),) = ann.library.drafts["fix-person"].conflicts()
    assert (conflict.canonical, conflict.draft) == ("Somebody.", "Anybody.")


def test_an_edit_beside_a_conflict_that_the_other_clone_resolved_is_not_lost(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Human")
    ann.sync()
    ben.sync()
    server.commit_file("categories/Person.json", label="Anybody")
    ben.sync()
    ben.library.drafts["fix-person"].resolve("category/Person", "/label", take="draft")
    ben.sync()
    ann.library.drafts["fix-person"].set("category/Person", "/rank", 7)

    ann.sync()

    assert ann.person()["rank"] == 7


def test_undo_takes_a_pull_back(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Anyone")
    ann.sync()
    server.commit_file("categories/Agent.json", label="Actor")
    before = ben.refs()
    ben.library.pull()
    assert ben.person()["label"] == "Anyone"

    ben.library.undo()

    kept = {
        name: oid
        for name, oid in ben.refs().items()
        if not name.startswith(("refs/gitdraft/", "refs/remotes/"))
    }
    assert kept == {name: before[name] for name in kept}
    assert ben.read("categories/Agent.json")["label"] == "Agent"
    assert ben.outcomes(ben.sync()) == {"fix-person": "pulled"}
    assert ben.tips() == ann.tips()


def test_a_conflict_is_resolved_for_one_side_or_a_value(shared: tuple[Clone, Clone]) -> None:
    ann, ben = shared
    for clone, label in ((ann, "Anyone"), (ben, "Being")):
        clone.library.drafts["fix-person"].set("category/Person", "/label", label)
        clone.library.drafts["fix-person"].set("category/Person", "/description", f"{label}.")
    ann.sync()
    ben.sync()
    person = EntityRef("category", "Person")

    first = ben.resolve_with_remote(person, "/label", draft_side)
    second = ben.resolve_with_remote(person, "/description", canonical_side)

    assert (len(first.remaining), first.moved, second.moved) == (1, False, True)
    assert ben.person() | {"label": "Being", "description": "Anyone."} == ben.person()
    assert ben.outcomes(ben.sync()) == {"fix-person": "pushed"}
    assert ann.outcomes(ann.sync()) == {"fix-person": "pulled"}
    assert ann.tips() == ben.tips()
    assert ".gitdraft/resolutions" not in ann.git("ls-tree", "-r", "--name-only", "draft/fix-person")


def test_an_answer_holds_only_for_what_was_seen(shared: tuple[Clone, Clone]) -> None:
    ann, ben = shared
    for clone, label in ((ann, "Anyone"), (ben, "Being")):
        clone.library.drafts["fix-person"].set("category/Person", "/label", label)
        clone.library.drafts["fix-person"].set("category/Person", "/rank", len(label))
    ann.sync()
    ben.sync()
    ben.resolve_with_remote(EntityRef("category", "Person"), "/label", draft_side)
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Everyone")
    ann.sync()

    (draft,) = ben.sync().pulls[-1].drafts

    assert [conflict.path for _, conflict in draft.conflicts] == ["/label", "/rank"]


def test_a_merged_draft_is_closed_everywhere(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].submit()
    merged = ann.library.drafts["fix-person"].merge()

    pushed = ann.sync()
    pulled = ben.sync()

    assert pushed.push is not None
    assert pushed.push.canonical is not None
    assert pushed.push.canonical.tip == merged.commit == server.git("rev-parse", "main")
    assert ben.outcomes(pulled) == {"fix-person": "pulled"}
    assert ben.read("categories/Person.json")["label"] == "Human"
    assert (ben.library.store.open_drafts(), server.git("branch", "--list", "draft/*")) == ({}, "")
    assert ben.tips() == ann.tips()


def test_what_was_edited_while_somebody_merged_goes_on_as_a_draft_of_its_own(
    shared: tuple[Clone, Clone],
) -> None:
    ann, ben = shared
    ben.library.drafts["fix-person"].set("category/Person", "/description", "Anybody.")
    ann.library.drafts["fix-person"].submit()
    ann.library.drafts["fix-person"].merge()
    ann.sync()

    ben.sync()
    ann.sync()

    assert ann.tips() == ben.tips()
    assert list(ann.library.store.open_drafts()) == ["fix-person-2"]
    assert ann.library.drafts["fix-person"].status == "merged"
    assert ann.person("fix-person-2")["description"] == "Anybody."


@pytest.mark.parametrize("merger_first", [True, False])
def test_a_merge_that_comes_second_keeps_the_edits_too(
    shared: tuple[Clone, Clone], merger_first: bool
) -> None:
    ann, ben = shared
    ben.library.drafts["fix-person"].set("category/Person", "/description", "Anybody.")
    ann.library.drafts["fix-person"].submit()
    ann.library.drafts["fix-person"].merge()
    for clone in (ann, ben, ann) if merger_first else (ben, ann, ben):
        clone.sync()

    assert ann.tips() == ben.tips()
    assert ann.person("fix-person-2")["description"] == "Anybody."


def test_a_submitted_draft_that_somebody_edited_meanwhile_is_a_draft_again(
    shared: tuple[Clone, Clone],
) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].submit()
    ann.sync()
    ben.library.drafts["fix-person"].set("category/Agent", "/label", "Actor")

    ben.sync()
    ann.sync()

    assert ann.library.drafts["fix-person"].status == "draft"
    assert [step.status.value for step in ann.library.drafts["fix-person"].header.history][-2:] == [
        "submitted",
        "draft",
    ]
    assert ann.tips() == ben.tips()


def test_a_withdrawn_draft_closes_unless_somebody_edited_it(shared: tuple[Clone, Clone]) -> None:
    ann, ben = shared
    start(ann, "other", "category/Agent")
    ann.sync()
    ben.sync()
    ben.library.drafts["other"].set("category/Agent", "/description", "Acts!")
    for draft in ("fix-person", "other"):
        ann.library.drafts[draft].withdraw()
    ann.sync()

    ben.sync()
    ann.sync()

    assert ann.tips() == ben.tips()
    assert list(ann.library.store.open_drafts()) == ["other"]
    assert list(ben.library.store.closed_drafts()) == ["fix-person"]


def test_a_deletion_travels_unless_the_other_side_changed_the_draft(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, ben = shared
    start(ann, "other", "category/Agent")
    ann.sync()
    ben.sync()
    ben.library.drafts["other"].set("category/Agent", "/description", "Acts!")
    ann.git("branch", "-D", "draft/fix-person", "draft/other")

    assert ann.outcomes(ann.sync()) == {"fix-person": "deleted", "other": "deleted"}
    assert ben.outcomes(ben.sync()) == {"fix-person": "deleted", "other": "kept"}
    ann.sync()

    assert list(server.git("for-each-ref", "--format=%(refname)", "refs/heads/draft").split()) == [
        "refs/heads/draft/other"
    ]
    assert ann.tips() == ben.tips()


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


def test_two_drafts_of_one_name_are_not_mixed(ann: Clone, ben: Clone) -> None:
    start(ann, "mine")
    start(ben, "mine", "category/Agent")
    ann.sync()
    before = ben.tips()

    report = ben.sync()

    assert ben.outcomes(report) == {"mine": "refused"}
    assert "git branch -m draft/mine draft/mine-2" in (report.drafts[0].reason or "")
    assert ben.tips() == before
    ben.git("branch", "-m", "draft/mine", "draft/mine-2")
    ben.sync()
    ann.sync()
    assert ann.tips() == ben.tips()
    assert len(ann.tips()) == 2


def test_two_drafts_of_one_name_that_say_the_same_are_one(ann: Clone, ben: Clone) -> None:
    start(ann, "mine")
    start(ben, "mine")
    ann.sync()

    assert ben.outcomes(ben.sync()) == {"mine": "pulled"}
    assert ann.tips() == ben.tips()


@pytest.mark.parametrize("name", ["broken", "Not-An-Id"])
def test_a_malformed_draft_of_the_remote_is_told_and_not_taken(
    shared: tuple[Clone, Clone], server: Server, name: str
) -> None:
    ann, _ = shared
    server.git("update-ref", f"refs/heads/draft/{name}", "main")
    before = ann.tips()

    report = ann.sync()

    assert ann.outcomes(report) == {name: "broken"}
    assert ann.tips() == before


def test_a_draft_of_an_unrelated_history_is_not_taken(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, _ = shared
    alien = server.git("commit-tree", "main^{tree}", "-m", "alien")
    tree = server.git("rev-parse", "draft/fix-person^{tree}")
    server.git(
        "update-ref", "refs/heads/draft/alien", server.git("commit-tree", tree, "-p", alien, "-m", "x")
    )

    report = ann.sync()

    assert ann.outcomes(report) == {"alien": "broken"}
    assert "does not start at a commit of main" in (report.drafts[0].reason or "")


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


def test_a_close_that_was_half_pushed_is_finished(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].withdraw()
    ann.git("push", "--quiet", "origin", "refs/gitdraft/closed/*:refs/gitdraft/closed/*")

    ben.sync()
    ann.sync()
    ben.sync()

    assert server.git("for-each-ref", "--format=%(refname)", "refs/heads/draft") == ""
    assert ann.tips() == ben.tips()
    assert list(ben.library.store.closed_drafts()) == ["fix-person"]


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


def test_a_merged_draft_stays_open_there_while_canonical_is_refused(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, _ = shared
    hook = server.path / "hooks" / "update"
    hook.write_text('#!/bin/sh\ntest "$1" != refs/heads/main\n')
    hook.chmod(0o755)
    ann.library.drafts["fix-person"].submit()
    ann.library.drafts["fix-person"].merge()

    report = ann.sync()

    assert report.push is not None
    assert report.push is not None
    assert report.push.canonical is not None
    assert report.push.canonical.reason == "hook declined"
    assert ann.outcomes(report) == {"fix-person": "refused"}
    assert server.git("branch", "--list", "draft/*") == "draft/fix-person"


def test_local_changes_on_a_draft_that_is_checked_out_keep_it_where_it_is(
    shared: tuple[Clone, Clone],
) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Anyone")
    ann.sync()
    ben.git("checkout", "--quiet", "draft/fix-person")
    path = ".gitdraft/changes/category/Person.patch.json"
    (ben.path / path).write_text("[]\n")
    before = ben.tips()

    report = ben.sync()

    assert ben.outcomes(report) == {"fix-person": "refused"}
    assert ben.tips() == before
    assert (ben.path / path).read_text() == "[]\n"
    ben.git("checkout", "--quiet", "--", path)
    ben.sync()
    assert ben.tips() == ann.tips()
    assert "Anyone" in (ben.path / path).read_text()


def test_what_plain_git_pulled_is_caught_up(shared: tuple[Clone, Clone]) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Anyone")
    ann.sync()
    ben.git("checkout", "--quiet", "draft/fix-person")
    ben.git("pull", "--quiet", "origin", "draft/fix-person")

    report = ben.sync()

    assert ben.outcomes(report) == {}
    ben.library.drafts["fix-person"].set("category/Person", "/label", "Being")
    assert ben.outcomes(ben.sync()) == {"fix-person": "pushed"}


def test_a_plain_pull_that_rebased_the_draft_is_caught_up(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, ben = shared
    server.commit_file("categories/Agent.json", label="Actor")
    gitdraft.open(server.path).rebase(everything=True)
    ben.library.drafts["fix-person"].set("category/Person", "/description", "Anybody.")
    ben.git("checkout", "--quiet", "draft/fix-person")
    ben.git("pull", "--quiet", "--rebase", "origin", "draft/fix-person")

    assert ben.outcomes(ben.sync()) == {"fix-person": "pushed"}
    ann.sync()

    assert ann.tips() == ben.tips()
    assert ann.person()["description"] == "Anybody."


def test_a_plain_pull_that_merged_the_draft_is_caught_up(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/steps/2", "C")
    ann.sync()
    server.commit_file("categories/Person.json", steps=["z", "a", "b", "c"])
    assert server.rebase().counts.rebased == 1
    ben.library.drafts["fix-person"].set("category/Agent", "/label", "Actor")
    ben.git("checkout", "--quiet", "draft/fix-person")
    ben.git("pull", "--quiet", "--no-rebase", "-Xtheirs", "--no-edit", "origin", "draft/fix-person")

    ben.sync()
    ann.sync()

    assert ann.tips() == ben.tips()
    assert ann.person()["steps"] == ["z", "a", "b", "C"]
    assert ann.git("rev-list", "--min-parents=2", "main..draft/fix-person") == ""
    assert present(ann.library.view("category/Agent", draft="fix-person").document)["label"] == "Actor"


def test_plain_fetch_brings_drafts_and_closed_ones(shared: tuple[Clone, Clone]) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Anyone")
    start(ann, "other", "category/Agent").withdraw()
    ann.sync()

    ben.git("fetch", "--quiet")

    assert ben.git("rev-parse", "origin/draft/fix-person") == ann.tips()["fix-person"]
    assert ben.refs()["refs/gitdraft/remotes/origin/closed/other"] == ann.tips()["other"]
    assert relations(ben.library.store, "origin") == {"fix-person": "behind", "other": "behind"}


def test_a_name_that_is_no_draft_cannot_be_pushed(ann: Clone) -> None:
    with pytest.raises(NotFound):
        ann.library.push(["nothing"])


def test_only_the_named_drafts_are_pushed(ann: Clone, server: Server) -> None:
    start(ann)
    start(ann, "other", "category/Agent")
    ann.change("categories/Agent.json", label="Actor")

    ann.library.push(["other"])

    assert server.git("branch", "--list", "draft/*") == "draft/other"
    assert server.git("rev-parse", "main") != ann.git("rev-parse", "main")


def test_a_dry_run_moves_nothing(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Anyone")
    before, far = ann.refs(), server.refs()

    assert ann.outcomes(ann.library.push(dry_run=True)) == {"fix-person": "pushed"}
    assert (ann.refs(), server.refs()) == (before, far)

    ann.sync()
    before = ben.tips()
    assert ben.outcomes(ben.library.pull(dry_run=True)) == {"fix-person": "pulled"}
    assert ben.tips() == before


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

"""A purge takes an entity out of all history, leaves everything else, and a record."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from fork_server import ForkServer
from sandbox import CONFIGURATION, Sandbox, run_git

from gitdraft.api.session import Session
from gitdraft.errors import (
    InvalidInput,
    Moved,
    NotFound,
    OperationPending,
    PolicyViolation,
    RepositoryError,
    StateRefused,
)
from gitdraft.git.refs import move_refs
from gitdraft.git.repository import GitRepository
from gitdraft.model.entities import EntityRef
from gitdraft.model.operations import RefMove
from gitdraft.model.reviews import Comment, Review
from gitdraft.purge.purge import PurgeReport, plan_purge, purge
from gitdraft.store.drafts import read_header
from gitdraft.store.operation_log import read_log
from gitdraft.store.service_state import open_service_state
from gitdraft.store.transaction import begin
from gitdraft.store.webhooks import add_message

UNUSED = EntityRef("property", "unused")
SECRET = "Jane Roe, 12 Sycamore Close"
PROPOSED = "Roe-Sycamore-proposed"
KILLED = "purge.purged_child:run"


def run_purge(
    sandbox: Sandbox, entity: EntityRef = UNUSED, reason: str = "on request", **options: Any
) -> PurgeReport:
    store = sandbox.library.store
    return purge(store, Session(store).metadata(), entity, reason, **options)


def objects(sandbox: Sandbox) -> bytes:
    done = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch"],
        cwd=sandbox.path,
        capture_output=True,
        check=True,
    )
    return done.stdout


def state(sandbox: Sandbox) -> tuple[dict[str, str], str, dict[Path, bytes], str]:
    """Refs, HEAD, worktree and index: what a refusal must leave as they were."""
    files = {
        path: path.read_bytes()
        for path in sorted(sandbox.path.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(sandbox.path).parts
    }
    return sandbox.refs(), sandbox.git("rev-parse", "HEAD"), files, sandbox.git("ls-files", "--stage")


@pytest.fixture(scope="module")
def lived_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lived") / "repository"
    shutil.copytree(template, path, symlinks=True)
    sandbox = Sandbox(path)
    repo = sandbox.library
    sandbox.change("properties/unused.json", label=SECRET)
    merged = repo.drafts.new("Merged one", draft_id="merged")
    merged.set("property/unused", "/datatype", f"{PROPOSED} merged")
    merged.submit()
    merged.merge()
    draft = repo.drafts.new("Open one", draft_id="open")
    draft.set("property/unused", "/label", f"{PROPOSED} open")
    draft.set("category/Person", "/label", "Human")
    closed = repo.drafts.new("Closed one", draft_id="closed")
    closed.set("property/unused", "/label", f"{PROPOSED} closed")
    closed.withdraw("not now")
    repo.drafts.new("Other", draft_id="other").set("category/Agent", "/label", "Actor")
    repo.undo()
    sandbox.git("tag", "light")
    sandbox.git("tag", "--annotate", "--message", "Annotated", "heavy")
    sandbox.git("tag", "--annotate", "--message", "A tag of a tag", "heavier", "heavy")
    sandbox.change("categories/Person.json", steps=["z", "a", "b", "c"])
    repo.rebase(everything=True)
    sandbox.git("update-ref", "refs/remotes/origin/main", "main~1")
    sandbox.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    for label in ("first", "second"):
        sandbox.write("properties/unused.json", {"id": "unused", "label": f"{SECRET} stashed {label}"})
        sandbox.git("stash", "--quiet")
    sandbox.git("branch", "side", "main~2")
    return path


@pytest.fixture
def lived(lived_template: Path, tmp_path: Path) -> Sandbox:
    """A repository with a history in which `property/unused` is everywhere."""
    path = tmp_path / "lived"
    shutil.copytree(lived_template, path, symlinks=True)
    return Sandbox(path)


def test_no_object_holds_the_content_afterwards(lived: Sandbox) -> None:
    assert SECRET.encode() in objects(lived)
    assert PROPOSED.encode() in objects(lived)

    report = run_purge(lived)

    assert b"Sycamore" not in objects(lived)
    assert report.plan is not None
    assert report.plan.drafts == ("closed", "merged", "open")
    lived.fsck()
    assert lived.git("status", "--porcelain") == ""
    assert not (lived.path / "properties/unused.json").exists()
    assert not (lived.path / ".git.purge").exists()
    assert not [file for file in (lived.path / ".git").rglob("*.json") if b"Sycamore" in file.read_bytes()]


def test_every_ref_is_there_and_differs_by_the_entity_alone(lived: Sandbox, tmp_path: Path) -> None:
    before = Sandbox(shutil.copytree(lived.path, tmp_path / "before", symlinks=True))

    run_purge(lived)

    assert lived.refs().keys() == {*before.refs(), "refs/gitdraft/ids"}
    assert lived.git("symbolic-ref", "refs/remotes/origin/HEAD") == "refs/remotes/origin/main"
    for name in ("light", "heavy", "heavier", "side", "main", "origin/main", "draft/open", "stash@{1}"):
        then = before.git("ls-tree", "-r", name).splitlines()
        # canonical has one commit more
        now = lived.git("ls-tree", "-r", "main~1" if name == "main" else name).splitlines()
        gone = set(then) - set(now)
        assert all("unused" in line or ".gitdraft/draft.json" in line for line in gone), name
    assert lived.git("cat-file", "-t", "refs/tags/heavier") == "tag"
    assert lived.git("rev-parse", "heavier^{commit}") == lived.git("rev-parse", "light")
    assert len(lived.git("stash", "list").splitlines()) == 2


def test_commits_from_before_the_entity_keep_their_ids(sandbox: Sandbox) -> None:
    early = sandbox.git("rev-parse", "HEAD")
    sandbox.write("properties/late.json", {"id": "late", "label": SECRET, "datatype": "Text"})
    sandbox.commit()

    report = run_purge(sandbox, EntityRef("property", "late"))

    assert report.commits == 1
    assert sandbox.git("rev-parse", "main~2") == early


def test_commit_ids_in_files_and_messages_are_the_new_ones(lived: Sandbox) -> None:
    run_purge(lived)

    store = lived.library.store
    for draft_id in store.open_drafts():
        header = read_header(store.git, store.find_draft(draft_id))
        assert lived.git("cat-file", "-t", header.created_from) == "commit"
    for entry in read_log(store.git):
        for move in entry.operation.moves:
            for oid in filter(None, (move.old, move.new)):
                assert lived.git("cat-file", "-t", oid) == "commit"
    named = re.findall(r"Rebased-From: (\w+)", lived.git("log", "--all", "--format=%B"))
    assert named
    for oid in named:
        assert lived.git("cat-file", "-t", oid) == "commit"


def test_canonical_has_the_record_as_one_more_commit(lived: Sandbox) -> None:
    before = int(lived.git("rev-list", "--count", "main"))

    report = run_purge(lived, reason="request 17")

    assert int(lived.git("rev-list", "--count", "main")) == before + 1
    assert report.record.commit == lived.git("rev-parse", "main")
    message = lived.git("log", "-1", "--format=%B")
    assert message.startswith("Purge property/unused\n\nrequest 17\n")
    assert "Gitdraft-Edit: purge" in message
    tombstone = lived.read("tombstones/property/unused.json")
    assert (tombstone["kind"], tombstone["reason"]) == ("erased", "request 17")
    (entry, *_) = read_log(lived.library.store.git)
    assert entry.operation.command == "entity purge"


def test_drafts_rebase_and_merge_and_operations_are_undone_afterwards(lived: Sandbox) -> None:
    run_purge(lived)
    repo = lived.library

    lived.change("categories/Person.json", description="Somebody.")
    assert {draft.status for draft in repo.rebase(everything=True).drafts} == {"clean"}
    repo.drafts["open"].submit()
    repo.drafts["open"].merge()
    assert lived.read("categories/Person.json")["label"] == "Human"
    assert not (lived.path / "properties/unused.json").exists()
    tip = lived.git("rev-parse", "main")
    repo.undo()
    assert lived.git("rev-parse", "main") == lived.git("rev-parse", f"{tip}^")
    assert lived.run("operations").code == 0
    lived.fsck()


def test_an_operation_from_before_is_undone_afterwards(sandbox: Sandbox) -> None:
    repo = sandbox.library
    sandbox.change("properties/unused.json", label=SECRET)
    repo.drafts.new("Fix", draft_id="fix").set("category/Person", "/label", "Human")
    tip = sandbox.git("rev-parse", "draft/fix")
    run_purge(sandbox)
    operation = next(
        entry.operation for entry in read_log(sandbox.library.store.git) if "label" in entry.operation.summary
    )

    sandbox.library.undo(operation.id)

    assert sandbox.git("rev-parse", "draft/fix") not in (tip, operation.moves[0].new)
    assert sandbox.library.store.find_draft("fix").files == ()


def test_worktrees_follow_on_a_branch_and_detached(lived: Sandbox, tmp_path: Path) -> None:
    lived.git("worktree", "add", "--quiet", str(tmp_path / "branch"), "side")
    lived.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "detached"), "main~1")

    run_purge(lived)

    for name in ("branch", "detached"):
        assert run_git(tmp_path / name, "status", "--porcelain") == ""
        assert not (tmp_path / name / "properties/unused.json").exists()
    assert b"Sycamore" not in objects(lived)
    lived.fsck()


def test_a_bare_repository_is_purged(lived: Sandbox, tmp_path: Path) -> None:
    lived.git("clone", "--quiet", "--mirror", str(lived.path), str(tmp_path / "bare.git"))
    bare = Sandbox(tmp_path / "bare.git")

    run_purge(bare)

    assert b"Sycamore" not in objects(bare)
    assert bare.git("ls-tree", "main", "tombstones/property/unused.json")
    bare.fsck()


def test_every_path_that_the_type_ever_had_is_purged(sandbox: Sandbox) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    sandbox.git("mv", "properties", "props")
    sandbox.write("gitdraft.yaml", CONFIGURATION.replace("properties/{key}.json", "props/{key}.json"))
    sandbox.commit()

    report = run_purge(sandbox)

    assert report.plan is not None
    assert report.plan.affected.paths == ("properties/unused.json", "props/unused.json")
    assert SECRET.encode() not in objects(sandbox)


def test_a_tombstone_that_keeps_the_content_is_purged(sandbox: Sandbox) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    assert sandbox.run("entity", "delete", "property/unused", "--reason", "wrong").code == 0

    run_purge(sandbox)

    assert SECRET.encode() not in objects(sandbox)
    assert sandbox.read("tombstones/property/unused.json")["kind"] == "erased"


def test_an_erased_entity_is_purged_from_history_once(sandbox: Sandbox) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    assert sandbox.run("entity", "erase", "property/unused", "--reason", "wrong", "--yes").code == 0

    run_purge(sandbox)
    assert SECRET.encode() not in objects(sandbox)
    tip = sandbox.git("rev-parse", "main")

    assert run_purge(sandbox, reason="again").plan is None
    assert sandbox.git("rev-parse", "main") == tip


def test_an_entity_that_only_a_draft_creates_is_purged(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("New one", draft_id="new")
    draft.create("property/fresh", {"id": "fresh", "label": SECRET, "datatype": "Text"})

    report = run_purge(sandbox, EntityRef("property", "fresh"))

    assert report.plan is not None
    assert report.plan.drafts == ("new",)
    assert SECRET.encode() not in objects(sandbox)
    assert sandbox.library.store.find_draft("new").files == ()


def test_what_only_a_stash_holds_is_purged(sandbox: Sandbox) -> None:
    sandbox.write("properties/hidden.json", {"id": "hidden", "label": SECRET, "datatype": "Text"})
    sandbox.git("add", "--all")
    sandbox.git("stash", "--quiet")

    run_purge(sandbox, EntityRef("property", "hidden"))

    assert SECRET.encode() not in objects(sandbox)
    assert sandbox.git("stash", "list")


def test_unreachable_objects_reflogs_and_kept_packs_go_too(sandbox: Sandbox) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    sandbox.git("repack", "-a", "-d", "-q")
    pack = next((sandbox.path / ".git/objects/pack").glob("*.pack"))
    pack.with_suffix(".keep").touch()
    sandbox.git("commit", "--amend", "--quiet", "--message", "again")
    sandbox.git("hash-object", "-w", "--stdin", stdin=f"a note on {SECRET}")

    run_purge(sandbox)

    assert SECRET.encode() not in objects(sandbox)
    assert sandbox.git("reflog", "--format=%gs", "main").splitlines() == ["gitdraft"]


def test_odd_commits_keep_their_bytes_and_signatures_are_counted(sandbox: Sandbox) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    tree, parent = sandbox.git("rev-parse", "HEAD^{tree}"), sandbox.git("rev-parse", "HEAD")
    raw = (
        f"tree {tree}\nparent {parent}\nauthor Ann <> 1700000000 -0330\n"
        "committer B\u00f6b <b@example.org> 1700000001 +1400\nencoding ISO-8859-1\n"
        "gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n\nno newline at the end"
    )
    odd = sandbox.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw)
    sandbox.git("reset", "--quiet", "--hard", odd)

    report = run_purge(sandbox)

    assert report.plan is not None
    assert report.plan.affected.signed == 1
    content = sandbox.git("cat-file", "commit", "main~1")
    assert "gpgsig" not in content
    assert content.endswith("encoding ISO-8859-1\n\nno newline at the end")


def test_other_files_with_the_same_content_are_told_and_stay(sandbox: Sandbox) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    sandbox.git("tag", "file", "HEAD:properties/name.json")
    sandbox.write("copies/unused.txt", (sandbox.path / "properties/unused.json").read_text())
    sandbox.commit()

    report = run_purge(sandbox)

    assert report.also_at == ("copies/unused.txt",)
    assert (sandbox.path / "copies/unused.txt").exists()


def refused_with_changes(sandbox: Sandbox) -> None:
    sandbox.write("categories/Agent.json", {"id": "Agent", "label": "Edited"})


def refused_in_a_merge(sandbox: Sandbox) -> None:
    (sandbox.path / ".git/MERGE_HEAD").write_text(sandbox.git("rev-parse", "HEAD") + "\n")


def refused_when_borrowing(sandbox: Sandbox) -> None:
    (sandbox.path / ".git/objects/info").mkdir(exist_ok=True)
    (sandbox.path / ".git/objects/info/alternates").write_text(str(sandbox.path / ".git/objects") + "\n")


def refused_when_shallow(sandbox: Sandbox) -> None:
    (sandbox.path / ".git/shallow").write_text(sandbox.git("rev-parse", "HEAD") + "\n")


def refused_for_another_worktree(sandbox: Sandbox) -> None:
    other = sandbox.path.with_name("other")
    sandbox.git("worktree", "add", "--quiet", "--detach", str(other))
    (other / "categories/Agent.json").write_text("{}")


def refused_for_a_missing_worktree(sandbox: Sandbox) -> None:
    other = sandbox.path.with_name("other")
    sandbox.git("worktree", "add", "--quiet", "--detach", str(other))
    shutil.rmtree(other)


def refused_when_pending(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix")
    sandbox.git("update-ref", "refs/gitdraft/done", "refs/gitdraft/operations~1")


def refused_when_locked(sandbox: Sandbox) -> None:
    assert sandbox.run("entity", "lock", "property/unused", "--reason", "r").code == 0


def refused_when_a_tag_of_a_folder_holds_it(sandbox: Sandbox) -> None:
    sandbox.git("tag", "--annotate", "--message", "A folder", "folder", "main:properties")


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (refused_with_changes, "worktree-in-the-way"),
        (refused_in_a_merge, "operation-in-progress"),
        (refused_when_borrowing, "alternates"),
        (refused_when_shallow, "shallow"),
        (refused_for_another_worktree, "worktree-in-the-way"),
        (refused_for_a_missing_worktree, "worktree-missing"),
        (refused_when_pending, "pending-operation"),
        (refused_when_locked, "entity-locked"),
        (refused_when_a_tag_of_a_folder_holds_it, "held-by-ref"),
    ],
)
def test_a_refusal_leaves_everything_as_it_was(
    sandbox: Sandbox, prepare: Callable[..., Any], code: str
) -> None:
    prepare(sandbox)
    before = state(sandbox)

    with pytest.raises((RepositoryError, StateRefused)) as refusal:
        run_purge(sandbox)

    assert refusal.value.code == code
    assert state(sandbox) == before
    assert not (sandbox.path / ".git.purge").exists()


def test_what_others_name_is_purged_by_force_alone(sandbox: Sandbox) -> None:
    name = EntityRef("property", "name")
    with pytest.raises(PolicyViolation) as refusal:
        run_purge(sandbox, name)
    assert "category/Person /properties/0" in refusal.value.details[0]

    report = run_purge(sandbox, name, force=True)

    assert "category/Person /properties/0" in sandbox.git("log", "-1", "--format=%B")
    assert len(report.record.forced) == 1


def test_an_unknown_entity_is_not_found_with_the_nearest_name(sandbox: Sandbox) -> None:
    with pytest.raises(NotFound) as refusal:
        run_purge(sandbox, EntityRef("property", "unusd"))
    assert refusal.value.hint == "did you mean 'property/unused'?"


def test_a_reason_that_tells_the_content_is_refused(sandbox: Sandbox) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    before = state(sandbox)

    with pytest.raises(InvalidInput, match="the reason says what is to be purged"):
        run_purge(sandbox, reason=f"{SECRET} asked for it")

    assert state(sandbox) == before


def test_a_plan_changes_nothing(lived: Sandbox) -> None:
    before = state(lived)

    library = lived.library
    transaction = begin(library.store, library.session.metadata())
    plan = plan_purge(transaction, UNUSED, "on request")

    assert "properties/unused.json" in plan.affected.paths
    assert state(lived) == before


def test_the_command_wants_a_yes_and_says_what_it_did(lived: Sandbox) -> None:
    asked = lived.run("entity", "purge", "property/unused", "--reason", "r")
    assert asked.code == 42
    assert "cannot be undone" in asked.err
    planned = lived.run("-o", "json", "entity", "purge", "property/unused", "--reason", "r", "--dry-run")
    assert planned.json["changed"] is False

    done = lived.run("-o", "json", "entity", "purge", "property/unused", "--reason", "r", "--yes")

    assert done.code == 0
    assert done.json["kind"] == "gitdraft.entity-purge/v1"
    assert done.json["rewritten"] == planned.json["rewritten"]
    assert "Sycamore" not in json.dumps(done.json)


@pytest.mark.long
@pytest.mark.parametrize(
    ("step", "number", "when"),
    [
        ("rewrite", 0, "after"),
        ("write_marker", 0, "after"),
        ("take_packs", 0, "after"),
        ("_switch_refs", 0, "after"),
        ("_follow", 0, "after"),
        ("run_git", 1, "after"),
        ("_record", 0, "after"),
    ],
)
def test_killed_anywhere_the_repository_is_whole_and_the_next_purge_ends_well(
    sandbox: Sandbox, fork_server: ForkServer, step: str, number: int, when: str
) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    draft = sandbox.library.drafts.new("Open", draft_id="open")
    draft.set("category/Person", "/label", "Human")
    command = ["entity", "purge", "property/unused", "--reason", "on request", "--yes"]
    killed = fork_server.call(KILLED, step, str(number), when, *command, folder=sandbox.path)
    assert killed.code == -signal.SIGKILL, killed.err

    sandbox.fsck()
    assert sandbox.git("status", "--porcelain", "--", "categories") == ""
    assert sandbox.run("list").code == 0
    assert sandbox.run(*command).code == 0

    assert SECRET.encode() not in objects(sandbox)
    assert sandbox.read("tombstones/property/unused.json")["kind"] == "erased"
    assert int(sandbox.git("rev-list", "--count", "main")) == 3
    assert sandbox.git("status", "--porcelain") == ""
    assert not (sandbox.path / ".git.purge").exists()
    sandbox.fsck()


def test_content_that_came_back_after_a_kill_is_purged_too(sandbox: Sandbox, fork_server: ForkServer) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    command = ["entity", "purge", "property/unused", "--reason", "on request", "--yes"]
    killed = fork_server.call(KILLED, "_follow", "0", "before", *command, folder=sandbox.path)
    assert killed.code == -signal.SIGKILL, killed.err
    assert sandbox.git("status", "--porcelain") == "", "nothing is staged that a commit could bring back"
    sandbox.write("properties/unused.json", {"id": "unused", "label": SECRET})
    sandbox.git("add", "properties/unused.json")
    sandbox.git("commit", "--quiet", "--message", "what the index held")
    assert SECRET.encode() in objects(sandbox)

    assert sandbox.run(*command).code == 0

    assert SECRET.encode() not in objects(sandbox)
    assert "what the index held" in sandbox.git("log", "--format=%s")


def test_ids_in_messages_of_unrelated_branches_are_mapped(sandbox: Sandbox) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    first = sandbox.git("rev-parse", "HEAD")
    sandbox.git("switch", "--quiet", "--orphan", "elsewhere")
    sandbox.git("commit", "--quiet", "--allow-empty", "--message", f"see {first} and {first[:9]}")
    sandbox.git("switch", "--quiet", "main")

    run_purge(sandbox)

    now = sandbox.git("rev-parse", "main~1")
    assert sandbox.git("log", "-1", "--format=%s", "elsewhere") == f"see {now} and {now[:9]}"


def test_a_file_in_the_way_of_the_record_is_told_and_the_same_command_finishes(sandbox: Sandbox) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    sandbox.write("tombstones/property/unused.json", {"untracked": True})
    with pytest.raises(StateRefused) as refusal:
        run_purge(sandbox)
    assert refusal.value.code == "worktree-in-the-way"
    assert SECRET.encode() not in objects(sandbox)
    (sandbox.path / "tombstones/property/unused.json").unlink()

    report = run_purge(sandbox)

    assert report.notices == ("finished the interrupted purge of property/unused",)
    assert sandbox.read("tombstones/property/unused.json")["kind"] == "erased"
    assert not (sandbox.path / ".git.purge").exists()


def test_a_ref_that_moves_meanwhile_stops_it_and_is_kept(sandbox: Sandbox) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    before = sandbox.refs()

    def commit_elsewhere(doing: str) -> None:
        if doing.startswith("taking over"):
            sandbox.git("branch", "meanwhile")

    with pytest.raises(Moved):
        run_purge(sandbox, notify=commit_elsewhere)

    assert sandbox.refs() == before | {"refs/heads/meanwhile": before["refs/heads/main"]}
    sandbox.fsck()
    run_purge(sandbox)
    assert SECRET.encode() not in objects(sandbox)


def test_a_purge_is_not_undone_and_what_came_before_still_is(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Edit", draft_id="edit")
    draft.set("Person", "/label", "Human")
    edited = next(iter(sandbox.library.operations()))
    assert sandbox.run("entity", "purge", "property/unused", "--reason", "asked for", "--yes").code == 0

    refused = sandbox.run("-o", "json", "undo")

    assert refused.code == 42
    assert json.loads(refused.err)["code"] == "not-undoable"
    assert sandbox.run("undo", edited.id).code == 0


@pytest.mark.parametrize("moment", ["before the refs", "after the refs"])
def test_an_interrupted_purge_is_seen_and_leaves_nothing_staged(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix")
    sandbox.change("properties/unused.json", label=SECRET)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    step = "_switch_refs" if moment == "before the refs" else "_drop_leftovers"
    with monkeypatch.context() as patched:
        patched.setattr(f"gitdraft.git.swap_history.{step}", die)
        with pytest.raises(KeyboardInterrupt):
            run_purge(sandbox)

    assert "properties/unused.json" not in sandbox.git("ls-files")
    assert not (sandbox.path / "properties/unused.json").exists()
    for command in (
        ("set", "category/Person", "/rank", "1", "-d", "fix"),
        ("rebase",),
        ("undo",),
        ("hooks", "run", "pre-commit"),
    ):
        refused = sandbox.run("-o", "json", *command)
        assert (refused.code, refused.refusal["code"]) == (42, "purge-interrupted"), command
    findings = {f["check"]: f for f in sandbox.run("-o", "json", "doctor").json["findings"]}
    assert findings["purge"]["fine"] is False
    finish = sandbox.run("entity", "purge", "property/unused", "--reason", "on request", "--yes")
    assert finish.code == 0, finish.err
    assert SECRET.encode() not in objects(sandbox)
    assert sandbox.run("set", "category/Person", "/rank", "1", "-d", "fix").code == 0
    assert sandbox.git("status", "--porcelain") == ""


def killed(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("is_killed", [False, True])
def test_what_was_said_of_it_goes_too_and_nothing_else(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, is_killed: bool
) -> None:
    library = sandbox.library
    draft = library.drafts.new("Fix", draft_id="fix")
    draft.set("category/Person", "/label", "Human")
    draft.create("property/phone", {"id": "phone", "label": "Call 0049-30-1234567"})
    about = [
        draft.comment("Is it right?", "property/phone", "/label"),
        draft.comment("see property/phone, please"),
        draft.comment("I called: Call 0049-30-1234567"),
    ]
    kept = [
        draft.comment("Person is a Human", "category/Person"),
        draft.comment("property/phone-book is another"),
    ]
    verdict = draft.request_changes("not Call 0049-30-1234567")
    library.webhooks.add("https://example.org/", ["comment"])
    with open_service_state(sandbox.path / ".git") as connection:
        remarks: list[Comment | Review] = [*about, *kept, verdict]
        for remark in remarks:
            add_message(connection, f"msg_{remark.id}", "comment", json.dumps(remark._asdict()).encode(), 1)
    phone = EntityRef("property", "phone")
    if is_killed:
        with monkeypatch.context() as patch:
            patch.setattr("gitdraft.purge.purge.finish_swap", killed)
            with pytest.raises(KeyboardInterrupt):
                run_purge(sandbox, phone)
        assert run_purge(sandbox, phone).notices == ("finished the interrupted purge of property/phone",)
    else:
        assert run_purge(sandbox, phone).commits
    left = sandbox.library.drafts["fix"].remarks()
    assert left.comments == tuple(kept)
    assert left.reviews == ()
    held = objects(sandbox)
    assert b"1234567" not in held
    assert all(comment.id.encode() not in held for comment in about)
    assert verdict.id.encode() not in held
    assert library.webhooks.lines()[0].pending == len(kept)
    sandbox.fsck()


def test_a_copy_that_cannot_be_removed_is_named(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sandbox.path / ".git.purge"
    monkeypatch.setattr("gitdraft.git.swap_history.shutil.rmtree", lambda *_, **__: None)
    report = run_purge(sandbox)
    assert report.notices == (f"{folder} holds what was purged, and could not be removed: remove it",)


def test_a_purge_whose_record_was_left_pending_is_finished(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of the swap removes what no ref leads to: not the commit that the pending record is to move to."""
    calls = []

    def fail(git: GitRepository, moves: Sequence[RefMove]) -> None:
        calls.append(moves)
        if len(calls) > 1:
            raise RepositoryError("no space is left on the disk", code="no-space")
        move_refs(git, moves)  # the intent is logged

    with monkeypatch.context() as patch:
        patch.setattr("gitdraft.store.transaction.move_refs", fail)
        patch.setattr("gitdraft.store.transaction.move_checkouts", fail)
        patch.setattr("gitdraft.store.recovery.move_refs", fail)
        with pytest.raises(OperationPending):
            run_purge(sandbox)
    run_purge(sandbox)
    assert sandbox.run("new", "Next", "--no-switch").code == 0
    assert sandbox.git("ls-files", "properties/unused.json") == ""
    sandbox.fsck()

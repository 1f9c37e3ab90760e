"""A purge takes an entity out of all history, leaves everything else, and a record."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from purging import SECRET, UNUSED, objects, run_purge, state
from sandbox import CONFIGURATION, Sandbox, run_git

from gitdraft.model.entities import EntityRef
from gitdraft.model.reviews import Comment, Review
from gitdraft.purge.purge import plan_purge
from gitdraft.store.drafts import read_header
from gitdraft.store.operation_log import read_log
from gitdraft.store.service_state import open_service_state
from gitdraft.store.transaction import begin
from gitdraft.store.webhooks import add_message

PROPOSED = "Roe-Sycamore-proposed"


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


def test_the_lines_that_git_keeps_of_a_diff_driver_go_with_it(lived: Sandbox) -> None:
    lived.git("config", "diff.gitdraft.textconv", "cat")
    lived.git("config", "diff.gitdraft.cachetextconv", "true")
    (lived.path / ".git/info/attributes").write_text("*.json diff=gitdraft\n")
    assert SECRET in lived.git("log", "-p", "--all", "--", "properties")
    assert "refs/notes/textconv/gitdraft" in lived.refs()

    run_purge(lived)

    assert b"Sycamore" not in objects(lived)
    assert "refs/notes/textconv/gitdraft" not in lived.refs()
    lived.fsck()


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


def test_ids_in_messages_of_unrelated_branches_are_mapped(sandbox: Sandbox) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    first = sandbox.git("rev-parse", "HEAD")
    sandbox.git("switch", "--quiet", "--orphan", "elsewhere")
    sandbox.git("commit", "--quiet", "--allow-empty", "--message", f"see {first} and {first[:9]}")
    sandbox.git("switch", "--quiet", "main")

    run_purge(sandbox)

    now = sandbox.git("rev-parse", "main~1")
    assert sandbox.git("log", "-1", "--format=%s", "elsewhere") == f"see {now} and {now[:9]}"


def test_a_purge_is_not_undone_and_what_came_before_still_is(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Edit", draft_id="edit")
    draft.set("Person", "/label", "Human")
    edited = next(iter(sandbox.library.operations()))
    assert sandbox.run("entity", "purge", "property/unused", "--reason", "asked for", "--yes").code == 0

    refused = sandbox.run("-o", "json", "undo")

    assert refused.code == 42
    assert json.loads(refused.err)["code"] == "not-undoable"
    assert sandbox.run("undo", edited.id).code == 0


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

"""The revisions of an entity are what canonical's history says, the same in every clone."""

from __future__ import annotations

import pytest
from sandbox import CONFIGURATION, Sandbox, run_git

from gitdraft.errors import Moved, NotFound, RepositoryError, StateRefused
from gitdraft.formats.tombstones import write_tombstone
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.operations import Actor
from gitdraft.model.revisions import Revision
from gitdraft.model.tombstones import DeletedTombstone, ErasedTombstone, RedirectTombstone
from gitdraft.views.revisions import content_at, latest_revision, require_revision, revisions

PERSON = EntityRef("category", "Person")
FILE = "categories/Person.json"
TOMBSTONE = "tombstones/category/Person.json"
PROTECTION = "protection/category/Person.json"
WHEN = ("because", "Ann", "2026-01-24T09:27:00Z")


def known(sandbox: Sandbox, entity: EntityRef = PERSON) -> tuple[Revision, ...]:
    return revisions(sandbox.library.store, entity)


def edits(sandbox: Sandbox, entity: EntityRef = PERSON) -> list[str]:
    return [revision.edit_type for revision in known(sandbox, entity)]


def go(sandbox: Sandbox, tombstone: RedirectTombstone | DeletedTombstone | ErasedTombstone) -> str:
    """Commit the tombstone in the entity's place."""
    sandbox.write(TOMBSTONE, write_tombstone(tombstone).decode())
    (sandbox.path / FILE).unlink(missing_ok=True)
    return sandbox.commit("It goes")


def come_back(sandbox: Sandbox) -> str:
    (sandbox.path / TOMBSTONE).unlink()
    sandbox.git(
        "checkout", "--quiet", sandbox.git("rev-list", "-1", "main", "--", TOMBSTONE) + "~1", "--", FILE
    )
    return sandbox.commit("It comes back")


def protect(sandbox: Sandbox, kind: str | None) -> str:
    record = {"kind": kind, "id": "Person", "reason": "r", "by": "Ann", "at": WHEN[2]}
    if kind is None:
        (sandbox.path / PROTECTION).unlink()
    else:
        sandbox.write(PROTECTION, record)
    return sandbox.commit("Protect")


def test_a_revision_says_who_when_and_what_was_there(sandbox: Sandbox) -> None:
    first = sandbox.git("rev-parse", "main")
    second = sandbox.change(FILE, label="Human")

    one, two = known(sandbox)

    assert (one.number, one.commit, one.edit_type) == (1, first, "create")
    assert two == Revision(
        2,
        Oid(second),
        Actor("Ann Archivist", "ann@example.org"),
        sandbox.git("show", "-s", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--format=%cd", second),
        "update",
        Oid(sandbox.git("rev-parse", f"{second}:{FILE}")),
    )


def test_what_never_was_has_none(sandbox: Sandbox) -> None:
    assert known(sandbox, EntityRef("category", "Nobody")) == ()
    assert latest_revision(sandbox.library.store, EntityRef("category", "Nobody")) is None


def test_other_formatting_counts_and_other_entities_do_not(sandbox: Sandbox) -> None:
    sandbox.change("categories/Agent.json", label="Actor")
    sandbox.write(FILE, (sandbox.path / FILE).read_text().replace("\n", "\n "))
    sandbox.commit("Indent")

    assert edits(sandbox) == ["create", "update"]


def test_every_way_out_of_life_and_back_is_told(sandbox: Sandbox) -> None:
    go(sandbox, DeletedTombstone("Person", *WHEN, {"id": "Person"}))
    come_back(sandbox)
    go(sandbox, RedirectTombstone("Person", "Agent", *WHEN))
    go(sandbox, RedirectTombstone("Person", "Human", *WHEN))
    come_back_from_two = sandbox.git("rev-parse", "main~2")
    (sandbox.path / TOMBSTONE).unlink()
    sandbox.git("checkout", "--quiet", come_back_from_two, "--", FILE)
    sandbox.commit("Revert")
    go(sandbox, DeletedTombstone("Person", *WHEN, {"id": "Person"}))
    go(sandbox, ErasedTombstone("Person", *WHEN))

    assert edits(sandbox) == [
        "create",
        "delete-soft",
        "undelete",
        "redirect-create",
        "redirect-create",
        "redirect-revert",
        "delete-soft",
        "delete-hard",
    ]


def test_a_file_that_plain_git_removes_is_gone_for_good(sandbox: Sandbox) -> None:
    (sandbox.path / FILE).unlink()
    sandbox.commit("rm")
    sandbox.write(FILE, {"id": "Person", "label": "Again"})
    sandbox.commit("again")

    assert edits(sandbox) == ["create", "delete-hard", "create"]


def test_a_tombstone_that_cannot_be_read_is_a_deletion(sandbox: Sandbox) -> None:
    (sandbox.path / FILE).unlink()
    sandbox.write(TOMBSTONE, "rest in peace\n")
    sandbox.commit("By hand")

    assert edits(sandbox) == ["create", "delete-soft"]


def test_protection_counts(sandbox: Sandbox) -> None:
    for kind in ("locked", None, "archived", None, "locked", "archived", None):
        protect(sandbox, kind)

    assert edits(sandbox)[1:] == ["lock", "unlock", "archive", "unarchive", "lock", "archive", "unarchive"]


def test_a_change_is_told_before_a_protection_that_came_with_it(sandbox: Sandbox) -> None:
    sandbox.write(FILE, {**sandbox.read(FILE), "label": "Human"})
    protect(sandbox, "locked")

    assert edits(sandbox) == ["create", "update"]
    assert known(sandbox)[-1].protection is not None


def test_a_merged_draft_is_named(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix Person")
    draft.set("category/Person", "/label", "Human")
    draft.create("category/New", {"id": "New", "label": "New"})
    draft.submit()
    draft.merge()

    last = known(sandbox)[-1]
    assert (last.edit_type, last.draft) == ("draft-merge", "fix-person")
    assert edits(sandbox, EntityRef("category", "New")) == ["draft-merge"]


def test_an_import_says_so(sandbox: Sandbox) -> None:
    sandbox.change(FILE, "Bring it in\n\nGitdraft-Edit: import", label="Human")
    sandbox.change(FILE, "Gitdraft-Edit: import\n\nforged, in the first paragraph", label="Being")

    assert edits(sandbox) == ["create", "import", "update"]


def test_a_merge_by_git_is_one_revision(sandbox: Sandbox) -> None:
    sandbox.git("switch", "--quiet", "-c", "side")
    sandbox.change(FILE, label="Human")
    sandbox.change(FILE, label="Being")
    sandbox.git("switch", "--quiet", "main")
    sandbox.change("categories/Agent.json", label="Actor")
    assert len(known(sandbox)) == 1
    sandbox.git("merge", "--quiet", "--no-edit", "side")

    assert [r.commit for r in known(sandbox)][1:] == [sandbox.git("rev-parse", "main")]


def test_a_move_of_the_file_with_its_template_is_none(sandbox: Sandbox) -> None:
    sandbox.change(FILE, label="Human")
    sandbox.git("mv", "categories", "kinds")
    sandbox.write("gitdraft.yaml", CONFIGURATION.replace("categories/", "kinds/"))
    sandbox.commit("Other folder")
    assert edits(sandbox) == ["create", "update"]
    sandbox.write("gitdraft.yaml", "no: configuration\n")
    sandbox.commit("A mistake")
    sandbox.write("gitdraft.yaml", CONFIGURATION.replace("categories/", "kinds/"))
    sandbox.commit("Mended")

    last = sandbox.change("kinds/Person.json", label="Being")

    assert edits(sandbox) == ["create", "update", "update"]
    assert known(sandbox)[-1].commit == last


def test_what_was_before_gitdraft_counts(sandbox: Sandbox) -> None:
    sandbox.git("rm", "--quiet", "gitdraft.yaml")
    sandbox.git("commit", "--quiet", "--amend", "--no-edit")
    sandbox.change(FILE, label="Human")
    sandbox.write("gitdraft.yaml", CONFIGURATION)
    sandbox.commit("Set up")

    assert edits(sandbox) == ["create", "update"]


def test_clones_count_alike_and_shallow_ones_refuse(sandbox: Sandbox) -> None:
    for label in ("Human", "Being", "Somebody"):
        sandbox.change(FILE, label=label)
    for name, depth in (("whole", ()), ("cut", ("--depth", "2"))):
        run_git(sandbox.path.parent, "clone", "--quiet", *depth, f"file://{sandbox.path}", name)

    assert known(Sandbox(sandbox.path.parent / "whole")) == known(sandbox)
    with pytest.raises(RepositoryError) as refused:
        known(Sandbox(sandbox.path.parent / "cut"))
    assert (refused.value.code, refused.value.hint) == ("shallow", "git fetch --unshallow")


def test_another_revision_than_expected_is_refused(sandbox: Sandbox) -> None:
    sandbox.change(FILE, label="Human")
    store = sandbox.library.store

    require_revision(store, PERSON, None)
    require_revision(store, PERSON, 2)
    require_revision(store, EntityRef("category", "Nobody"), 0)
    with pytest.raises(Moved) as refused:
        require_revision(store, PERSON, 1)

    assert (refused.value.code, refused.value.exit_code) == ("revision-mismatch", 43)
    actual = known(sandbox)[-1].text
    assert refused.value.context == {"entity": "category/Person", "expected": "1", "actual": actual}
    require_revision(store, PERSON, actual)
    with pytest.raises(Moved):
        require_revision(store, PERSON, "2-000000000000")
    assert refused.value.hint is not None


def test_the_content_of_a_revision(sandbox: Sandbox) -> None:
    sandbox.change(FILE, label="Human")
    go(sandbox, RedirectTombstone("Person", "Agent", *WHEN))
    store = sandbox.library.store

    assert content_at(store, PERSON, 1)["label"] == "Person"
    assert content_at(store, PERSON, 2)["label"] == "Human"
    with pytest.raises(StateRefused) as refused:
        content_at(store, PERSON, 3)
    assert refused.value.code == "no-content"
    for number in (0, -1, 4):
        with pytest.raises(NotFound):
            content_at(store, PERSON, number)

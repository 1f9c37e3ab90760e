"""An entity gets another name in a draft: seen and edited under it, carried along with canonical, merged in one commit."""

from __future__ import annotations

from pathlib import Path

import pytest
from sandbox import Sandbox

CHANGES = ".gitdraft/changes/category"


@pytest.fixture
def drafted(sandbox: Sandbox) -> Sandbox:
    """A draft that renames Agent, which Person names."""
    sandbox.run("new", "Say actor", "--id", "actor")
    answer = sandbox.run("entity", "rename", "category/Agent", "Actor", "-d", "actor")
    assert answer.code == 0, answer.err
    assert "renamed category/Agent to category/Actor in actor" in answer.out
    return sandbox


def edit_canonical(sandbox: Sandbox, assignment: str, entity: str = "category/Agent") -> None:
    sandbox.run("new", "meanwhile", "--id", "meanwhile")
    assert sandbox.run("set", entity, assignment, "-d", "meanwhile").code == 0
    sandbox.run("submit", "meanwhile")
    assert sandbox.run("merge", "meanwhile").code == 0


def kept(sandbox: Sandbox) -> list[str]:
    return sandbox.git("ls-tree", "-r", "--name-only", "draft/actor", f"{CHANGES}/").splitlines()


def test_the_draft_keeps_one_file_and_shows_the_entity_under_its_new_name(drafted: Sandbox) -> None:
    assert kept(drafted) == [f"{CHANGES}/Agent.rename.json", f"{CHANGES}/Person.patch.json"]
    assert drafted.git("show", f"draft/actor:{CHANGES}/Agent.rename.json") == '{\n  "to": "Actor"\n}'
    shown = drafted.run("-o", "json", "view", "category/Actor", "--meta", "-d", "actor").json
    assert shown["document"] == {"id": "Actor", "label": "Agent", "description": "Acts."}
    assert (shown["_change_status"], shown["renamed_from"]) == ("added", "category/Agent")
    old = drafted.run("-o", "json", "view", "category/Agent", "--no-follow", "--meta", "-d", "actor").json
    assert (old["_change_status"], old["redirects_to"]) == ("redirected", "category/Actor")
    details = drafted.run("-o", "json", "show", "actor").json
    assert details["changes"][0]["entity"] == "category/Agent"
    assert details["changes"][0]["renamed_to"] == "category/Actor"
    assert (details["rebase_status"], details["change_count"]) == ("clean", 2)
    text = drafted.run("diff", "actor").out
    assert "rename from categories/Agent.json\nrename to categories/Actor.json" in text
    assert '-  "id": "Agent",\n+  "id": "Actor",' in text
    assert drafted.run("validate", "actor").code == 0
    assert drafted.run("index", "verify").code == 0


def test_what_canonical_edits_meanwhile_arrives_under_the_new_name(drafted: Sandbox) -> None:
    assert drafted.run("set", "category/Actor", "label=Actor", "-d", "actor").code == 0
    assert f"{CHANGES}/Agent.patch.json" in kept(drafted)
    edit_canonical(drafted, "description=Acts by itself.")
    before = drafted.refs()["refs/heads/main"]
    assert drafted.run("submit", "actor").code == 0
    assert drafted.run("merge", "actor").code == 0

    merged = drafted.read("categories/Actor.json")
    assert merged == {"id": "Actor", "label": "Actor", "description": "Acts by itself."}
    assert not (drafted.path / "categories/Agent.json").exists()
    assert drafted.read("categories/Person.json")["parents"] == ["Actor"]
    tombstone = drafted.read("tombstones/category/Agent.json")
    assert (tombstone["kind"], tombstone["redirects_to"]) == ("redirect", "Actor")
    assert drafted.git("rev-list", "--count", f"{before}..main") == "1"
    assert drafted.run("validate", "--canonical").code == 0
    assert drafted.run("undo").code == 0
    assert drafted.refs()["refs/heads/main"] == before
    assert drafted.git("status", "--porcelain") == ""


def test_a_verdict_is_about_the_name_and_what_is_edited_under_it(drafted: Sandbox) -> None:
    def looked_at() -> str:
        return str(drafted.run("-o", "json", "show", "actor").json["change_hash"])

    first = looked_at()
    drafted.run("set", "category/Actor", "label=Actor", "-d", "actor")
    assert looked_at() != first
    drafted.run("undo")
    assert looked_at() == first
    edit_canonical(drafted, "description=Acts by itself.")
    assert looked_at() == first


def test_without_a_redirect_the_old_name_is_free_again_and_redirects_to_it_are_kept(sandbox: Sandbox) -> None:
    sandbox.run("redirect", "create", "property/unused", "property/name", "--reason", "same")
    sandbox.run("new", "Say title", "--id", "title")
    assert sandbox.run("entity", "rename", "property/name", "title", "--no-redirect", "-d", "title").code == 0
    file = sandbox.git("show", "draft/title:.gitdraft/changes/property/name.rename.json")
    assert '"redirect": false' in file
    assert sandbox.run("submit", "title").code == 0
    assert sandbox.run("merge", "title").code == 0
    assert sandbox.read("tombstones/property/unused.json")["redirects_to"] == "title"
    assert not (sandbox.path / "tombstones/property/name.json").exists()
    assert sandbox.run("validate", "--canonical").code == 0


def test_a_name_that_is_taken_is_refused_and_one_taken_meanwhile_a_conflict(drafted: Sandbox) -> None:
    taken = drafted.run("-o", "json", "entity", "rename", "category/Person", "Actor", "-d", "actor")
    assert (taken.code, taken.refusal["code"]) == (41, "entity-already-exists")
    drafted.write("categories/Actor.json", {"id": "Actor", "label": "On a stage"})
    drafted.commit("an actor")
    report = drafted.run("-o", "json", "rebase", "actor")
    assert report.code == 1
    (conflict,) = report.json["drafts"][0]["changes"][0]["conflicts"]
    assert (conflict["type"], conflict["path"]) == ("create/create", "")
    refused = drafted.run("resolve", "actor", "category/Actor", "--take", "canonical")
    assert refused.code == 0, refused.err
    assert kept(drafted) == [f"{CHANGES}/Person.patch.json"]


def test_both_edit_one_place_and_the_conflict_is_answered(drafted: Sandbox) -> None:
    drafted.run("set", "category/Actor", "label=Actor", "-d", "actor")
    edit_canonical(drafted, "label=Doer")
    conflicts = drafted.run("-o", "json", "conflicts", "actor").json["conflicts"]
    assert [(c["entity"], c["path"], c["canonical"], c["draft"]) for c in conflicts] == [
        ("category/Agent", "/label", "Doer", "Actor")
    ]
    assert "1 conflict since" in drafted.run("list", "--conflict").out
    assert drafted.run("resolve", "actor", "category/Agent", "/label", "--take", "draft").code == 0
    shown = drafted.run("-o", "json", "view", "category/Actor", "-d", "actor").json
    assert shown["document"]["label"] == "Actor"


def test_an_entity_that_is_gone_meanwhile_is_told_and_one_renamed_alike_is_absorbed(sandbox: Sandbox) -> None:
    sandbox.run("new", "one", "--id", "one")
    assert sandbox.run("entity", "rename", "property/unused", "spare", "-d", "one").code == 0
    sandbox.run("new", "two", "--id", "two")
    assert sandbox.run("entity", "rename", "property/unused", "spare", "-d", "two").code == 0
    sandbox.run("new", "three", "--id", "three")
    assert sandbox.run("entity", "rename", "property/unused", "extra", "-d", "three").code == 0
    sandbox.run("submit", "one")
    assert sandbox.run("merge", "one").code == 0
    drafts = {line["id"]: line for line in sandbox.run("-o", "json", "list").json["drafts"]}
    assert (drafts["two"]["rebase_status"], drafts["two"]["change_count"]) == ("clean", 0)
    assert drafts["three"]["rebase_status"] == "conflict"
    (conflict,) = sandbox.run("-o", "json", "conflicts", "three").json["conflicts"]
    assert (conflict["type"], conflict["entity"]) == ("modify/delete", "property/unused")


def test_it_is_renamed_again_back_and_dropped(drafted: Sandbox) -> None:
    drafted.run("set", "category/Actor", "label=Actor", "-d", "actor")
    assert drafted.run("entity", "rename", "category/Actor", "Doer", "-d", "actor").code == 0
    assert '"to": "Doer"' in drafted.git("show", f"draft/actor:{CHANGES}/Agent.rename.json")
    shown = drafted.run("-o", "json", "view", "category/Person", "-d", "actor").json
    assert shown["document"]["parents"] == ["Doer"]
    assert drafted.run("entity", "rename", "category/Doer", "Agent", "-d", "actor").code == 0
    assert kept(drafted) == [f"{CHANGES}/Agent.patch.json"]
    assert drafted.run("entity", "rename", "category/Agent", "Actor", "-d", "actor").code == 0
    assert drafted.run("drop", "category/Actor", "-d", "actor").code == 0
    assert kept(drafted) == []
    assert drafted.run("undo").code == 0
    assert f"{CHANGES}/Agent.rename.json" in kept(drafted)


def test_other_edits_of_what_has_another_name(drafted: Sandbox) -> None:
    gone = drafted.run("set", "category/Agent", "label=x", "-d", "actor")
    assert (gone.code, "category/Actor" in gone.err) == (42, True)
    assert drafted.run("unset", "category/Actor", "/description", "-d", "actor").code == 0
    shown = drafted.run("-o", "json", "view", "category/Actor", "-d", "actor").json
    assert shown["document"] == {"id": "Actor", "label": "Agent"}
    created = drafted.run("create", "category/Actor", "-", "-d", "actor", stdin='{"id": "Actor"}')
    assert created.code == 41
    assert drafted.run("set", "category/Person", "parents-=Actor", "-d", "actor").code == 0
    assert drafted.run("delete", "category/Actor", "--reason", "not needed", "-d", "actor").code == 0
    assert kept(drafted) == [f"{CHANGES}/Agent.delete.json", f"{CHANGES}/Person.patch.json"]


def test_what_a_draft_creates_gets_another_name(sandbox: Sandbox) -> None:
    sandbox.run("new", "robots", "--id", "actor")
    sandbox.run("create", "category/Robot", "-", stdin='{"id": "Robot", "label": "R", "parents": ["Robot"]}')
    answer = sandbox.run("entity", "rename", "category/Robot", "Machine", "-d", "actor")
    assert answer.code == 0, answer.err
    assert kept(sandbox) == [f"{CHANGES}/Machine.create.json"]
    shown = sandbox.run("-o", "json", "view", "category/Machine", "-d", "actor").json
    assert shown["document"] == {"id": "Machine", "label": "R", "parents": ["Machine"]}


def test_a_rename_file_that_is_wrong_is_named(drafted: Sandbox) -> None:
    for content in (
        b"{}",
        b'{"to": ""}',
        b'{"to": "../x"}',
        b'{"to": "A", "redirect": 1}',
    ):
        drafted.git("switch", "--quiet", "draft/actor")
        (drafted.path / CHANGES / "Agent.rename.json").write_bytes(content)
        drafted.commit("by hand")
        drafted.git("switch", "--quiet", "main")
        listed = drafted.run("validate", "actor")
        assert listed.code == 1
        assert f"{CHANGES}/Agent.rename.json" in listed.out + listed.err


def test_it_is_checked_out_edited_there_and_saved(drafted: Sandbox) -> None:
    assert drafted.run("checkout", "actor").code == 0
    assert not (drafted.path / "categories/Agent.json").exists()
    path = drafted.path / "categories/Actor.json"
    path.write_text(path.read_text().replace('"Agent"', '"Actor"'))
    saved = drafted.run("save")
    assert saved.code == 0, saved.err
    assert '"path": "/label"' in drafted.git("show", f"draft/actor:{CHANGES}/Agent.patch.json")
    assert kept(drafted)[1] == f"{CHANGES}/Agent.rename.json"


def test_dry_run_and_a_bad_key_write_nothing(drafted: Sandbox, tmp_path: Path) -> None:
    before = drafted.refs()
    dry = drafted.run("entity", "rename", "category/Person", "Human", "-d", "actor", "-n")
    assert "would have renamed category/Person to category/Human" in dry.out
    bad = drafted.run("entity", "rename", "category/Person", "../x", "-d", "actor")
    assert bad.code == 20
    other = drafted.run("entity", "rename", "category/Person", "property/Human", "-d", "actor")
    assert other.code == 20
    assert drafted.refs() == before


@pytest.fixture
def renamed_twice(sandbox: Sandbox) -> Sandbox:
    """A draft that renames and edits what canonical renames otherwise, and edits, meanwhile."""
    sandbox.run("new", "three", "--id", "three")
    assert sandbox.run("entity", "rename", "property/unused", "extra", "-d", "three").code == 0
    assert sandbox.run("set", "property/extra", "/label", "Extra", "-d", "three").code == 0
    assert sandbox.run("entity", "rename", "property/unused", "spare").code == 0
    sandbox.run("new", "meanwhile", "--id", "meanwhile")
    assert sandbox.run("set", "property/spare", "datatype=Number", "-d", "meanwhile").code == 0
    sandbox.run("submit", "meanwhile")
    assert sandbox.run("merge", "meanwhile").code == 0
    return sandbox


def test_a_renaming_moves_to_what_canonical_renamed_otherwise(renamed_twice: Sandbox) -> None:
    sandbox = renamed_twice
    preview = sandbox.run("resolve", "three", "property/unused", "--retarget", "-n")
    assert (preview.code, preview.err) == (0, "")
    moved = sandbox.run("resolve", "three", "property/unused", "--retarget")
    assert (moved.code, moved.err) == (0, "")
    assert "property/spare" in moved.out
    document = sandbox.run("-o", "json", "view", "property/extra", "-d", "three").json["document"]
    assert (document["id"], document["label"], document["datatype"]) == ("extra", "Extra", "Number")
    files = sandbox.git("ls-tree", "-r", "--name-only", "draft/three", ".gitdraft/changes/").splitlines()
    assert [file.rpartition("/")[2] for file in files] == ["spare.patch.json", "spare.rename.json"]
    assert sandbox.run("validate", "three").code == 0
    sandbox.run("submit", "three")
    assert sandbox.run("merge", "three").code == 0
    assert sandbox.read("properties/extra.json")["label"] == "Extra"
    assert sandbox.run("undo").code == 0


def test_a_renaming_that_moves_to_a_name_that_is_taken_is_refused(renamed_twice: Sandbox) -> None:
    sandbox = renamed_twice
    sandbox.write("properties/extra.json", {"id": "extra", "label": "Taken", "datatype": "Text"})
    sandbox.commit("taken")
    before = sandbox.git("rev-parse", "draft/three")
    answer = sandbox.run("-o", "json", "resolve", "three", "property/unused", "--retarget")
    assert (answer.code, answer.refusal["code"]) == (41, "entity-already-exists")
    assert sandbox.git("rev-parse", "draft/three") == before


def test_the_edits_of_a_renaming_move_to_what_canonical_redirects_to(sandbox: Sandbox) -> None:
    sandbox.run("new", "three", "--id", "three")
    sandbox.run("entity", "rename", "property/unused", "extra", "-d", "three")
    sandbox.run("set", "property/extra", "/label", "Extra", "-d", "three")
    sandbox.run("redirect", "create", "property/unused", "property/name", "--reason", "the same")
    words = ("resolve", "three", "property/unused", "--retarget")
    assert sandbox.run(*words).code == 21
    assert sandbox.run(*words, "--take", "draft").code == 0
    document = sandbox.run("-o", "json", "view", "property/name", "-d", "three").json["document"]
    assert (document["id"], document["label"]) == ("name", "Extra")

"""pre-commit and pre-push: what would break canonical, or a draft, is refused with file, line and pointer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hooks.conftest import call_git
from sandbox import Sandbox, present

pytestmark = pytest.mark.long


def commit(sandbox: Sandbox, *options: Any) -> Any:
    return call_git(sandbox.path, "commit", "--quiet", "--message", "change", *options)


def stage(sandbox: Sandbox, path: Any, **members: Any) -> None:
    sandbox.write(path, {**sandbox.read(path), **members})
    sandbox.git("add", path)


@pytest.mark.parametrize("branch", ["main", "feature"])
def test_a_schema_violation_is_refused_with_file_line_and_pointer(hooked: Sandbox, branch: Any) -> None:
    if branch != "main":
        hooked.git("switch", "--quiet", "--create", branch)
    stage(hooked, "categories/Person.json", label=5)

    said = commit(hooked)

    assert said.code == 1
    assert said.out.splitlines() == [
        "gitdraft: 1 problem in what is staged",
        "  categories/Person.json:3  /label  5 is not of type 'string'  schema/type",
        "hint: mend it and git add it; git commit --no-verify commits it nevertheless",
    ]


def test_the_index_counts_and_not_the_worktree(hooked: Sandbox) -> None:
    stage(hooked, "categories/Person.json", rank=1)
    hooked.write("categories/Person.json", "{ not json")
    assert commit(hooked).code == 0

    stage_bad = {**hooked.read("categories/Agent.json"), "label": 5}
    hooked.write("categories/Agent.json", stage_bad)
    hooked.git("add", "categories/Agent.json")
    hooked.git("show", "HEAD:categories/Agent.json")
    hooked.write("categories/Agent.json", {"id": "Agent", "label": "Agent"})
    assert commit(hooked).code == 1


def test_a_commit_of_one_file_looks_at_the_index_that_git_commits(hooked: Sandbox) -> None:
    stage(hooked, "categories/Person.json", label=5)
    hooked.write("categories/Agent.json", {**hooked.read("categories/Agent.json"), "label": "Actor"})

    assert commit(hooked, "categories/Agent.json").code == 0
    assert commit(hooked, "--all").code == 1


@pytest.mark.parametrize(
    ("path", "content", "told"),
    [
        ("categories/Person.json", '{\n  "id": "Person",\n  "label": }\n', "categories/Person.json:3"),
        ("categories/New.json", {"id": "Old", "label": "x"}, "identity/mismatch"),
        ("categories/New.json", {"id": "New", "label": "x", "parents": ["Nobody"]}, "reference/missing"),
        ("categories/person.json", {"id": "person", "label": "x"}, "key/case"),
        ("categories/con.json", {"id": "con", "label": "x"}, "name/forbidden"),
        ("tombstones/category/Person.json", {"kind": "erased"}, "json/invalid"),
        ("tombstones/category/x/Person.json", {}, "name/forbidden"),
        ("gitdraft.yaml", "version: 1\ncanonical: other\n", "configuration/moved"),
        ("gitdraft.yaml", "version: 1\nentities: 5\n", "gitdraft.yaml:2"),
        ("categories/_schema.json", {"type": "array"}, "schema/type"),
    ],
)
def test_what_breaks_canonical_is_refused(hooked: Sandbox, path: Any, content: Any, told: Any) -> None:
    hooked.write(path, content)
    hooked.git("add", path)

    said = commit(hooked)

    assert said.code == 1
    assert told in said.out


def test_a_link_for_an_entity_is_refused(hooked: Sandbox) -> None:
    (hooked.path / "categories/Link.json").symlink_to("Person.json")
    hooked.git("add", "--all")
    assert "a link, where a file must be" in commit(hooked).out


def test_an_entity_that_others_name_is_not_removed(hooked: Sandbox) -> None:
    hooked.git("rm", "--quiet", "categories/Agent.json")
    said = commit(hooked)
    assert said.code == 1
    assert "categories/Person.json" in said.out
    assert "category/Agent does not exist" in said.out


def test_an_id_is_not_used_again_over_its_tombstone(hooked: Sandbox) -> None:
    hooked.run("entity", "delete", "property/unused", "--reason", "unused")
    hooked.write("properties/unused.json", {"id": "unused", "label": "Again"})
    hooked.git("add", "--all")
    assert "tombstone/live" in commit(hooked).out


def test_a_locked_entity_is_not_edited_and_may_be_after_it_was_unlocked(hooked: Sandbox) -> None:
    hooked.run("entity", "lock", "category/Agent", "--reason", "under review")
    stage(hooked, "categories/Agent.json", label="Actor")
    said = commit(hooked)
    assert (said.code, "it is locked: under review" in said.out) == (1, True)

    hooked.git("reset", "--quiet", "--hard")
    hooked.run("entity", "unlock", "category/Agent", "--reason", "done")
    stage(hooked, "categories/Agent.json", label="Actor")
    assert commit(hooked).code == 0


def test_what_was_wrong_before_and_is_not_touched_is_no_reason(hooked: Sandbox) -> None:
    hooked.write("properties/name.json", {"id": "other"})
    hooked.git("add", "--all")
    assert commit(hooked, "--no-verify").code == 0
    stage(hooked, "categories/Agent.json", label="Actor")
    assert commit(hooked).code == 0


def test_a_merge_that_breaks_canonical_is_refused(hooked: Sandbox) -> None:
    hooked.git("switch", "--quiet", "--create", "feature")
    stage(hooked, "categories/Agent.json", label=5)
    assert commit(hooked, "--no-verify").code == 0
    hooked.git("switch", "--quiet", "main")
    stage(hooked, "properties/name.json", label="Full name")
    assert commit(hooked).code == 0

    said = call_git(hooked.path, "merge", "--quiet", "--no-edit", "feature")

    assert (said.code, "categories/Agent.json:3" in said.out) == (1, True)


def test_a_draft_that_is_edited_as_a_draft_may_be_committed_by_plain_git(hooked: Sandbox) -> None:
    hooked.git("switch", "--quiet", "draft/fix-person")
    path = ".gitdraft/changes/category/Person.patch.json"
    hooked.write(path, [{"op": "replace", "path": "/label", "value": "Someone"}])
    hooked.git("add", "--all")
    assert commit(hooked).out == ""
    assert present(hooked.library.view("category/Person", draft="fix-person").document)["label"] == "Someone"


@pytest.mark.parametrize(
    ("path", "content", "why"),
    [
        (
            "categories/Person.json",
            {"id": "Person", "label": "x"},
            "categories/Person.json is changed outside",
        ),
        (".gitdraft/changes/category/Person.patch.json", "[{]", "Person.patch.json"),
        (".gitdraft/changes/category/Person.create.json", {}, "two change files"),
        (".gitdraft/draft.json", {"title": "x"}, "draft.json"),
        (".gitdraft/notes.txt", "hello\n", ".gitdraft/notes.txt is no file of a draft"),
        (".gitdraft/changes/category/x.json", "{}", "is not a change file"),
    ],
)
def test_a_commit_that_would_break_a_draft_is_refused(
    hooked: Sandbox, path: Any, content: Any, why: Any
) -> None:
    hooked.git("switch", "--quiet", "draft/fix-person")
    hooked.write(path, content)
    hooked.git("add", "--all")

    said = commit(hooked)

    assert said.code == 1
    assert said.out.startswith("gitdraft: the commit would break the draft fix-person\n")
    assert why in said.out


def test_an_invalid_canonical_is_not_pushed_and_a_sound_one_is(hooked: Sandbox, tmp_path: Path) -> None:
    remote = tmp_path / "plain.git"
    hooked.git("init", "--quiet", "--bare", str(remote))
    hooked.git("remote", "add", "origin", str(remote))
    assert call_git(hooked.path, "push", "--quiet", "origin", "main").code == 0
    stage(hooked, "categories/Agent.json", label=5)
    assert commit(hooked, "--no-verify").code == 0

    said = call_git(hooked.path, "push", "--quiet", "origin", "main")

    assert said.code == 1
    assert said.ours == ["gitdraft: main is not pushed: 1 problem"]
    assert "categories/Agent.json:3" in said.out


def test_a_push_warns_of_drafts_in_conflict_and_goes_on(hooked: Sandbox, tmp_path: Path) -> None:
    remote = tmp_path / "plain.git"
    hooked.git("init", "--quiet", "--bare", str(remote))
    stage(hooked, "categories/Person.json", label="Individual")
    commit(hooked)

    said = call_git(hooked.path, "push", "--quiet", str(remote), "main", "draft/fix-person")

    assert said.code == 0
    assert said.ours == [
        "gitdraft: warning: fix-person (category/Person /label) is in conflict with canonical"
    ]


def test_a_hook_runs_nothing_that_the_content_names(hooked: Sandbox) -> None:
    evil = "$(touch pwned)`touch pwned`;touch pwned"
    hooked.write(
        "gitdraft.yaml",
        (hooked.path / "gitdraft.yaml").read_text() + "  odd:\n    path: '" + evil + "/{key}.json'\n",
    )
    hooked.write(f"{evil}/x.json", {"id": evil})
    hooked.write("core.hooksPath/post-commit", "#!/bin/sh\ntouch pwned\n")
    hooked.git("add", "--all")
    assert commit(hooked).code == 0
    hooked.change("categories/Agent.json", label=evil)
    hooked.git("switch", "--quiet", "--create", "other;touch${IFS}pwned")

    assert evil in (hooked.path / ".git/gitdraft/hooks").read_text()
    assert not list(hooked.path.rglob("pwned"))

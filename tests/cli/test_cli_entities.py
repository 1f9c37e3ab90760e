"""`entity …`: deletion and protection on canonical, sentence by sentence; and what protection keeps from whom."""

from __future__ import annotations

import json
from typing import Any

import pytest
from curating import CONFIGURATION, Curating
from sandbox import Sandbox

Steps = list[list[Any]]

REFUSED: list[tuple[str, Steps, str, str, str, int]] = [
    ("unknown", [], "delete", "item/N", "resource-not-found", 40),
    ("named by another", [], "delete", "item/A", "data-policy-violation", 23),
    ("redirected to", [["redirect", "C", "D"]], "delete", "item/D", "data-policy-violation", 23),
    ("deleted", [["delete", "D"]], "delete", "item/D", "entity-deleted", 42),
    ("erased", [["erase", "D"]], "delete", "item/D", "entity-deleted", 42),
    ("redirected", [["redirect", "D", "B"]], "delete", "item/D", "redirected-item", 42),
    ("locked", [["lock", "D"]], "delete", "item/D", "entity-locked", 42),
    ("archived", [["archive", "D"]], "delete", "item/D", "entity-archived", 42),
    ("unknown", [], "erase", "item/N", "resource-not-found", 40),
    ("named by another", [], "erase", "item/A", "data-policy-violation", 23),
    ("redirected to", [["redirect", "C", "D"]], "erase", "item/D", "data-policy-violation", 23),
    ("erased", [["erase", "D"]], "erase", "item/D", "entity-deleted", 42),
    ("redirected", [["redirect", "D", "B"]], "erase", "item/D", "redirected-item", 42),
    ("locked", [["lock", "D"]], "erase", "item/D", "entity-locked", 42),
    ("archived", [["archive", "D"]], "erase", "item/D", "entity-archived", 42),
    ("deleted and locked", [["delete", "D"], ["lock", "D"]], "erase", "item/D", "entity-locked", 42),
    ("unknown", [], "undelete", "item/N", "resource-not-found", 40),
    ("live", [], "undelete", "item/D", "not-deleted", 42),
    ("redirected", [["redirect", "D", "B"]], "undelete", "item/D", "not-deleted", 42),
    ("erased", [["erase", "D"]], "undelete", "item/D", "entity-deleted", 42),
    (
        "erased after a deletion",
        [["delete", "D"], ["erase", "D"]],
        "undelete",
        "item/D",
        "entity-deleted",
        42,
    ),
    ("locked", [["delete", "D"], ["lock", "D"]], "undelete", "item/D", "entity-locked", 42),
    ("archived", [["delete", "D"], ["archive", "D"]], "undelete", "item/D", "entity-archived", 42),
    (
        "naming what is deleted by now",
        [["delete", "R"], ["delete", "A"]],
        "undelete",
        "item/R",
        "data-policy-violation",
        23,
    ),
    ("unknown", [], "lock", "item/N", "resource-not-found", 40),
    ("erased", [["erase", "D"]], "lock", "item/D", "entity-deleted", 42),
    ("archived", [["archive", "D"]], "lock", "item/D", "entity-archived", 42),
    ("unknown", [], "unlock", "item/N", "resource-not-found", 40),
    ("archived", [["archive", "D"]], "unlock", "item/D", "entity-archived", 42),
    ("unknown", [], "archive", "item/N", "resource-not-found", 40),
    ("locked", [["lock", "D"]], "archive", "item/D", "entity-locked", 42),
    ("unknown", [], "unarchive", "item/N", "resource-not-found", 40),
    ("locked", [["lock", "D"]], "unarchive", "item/D", "entity-locked", 42),
]


def act(items: Sandbox, verb: str, entity: str, *options: str) -> Any:
    yes = ["--yes"] if verb == "erase" else []
    return items.run("-o", "json", "entity", verb, entity, "--reason", "why", *yes, *options)


@pytest.mark.sweep(12)
@pytest.mark.parametrize(
    ("before", "verb", "entity", "code", "exit_code"),
    [pytest.param(*row[1:], id=f"{row[2]}-{row[0]}") for row in REFUSED],
)
def test_what_is_refused(
    curating: Curating,
    items: Sandbox,
    before: Steps,
    verb: str,
    entity: str,
    code: str,
    exit_code: int,
) -> None:
    for step in before:
        curating.on_canonical(step)
    refs = items.refs()

    answer = act(items, verb, entity)

    assert (answer.code, answer.refusal["code"]) == (exit_code, code)
    assert answer.out == ""
    assert items.refs() == refs


VERBS: list[tuple[Steps, str, str, str]] = [
    ([], "delete", "D", "delete-soft"),
    ([], "erase", "D", "delete-hard"),
    ([["delete", "D"]], "erase", "D", "delete-hard"),
    ([["delete", "D"]], "undelete", "D", "undelete"),
    ([], "lock", "D", "lock"),
    ([["lock", "D"]], "unlock", "D", "unlock"),
    ([], "archive", "D", "archive"),
    ([["archive", "D"]], "unarchive", "D", "unarchive"),
]
verbs = pytest.mark.parametrize(
    ("before", "verb", "key", "edit"),
    [pytest.param(*row, id=" then ".join([*(s[0] for s in row[0]), row[1]])) for row in VERBS],
)


@pytest.mark.sweep(2)
@verbs
def test_each_change_is_one_commit_one_operation_one_undo(
    curating: Curating, items: Sandbox, before: Steps, verb: str, key: str, edit: str
) -> None:
    for step in before:
        curating.on_canonical(step)
    tip, tree = items.git("rev-parse", "main", "main^{tree}").split()
    operations = len(list(curating.repo.operations()))
    known = len(curating.repo.canonical.revisions(f"item/{key}"))

    answer = act(items, verb, f"item/{key}")

    assert (answer.code, answer.json["edit_type"], answer.json["changed"]) == (0, edit, True)
    assert answer.json["commit"] == items.git("rev-parse", "main")
    assert items.git("rev-parse", "main^") == tip
    trailers = items.git("log", "-1", "--format=%(trailers:only,unfold)", "main").splitlines()
    assert trailers[0] == f"Gitdraft-Edit: {edit}"
    assert trailers[1].startswith("Gitdraft-Operation: ")
    assert "why" in items.git("log", "-1", "--format=%b", "main").splitlines()
    assert len(list(curating.repo.operations())) == operations + 1
    revisions = curating.repo.canonical.revisions(f"item/{key}")
    assert [r.edit_type for r in revisions[known:]] == [edit]
    undone = items.run("undo")
    assert undone.code == (42 if edit == "delete-hard" else 0)  # a bare repository: others may have it
    assert items.git("merge-base", "main", tip) == tip
    if edit != "delete-hard":
        assert items.git("rev-parse", "main^{tree}") == tree
    items.fsck()


@pytest.mark.sweep(2)
@verbs
def test_a_dry_run_changes_nothing(
    curating: Curating, items: Sandbox, before: Steps, verb: str, key: str, edit: str
) -> None:
    for step in before:
        curating.on_canonical(step)
    refs = items.refs()

    answer = items.run("entity", verb, f"item/{key}", "--reason", "why", "-n")

    assert (answer.code, answer.out.startswith("would be: ")) == (0, True)
    assert act(items, verb, f"item/{key}", "-n").json["changed"] is False
    assert items.refs() == refs


@pytest.mark.sweep(2)
@verbs
def test_another_revision_than_the_expected_is_refused(
    curating: Curating, items: Sandbox, before: Steps, verb: str, key: str, edit: str
) -> None:
    for step in before:
        curating.on_canonical(step)
    number = curating.repo.canonical.revisions(f"item/{key}")[-1].number
    answer = act(items, verb, f"item/{key}", "--expect", str(number + 1))
    assert (answer.code, answer.refusal["code"]) == (43, "revision-mismatch")
    assert act(items, verb, f"item/{key}", "--expect", str(number)).code == 0


@pytest.mark.parametrize("verb", ["delete", "erase", "lock", "unlock", "archive", "unarchive"])
def test_a_reason_is_required(items: Sandbox, verb: str) -> None:
    assert items.run("entity", verb, "item/D").code == 2
    answer = items.run(
        "-o", "json", "entity", verb, "item/D", "--reason", "  ", *["--yes"][: verb == "erase"]
    )
    assert (answer.code, answer.refusal["code"]) == (20, "missing-field")


@pytest.mark.parametrize(
    ("verb", "already"), [("lock", "locked"), ("archive", "archived"), ("unlock", ""), ("unarchive", "")]
)
def test_what_is_so_already_makes_no_commit_and_says_so(
    curating: Curating, items: Sandbox, verb: str, already: str
) -> None:
    if already:
        curating.on_canonical([verb, "D"])
    refs = items.refs()
    answer = items.run("entity", verb, "item/D", "--reason", "why")
    word = f"{already} already" if already else f"not {verb.removeprefix('un').rstrip('e')}ed"
    assert (answer.code, answer.out) == (0, f"nothing changed: item/D is {word}\n")
    assert act(items, verb, "item/D").json["changed"] is False
    assert items.refs() == refs


def test_a_deletion_keeps_the_content_and_an_undeletion_brings_the_file_back(
    curating: Curating, items: Sandbox
) -> None:
    before, tree = items.git("rev-parse", "main:items/D.json", "main^{tree}").split()
    assert act(items, "delete", "item/D").code == 0
    tombstone = json.loads(items.git("show", "main:tombstones/item/D.json"))
    assert list(tombstone) == ["kind", "id", "reason", "by", "at", "entity"]
    assert (tombstone["kind"], tombstone["entity"]) == ("deleted", {"id": "D", "label": "d"})
    assert act(items, "undelete", "item/D").code == 0
    assert items.git("rev-parse", "main:items/D.json", "main^{tree}").split() == [before, tree]


def test_an_erasure_leaves_no_content_and_says_that_history_does(curating: Curating, items: Sandbox) -> None:
    curating.on_canonical(["put", "D", {"id": "D", "label": "only-here"}])
    answer = items.run("entity", "erase", "item/D", "--reason", "privacy", "--yes")
    assert answer.code == 0
    assert "git's history still holds the content of item/D" in answer.err
    assert "only-here" not in items.git("grep", "-h", "e", "main")
    tombstone = json.loads(items.git("show", "main:tombstones/item/D.json"))
    assert list(tombstone) == ["kind", "id", "reason", "by", "at"]
    for command in (["ls"], ["ls", "--tombstones"], ["redirect", "list"]):
        assert "item/D" not in items.run(*command).out
    seen = items.run("-o", "json", "view", "item/D", "--no-follow")
    assert "only-here" not in seen.out


def test_an_erasure_asks_first(items: Sandbox) -> None:
    refs = items.refs()
    answer = items.run("entity", "erase", "item/D", "--reason", "privacy", stdin="n\n")
    assert answer.code == 130
    assert "Erase item/D?" in answer.err + answer.out
    assert items.refs() == refs
    assert items.run("entity", "erase", "item/D", "--reason", "privacy", stdin="y\n").code == 0


def test_who_still_needs_it_is_listed_and_recorded_by_force(curating: Curating, items: Sandbox) -> None:
    curating.on_canonical(["redirect", "C", "A"])
    refused = items.run("entity", "delete", "item/A", "--reason", "why")
    assert refused.code == 23
    assert refused.err.splitlines() == [
        "error: 'item/A' is still needed in 2 places",
        "  item/C redirects to it",
        "  item/R /see/0 still names it",
        "hint: --force deletes it nevertheless, and the commit lists them",
    ]
    forced = act(items, "delete", "item/A", "--force")
    assert [v["message"] for v in forced.json["forced"]] == [
        "item/C redirects to it",
        "item/R /see/0 still names it",
    ]
    message = items.git("log", "-1", "--format=%B", "main")
    assert "By force, although:\n- item/C redirects to it\n- item/R /see/0 still names it\n" in message
    assert items.run("-o", "json", "redirect", "resolve", "item/C").code == 42
    assert items.run("validate", "--canonical").code == 1


def test_a_deleted_entity_is_not_shown_but_its_tombstone_is(curating: Curating, items: Sandbox) -> None:
    curating.on_canonical(["delete", "D"])
    answer = items.run("-o", "json", "view", "item/D")
    assert answer.json.get("document") is None
    text = items.run("view", "item/D")
    assert (text.code, text.err.splitlines()[0]) == (42, "error: 'item/D' is deleted")
    assert "gitdraft entity undelete item/D" in text.err
    assert json.loads(items.run("view", "item/D", "--no-follow").out)["kind"] == "deleted"


def test_an_id_with_a_tombstone_is_never_used_again(curating: Curating, items: Sandbox) -> None:
    for step in (["delete", "D"], ["erase", "C"], ["redirect", "B", "A"]):
        curating.on_canonical(step)
    items.run("new", "Draft")
    for key, code in (("D", "entity-deleted"), ("C", "entity-deleted"), ("B", "redirected-item")):
        document = json.dumps({"id": key})
        answer = items.run("-o", "json", "create", f"item/{key}", "-", "--draft", "draft", stdin=document)
        assert (answer.code, answer.refusal["code"]) == (42, code)


EDITS: list[list[str]] = [
    ["set", "item/D", "/label", "x"],
    ["unset", "item/D", "/label"],
    ["patch", "item/D", "-"],
    ["delete", "item/D", "--reason", "why"],
    ["redirect", "item/D", "item/B", "--reason", "why"],
    ["redirect", "item/B", "item/D", "--reason", "why"],
]


@pytest.mark.sweep(3)
@pytest.mark.parametrize("command", EDITS, ids=lambda command: " ".join(command[:3]))
@pytest.mark.parametrize("verb", ["lock", "archive"])
def test_a_protected_entity_refuses_edits_on_save(
    curating: Curating, items: Sandbox, verb: str, command: list[str]
) -> None:
    curating.on_canonical([verb, "D"])
    items.run("new", "Draft")
    refs = items.refs()
    patch = '[{"op": "add", "path": "/rank", "value": 1}]'
    answer = items.run("-o", "json", *command, "--draft", "draft", stdin=patch)
    kind = "locked" if verb == "lock" else "archived"
    assert (answer.code, answer.refusal["code"]) == (42, f"entity-{kind}")
    assert answer.refusal["hint"] == f"gitdraft entity un{verb} item/D --reason REASON"
    assert answer.refusal["context"]["reason"] == "so it is decided"
    assert items.refs() == refs
    curating.on_canonical([f"un{verb}", "D"])
    assert items.run(*command, "--draft", "draft", stdin=patch).code == 0


def test_a_protected_entity_refuses_what_was_edited_in_the_worktree(sandbox: Sandbox) -> None:
    sandbox.run("new", "Draft")
    sandbox.run("checkout", "draft")
    sandbox.write("categories/Person.json", {**sandbox.read("categories/Person.json"), "rank": 1})
    assert sandbox.run("entity", "lock", "category/Person", "--reason", "under review").code == 0
    answer = sandbox.run("-o", "json", "save")
    assert (answer.code, answer.refusal["code"]) == (42, "entity-locked")


@pytest.mark.parametrize("verb", ["lock", "archive"])
def test_a_protected_entity_refuses_a_merge_and_says_so_before(
    curating: Curating, items: Sandbox, verb: str
) -> None:
    curating.in_draft(["set", "D", "/label", "x"])
    curating.on_canonical([verb, "D"])
    kind = "locked" if verb == "lock" else "archived"
    found = items.run("-o", "json", "validate", "draft").json["violations"]
    assert [(v["entity"], v["rule"]) for v in found] == [("item/D", f"protection/{kind}")]
    assert items.run("-o", "json", "submit", "draft").refusal["code"] == f"entity-{kind}"
    curating.on_canonical([f"un{verb}", "D"])
    curating.in_draft(["submit"])
    curating.on_canonical([verb, "D"])
    refs = items.refs()
    answer = items.run("-o", "json", "merge", "draft")
    assert (answer.code, answer.refusal["code"]) == (42, f"entity-{kind}")
    assert items.refs() == refs
    curating.on_canonical([f"un{verb}", "D"])
    assert items.run("merge", "draft").code == 0


def test_a_referrer_that_is_locked_refuses_to_be_retargeted(curating: Curating, items: Sandbox) -> None:
    curating.on_canonical(["lock", "R"])
    answer = items.run("-o", "json", "redirect", "merge", "item/A", "item/B", "--retarget", "--reason", "why")
    assert (answer.code, answer.refusal["code"]) == (42, "entity-locked")
    assert items.run("redirect", "merge", "item/A", "item/B", "--reason", "why").code == 0


def test_the_protection_is_a_file_with_who_when_and_why(items: Sandbox) -> None:
    act(items, "lock", "item/D")
    protection = json.loads(items.git("show", "main:protection/item/D.json"))
    assert (protection["kind"], protection["id"], protection["reason"]) == ("locked", "D", "why")
    assert protection["by"] == "Ann Archivist <ann@example.org>"
    act(items, "unlock", "item/D")
    assert "protection" not in items.git("ls-tree", "--name-only", "main").split()


@pytest.mark.parametrize("verb", ["lock", "unlock", "archive", "unarchive"])
def test_who_may_protect_is_checked_against_the_committer(
    curating: Curating, items: Sandbox, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    if verb.startswith("un"):
        curating.on_canonical([verb.removeprefix("un"), "D"])
    configure(items, f"protect: {{{verb}: [Head@Example.org]}}\n")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "head@example.org")

    answer = act(items, verb, "item/D")

    assert (answer.code, answer.refusal["code"]) == (42, "permission-denied")
    assert answer.refusal["context"]["committer"] == "ann@example.org"
    assert "head@example.org" in answer.refusal["hint"].casefold()
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "HEAD@example.org")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "ann@example.org")
    assert act(items, verb, "item/D").code == 0


def test_what_gitdraft_yaml_does_not_name_everybody_may(items: Sandbox) -> None:
    configure(items, "protect: {unlock: [head@example.org], archive: []}\n")
    assert act(items, "lock", "item/D").code == 0
    assert act(items, "unlock", "item/D").refusal["code"] == "permission-denied"
    assert act(items, "archive", "item/C").refusal["code"] == "permission-denied", "nobody may"


def configure(items: Sandbox, more: str) -> None:
    """gitdraft.yaml with more in it, in a commit of git's."""
    text = CONFIGURATION + more
    lines = ["commit refs/heads/main", "committer Ann Archivist <ann@example.org> 1700000001 +0000", "data 9"]
    lines += [
        "Configure",
        "from refs/heads/main^0",
        "M 100644 inline gitdraft.yaml",
        f"data {len(text)}",
        text,
    ]
    items.git("fast-import", "--quiet", stdin="\n".join(lines) + "\n")

"""Comments and verdicts: files in the draft's branch, and what merging makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sandbox import CONFIGURATION, Sandbox, present

import gitdraft
from gitdraft.api.session import Identity
from gitdraft.errors import InvalidInput, Moved, NotFound, StateRefused
from gitdraft.model.operations import Actor

PERSON = "category/Person"
ANN, BOB, CYD = (Actor(name, f"{name.lower()}@example.org") for name in ("Ann", "Bob", "Cyd"))


def acting(sandbox: Sandbox, actor: Actor) -> gitdraft.Repository:
    return gitdraft.open(sandbox.path, actor=actor)


def asking(sandbox: Sandbox, review: str) -> None:
    sandbox.write("gitdraft.yaml", f"{CONFIGURATION}review: {review}\n")
    sandbox.commit("what merging needs")


@pytest.fixture
def fix(sandbox: Sandbox) -> gitdraft.Draft:
    """Ann's draft, where merging needs one approval."""
    asking(sandbox, "{approvals: 1}")
    draft = acting(sandbox, ANN).drafts.new("Fix", draft_id="fix")
    draft.set(PERSON, "/label", "Human")
    return draft


def of(sandbox: Sandbox, actor: Actor, draft: str = "fix") -> gitdraft.Draft:
    return acting(sandbox, actor).drafts[draft]


def refused(draft: gitdraft.Draft) -> StateRefused:
    with pytest.raises(StateRefused) as error:
        draft.merge(dry_run=True)
    assert error.value.code == "approval-needed"
    return error.value


def test_a_comment_is_a_file_and_changes_neither_status_nor_tag(
    sandbox: Sandbox, fix: gitdraft.Draft
) -> None:
    fix.validate(record=True)
    before, tag = fix.tip, fix.tag()
    first = of(sandbox, BOB).comment("Who says so?", "Person", "/label")
    answer = fix.comment("I do.", reply_to=first.id)
    assert sandbox.git("diff", "--name-status", before, "draft/fix").split() == [
        "A",
        *sorted([f".gitdraft/comments/{first.id}.json", f".gitdraft/comments/{answer.id}.json"])[:1],
        "A",
        *sorted([f".gitdraft/comments/{first.id}.json", f".gitdraft/comments/{answer.id}.json"])[1:],
    ]
    assert (fix.status.value, fix.tag()) == ("validated", tag)
    assert fix.remarks().comments == (first, answer)
    assert (first.by, first.entity, first.pointer) == ("Bob <bob@example.org>", PERSON, "/label")
    assert [operation.command for operation in sandbox.library.operations()][:2] == ["comment", "comment"]


@pytest.mark.parametrize("close", ["submit", "withdraw", "reject", "merge"])
def test_comments_and_verdicts_are_taken_in_every_status(sandbox: Sandbox, close: str) -> None:
    draft = sandbox.library.drafts.new("Fix", draft_id="fix")
    draft.set(PERSON, "/label", "Human")
    if close in ("reject", "merge"):
        draft.submit()
    status = {"reject": lambda: draft.reject("no"), "submit": draft.submit, "withdraw": draft.withdraw}
    (status.get(close) or draft.merge)()
    before, tag = draft.status, draft.tag()
    draft.comment("Still.")
    review = of(sandbox, BOB).approve("Well done.")
    assert (draft.status, draft.tag()) == (before, tag)
    assert [judged.review for judged in draft.review().reviews if judged.holds] == [review]
    sandbox.fsck()


@pytest.mark.parametrize(
    ("text", "options", "error", "code"),
    [
        ("", {}, InvalidInput, "missing-field"),
        (" \n", {}, InvalidInput, "missing-field"),
        ("x" * 10_001, {}, InvalidInput, "too-large"),
        ("\ud800", {}, InvalidInput, "invalid-value"),
        ("x", {"pointer": "/label"}, InvalidInput, "invalid-value"),
        ("x", {"entity": PERSON, "pointer": "label"}, InvalidInput, "invalid-value"),
        ("x", {"entity": "nothing/Person"}, NotFound, "resource-not-found"),
        ("x", {"reply_to": "none"}, NotFound, "resource-not-found"),
    ],
)
def test_a_comment_that_is_none_is_refused(
    fix: gitdraft.Draft, text: str, options: dict[str, Any], error: type[Exception], code: str
) -> None:
    before = fix.tip
    with pytest.raises(error) as caught:
        fix.comment(text, **options)
    assert getattr(caught.value, "code", None) == code
    assert fix.tip == before


def test_merging_needs_an_approval_by_another(sandbox: Sandbox, fix: gitdraft.Draft) -> None:
    fix.submit()
    assert refused(fix).context["needed"] == 1
    own = fix.approve()
    assert refused(fix).context["approved_by"] == []
    of(sandbox, BOB).approve()
    state = fix.review()
    assert state.approved_by == ("Bob <bob@example.org>",)
    assert [(judged.holds, judged.counts) for judged in state.reviews] == [(True, False), (True, True)]
    assert state.reviews[0].review == own
    assert fix.merge().draft == "fix"


def test_only_those_who_are_named_may_approve(sandbox: Sandbox, fix: gitdraft.Draft) -> None:
    asking(sandbox, "{approvals: 2, by: [BOB@example.org, cyd@example.org]}")
    fix.submit()
    of(sandbox, Actor("Dan", "dan@example.org")).approve()
    of(sandbox, BOB).approve()
    of(sandbox, replace(BOB, email="Bob@Example.org")).approve()
    assert refused(fix).context["approved_by"] == ["Bob <Bob@Example.org>"]
    of(sandbox, CYD).approve()
    fix.merge()


def test_what_merging_needs_is_read_on_canonical(sandbox: Sandbox, fix: gitdraft.Draft) -> None:
    fix.submit()
    refused(fix)
    sandbox.write("gitdraft.yaml", CONFIGURATION)
    sandbox.commit("nobody need approve")
    assert fix.merge().commit == sandbox.git("rev-parse", "main")


def test_whoever_asks_for_changes_keeps_it_until_the_same_person_approves(
    sandbox: Sandbox, fix: gitdraft.Draft
) -> None:
    fix.submit()
    of(sandbox, BOB).approve()
    of(sandbox, CYD).request_changes("No.")
    assert refused(fix).context["refused_by"] == ["Cyd <cyd@example.org>"]
    of(sandbox, CYD).approve()  # in the same second, and later all the same
    fix.merge()


def test_an_edit_takes_a_verdict_back_and_one_that_takes_the_edit_back_does_not(
    sandbox: Sandbox, fix: gitdraft.Draft
) -> None:
    of(sandbox, BOB).approve()
    fix.set(PERSON, "/label", "Somebody")
    assert not fix.review().approved_by
    fix.set(PERSON, "/label", "Human")
    assert fix.review().approved_by


def test_a_verdict_on_other_changes_is_refused(sandbox: Sandbox, fix: gitdraft.Draft) -> None:
    looked_at = fix.review().change_hash
    fix.set(PERSON, "/label", "Somebody")
    with pytest.raises(Moved) as error:
        of(sandbox, BOB).approve(of=looked_at)
    assert error.value.code == "changes-moved"
    answer = sandbox.run("approve", "fix", "--of", looked_at)
    assert answer.code == 43
    assert not fix.remarks().reviews


def test_a_rebase_that_leaves_the_change_keeps_the_verdict(sandbox: Sandbox, fix: gitdraft.Draft) -> None:
    fix.set(PERSON, "/steps/-", "d")
    of(sandbox, BOB).approve()
    fix.submit()
    sandbox.change("categories/Person.json", steps=["first", "a", "b", "c"], description="Otherwise.")
    assert fix.review().approved_by
    fix.reopen()
    sandbox.library.rebase()
    assert fix.stored.base == sandbox.git("rev-parse", "main")
    assert fix.review().approved_by
    fix.submit()
    fix.merge()
    assert sandbox.read("categories/Person.json")["steps"] == ["first", "a", "b", "c", "d"]


def test_an_answered_conflict_takes_the_verdict_back(sandbox: Sandbox, fix: gitdraft.Draft) -> None:
    of(sandbox, BOB).approve()
    sandbox.change("categories/Person.json", label="Theirs")
    sandbox.library.rebase()
    assert fix.review().approved_by  # of the changes as they are, which no merge takes
    fix.resolve(PERSON, "/label", take="draft")
    assert not fix.review().approved_by
    fix.submit()
    refused(fix)


def test_a_merge_of_what_canonical_made_another_change_is_refused(
    sandbox: Sandbox, fix: gitdraft.Draft
) -> None:
    fix.set(PERSON, "/description", "A person.")
    of(sandbox, BOB).approve()
    fix.submit()
    sandbox.change("categories/Person.json", description="A person.")
    assert refused(fix).context["approved_by"] == []


def edits() -> dict[str, Callable[[gitdraft.Draft], object]]:
    return {
        "a number of another type": lambda draft: draft.set(PERSON, "/rank", 1.0),
        "the place in an ordered list": lambda draft: draft.patch(
            PERSON, [{"op": "move", "from": "/steps/3", "path": "/steps/0"}]
        ),
        "the order of a list": lambda draft: draft.set(PERSON, "/steps", ["c", "b", "a", "x"]),
        "the reason of a deletion": lambda draft: draft.delete("property/unused", "else", replace=True),
        "another entity": lambda draft: draft.set("category/Agent", "/label", "Agent!"),
        "an entity less": lambda draft: draft.drop("property/unused"),
    }


@pytest.mark.parametrize("edit", edits())
def test_each_edit_makes_another_hash(sandbox: Sandbox, edit: str) -> None:
    draft = sandbox.library.drafts.new("Fix", draft_id="fix")
    draft.set(PERSON, "/rank", 1)
    draft.set(PERSON, "/steps/-", "x")
    draft.delete("property/unused", "why")
    before = draft.review().change_hash
    edits()[edit](draft)
    assert draft.review().change_hash != before


def test_every_json_has_the_hash(sandbox: Sandbox, fix: gitdraft.Draft) -> None:
    fix.comment("One.")
    sandbox.run("switch", "fix")
    current = fix.review().change_hash
    shown = json.loads(sandbox.run("show", "fix", "-o", "json").out)
    listed = json.loads(sandbox.run("list", "-o", "json").out)["drafts"][0]
    stands = json.loads(sandbox.run("status", "-o", "json").out)["drafts"][0]
    for document in (shown, listed, stands):
        assert (document["change_hash"], document["comment_count"]) == (current, 1)
        assert document["approvals"] == {"needed": 1, "given": 0, "approved_by": [], "refused_by": []}
    assert [block["code"] for block in shown["blocked_by"]] == ["wrong-status", "approval-needed"]
    assert "it needs 1 more approval" in sandbox.run("status").out
    sandbox.change(
        "categories/Person.json", label="Human"
    )  # canonical has it now: nothing is left of the change
    listed = json.loads(sandbox.run("list", "-o", "json").out)["drafts"][0]
    assert listed["change_hash"] == fix.review().change_hash != current


def broken(sandbox: Sandbox, path: str, content: str, mode: str = "100644") -> None:
    """Puts a file on the draft's branch, as who can push can."""
    oid = sandbox.git("hash-object", "-w", "--stdin", stdin=content)
    sandbox.git("read-tree", "--index-output=.git/other", "draft/fix")
    environment = f"GIT_INDEX_FILE={sandbox.path / '.git/other'}"
    sandbox.git(
        "-c",
        "alias.x=!env " + environment + " git",
        "x",
        "update-index",
        "--add",
        "--cacheinfo",
        f"{mode},{oid},{path}",
    )
    tree = sandbox.git("-c", "alias.x=!env " + environment + " git", "x", "write-tree")
    base = sandbox.git("merge-base", "main", "draft/fix")
    message = f"forged\n\nGitdraft-Draft: fix\nGitdraft-Base: {base}"
    commit = sandbox.git("commit-tree", tree, "-p", "draft/fix", "-m", message)
    sandbox.git("update-ref", "refs/heads/draft/fix", commit)


HOSTILE = {
    "no JSON": (".gitdraft/reviews/a1.json", "{", "100644"),
    "huge": (".gitdraft/comments/a1.json", json.dumps({"text": "x" * 3_000_000}), "100644"),
    "deep": (".gitdraft/comments/a1.json", "[" * 100_000, "100644"),
    "another form": (".gitdraft/reviews/a1.json", '{"by": "Bob", "verdict": "approve"}', "100644"),
    "a link": (".gitdraft/reviews/a1.json", "../../../etc/passwd", "120000"),
    "another name": (".gitdraft/comments/..a.json", "{}", "100644"),
    "a folder": (".gitdraft/comments/a/b.json", "{}", "100644"),
    "a file for the folder": (".gitdraft/comments", "{}", "100644"),
}


@pytest.mark.sweep(3)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_no_remark_keeps_none_of_the_others(
    sandbox: Sandbox, fix: gitdraft.Draft, name: str
) -> None:
    of(sandbox, BOB).approve()
    fix.submit()
    path, content, mode = HOSTILE[name]
    broken(sandbox, path, content, mode)
    state = fix.review()
    assert state.approved_by
    assert [remark.path for remark in state.unreadable] == [path]
    shown = sandbox.run("show", "fix")
    assert (shown.code, path in shown.out) == (0, True)
    assert sandbox.run("list", "-o", "json").code == 0
    doctor = sandbox.run("doctor")
    assert path in doctor.out + doctor.err
    if name != "a file for the folder":
        fix.comment("Still.")
    fix.merge()
    sandbox.fsck()


def test_what_both_clones_say_is_kept(sandbox: Sandbox, fix: gitdraft.Draft, tmp_path: Path) -> None:
    sandbox.git("init", "--quiet", "--bare", "--initial-branch", "main", str(tmp_path / "hub"))
    sandbox.git("remote", "add", "origin", str(tmp_path / "hub"))
    assert sandbox.run("push").code == 0
    assert Sandbox(tmp_path).run("clone", "hub", "clone").code == 0
    clone = Sandbox(tmp_path / "clone")
    ours = fix.comment("Here.")
    theirs = of(clone, BOB).approve("There.")
    assert clone.run("push").code == 0
    pulled = sandbox.run("pull")
    assert pulled.code == 0, pulled.out + pulled.err
    assert fix.remarks().comments == (ours,)
    assert fix.remarks().reviews == (theirs,)
    fix.set(PERSON, "/description", "Both.")
    of(clone, BOB).comment("And edited.", PERSON)
    of(clone, BOB).set(PERSON, "/steps/-", "d")
    assert clone.run("push").code == 0
    assert sandbox.run("sync").code == 0
    assert clone.run("pull").code == 0
    for repository in (sandbox, clone):
        assert len(repository.library.drafts["fix"].remarks().comments) == 2


def test_a_comment_is_taken_back_and_lost_by_no_other_undo(sandbox: Sandbox, fix: gitdraft.Draft) -> None:
    before = fix.tip
    fix.comment("Typed wrong.")
    sandbox.library.undo()
    assert (fix.tip, fix.remarks().comments) == (before, ())
    edit = next(sandbox.library.operations())
    assert edit.command == "undo"
    fix.set(PERSON, "/description", "Edited.")
    edit = next(sandbox.library.operations())
    kept = fix.comment("On the edit.")
    sandbox.library.undo(edit.id)
    assert fix.remarks().comments == (kept,)
    assert present(fix.view(PERSON).document)["description"] == "A human being."
    fix.submit()
    fix.comment("Is it ready?")
    sandbox.library.undo(next(o for o in sandbox.library.operations() if o.command == "submit").id)
    assert (fix.status.value, len(fix.remarks().comments)) == ("draft", 2)


def test_a_draft_of_which_something_was_said_is_not_unmade(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix", draft_id="fix")
    made = next(sandbox.library.operations())
    draft.comment("Why?")
    with pytest.raises(Moved):
        sandbox.library.undo(made.id)


def test_a_merge_that_is_published_is_undone_with_what_was_said_since(sandbox: Sandbox) -> None:
    sandbox.git("config", "core.bare", "true")
    library = sandbox.library
    draft = library.drafts.new("Fix", draft_id="fix")
    draft.set(PERSON, "/label", "Human")
    draft.submit()
    draft.merge()
    merge = next(library.operations())
    kept = draft.comment("What did it break?")
    library.undo(merge.id)
    assert draft.status.value == "draft"
    assert draft.remarks().comments == (kept,)


def test_adopting_asks_for_the_approval_too(sandbox: Sandbox, fix: gitdraft.Draft) -> None:
    sandbox.git("merge", "--quiet", "--no-ff", "-m", "by hand", "draft/fix")
    answer = sandbox.run("adopt", "fix")
    assert (answer.code, "approval" in answer.err) == (42, True)
    of(sandbox, BOB).approve()
    sandbox.git("merge", "--quiet", "--no-ff", "-m", "by hand", "draft/fix")
    assert sandbox.run("adopt", "fix").code == 0


def test_the_editor_takes_the_text_and_loses_none(sandbox: Sandbox, fix: gitdraft.Draft) -> None:
    script = sandbox.path.parent / "editor"
    script.write_text('#!/bin/sh\nprintf "%s" "Written at length." >> "$1"\n')
    script.chmod(0o755)
    assert sandbox.run("comment", "fix", EDITOR=str(script)).code == 0
    assert [comment.text for comment in fix.remarks().comments] == ["Written at length."]
    nothing = sandbox.run("request-changes", "fix", EDITOR="true")
    assert (nothing.code, len(fix.remarks().reviews)) == (20, 0)
    script.write_text('#!/bin/sh\npython3 -c "print(\'long \' * 4000)" >> "$1"\n')
    kept = sandbox.run("comment", "fix", "-o", "json", EDITOR=str(script))
    error = json.loads(kept.err)
    assert (kept.code, error["code"]) == (20, "text-kept")
    assert Path(error["context"]["file"]).read_text().startswith("long long")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], (None, None)),
        (["fix"], (None, None)),
        ([PERSON], (PERSON, None)),
        (["Person"], (PERSON, None)),
        ([PERSON, "/label"], (PERSON, "/label")),
        (["fix", PERSON], (PERSON, None)),
        (["fix", PERSON, "/label"], (PERSON, "/label")),
    ],
)
def test_arguments_name_the_place(
    sandbox: Sandbox, fix: gitdraft.Draft, words: list[str], expected: tuple[str | None, str | None]
) -> None:
    sandbox.run("switch", "fix")
    answer = sandbox.run("comment", *words, "-m", "Hm.", "-o", "json")
    assert answer.code == 0, answer.err
    (comment,) = fix.remarks().comments
    assert (comment.entity, comment.pointer) == expected
    assert json.loads(answer.out)["id"] == comment.id


def test_a_service_counts_what_was_given_through_it_alone(sandbox: Sandbox, fix: gitdraft.Draft) -> None:
    fix.submit()
    of(sandbox, BOB).approve()

    def served(actor: Actor) -> gitdraft.Draft:
        session = replace(sandbox.library.session, identity=Identity(actor), is_service=True)
        return gitdraft.Repository(session).drafts["fix"]

    refused(served(CYD))
    given = served(BOB).approve()
    assert served(CYD).review().approved_by == ("Bob <bob@example.org>",)
    forged = json.dumps({**given._asdict(), "by": "Cyd <cyd@example.org>"} | {"id": None})
    content = {name: value for name, value in json.loads(forged).items() if value is not None}
    broken(sandbox, f".gitdraft/reviews/{given.id}.json", json.dumps(content))
    refused(served(CYD))
    assert fix.review().approved_by

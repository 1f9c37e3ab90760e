"""How drafts stand on canonical's tip: told alike by list, show, status and the library, judged by rebase and show."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox import Sandbox

from gitdraft.index import affected, draft_lines

PERSON = "categories/Person.json"
BY_OTHER = {"GIT_AUTHOR_NAME": "Bob", "GIT_AUTHOR_EMAIL": "bob@example.org"}


def listed(sandbox: Sandbox, *options: str, **environment: str) -> dict[str, dict[str, Any]]:
    """The drafts that `list` tells, by id."""
    answer = sandbox.run("-o", "json", "list", *options, **environment)
    assert answer.code == 0
    return {draft["id"]: draft for draft in answer.json["drafts"]}


def standing(draft: dict[str, Any]) -> tuple[str, int, str | None]:
    return draft["rebase_status"], draft["conflict_count"], draft.get("conflict_since")


def commit_at(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, date: str, **members: Any) -> None:
    """Commit members of Person at a date."""
    with monkeypatch.context() as at:
        at.setenv("GIT_COMMITTER_DATE", date)
        sandbox.change(PERSON, **members)


@pytest.fixture
def drafted(sandbox: Sandbox) -> Sandbox:
    """A draft that changes two members of Person and one of Agent."""
    sandbox.run("new", "Fix Person", "--id", "fix")
    sandbox.run("set", "category/Person", "/description", "A member of mankind.")
    sandbox.run("set", "category/Person", "/label", "Human")
    sandbox.run("set", "category/Agent", "/label", "Doer")
    return sandbox


@pytest.fixture
def disputed(drafted: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The same draft, in conflict at one of three places since the second of January."""
    drafted.write("properties/name.json", {"id": "name", "label": "Nom", "datatype": "Text"})
    drafted.commit("before it")
    commit_at(drafted, monkeypatch, "2026-01-02T10:00:00Z", description="Somebody.")
    commit_at(drafted, monkeypatch, "2026-01-03T10:00:00Z", description="Anybody.")
    assert drafted.run("rebase").code == 1
    return drafted


def test_members_of_a_draft_are_the_same_wherever_it_stands(disputed: Sandbox) -> None:
    draft = listed(disputed)["fix"]
    assert draft["title"] == "Fix Person"
    assert draft["status"] == "draft"
    assert draft["author"] == "Ann Archivist <ann@example.org>"
    assert draft["base"] == disputed.git("rev-parse", "main~3")
    assert draft["tip"] == disputed.git("rev-parse", "draft/fix")
    assert draft["change_count"] == 2
    assert standing(draft) == ("conflict", 1, "2026-01-02T10:00:00Z")
    assert draft["next"] == "gitdraft conflicts fix"
    shown = disputed.run("-o", "json", "show", "fix").json
    assert "rebase" not in shown
    assert {name: shown[name] for name in draft} == draft
    assert shown["conflicts"] == [
        {
            "draft_id": "fix",
            "entity": "category/Person",
            "path": "/description",
            "type": "modify/modify",
            "rule": "R3",
            "base": "A human being.",
            "canonical": "Anybody.",
            "draft": "A member of mankind.",
        }
    ]
    status = disputed.run("-o", "json", "status").json
    assert status["counts"] == {"clean": 0, "conflict": 1}
    assert status["drafts"] == [draft]


def test_text_says_how_many_since_when_and_what_to_do(disputed: Sandbox) -> None:
    told = "conflict (1 conflict since 2026-01-02)"
    for command in (["list"], ["show", "fix"], ["status"]):
        out = disputed.run(*command).out
        assert told in out, command
        assert "gitdraft conflicts fix" in out, command


def test_what_was_not_judged_yet_is_unknown(drafted: Sandbox) -> None:
    assert standing(listed(drafted)["fix"]) == ("clean", 0, None)
    drafted.change("properties/name.json", label="Nom")
    assert standing(listed(drafted)["fix"]) == ("clean", 0, None)  # by construction
    drafted.change(PERSON, description="Somebody.")
    assert standing(listed(drafted)["fix"]) == ("unknown", 0, None)
    assert listed(drafted)["fix"]["next"] == "gitdraft show fix"
    drafted.run("show", "fix")  # judges it
    assert listed(drafted)["fix"]["rebase_status"] == "conflict"
    drafted.change("properties/name.json", label="Nombre")
    assert listed(drafted)["fix"]["rebase_status"] == "conflict"  # nothing that it is about
    drafted.change(PERSON, description="Anybody.")
    assert listed(drafted)["fix"]["rebase_status"] == "unknown"


def test_a_submitted_draft_is_judged_where_it_stands(drafted: Sandbox) -> None:
    assert drafted.run("submit", "fix").code == 0
    tip = drafted.git("rev-parse", "draft/fix")
    drafted.change(PERSON, description="Somebody.")
    assert drafted.run("rebase").code == 0
    draft = listed(drafted, "--status", "submitted")["fix"]
    assert standing(draft)[:2] == ("conflict", 1)
    assert draft["tip"] == tip
    drafted.change(PERSON, description="A human being.", label="Person")
    drafted.run("rebase")
    assert listed(drafted)["fix"]["rebase_status"] == "clean"


def test_closed_and_malformed_drafts(drafted: Sandbox) -> None:
    drafted.git("branch", "draft/stray", "main")
    stray = listed(drafted)["stray"]
    assert standing(stray) == ("broken", 0, None)
    assert "reason" in stray
    drafted.run("withdraw", "fix")
    closed = listed(drafted, "--status", "withdrawn")["fix"]
    assert standing(closed) == ("closed", 0, None)
    assert closed["next"] == "gitdraft reopen fix"
    assert drafted.run("-o", "json", "show", "fix").json["rebase_status"] == "closed"
    assert "fix" not in listed(drafted)


def test_an_edit_that_lets_violations_through_is_invalid_until_all_are_mended(drafted: Sandbox) -> None:
    drafted.run("set", "category/Person", "/rank", "high", "--allow-invalid", "-d", "fix")
    assert listed(drafted)["fix"]["rebase_status"] == "invalid"
    drafted.run("set", "category/Agent", "/description", "Does.")
    assert listed(drafted)["fix"]["rebase_status"] == "invalid"
    assert drafted.run("-o", "json", "show", "fix").json["rebase_status"] == "invalid"
    assert [*listed(drafted, "--invalid")] == ["fix"]
    drafted.change("properties/name.json", label="Nom")
    assert listed(drafted)["fix"]["rebase_status"] == "invalid"
    drafted.run("unset", "category/Person", "/rank")
    assert listed(drafted)["fix"]["rebase_status"] == "clean"


def test_a_draft_in_conflict_that_is_edited_or_resolved_stays_judged(disputed: Sandbox) -> None:
    disputed.run("set", "category/Agent", "/description", "Does.")
    assert standing(listed(disputed)["fix"]) == ("conflict", 1, "2026-01-02T10:00:00Z")
    assert disputed.run("resolve", "fix", "category/Person", "--take", "draft").code == 0
    assert standing(listed(disputed)["fix"]) == ("clean", 0, None)


def test_drafts_are_chosen_and_sorted(disputed: Sandbox) -> None:
    disputed.run("new", "A second", "--id", "zz", **BY_OTHER)
    assert [*listed(disputed)] == ["fix", "zz"]
    assert [*listed(disputed, "--conflict")] == ["fix"]
    assert [*listed(disputed, "--mine")] == ["fix"]
    assert [*listed(disputed, "--mine", **BY_OTHER)] == ["zz"]
    assert [*listed(disputed, "--sort", "title")] == ["zz", "fix"]
    for order in ("updated", "created", "status"):
        assert {*listed(disputed, "--sort", order)} == {"fix", "zz"}
    assert disputed.run("list", "--invalid").out == "no open invalid drafts\n"


def test_a_merge_does_not_count_the_merged_draft(drafted: Sandbox) -> None:
    drafted.run("new", "Other", "--id", "other")
    drafted.run("submit", "fix")
    counts = drafted.run("-o", "json", "merge", "fix").json["rebase"]["counts"]
    assert (counts["open"], counts["unaffected"]) == (1, 1)


def test_the_index_changes_nothing_but_what_is_remembered(disputed: Sandbox) -> None:
    before = listed(disputed)["fix"]
    (disputed.path / ".git/gitdraft/index.sqlite3").unlink()
    after = listed(disputed)["fix"]
    unknown = {"rebase_status": "unknown", "conflict_count": 0, "next": "gitdraft show fix"}
    assert after == {name: value for name, value in (before | unknown).items() if name != "conflict_since"}
    assert disputed.run("index", "verify").code == 0


def test_drafts_are_listed_without_being_read_again(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.run("set", "category/Person", "/label", "Human")
    tip = sandbox.git("rev-parse", "draft/fix")
    lines = "".join(f"create refs/heads/draft/d{n:04} {tip}\n" for n in range(200))
    sandbox.git("update-ref", "--stdin", stdin=lines)
    listed(sandbox)

    def refuse(*_: Any) -> None:
        raise AssertionError("a draft is read again")

    monkeypatch.setattr(draft_lines, "read_line", refuse)
    monkeypatch.setattr(affected, "_row", refuse)
    assert len(sandbox.library.drafts.summaries()) == 201


class TestInConflict:
    """A draft in conflict shows what is clean of it, and the conflicts beside it."""

    def test_view(self, disputed: Sandbox) -> None:
        shown = disputed.run("-o", "json", "view", "category/Person", "-d", "fix").json
        assert (shown["document"]["label"], shown["document"]["description"]) == ("Human", "Anybody.")
        assert shown["_change_status"] == "modified"
        assert [conflict["path"] for conflict in shown["conflicts"]] == ["/description"]
        assert (
            '"_change_status": "modified"'
            in disputed.run("view", "category/Person", "-d", "fix", "--meta").out
        )

    def test_show_diff_and_ls(self, disputed: Sandbox) -> None:
        changes = {c["entity"]: c for c in disputed.run("-o", "json", "show", "fix").json["changes"]}
        assert changes["category/Person"]["_change_status"] == "modified"
        assert changes["category/Agent"]["status"] == "clean"
        diffs = {c["entity"]: c for c in disputed.run("-o", "json", "diff", "fix").json["changes"]}
        assert diffs["category/Person"]["patch"] == [{"op": "replace", "path": "/label", "value": "Human"}]
        assert [c["path"] for c in diffs["category/Person"]["conflicts"]] == ["/description"]
        assert "conflicts" not in diffs["category/Agent"]
        text = disputed.run("diff", "fix").out
        assert '+  "label": "Human",' in text
        assert "conflict category/Person /description (modify/modify)" in text
        rows = disputed.run("-o", "json", "ls", "-d", "fix", "--changed").json["entities"]
        assert [(row["entity"], row["_change_status"], len(row.get("conflicts", ()))) for row in rows] == [
            ("category/Agent", "modified", 0),
            ("category/Person", "modified", 1),
        ]

    def test_what_is_all_in_conflict_is_changed_too(self, disputed: Sandbox) -> None:
        disputed.run("new", "Only that", "--id", "only")
        disputed.run("set", "category/Agent", "/label", "Actor", "-d", "only")
        disputed.change("categories/Agent.json", label="Agens")
        rows = disputed.run("-o", "json", "ls", "-d", "only", "--changed").json["entities"]
        assert [(row["entity"], row["_change_status"]) for row in rows if row.get("conflicts")] == [
            ("category/Agent", "unchanged")
        ]

    def test_every_conflict_names_its_draft_and_entity_and_one_hint_stands_for_all(
        self, disputed: Sandbox
    ) -> None:
        disputed.change("categories/Agent.json", label="Agens")
        out = disputed.run("conflicts", "fix").out
        assert [line for line in out.splitlines() if "modify/modify" in line] == [
            "fix  category/Agent  /label  conflict modify/modify",
            "fix  category/Person  /description  conflict modify/modify",
        ]
        assert out.count("gitdraft resolve") == 1
        conflicts = disputed.run("-o", "json", "conflicts", "fix").json["conflicts"]
        assert [(c["draft_id"], c["entity"]) for c in conflicts] == [
            ("fix", "category/Agent"),
            ("fix", "category/Person"),
        ]

    def test_a_long_text_is_a_readable_difference(self, sandbox: Sandbox) -> None:
        text = " ".join(f"word{n}" for n in range(60))
        sandbox.change(PERSON, description=text)
        sandbox.run("new", "Fix", "--id", "fix")
        sandbox.run("set", "category/Person", "/description", text.replace("word50", "mine"))
        sandbox.change(PERSON, description=text.replace("word50", "theirs"))
        out = sandbox.run("conflicts", "fix").out
        assert "[-word50-] {+theirs+}" in out.replace("\n    ", " ")
        assert "[-word50-] {+mine+}" in out.replace("\n    ", " ")
        assert "word2 " not in out

    def test_an_entity_that_canonical_deleted_shows_the_edits(self, drafted: Sandbox) -> None:
        drafted.git("rm", "--quiet", "categories/Agent.json")
        drafted.change(PERSON, parents=[])
        out = drafted.run("conflicts", "fix").out
        assert "fix  category/Agent  (whole entity)  conflict modify/delete" in out
        assert 'replace /label "Doer"' in out
        (conflict,) = drafted.run("-o", "json", "conflicts", "fix").json["conflicts"]
        assert conflict["edits"] == [{"op": "replace", "path": "/label", "value": "Doer"}]


def test_what_a_draft_deletes_or_redirects_is_shown(sandbox: Sandbox) -> None:
    sandbox.run("new", "Tidy", "--id", "tidy")
    sandbox.run("delete", "property/unused", "--reason", "unused")
    sandbox.run("create", "property/other", "-", stdin='{"id": "other", "label": "Other"}')
    shown = sandbox.run("-o", "json", "view", "property/unused", "-d", "tidy").json
    assert shown["_change_status"] == "deleted"
    assert shown["document"] == {"id": "unused", "label": "Unused", "datatype": "Text", "_deleted": True}
    assert '"_deleted": true' in sandbox.run("view", "property/unused", "-d", "tidy").out
    assert '"_deleted": true' in sandbox.run("view", "property/unused", "-d", "tidy", "--meta").out
    sandbox.run("redirect", "category/Agent", "category/Person", "--reason", "same", "--allow-invalid")
    redirected = sandbox.run("-o", "json", "view", "category/Agent", "-d", "tidy", "--no-follow").json
    assert redirected["redirects_to"] == "category/Person"


def test_what_canonical_deleted_is_told_and_the_conflict_of_a_draft_with_that(
    sandbox: Sandbox,
) -> None:
    sandbox.run("new", "Edits", "--id", "edits")
    sandbox.run("new", "Another", "--id", "other")
    assert sandbox.run("set", "property/unused", "label=Used", "-d", "edits").code == 0
    assert sandbox.run("entity", "delete", "property/unused", "--reason", "nobody uses it").code == 0
    for options in ([], ["--meta"], ["--meta", "-d", "other"]):
        answer = sandbox.run("view", "property/unused", *options)
        assert (answer.code, answer.out) == (42, ""), options
        gone = sandbox.run("view", "property/unused", "-o", "json", *options)
        assert (gone.code, gone.json["tombstone"]["kind"], "document" in gone.json) == (0, "deleted", False)
    shown = sandbox.run("view", "property/unused", "-o", "json", "-d", "edits").json
    assert [conflict["type"] for conflict in shown["conflicts"]] == ["modify/delete"]
    assert '"_conflicts"' in sandbox.run("view", "property/unused", "--meta", "-d", "edits").out

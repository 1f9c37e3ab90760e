"""The command line as a user meets it: text, JSON, exit codes, hints."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from sandbox import Sandbox


def test_a_whole_story(sandbox: Sandbox) -> None:
    assert sandbox.run("new", "Clarify Person").out.startswith("started draft clarify-person on ")
    assert (
        sandbox.run("set", "category/Person", "/label", "Human").out
        == "modified category/Person in clarify-person\n  replaced /label\n"
    )
    assert sandbox.run("list").out.startswith("*  clarify-person  draft  clean  1 change  Clarify Person")
    assert '+  "label": "Human",' in sandbox.run("diff").out
    assert sandbox.run("submit").code == 0
    merged = sandbox.run("merge", "clarify-person")
    assert merged.out.startswith("clarify-person merged into main as ")
    assert sandbox.run("list").out.startswith("no open drafts")
    assert sandbox.run("list", "--status", "merged").out.split()[:2] == ["clarify-person", "merged"]
    assert sandbox.run("undo").code == 0
    assert sandbox.read("categories/Person.json")["label"] == "Person"


def test_rebase_as_json(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix", "--id", "fix-person")
    sandbox.run("set", "category/Person", "/description", "B")
    before = sandbox.git("rev-parse", "draft/fix-person")
    base = sandbox.git("rev-parse", "main")
    tip = sandbox.change("categories/Person.json", description="C")

    answer = sandbox.run("-o", "json", "rebase")

    assert answer.code == 1
    assert answer.json == {
        "kind": "gitdraft.rebase/v1",
        "to": tip,
        "counts": {
            "open": 1,
            "unaffected": 0,
            "rebased": 0,
            "conflict": 1,
            "invalid": 0,
            "broken": 0,
            "unknown": 0,
        },
        "drafts": [
            {
                "id": "fix-person",
                "status": "conflict",
                "base": base,
                "tip": before,
                "changes": [
                    {
                        "entity": "category/Person",
                        "status": "conflict",
                        "patch": "verbatim",
                        "conflicts": [
                            {
                                "path": "/description",
                                "type": "modify/modify",
                                "rule": "R3",
                                "base": "A human being.",
                                "canonical": "C",
                                "draft": "B",
                            }
                        ],
                        "warnings": [],
                    }
                ],
            }
        ],
    }


def test_jsonl_names_the_kind_first(sandbox: Sandbox) -> None:
    lines = [json.loads(line) for line in sandbox.run("-o", "jsonl", "ls").out.splitlines()]
    assert lines[0] == {"kind": "gitdraft.ls/v1"}
    assert {line["entity"] for line in lines[1:]} == {
        "category/Agent",
        "category/Person",
        "property/name",
        "property/unused",
    }


def test_conflicts_and_resolve(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix")
    sandbox.run("set", "category/Person", "/label", "Human")
    sandbox.run("set", "category/Person", "/description", "Mine.")
    sandbox.change("categories/Person.json", label="Individual", description="Theirs.")

    shown = sandbox.run("conflicts", "fix")
    assert '  canonical  "Individual"\n  draft      "Human"\n' in shown.out
    first = sandbox.run("resolve", "fix", "category/Person", "/label", "--value", '"Person or human"')
    assert (first.code, "1 conflict left" in first.out) == (21, True)
    assert sandbox.run("resolve", "fix", "category/Person", "--take", "canonical").code == 0
    seen = sandbox.run("-o", "json", "view", "category/Person", "--draft", "fix").json
    assert (seen["document"]["label"], seen["document"]["description"]) == ("Person or human", "Theirs.")
    assert sandbox.run("rebase").code == 0


def test_view_and_ls_know_the_change_status(sandbox: Sandbox) -> None:
    sandbox.run("new", "Everything")
    sandbox.run("set", "category/Person", "/label", "Human")
    sandbox.run("create", "property/new", "-", stdin='{"id": "new"}')
    sandbox.run("delete", "property/unused", "--reason", "unused")

    rows = sandbox.run("-o", "json", "ls", "--draft", "everything").json["entities"]
    assert {row["entity"]: row["_change_status"] for row in rows} == {
        "category/Agent": "unchanged",
        "category/Person": "modified",
        "property/name": "unchanged",
        "property/new": "added",
        "property/unused": "deleted",
    }
    meta = sandbox.run("view", "property/unused", "--draft", "everything", "--meta")
    gone = {"id": "unused", "label": "Unused", "datatype": "Text", "_deleted": True}
    assert json.loads(meta.out) == {"_change_status": "deleted", **gone}
    assert json.loads(sandbox.run("view", "category/Person").out)["label"] == "Person"
    assert (
        json.loads(sandbox.run("view", "Person", "--draft", "everything", "--meta").out)["_change_status"]
        == "modified"
    )
    changed = sandbox.run("ls", "category", "--draft", "everything", "--changed").out
    assert changed.split() == ["category/Person", "modified"]


def test_allow_invalid_saves_and_blocks_submit(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix")
    assert sandbox.run("set", "category/Person", "/label", "", "--allow-invalid").code == 0
    listed = sandbox.run("validate")
    assert listed.code == 1
    assert "schema/minLength" in listed.out
    assert sandbox.run("submit").code == 23


def test_validate_writes_only_what_it_is_to_record(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix")
    sandbox.run("set", "category/Person", "/label", "Human")
    before = sandbox.refs()
    assert sandbox.run("validate").code == 0
    assert sandbox.refs() == before
    assert sandbox.run("validate", "main..main", "--record").code == 2
    assert sandbox.run("validate", "--record").code == 0
    assert sandbox.run("-o", "json", "show").json["status"] == "validated"
    sandbox.run("set", "category/Person", "/rank", "3")
    assert sandbox.run("-o", "json", "show").json["status"] == "draft"
    assert sandbox.run("submit").code == 0  # which needs no validate before


def test_validate_canonical_names_entity_pointer_rule_and_message(sandbox: Sandbox) -> None:
    sandbox.write("categories/Bad.json", {"id": "Wrong", "label": 3, "parents": ["Nobody"]})
    sandbox.write("categories/Torn.json", '{"id": ')
    before = sandbox.git("rev-parse", "HEAD")
    sandbox.commit("by hand")
    answer = sandbox.run("-o", "json", "validate", "--canonical")
    assert answer.code == 1
    assert [(v["entity"], v["path"], v["rule"]) for v in answer.json["violations"]] == [
        ("category/Bad", "/id", "identity/mismatch"),
        ("category/Bad", "/label", "schema/type"),
        ("category/Bad", "/parents/0", "reference/missing"),
        ("category/Torn", "", "json/invalid"),
    ]
    assert sandbox.run("validate", f"{before}..main").code == 1
    assert sandbox.run("validate", f"{before}..{before}").code == 0
    assert sandbox.run("doctor").code == 1


def test_a_draft_of_an_ordinary_branch(sandbox: Sandbox) -> None:
    sandbox.git("switch", "--quiet", "--create", "feature")
    sandbox.change("categories/Person.json", "rename and describe", label="Human", description="Somebody.")
    sandbox.write("properties/new.json", {"id": "new"})
    sandbox.write("README.md", "not an entity\n")
    (sandbox.path / "properties/unused.json").unlink()
    sandbox.commit("more")
    sandbox.git("switch", "--quiet", "main")

    answer = sandbox.run("new", "--from", "feature")

    assert answer.code == 0
    assert "not entities, left out: README.md" in answer.err
    rows = sandbox.run("-o", "json", "ls", "--draft", "more", "--changed").json["entities"]
    assert {row["entity"]: row["_change_status"] for row in rows} == {
        "category/Person": "modified",
        "property/new": "added",
        "property/unused": "deleted",
    }


def test_checkout_edit_save(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix")
    sandbox.run("set", "category/Person", "/label", "Human")
    assert "1 file as fix has them" in sandbox.run("checkout").out
    person = sandbox.read("categories/Person.json")
    assert person["label"] == "Human"
    sandbox.write("categories/Person.json", {**person, "steps": ["a", "B", "c"]})
    sandbox.write("categories/Agent.json", {"id": "Agent", "label": "Actor"})
    sandbox.write("properties/new.json", {"id": "new"})
    refused = sandbox.run("checkout", "--canonical")
    assert (refused.code, "gitdraft save keeps them" in refused.err) == (42, True)

    saved = sandbox.run("save", "-m", "By hand")

    assert saved.code == 0, saved.err
    assert saved.out.splitlines() == [
        "modified category/Agent in fix",
        "modified category/Person in fix",
        "added property/new in fix",
    ]
    patch = json.loads(sandbox.git("show", "draft/fix:.gitdraft/changes/category/Person.patch.json"))
    assert patch == [
        {"op": "replace", "path": "/label", "value": "Human"},
        {"op": "replace", "path": "/steps/1", "value": "B"},
    ]
    assert "already the same" in sandbox.run("save").out
    assert sandbox.run("checkout", "--canonical").code == 0
    assert sandbox.git("status", "--porcelain") == ""


def test_edit_in_an_editor(sandbox: Sandbox, tmp_path: Path) -> None:
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\nsed -i "s/A human being/Somebody/" "$1"\n')
    editor.chmod(0o755)
    sandbox.run("new", "Fix")
    assert sandbox.run("edit", "category/Person", EDITOR=str(editor), VISUAL="").code == 0
    patch = json.loads(sandbox.git("show", "draft/fix:.gitdraft/changes/category/Person.patch.json"))
    assert patch == [{"op": "replace", "path": "/description", "value": "Somebody."}]
    assert sandbox.run("edit", "category/Person", EDITOR="false", VISUAL="").code == 20


def test_withdraw_reject_reopen(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix")
    sandbox.run("set", "category/Person", "/label", "Human")
    assert sandbox.run("withdraw").code == 0
    assert "refs/gitdraft/closed/fix" in sandbox.refs()
    assert sandbox.run("reopen", "fix").code == 0
    assert sandbox.run("submit", "fix").code == 0
    assert sandbox.run("set", "category/Person", "/rank", "1", "-d", "fix").code == 42
    assert sandbox.run("reject", "fix", "--reason", "no").code == 0
    history = sandbox.run("-o", "json", "show", "fix").json["history"]
    assert [step["status"] for step in history] == ["draft", "withdrawn", "draft", "submitted", "rejected"]
    assert history[-1]["reason"] == "no"


def test_undo_of_an_undo_is_a_redo(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix")
    sandbox.run("set", "category/Person", "/label", "Human")
    sandbox.run("undo")
    assert sandbox.run("-o", "json", "show").json["changes"] == []
    undone = sandbox.run("-o", "json", "operations", "-n", "1").json["operations"][0]
    assert sandbox.run("undo", undone["id"]).code == 0
    assert len(sandbox.run("-o", "json", "show").json["changes"]) == 1


def test_merge_json(sandbox: Sandbox) -> None:
    sandbox.write("b.json", {"label": "a", "n": 1})
    sandbox.write("t.json", {"label": "a", "n": 2})
    sandbox.write("p.json", [{"op": "replace", "path": "/label", "value": "b"}])
    clean = sandbox.run("merge-json", "--base", "b.json", "--canonical", "t.json", "--patch", "p.json")
    assert (clean.code, json.loads(clean.out)) == (0, {"label": "b", "n": 2})
    gone = sandbox.run("-o", "json", "merge-json", "--base", "b.json", "--patch", "p.json")
    assert (gone.code, gone.json["conflicts"][0]["type"]) == (21, "modify/delete")


def test_init_proposes_what_it_finds(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.git("rm", "--quiet", "gitdraft.yaml")
    sandbox.commit("without")
    shown = sandbox.run("init", "--dry-run")
    assert "schema: categories/_schema.json" in shown.out
    answer = sandbox.run("-o", "json", "init")
    assert answer.json["entities"] == {"category": 2, "property": 2}
    assert sandbox.git("status", "--porcelain") == ""
    assert "there already" in sandbox.run("init").out
    empty = sandbox.run("init", str(tmp_path / "empty"), "--type", "thing")
    assert empty.code == 0
    assert "thing: 0 entities" in empty.out


def test_data_cannot_move_the_cursor(sandbox: Sandbox) -> None:
    sandbox.write("properties/evil.json", {"id": "evil", "label": "\x1b]0;title\x07\u202e"})
    sandbox.commit("\x1b[31mred")
    for arguments in (["view", "property/evil"], ["log", "property/evil"], ["ls"]):
        out = sandbox.run(*arguments).out
        assert "\x1b" not in out
        assert "\u202e" not in out


def test_every_command_has_help_with_an_example(sandbox: Sandbox) -> None:
    from gitdraft.cli.commands import COMMANDS

    def without_example(*path: str) -> Iterator[tuple[str, ...]]:
        out = sandbox.run(*path, "--help").out
        parts = out.partition("\nCommands:\n")[2]
        for line in parts.splitlines():
            if line[2:3].strip():
                yield from without_example(*path, line.split()[0])
        if f"gitdraft {' '.join(path)}" not in out.partition("Usage:")[2].partition("\n")[2]:
            yield path

    assert [path for group in COMMANDS.values() for name in group for path in without_example(name)] == []


def test_starting_up_loads_neither_git_nor_schemas() -> None:
    code = "import sys, gitdraft.cli.main; print([m for m in ('pygit2', 'jsonschema') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_completion_script_is_json_where_asked(sandbox: Sandbox) -> None:
    plain = sandbox.run("completion", "zsh").out
    answer = sandbox.run("completion", "zsh", "-o", "json").json
    assert answer == {"kind": "gitdraft.completion/v1", "shell": "zsh", "script": plain.removesuffix("\n")}

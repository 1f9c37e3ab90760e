"""Files of a later gitdraft: one of a later format is named as that, never called malformed; members of this format that are
not known here stay in the files that are written again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sandbox import Sandbox

from gitdraft.documents.parse import Limits
from gitdraft.errors import NewerFormat
from gitdraft.formats.changes import read_change, read_resolutions, write_change, write_resolutions
from gitdraft.formats.configuration import parse_configuration
from gitdraft.formats.drafts import read_draft_header, read_parent, write_draft_header, write_parent
from gitdraft.formats.operations import read_operation
from gitdraft.formats.protections import read_protection
from gitdraft.formats.schemas import load_schema
from gitdraft.formats.tombstones import read_tombstone, write_tombstone
from gitdraft.model.entities import EntityRef

PERSON = EntityRef("category", "Person")
HEADER = ".gitdraft/draft.json"
LATER = "written by gitdraft of format 7"


def change(kind: Any) -> Callable[[bytes], Any]:
    return lambda content: read_change(PERSON, kind, content, Limits())


READERS: dict[str, Callable[[bytes], Any]] = {
    "draft": read_draft_header,
    "parent": read_parent,
    "patch": change("patch"),
    "delete": change("delete"),
    "redirect": change("redirect"),
    "rename": change("rename"),
    "resolutions": lambda content: read_resolutions(content, "x"),
    "tombstone": lambda content: read_tombstone(content, "x"),
    "protection": lambda content: read_protection(content, "x"),
    "operation": lambda content: read_operation(content, "x"),
    "configuration": parse_configuration,
}


def written(value: Any) -> bytes:
    (content,) = write_change(value).values()
    return content


WRITERS: dict[str, Callable[[Any], bytes]] = {
    "draft": write_draft_header,
    "parent": write_parent,
    "delete": written,
    "redirect": written,
    "rename": written,
    "resolutions": write_resolutions,
    "tombstone": write_tombstone,
}


@pytest.mark.parametrize("name", READERS)
def test_a_later_format_is_named(name: str) -> None:
    for rest in ({}, {"history": 1, "kind": "split", "unheard": [{}]}):
        with pytest.raises(NewerFormat) as refused:
            READERS[name](json.dumps({"version": 7, **rest}).encode())
        assert LATER in refused.value.message
        assert refused.value.context["format"] == 7
        assert "malformed" not in refused.value.message


@pytest.mark.parametrize("name", WRITERS)
def test_unknown_members_are_kept(name: str) -> None:
    value = load_schema(name)["examples"][0]
    parts = value if name == "resolutions" else [value, *value.get("history", [])]
    for part in parts:
        part |= {"later": {"a": [1, None]}}
    if name != "resolutions":
        value["version"] = 1
    assert json.loads(WRITERS[name](READERS[name](json.dumps(value).encode()))) == value


def rewrite(sandbox: Sandbox, branch: str, path: str, **members: Any) -> None:
    """Gives a JSON file of a branch more members, as plain git would commit it."""
    value = json.loads(sandbox.git("show", f"{branch}:{path}")) | members
    current = sandbox.git("branch", "--show-current")
    sandbox.git("switch", "--quiet", branch)
    sandbox.write(path, json.dumps(value))
    sandbox.git("add", "--all")
    sandbox.git("commit", "--quiet", "--no-verify", "--message", "by a later gitdraft")
    sandbox.git("switch", "--quiet", current)


def test_a_draft_of_a_later_format_is_left_alone_and_named(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.run("set", "category/Person", "/label", "Human", "--draft", "fix")
    rewrite(sandbox, "draft/fix", HEADER, version=7)
    tip = sandbox.git("rev-parse", "draft/fix")
    for command in (
        ("show", "fix"),
        ("set", "category/Person", "/label", "A", "--draft", "fix"),
        ("merge", "fix"),
    ):
        refused = sandbox.run("-o", "json", *command)
        assert LATER in refused.refusal["message"]
        assert (refused.code, refused.refusal["code"]) == (20, "newer-format")
    (listed,) = sandbox.run("-o", "json", "list").json["drafts"]
    assert LATER in listed["reason"]
    sandbox.change("categories/Agent.json", description="Does.")
    for line in ("list", "rebase", "doctor", "status", "show fix"):
        said = sandbox.run(*line.split())
        assert "malformed" not in said.out + said.err
    assert LATER in sandbox.run("doctor").out
    assert sandbox.git("rev-parse", "draft/fix") == tip


def test_a_later_kind_of_change_is_judged_by_the_format_of_its_draft(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.git("switch", "--quiet", "draft/fix")
    sandbox.write(".gitdraft/changes/category/Person.split.json", "{}")
    sandbox.git("switch", "--quiet", "draft/fix")
    rewrite(sandbox, "draft/fix", HEADER, version=7)
    assert LATER in sandbox.run("-o", "json", "show", "fix").refusal["message"]


def test_a_later_canonical_is_named_before_its_unknown_members(sandbox: Sandbox) -> None:
    sandbox.write("gitdraft.yaml", "version: 7\nshapes: [a]\nentities: {}\n")
    sandbox.git("commit", "--quiet", "--all", "--no-verify", "--message", "later")
    refused = sandbox.run("-o", "json", "ls")
    assert LATER in refused.refusal["message"]
    assert "unknown key" not in refused.err


def test_what_a_later_gitdraft_says_of_a_draft_survives_edits_rebases_and_the_merge(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.run("set", "category/Person", "/label", "Human", "--draft", "fix")
    rewrite(sandbox, "draft/fix", HEADER, version=1, later={"a": 1})
    sandbox.run("draft", "edit", "fix", "--title", "Fix it")
    sandbox.change("categories/Agent.json", description="Does.")
    sandbox.run("rebase")
    sandbox.run("submit", "fix")
    merged = sandbox.run("merge", "fix")
    assert merged.code == 0, merged.err
    header = json.loads(sandbox.git("show", f"refs/gitdraft/closed/fix:{HEADER}"))
    assert (header["version"], header["later"], header["title"]) == (1, {"a": 1}, "Fix it")


def test_a_redirect_that_is_pointed_elsewhere_keeps_what_it_says(sandbox: Sandbox) -> None:
    sandbox.run("redirect", "create", "category/Person", "category/Agent", "--reason", "same")
    rewrite(sandbox, "main", "tombstones/category/Person.json", later=1)
    sandbox.run("entity", "rename", "category/Agent", "Doer")
    tombstone = json.loads(sandbox.git("show", "main:tombstones/category/Person.json"))
    assert (tombstone["redirects_to"], tombstone["later"]) == ("Doer", 1)

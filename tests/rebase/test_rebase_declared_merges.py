"""Groups, followers and sorted lists as gitdraft.yaml declares them, through every door."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sandbox import Sandbox, present

from gitdraft.errors import ConflictError, InvalidInput
from gitdraft.git.drivers import install_drivers
from gitdraft.git.repository import open_repository

CONFIGURATION = """\
version: 1
canonical: main
entities:
  package:
    path: packages/{key}.json
    id: /id
    lists:
      /tags: {type: set, order: sorted}
      /stamp: {type: canonical}
    together: [[/version, /url, /hash]]
"""
LEFT = {"id": "left", "version": 1, "url": "u1", "hash": "h1", "tags": ["a", "d"], "stamp": 1, "note": "n"}
FILE = "packages/left.json"
ENTITY = "package/left"


@pytest.fixture
def packages(sandbox: Sandbox) -> Sandbox:
    sandbox.write("gitdraft.yaml", CONFIGURATION)
    sandbox.git("rm", "-q", "-r", "categories", "properties")
    sandbox.write(FILE, LEFT)
    sandbox.commit("packages")
    return sandbox


def edited(packages: Sandbox, **members: Any) -> Any:
    draft = packages.library.drafts.new("Fix left")
    for name, value in members.items():
        draft.set(ENTITY, f"/{name}", value)
    return draft


def test_a_rebase_holds_all_three(packages: Sandbox) -> None:
    draft = edited(packages, tags=["a", "d", "c"], stamp=5)
    packages.change(FILE, tags=["a", "b", "d"], stamp=7, version=2)

    (rebased,) = packages.library.rebase().drafts

    (change,) = rebased.changes
    assert (change.status, [(w.type, w.path) for w in change.warnings]) == (
        "clean",
        [("canonical-kept", "/stamp")],
    )
    document = present(draft.view(ENTITY).document)
    assert (document["tags"], document["stamp"], document["version"]) == (["a", "b", "c", "d"], 7, 2)


def test_a_draft_of_which_all_gave_way_stays_open_and_empty(packages: Sandbox) -> None:
    draft = edited(packages, stamp=5)
    packages.change(FILE, stamp=7)

    (rebased,) = packages.library.rebase().drafts

    assert (rebased.status, rebased.changes[0].patch) == ("clean", "empty")
    assert draft.id in [summary.id for summary in packages.library.drafts.summaries()]


@pytest.mark.parametrize("pointer", ["/version", "/url", "/hash", None])
def test_any_member_answers_for_the_group(packages: Sandbox, pointer: str | None) -> None:
    draft = edited(packages, url="u1b")
    packages.change(FILE, version=2)
    shown = json.loads(packages.run("-o", "json", "conflicts", draft.id).out)
    assert shown["conflicts"] == [
        {
            "draft_id": draft.id,
            "entity": ENTITY,
            "path": "",
            "type": "together",
            "rule": "G1",
            "members": ["version", "url", "hash"],
            "base": {"version": 1, "url": "u1", "hash": "h1"},
            "canonical": {"version": 2, "url": "u1", "hash": "h1"},
            "draft": {"version": 1, "url": "u1b", "hash": "h1"},
        }
    ]

    draft.resolve(ENTITY, pointer, value={"version": 2, "url": "u2"})

    document = present(draft.view(ENTITY).document)
    assert {name: document.get(name) for name in ("version", "url", "hash")} == {
        "version": 2,
        "url": "u2",
        "hash": None,
    }


@pytest.mark.parametrize("value", ["u2", None, {"note": "x"}, {"version": 1, "note": "x"}])
def test_a_value_that_is_no_object_of_the_members_is_refused(packages: Sandbox, value: Any) -> None:
    draft = edited(packages, url="u1b")
    packages.change(FILE, version=2)
    with pytest.raises(InvalidInput, match="object of version, url, hash"):
        draft.resolve(ENTITY, "/url", value=value)


def test_one_side_is_taken_whole(packages: Sandbox) -> None:
    draft = edited(packages, url="u1b", note="m")
    packages.change(FILE, version=2)

    answer = packages.run("resolve", draft.id, ENTITY, "/hash", "--take", "draft")

    assert answer.code == 0
    document = present(draft.view(ENTITY).document)
    assert [document[name] for name in ("version", "url", "hash", "note")] == [1, "u1b", "h1", "m"]


def test_people_are_told_the_members(packages: Sandbox) -> None:
    draft = edited(packages, url="u1b")
    packages.change(FILE, version=2)
    told = packages.run("rebase").out + packages.run("conflicts", draft.id).out
    assert told.count("/version, /url, /hash") == 2
    assert "(whole entity)" not in told
    assert f"gitdraft resolve {draft.id} {ENTITY} /version" in told


def test_the_merge_of_two_entities(packages: Sandbox) -> None:
    packages.write(
        "packages/right.json", {"id": "right", "version": 2, "tags": ["b"], "stamp": 9, "note": "n"}
    )
    packages.commit("another")
    with pytest.raises(ConflictError) as refused:
        packages.library.canonical.merge("package/right", ENTITY, "the same")
    conflicts: Any = refused.value.context["conflicts"]
    assert [(c["path"], c["members"]) for c in conflicts] == [("", ["version", "url", "hash"])]

    packages.library.canonical.merge("package/right", ENTITY, "the same", keep="to")

    packages.git("checkout", "-q", "-f", "main")
    merged = packages.read(FILE)
    assert (merged["version"], merged["url"], merged["tags"], merged["stamp"]) == (
        1,
        "u1",
        ["a", "b", "d"],
        1,
    )


def test_git_merges_by_the_same_declarations(packages: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    import sys
    from pathlib import Path

    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    install_drivers(open_repository(packages.path), diff=False)
    packages.write(".gitattributes", "packages/*.json merge=gitdraft\n")
    packages.commit("attributes")
    packages.git("switch", "-q", "-c", "theirs")
    packages.change(FILE, tags=["a", "c", "d"], stamp=5)
    packages.git("switch", "-q", "main")
    packages.change(FILE, tags=["a", "b", "d"], stamp=7)
    packages.git("merge", "-q", "theirs")
    assert (packages.read(FILE)["tags"], packages.read(FILE)["stamp"]) == (["a", "b", "c", "d"], 7)

    packages.git("switch", "-q", "theirs")
    packages.change(FILE, url="u1b")
    packages.git("switch", "-q", "main")
    packages.change(FILE, version=2)
    answer = packages.run("-o", "json", "conflicts", "--file")
    assert json.loads(answer.out)["files"] == []
    import subprocess

    done = subprocess.run(
        ["git", "merge", "theirs"], cwd=packages.path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    (file,) = json.loads(packages.run("-o", "json", "conflicts", "--file").out)["files"]
    assert [(c["type"], c["members"]) for c in file["conflicts"]] == [
        ("together", ["version", "url", "hash"])
    ]
    assert packages.run("resolve", "--file", FILE, "/url", "--take", "theirs").code == 0
    assert {**packages.read(FILE), "tags": [], "stamp": 0} == {**LEFT, "url": "u1b", "tags": [], "stamp": 0}


def test_merge_json_takes_them(packages: Sandbox) -> None:
    packages.write("b.json", {"version": 1, "url": "u"})
    packages.write("t.json", {"version": 2, "url": "u"})
    packages.write("p.json", [{"op": "replace", "path": "/url", "value": "v"}])
    packages.write("g.json", [["/version", "/url"]])
    answer = packages.run(
        "-o",
        "json",
        "merge-json",
        "--base",
        "b.json",
        "--canonical",
        "t.json",
        "--patch",
        "p.json",
        "--together",
        "g.json",
    )
    assert answer.code == 21
    (conflict,) = json.loads(answer.out)["conflicts"]
    assert (conflict["type"], conflict["members"]) == ("together", ["version", "url"])


def test_a_mistake_is_told_with_its_line(packages: Sandbox) -> None:
    text = CONFIGURATION.replace(
        "[[/version, /url, /hash]]",
        "\n      - [/version, /url]\n      - [/url, /hash]\n      - [/stamp, /note]",
    )
    packages.write("gitdraft.yaml", text)
    packages.commit("mistakes")
    answer = packages.run("-o", "json", "list")
    problems = answer.refusal["context"]["problems"]
    assert [(p["line"], p["message"]) for p in problems] == [
        (12, "together: '/url' is in another group too"),
        (13, "together: '/stamp' follows canonical, and can be in no group"),
    ]


def test_init_proposes_groups_that_history_shows_as_comments(sandbox: Sandbox) -> None:
    sandbox.git("rm", "-q", "-r", "categories", "properties", "gitdraft.yaml")
    sandbox.write("packages/left.json", {"id": "left", "version": 0, "url": "u0", "note": 0})
    sandbox.commit("packages")
    for number in range(1, 22):
        note: Any = {"note": number} if number % 2 else {}
        sandbox.change("packages/left.json", version=number, url=f"u{number}", **note)

    answer = sandbox.run("init")

    assert answer.code == 0
    text = (
        (sandbox.path / "gitdraft.yaml").read_text()
        if (sandbox.path / "gitdraft.yaml").exists()
        else sandbox.git("show", "main:gitdraft.yaml")
    )
    assert "    # together: [[/url, /version]]" in text.splitlines()
    assert "in 21 of 21 changes" in text
    assert sandbox.library.configuration.entities["package"].together == ()
    sandbox.write("gitdraft.yaml", text.replace("# together:", "together:"))
    sandbox.commit("as proposed")
    assert len(sandbox.library.configuration.entities["package"].together) == 1


def test_init_reads_no_more_of_the_history_than_its_bounds(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gitdraft.views import common_changes

    sandbox.git("rm", "-q", "-r", "categories", "properties", "gitdraft.yaml")
    sandbox.write("packages/left.json", {"id": "left", "version": 0, "url": "u0"})
    sandbox.commit("packages")
    for number in range(1, 22):
        sandbox.change("packages/left.json", version=number, url=f"u{number}")
    for bound, value in (("MOST_CHANGES", 19), ("MOST_COMMITS", 19), ("MOST_BYTES", 100)):
        with monkeypatch.context() as patched:
            patched.setattr(common_changes, bound, value)
            assert "together" not in sandbox.run("init", "-n").out

    assert "# together: [[/url, /version]]" in sandbox.run("init", "-n").out


def test_init_proposes_nothing_that_history_does_not_show(sandbox: Sandbox) -> None:
    sandbox.git("rm", "-q", "-r", "categories", "properties", "gitdraft.yaml")
    sandbox.write("packages/left.json", {"id": "left", "version": 0, "url": "u0"})
    sandbox.commit("packages")
    for number in range(1, 22):
        other: Any = {"url": f"u{number}"} if number < 20 else {}
        sandbox.change("packages/left.json", version=number, **other)

    sandbox.run("init")

    assert "together" not in sandbox.git("show", "main:gitdraft.yaml")


@pytest.mark.parametrize("members", [{}, {"stamp": 7}])
def test_a_renamed_entity_whose_stamp_was_raised_is_followed(
    packages: Sandbox, members: dict[str, Any]
) -> None:
    draft = edited(packages, note="m", stamp=5)
    packages.git("mv", FILE, "packages/right.json")
    packages.change("packages/right.json", id="right", **members)

    (rebased,) = packages.library.rebase().drafts

    (change,) = rebased.changes
    assert (change.status, change.conflicts) == ("clean", ())
    document = present(draft.view("package/right").document)
    assert (document["note"], document["stamp"]) == ("m", members.get("stamp", 5))

"""A server with hooks: pushes that break canonical stay out, the drafts there follow it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hooks.conftest import call_git
from sandbox import Sandbox, run_git

pytestmark = pytest.mark.long


def push(sandbox: Sandbox, *refs: Any, **environment: Any) -> Any:
    return call_git(sandbox.path, "push", "--quiet", "--no-verify", "origin", *refs, **environment)


def remote_lines(said: Any) -> Any:
    """What the pusher's terminal shows of the server's words."""
    lines = [
        line.removeprefix("remote: ").rstrip()
        for line in said.out.splitlines()
        if line.startswith("remote: ")
    ]
    return [line for line in lines if line]


def bad_commit(sandbox: Sandbox, path: Any, content: Any) -> None:
    sandbox.write(path, content)
    sandbox.git("add", "--all")
    sandbox.git("commit", "--quiet", "--no-verify", "--message", "bad")


def objects(sandbox: Sandbox) -> Any:
    return sorted(f.name for f in (sandbox.path / "objects").rglob("*") if f.is_file())


def test_a_sound_push_comes_in_and_the_drafts_there_follow(hooked: Sandbox, server: Sandbox) -> None:
    hooked.change("categories/Person.json", description="Somebody.")
    hooked.git("switch", "--quiet", "--detach")

    said = push(hooked, "main")

    assert said.code == 0
    assert remote_lines(said) == ["gitdraft: 1 draft rebased"]
    assert server.git("merge-base", "main", "draft/fix-person") == hooked.git("rev-parse", "main")
    server.fsck()


def test_a_conflict_is_told_and_the_push_comes_in(hooked: Sandbox, server: Sandbox) -> None:
    hooked.change("categories/Person.json", label="Individual")
    said = push(hooked, "main")
    assert said.code == 0
    assert remote_lines(said) == ["gitdraft: 1 in conflict: fix-person (category/Person /label)"]


def test_a_draft_that_comes_in_behind_canonical_follows(hooked: Sandbox, server: Sandbox) -> None:
    hooked.library.drafts.new("Later").set("category/Person", "/description", "Later.")
    other = Sandbox(hooked.path.parent / "other")
    hooked.git("clone", "--quiet", str(server.path), str(other.path))
    other.change("categories/Person.json", rank=3)
    push(other, "main")

    assert remote_lines(push(hooked, "draft/later")) == ["gitdraft: 1 draft rebased"]
    assert server.git("merge-base", "main", "draft/later") == server.git("rev-parse", "main")


@pytest.mark.parametrize(
    ("path", "content", "told"),
    [
        ("categories/Agent.json", {"id": "Agent", "label": 5}, "categories/Agent.json:3  /label"),
        ("categories/New.json", {"id": "New", "label": "x", "parents": ["No"]}, "reference/missing"),
        ("categories/New.json", "{", "json/invalid"),
        ("categories/con.json", {"id": "con", "label": "x"}, "name/forbidden"),
        ("categories/person.json", {"id": "person", "label": "x"}, "key/case"),
        ("categories/a\x1bb.json", {"id": "x", "label": "x"}, "name/forbidden"),
        (".GitDraft/draft.json", {}, "name/forbidden"),
        ("GITDRAFT.yaml", "version: 1", "name/forbidden"),
        ("gitdraft.yaml", "version: 1\ndrafts: other/\n", "configuration/moved"),
        (".gitdraft/draft.json", {}, "the folder of a draft"),
    ],
)
def test_what_breaks_canonical_stays_out(
    hooked: Sandbox, server: Sandbox, path: Any, content: Any, told: Any
) -> None:
    before, stored = server.refs(), objects(server)
    bad_commit(hooked, path, content)

    said = push(hooked, "main")

    assert said.code == 1
    assert remote_lines(said)[0] == "gitdraft: refs/heads/main: it would break canonical"
    assert told in said.out
    assert (server.refs(), objects(server)) == (before, stored), "nothing was written"


def test_an_entity_that_others_name_and_an_id_with_a_tombstone(hooked: Sandbox, server: Sandbox) -> None:
    hooked.run("entity", "delete", "property/unused", "--reason", "unused")
    assert push(hooked, "main").code == 0
    bad_commit(hooked, "properties/unused.json", {"id": "unused", "label": "again"})
    hooked.git("rm", "--quiet", "properties/name.json")
    hooked.git("commit", "--quiet", "--no-verify", "--message", "gone")

    said = push(hooked, "main")

    assert said.code == 1
    assert "tombstone/live" in said.out
    assert "property/name does not exist" in said.out


def test_a_refused_push_leaves_nothing_in_the_index(hooked: Sandbox, server: Sandbox) -> None:
    assert server.run("references", "property/name").code == 0
    index = server.path / "gitdraft/index.sqlite3"
    before = index.read_bytes()
    hooked.git("rm", "--quiet", "properties/name.json")
    hooked.git("commit", "--quiet", "--no-verify", "--message", "gone")

    assert push(hooked, "main").code == 1
    assert index.read_bytes() == before


def test_a_locked_entity_takes_no_push_but_one_that_was_unlocked_on_the_way_does(
    hooked: Sandbox, server: Sandbox
) -> None:
    hooked.run("entity", "lock", "category/Agent", "--reason", "under review")
    assert push(hooked, "main").code == 0
    before = hooked.git("rev-parse", "main")
    bad_commit(hooked, "categories/Agent.json", {"id": "Agent", "label": "Actor"})
    said = push(hooked, "main")
    assert (said.code, "it is locked: under review" in said.out) == (1, True)

    hooked.git("reset", "--quiet", "--hard", before)
    hooked.run("entity", "unlock", "category/Agent", "--reason", "done")
    hooked.change("categories/Agent.json", label="Actor")
    hooked.run("entity", "lock", "category/Agent", "--reason", "final")
    assert push(hooked, "main").code == 0


def test_who_may_not_unlock_may_not_push_that_either(hooked: Sandbox, server: Sandbox) -> None:
    text = (hooked.path / "gitdraft.yaml").read_text()
    hooked.write("gitdraft.yaml", text + "protect:\n  unlock: [boss@example.org]\n")
    hooked.commit("protect")
    hooked.run("entity", "lock", "category/Agent", "--reason", "review")
    assert push(hooked, "main").code == 0
    hooked.git("rm", "--quiet", "-r", "protection")
    hooked.git("commit", "--quiet", "--no-verify", "--message", "unlock by hand")

    said = push(hooked, "main")

    assert (said.code, "ann@example.org may not unlock entities" in said.out) == (1, True)


def test_a_draft_may_come_in_while_what_it_changes_is_locked(hooked: Sandbox, server: Sandbox) -> None:
    hooked.run("entity", "lock", "category/Person", "--reason", "review")
    hooked.git("branch", "draft/again", "draft/fix-person")
    assert push(hooked, "main", "draft/again").code == 0


@pytest.mark.parametrize("refspec", ["+main~1:main", ":main"])
def test_canonical_only_moves_forward(hooked: Sandbox, server: Sandbox, refspec: Any) -> None:
    hooked.change("categories/Agent.json", label="Actor")
    assert push(hooked, "main").code == 0
    said = push(hooked, refspec)
    assert said.code == 1
    assert server.git("rev-parse", "main") == hooked.git("rev-parse", "main")


@pytest.mark.parametrize(
    ("refspec", "told"),
    [
        ("main:draft/plain", "malformed draft"),
        ("main:draft/Bad_Name", "draft id"),
        ("main:draft", "leaves no room for drafts"),
        ("main:refs/gitdraft/rebased", "only closed drafts are pushed there"),
        ("refs/gitdraft/operations:refs/gitdraft/operations", "only closed drafts"),
        ("main:refs/gitdraft/closed/x", "malformed"),
        ("draft/fix-person:refs/gitdraft/closed/fix-person", "not closed"),
    ],
)
def test_refs_that_are_none_of_a_pushers(hooked: Sandbox, server: Sandbox, refspec: Any, told: Any) -> None:
    if refspec == "main:draft":
        server.git("update-ref", "-d", "refs/heads/draft/fix-person")
    before = server.refs()
    said = push(hooked, refspec)
    assert said.code == 1
    assert told in said.out
    assert server.refs() == before


def test_a_draft_that_plain_git_broke_stays_out(hooked: Sandbox, server: Sandbox) -> None:
    hooked.git("switch", "--quiet", "draft/fix-person")
    bad_commit(hooked, "categories/Person.json", {"id": "Person", "label": "by hand"})
    said = push(hooked, "draft/fix-person")
    assert said.code == 1
    assert "categories/Person.json is changed outside .gitdraft/" in said.out


def test_a_branch_that_is_a_symbolic_ref_takes_no_push(hooked: Sandbox, server: Sandbox) -> None:
    server.git("symbolic-ref", "refs/heads/draft/alias", "refs/heads/main")
    server.git("symbolic-ref", "refs/heads/innocent", "refs/heads/main")
    hooked.change("categories/Agent.json", label="Actor")
    for branch in ("draft/alias", "innocent"):
        said = push(hooked, f"main:{branch}")
        assert said.code == 1
        assert "is a symbolic ref" in said.out


def test_closed_drafts_and_other_branches_come_in(hooked: Sandbox, server: Sandbox) -> None:
    hooked.run("submit", "fix-person")
    assert hooked.run("merge", "fix-person").code == 0
    bad_commit(hooked, "notes.txt", "a feature\n")
    said = push(
        hooked, "main", "refs/gitdraft/closed/*", "main:feature", "main:refs/tags/v1", ":draft/fix-person"
    )
    assert said.code == 0
    assert "refs/gitdraft/closed/fix-person" in server.refs()


def test_without_gitdraft_a_server_takes_nothing_that_it_should_check(
    hooked: Sandbox, server: Sandbox
) -> None:
    settings = server.path / "gitdraft/hooks"
    lines = settings.read_text().splitlines(keepends=True)
    settings.write_text("".join([*lines[:2], "/nowhere/gitdraft\n", *lines[3:]]))
    hooked.change("categories/Agent.json", label="Actor")
    path = "/usr/local/bin:/usr/bin:/bin"

    assert push(hooked, "main", PATH=path).code == 1
    assert push(hooked, "main:feature", PATH=path).code == 0


def test_the_first_push_to_an_empty_server_is_checked(sandbox: Sandbox, tmp_path: Path) -> None:
    bare = Sandbox(tmp_path / "empty server.git")
    sandbox.git("init", "--quiet", "--bare", "--initial-branch", "main", str(bare.path))
    sandbox.git("remote", "add", "origin", str(bare.path))
    assert bare.run("hooks", "install").code == 0
    good = sandbox.git("rev-parse", "main")
    bad_commit(sandbox, "categories/Agent.json", {"id": "Agent", "label": 5})
    assert push(sandbox, "main").code == 1
    assert push(sandbox, f"{good}:refs/heads/main").code == 0
    assert "=categories\n" in (bare.path / "gitdraft/hooks").read_text()
    assert json.loads(bare.run("-o", "json", "hooks", "status").out)["hooks"][0]["state"] == "installed"


def test_a_server_that_knows_nobody_rebases_as_itself(
    hooked: Sandbox, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked.change("categories/Person.json", description="Somebody.")
    for role in ("AUTHOR", "COMMITTER"):
        for part in ("NAME", "EMAIL"):
            monkeypatch.delenv(f"GIT_{role}_{part}")
    assert remote_lines(push(hooked, "main")) == ["gitdraft: 1 draft rebased"]
    assert server.git("log", "-1", "--format=%cn", "draft/fix-person") == "gitdraft"


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("name", ["trunk", "stable"])
def test_canonical_is_renamed_by_a_push(hooked: Sandbox, server: Sandbox, name: str, at_once: bool) -> None:
    server.git("config", "receive.denyDeleteCurrent", "ignore")
    hooked.git("branch", "--move", "main", name)
    text = (hooked.path / "gitdraft.yaml").read_text()
    hooked.write("gitdraft.yaml", text.replace("canonical: main", f"canonical: {name}"))
    hooked.commit("rename")
    if at_once:
        said = push(hooked, name, ":main")
        assert said.code == 0, said.out
    else:
        assert push(hooked, name).code == 0
        said = push(hooked, ":main")
        assert said.code == 0, said.out

    assert "refs/heads/main" not in server.refs()
    bad_commit(hooked, "categories/Agent.json", {"id": "Agent", "label": 5})
    assert push(hooked, name).code == 1, "the renamed branch is canonical"


def test_canonical_is_not_deleted_for_a_branch_that_breaks_it(hooked: Sandbox, server: Sandbox) -> None:
    server.git("config", "receive.denyDeleteCurrent", "ignore")
    hooked.git("branch", "--move", "main", "trunk")
    text = (hooked.path / "gitdraft.yaml").read_text()
    hooked.write("gitdraft.yaml", text.replace("canonical: main", "canonical: trunk"))
    bad_commit(hooked, "categories/Agent.json", {"id": "Agent", "label": 5})
    said = push(hooked, "trunk", ":main")
    assert (said.code, "schema/type" in said.out) == (1, True), said.out
    assert "refs/heads/main" in server.refs()


def test_the_first_push_to_another_remote_is_held_to_what_came_after_the_first_one(
    hooked: Sandbox, server: Sandbox, tmp_path: Path
) -> None:
    bad_commit(hooked, "categories/Agent.json", {"id": "Agent", "label": 5})
    server.git("fetch", "--quiet", str(hooked.path), "main:main")
    hooked.git("fetch", "--quiet", "origin")
    run_git(tmp_path, "init", "--quiet", "--bare", "mirror.git")
    hooked.git("remote", "add", "mirror", str(tmp_path / "mirror.git"))
    said = call_git(hooked.path, "push", "--quiet", "mirror", "main")
    assert said.code == 0, said.out
    bad_commit(hooked, "properties/name.json", {"id": "other"})
    hooked.git("remote", "add", "third", str(tmp_path / "third.git"))
    run_git(tmp_path, "init", "--quiet", "--bare", "third.git")
    said = call_git(hooked.path, "push", "--quiet", "third", "main")
    assert (said.code, "identity/mismatch" in said.out, "Agent" in said.out) == (1, True, False), said.out

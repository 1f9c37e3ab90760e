"""Who names an entity: the index answers what reading every entity finds, whatever happened between."""

from __future__ import annotations

import random

import pytest
from sandbox import Sandbox

from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.trees import update_tree
from gitdraft.index.database import FILE
from gitdraft.index.references import all_referrers, referrers_of
from gitdraft.model.entities import EntityRef
from gitdraft.store.repository import open_store
from gitdraft.store.snapshots import take_snapshot

KEYS = [f"k{n}" for n in range(5)]
NAME = EntityRef("property", "name")


def asked(sandbox: Sandbox, entity: EntityRef = NAME) -> list[tuple[str, ...]]:
    return [
        (str(found), pointer) for found, pointer in referrers_of(open_store(sandbox.path).snapshot(), entity)
    ]


def test_referrers_come_with_the_place_where_they_name_it(sandbox: Sandbox) -> None:
    assert asked(sandbox) == [("category/Person", "/properties/0")]

    sandbox.change("categories/Agent.json", properties=["unused", "name"])
    assert asked(sandbox) == [("category/Agent", "/properties/1"), ("category/Person", "/properties/0")]

    sandbox.change("categories/Person.json", properties=[])
    assert asked(sandbox) == [("category/Agent", "/properties/1")]


def test_another_declaration_reads_everything_anew(sandbox: Sandbox) -> None:
    assert asked(sandbox)
    text = (sandbox.path / "gitdraft.yaml").read_text()
    sandbox.write("gitdraft.yaml", text.replace("      /properties/*: property\n", ""))
    sandbox.commit()
    assert asked(sandbox) == []


def test_a_commit_in_the_making_is_answered_without_being_kept(sandbox: Sandbox) -> None:
    assert asked(sandbox)
    store = open_store(sandbox.path)
    buffer = ObjectBuffer(store.git)
    canonical = store.snapshot(buffer)
    path = canonical.configuration.path_of(EntityRef("category", "Person"))
    commit = store.git.read_commit(canonical.commit)
    there = buffer.commit(
        tree=update_tree(buffer, canonical.tree, {path: None}),
        parents=(canonical.commit,),
        author=commit.author,
        committer=commit.committer,
        message="x",
    )

    assert referrers_of(take_snapshot(buffer, there), NAME) == ()
    assert asked(sandbox) == [("category/Person", "/properties/0")]


@pytest.mark.parametrize("damage", ["gone", "garbage", "folder"])
def test_without_an_index_the_answer_is_the_same(sandbox: Sandbox, damage: str) -> None:
    assert asked(sandbox)
    file = sandbox.path / ".git" / FILE
    file.unlink()
    if damage == "garbage":
        file.write_bytes(b"no database" * 100)
    if damage == "folder":
        file.mkdir()

    assert asked(sandbox) == [("category/Person", "/properties/0")]


def test_any_history_gives_the_same_answer(sandbox: Sandbox) -> None:
    dice = random.Random(3)
    for _ in range(40):
        key = dice.choice(KEYS)
        match dice.choice(["write", "write", "remove", "break", "back"]):
            case "write":
                sandbox.write(f"categories/{key}.json", {"id": key, "parents": dice.sample(KEYS, 2)})
            case "remove":
                (sandbox.path / f"categories/{key}.json").unlink(missing_ok=True)
            case "break":
                sandbox.write(f"categories/{key}.json", "{")
            case "back":
                sandbox.git("reset", "--quiet", "--hard", "HEAD~1" if dice.random() < 0.5 else "HEAD")
        sandbox.git("add", "--all")
        sandbox.git("commit", "--quiet", "--allow-empty", "--message", "step")
        if dice.random() < 0.5:
            continue
        canonical = open_store(sandbox.path).snapshot()
        expected = all_referrers(canonical)
        for name in KEYS:
            entity = EntityRef("category", name)
            assert referrers_of(canonical, entity) == tuple(expected.get(entity, ()))

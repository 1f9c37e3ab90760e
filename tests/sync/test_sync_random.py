"""Three clones and a server that rebases, in random order: at the end all have the same, and no edit is lost.

GITDRAFT_SEEDS raises the number of orders.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest
from clones import clone_of, serve
from sandbox import Sandbox, present

from gitdraft.drafts.resolve import draft_side
from gitdraft.errors import GitdraftError
from gitdraft.model.entities import EntityRef
from gitdraft.sync.divergence import remote_conflicts

pytestmark = pytest.mark.long

ENTITIES = ("category/Person", "category/Agent")
DRAFTS = ("one", "two")
STEPS = 20
SEEDS = range(int(os.environ.get("GITDRAFT_SEEDS", "2")))


@pytest.mark.parametrize("seed", SEEDS)
def test_all_clones_end_with_every_edit_once(sandbox: Sandbox, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    server = serve(sandbox, tmp_path)
    clones = [clone_of(server, tmp_path, who) for who in ("Ann", "Ben", "Cem")]
    for draft in DRAFTS:
        clones[0].library.drafts.new(draft, draft_id=draft)
    for clone in clones:
        clone.sync()
    edits: dict[tuple[str, str], set[str]] = {}
    for step in range(STEPS):
        clone = chance.choice(clones)
        match chance.choice(("edit", "edit", "edit", "sync", "sync", "rebase", "canonical")):
            case "edit":
                draft, entity = chance.choice(DRAFTS), chance.choice(ENTITIES)
                # an element of a list that the schema keys by name: each edit has a place of its own
                if _add(clone, draft, entity, f"{clone.who}-{step}"):
                    edits.setdefault((draft, entity), set()).add(f"{clone.who}-{step}")
            case "sync":
                clone.sync()
            case "rebase":
                server.rebase()
            case "canonical":
                server.commit_file("categories/Agent.json", description=f"Acts {step}.")

    for clone in (*clones, *clones):
        assert clone.sync().is_clean

    assert clones[0].tips() == clones[1].tips() == clones[2].tips()
    for (draft, entity), wanted in edits.items():
        fields = present(clones[0].library.view(entity, draft=draft).document)["fields"]
        assert sorted(field["name"] for field in fields) == sorted(wanted)
    server.fsck()


@pytest.mark.parametrize("seed", SEEDS)
def test_what_cannot_be_merged_is_told_and_resolved_and_then_the_same_everywhere(
    sandbox: Sandbox, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    server = serve(sandbox, tmp_path)
    clones = [clone_of(server, tmp_path, who) for who in ("Ann", "Ben", "Cem")]
    clones[0].library.drafts.new("one", draft_id="one")
    for clone in clones:
        clone.sync()
    person = EntityRef("category", "Person")
    told = 0
    for step in range(STEPS):
        clone = chance.choice(clones)
        label = f"{clone.who}-{step}"
        clone.library.drafts["one"].set("category/Person", "/label", label)
        if chance.random() < 0.4:
            server.rebase()
        if clone.sync().is_clean:
            assert clone.person("one")["label"] == label
            continue
        told += 1
        ((entity, conflict),) = remote_conflicts(clone.library.store, "origin", "one")
        assert (entity, conflict.path, conflict.draft) == (person, "/label", label)
        clone.resolve_with_remote(person, None, draft_side, "one")
        assert clone.sync().is_clean
        assert clone.person("one")["label"] == label

    for clone in clones:
        clone.sync()
    assert told
    assert {clone.person("one")["label"] for clone in clones} == {label}


def _add(clone: Any, draft: Any, entity: Any, name: Any) -> Any:
    """Whether the field could be added: an edit of what canonical changed too waits for the next rebase."""
    try:
        document = clone.library.view(entity, draft=draft).document
        if "fields" not in document:
            clone.library.drafts[draft].set(entity, "/fields", [{"name": name}])
        else:
            clone.library.drafts[draft].set(entity, "/fields/-", {"name": name})
    except GitdraftError:
        return False
    return True

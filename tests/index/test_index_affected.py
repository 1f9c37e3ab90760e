"""The index names the drafts that a canonical commit affects: the same that looking at each draft finds."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest
from sandbox import Sandbox

from gitdraft.api.drafts import Drafts
from gitdraft.errors import GitdraftError
from gitdraft.git.objects import ObjectBuffer
from gitdraft.index.affected import find_affected
from gitdraft.store.affected import AffectedDrafts
from gitdraft.store.drafts import read_draft
from gitdraft.store.repository import open_store

KEYS = [f"k{n}" for n in range(6)]


def asked(sandbox: Sandbox) -> tuple[int, Mapping[str, str]]:
    """The drafts open and affected, by the index."""
    store = open_store(sandbox.path)
    survey = find_affected(store, AffectedDrafts(store.git, store.snapshot()))
    return survey.number, survey.affected


def looked_at(sandbox: Sandbox) -> tuple[int, Mapping[str, str]]:
    """The same, by looking at every draft."""
    store = open_store(sandbox.path)
    affected_drafts = AffectedDrafts(store.git, store.snapshot())
    found = {}
    for name, tip in store.open_drafts().items():
        try:
            if affected_drafts.entities(read_draft(store.git, name, store.draft_ref(name), tip)):
                found[name] = tip
        except GitdraftError:
            found[name] = tip
    return len(store.open_drafts()), found


@pytest.fixture
def drafts(sandbox: Sandbox) -> Drafts:
    """A draft that edits, one that creates and names, one that deletes."""
    library = sandbox.library
    library.drafts.new("edits", draft_id="edits").set("Person", "/label", "Human")
    library.drafts.new("names", draft_id="names").create(
        "category/Cat", {"id": "Cat", "label": "Cat", "properties": ["unused"]}
    )
    library.drafts.new("deletes", draft_id="deletes").delete("unused", "no longer used", allow_invalid=True)
    assert asked(sandbox) == (3, {})
    return library.drafts


@pytest.mark.parametrize(
    ("path", "members", "affected"),
    [
        ("categories/Person.json", {"description": "other"}, ["edits"]),
        ("properties/name.json", {"label": "other"}, []),
        ("categories/Agent.json", {"properties": ["unused"]}, ["deletes"]),
        ("categories/_schema.json", {"title": "other"}, ["edits", "names"]),
    ],
)
def test_only_what_changed_and_what_it_names_concerns_a_draft(
    sandbox: Sandbox, drafts: Drafts, path: str, members: dict[str, Any], affected: list[str]
) -> None:
    sandbox.change(path, **members)

    assert sorted(asked(sandbox)[1]) == affected
    assert asked(sandbox) == looked_at(sandbox)


def test_a_draft_that_names_what_went_is_affected(sandbox: Sandbox, drafts: Drafts) -> None:
    drafts["deletes"].withdraw()
    (sandbox.path / "properties/unused.json").unlink()
    sandbox.commit()

    assert sorted(asked(sandbox)[1]) == ["names"]


def test_a_affected_draft_stays_so_until_canonical_is_as_it_was(sandbox: Sandbox, drafts: Drafts) -> None:
    sandbox.change("categories/Person.json", label="Somebody")
    for _ in range(2):
        assert sorted(asked(sandbox)[1]) == ["edits"]
    sandbox.change("properties/name.json", label="other")
    assert sorted(asked(sandbox)[1]) == ["edits"]
    sandbox.change("categories/Person.json", label="Person")

    assert asked(sandbox)[1] == {}


def test_a_branch_that_is_no_draft_is_looked_at_every_time(sandbox: Sandbox, drafts: Drafts) -> None:
    sandbox.git("branch", "draft/stray", "main")

    for _ in range(2):
        assert asked(sandbox) == (4, {"stray": sandbox.git("rev-parse", "main")})


def test_a_commit_that_is_not_written_yet_leaves_the_index_as_it_is(sandbox: Sandbox, drafts: Drafts) -> None:
    store = open_store(sandbox.path)
    buffer = ObjectBuffer(store.git)
    canonical = store.snapshot(buffer)
    draft = drafts["edits"]
    draft.submit()
    draft.merge()
    assert asked(sandbox) == looked_at(sandbox)
    assert canonical.commit != store.canonical_tip()


def test_any_history_of_drafts_and_canonical_gives_the_same_answer(sandbox: Sandbox) -> None:
    dice = random.Random(7)
    for key in KEYS:
        sandbox.write(f"categories/{key}.json", {"id": key, "label": key})
    sandbox.commit()
    made = 0
    for _ in range(60):
        match dice.choice(
            ["edit", "edit", "draft", "draft", "remove", "withdraw", "pack", "rebase", "schema", "redirect"]
        ):
            case "edit":
                key = dice.choice(KEYS)
                sandbox.write(
                    f"categories/{key}.json", {"id": key, "label": str(made), "parents": [dice.choice(KEYS)]}
                )
                sandbox.git("add", "--all")
                sandbox.git("commit", "--quiet", "--allow-empty", "--message", "edit")
            case "remove":
                sandbox.git("rm", "--quiet", "--ignore-unmatch", f"categories/{dice.choice(KEYS)}.json")
                sandbox.git("commit", "--quiet", "--allow-empty", "--message", "remove")
            case "draft":
                made += 1
                draft = sandbox.library.drafts.new(f"d{made}")
                for _ in range(dice.randint(1, 2)):
                    one, other = dice.sample(KEYS, 2)
                    try:
                        match dice.choice(["set", "name", "delete", "redirect"]):
                            case "set":
                                draft.set(f"category/{one}", "/label", f"by {made}")
                            case "name":
                                draft.set(f"category/{one}", "/parents", [other], allow_invalid=True)
                            case "delete":
                                draft.delete(f"category/{one}", "no", allow_invalid=True)
                            case "redirect":
                                draft.redirect(f"category/{one}", f"category/{other}", "the same")
                    except GitdraftError:
                        continue
            case "withdraw":
                names = sorted(open_store(sandbox.path).open_drafts())
                if names:
                    sandbox.library.drafts[dice.choice(names)].withdraw()
            case "pack":
                sandbox.git("pack-refs", "--all")
            case "rebase":
                sandbox.library.rebase()
            case "schema":
                sandbox.change("categories/_schema.json", title=str(dice.random()))
            case "redirect":
                one, other = dice.sample(KEYS, 2)
                try:
                    sandbox.library.canonical.redirect(f"category/{one}", f"category/{other}", "the same")
                except GitdraftError:
                    continue
        assert asked(sandbox) == looked_at(sandbox)
    assert made > 5

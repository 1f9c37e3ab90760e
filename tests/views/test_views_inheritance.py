"""`effective` and `impact`: what is inherited, on canonical and as a draft would have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sandbox import Sandbox

import gitdraft
from gitdraft.index.database import FILE

CONFIGURATION = """\
version: 1
canonical: main
entities:
  category:
    path: categories/{key}.json
    id: /id
    references:
      /parents/*: category
      /required/*: property
      /optional/*: property
    lists:
      /parents: {type: set}
    inherits:
      parents: /parents
      members: {/required: required, /optional: optional}
  property:
    path: properties/{key}.json
    id: /id
"""


def category(
    key: str, *parents: str, required: Sequence[str] = (), optional: Sequence[str] = ()
) -> dict[str, Any]:
    return {"id": key, "parents": list(parents), "required": list(required), "optional": list(optional)}


HIERARCHY = [
    category("Thing", required=["label"], optional=["note"]),
    category("Agent", "Thing", optional=["email", "name"]),
    category("Person", "Agent", required=["name"], optional=["orcid"]),
    category("Author", "Person", optional=["note"]),
    category("Place", "Thing", optional=["label"]),
]


@pytest.fixture
def hierarchy(sandbox: Sandbox) -> Any:
    """Author below Person below Agent below Thing, and Place below Thing."""
    sandbox.git("rm", "-r", "--quiet", "categories")
    sandbox.write("gitdraft.yaml", CONFIGURATION)
    for entity in HIERARCHY:
        sandbox.write(f"categories/{entity['id']}.json", entity)
    for key in ("label", "note", "email", "orcid"):
        sandbox.write(f"properties/{key}.json", {"id": key})
    sandbox.commit()
    return sandbox


def put(sandbox: Sandbox, *arguments: Any, **members: Any) -> Any:
    entity = category(*arguments, **members)
    sandbox.write(f"categories/{entity['id']}.json", entity)
    return sandbox.commit()


def members(sandbox: Sandbox, entity: Any, draft: Any = None) -> Any:
    """Member, requirement, source and depth, each as one line; in a draft the change status before it."""
    found = sandbox.library.effective(entity, draft).members
    lines = [
        f"{m.name.removeprefix('property/')} {m.shown.requirement} {m.shown.source.key} {m.shown.depth}"
        for m in found
    ]
    return (
        lines if draft is None else [f"{m.status.value} {line}" for m, line in zip(found, lines, strict=True)]
    )


def impact(sandbox: Sandbox, draft: Any) -> Any:
    return {
        "/".join(step.key for step in one.way): [
            f"{m.status.value} {m.name.removeprefix('property/')}" for m in one.changes
        ]
        for one in sandbox.library.impact(draft).entities
    }


def test_the_nearest_parent_wins(hierarchy: Any) -> None:
    assert members(hierarchy, "Author") == [
        "note optional Author 0",
        "name required Person 1",
        "orcid optional Person 1",
        "email optional Agent 2",
        "label required Thing 3",
    ]
    assert members(hierarchy, "Place") == ["label optional Place 0", "note optional Thing 1"]


def test_of_parents_at_one_depth_the_one_that_requires_wins_else_the_first(hierarchy: Any) -> None:
    put(hierarchy, "One", optional=["x", "y"])
    put(hierarchy, "Two", required=["y"], optional=["x"])
    put(hierarchy, "Both", "One", "Two")

    assert members(hierarchy, "Both") == ["x optional One 1", "y required Two 1"]


def test_an_ancestor_by_two_ways_counts_once_by_the_shorter(hierarchy: Any) -> None:
    put(hierarchy, "Author", "Person", "Thing")

    found = members(hierarchy, "Author")
    assert [line for line in found if "Thing" in line] == ["label required Thing 1", "note optional Thing 1"]


def test_a_circle_is_told_with_its_way_and_not_walked_again(hierarchy: Any) -> None:
    put(hierarchy, "Thing", "Person", required=["label"])

    found = hierarchy.library.effective("Author")
    assert [[step.key for step in way] for way in found.cycles] == [["Agent", "Thing", "Person", "Agent"]]
    assert [m.name for m in found.members].count("property/label") == 1


def test_a_redirected_parent_is_followed_and_one_that_is_gone_is_told(hierarchy: Any) -> None:
    canonical = hierarchy.library.canonical
    put(hierarchy, "Human", required=["species"])
    put(hierarchy, "Old", optional=["age"])
    canonical.redirect("category/Person", "category/Human", "the same")
    canonical.delete("category/Old", "unused")
    put(hierarchy, "Author", "Person", "Old", "Nobody")

    found = hierarchy.library.effective("Author")
    assert [(m.name, m.shown.source.key) for m in found.members] == [("property/species", "Human")]
    assert [(str(r.entity), r.parent.key, r.target.key) for r in found.redirects] == [
        ("category/Author", "Person", "Human")
    ]
    assert [(lost.parent.key, lost.reason) for lost in found.lost] == [
        ("Old", "deleted"),
        ("Nobody", "missing"),
    ]
    assert hierarchy.library.effective("Person").entity.key == "Human"


def test_a_draft_says_what_becomes_of_each_member(hierarchy: Any) -> None:
    draft = hierarchy.library.drafts.new("tidy", draft_id="tidy")
    draft.patch(
        "Agent",
        [
            {"op": "replace", "path": "/optional", "value": ["homepage"]},
            {"op": "replace", "path": "/required", "value": ["orcid"]},
        ],
        allow_invalid=True,
    )
    draft.set("Thing", "/optional", ["label"], allow_invalid=True)
    draft.set("Thing", "/required", [])

    assert members(hierarchy, "Author", "tidy") == [
        "unchanged note optional Author 0",
        "unchanged name required Person 1",
        "unchanged orcid optional Person 1",
        "added homepage optional Agent 2",
        "modified label optional Thing 3",
        "deleted email optional Agent 2",
    ]
    assert members(hierarchy, "Author") == [
        "note optional Author 0",
        "name required Person 1",
        "orcid optional Person 1",
        "email optional Agent 2",
        "label required Thing 3",
    ]


def test_a_draft_that_only_puts_a_parent_between_changes_no_member(hierarchy: Any) -> None:
    draft = hierarchy.library.drafts.new("between", draft_id="between")
    draft.create("category/Living", category("Living", "Thing"))
    draft.set("Agent", "/parents", ["Living"])

    assert {line.split()[0] for line in members(hierarchy, "Author", "between")} == {"unchanged"}
    assert impact(hierarchy, "between") == {"Living": ["added label", "added note"]}


def test_impact_goes_down_through_the_heirs(hierarchy: Any) -> None:
    draft = hierarchy.library.drafts.new("tidy", draft_id="tidy")
    draft.set("Agent", "/optional", ["homepage"], allow_invalid=True)

    assert impact(hierarchy, "tidy") == {
        "Agent": ["added homepage", "deleted email", "deleted name"],
        "Agent/Person": ["added homepage", "deleted email"],
        "Agent/Person/Author": ["added homepage", "deleted email"],
    }


def test_entities_that_a_draft_changes_stand_below_each_other(hierarchy: Any) -> None:
    draft = hierarchy.library.drafts.new("both", draft_id="both")
    draft.set("Author", "/required", ["email"])
    draft.set("Thing", "/optional", [])

    assert impact(hierarchy, "both") == {
        "Thing": ["deleted note"],
        "Thing/Agent": ["deleted note"],
        "Thing/Agent/Person": ["deleted note"],
        "Thing/Agent/Person/Author": ["modified email"],
        "Thing/Place": ["deleted note"],
    }


def test_impact_of_a_deletion_and_of_a_redirect(hierarchy: Any) -> None:
    drafts = hierarchy.library.drafts
    drafts.new("away", draft_id="away").delete("Person", "unused", allow_invalid=True)
    drafts.new("sent", draft_id="sent").redirect("category/Person", "category/Place", "the same")

    assert impact(hierarchy, "away")["Person/Author"] == [
        "deleted name",
        "deleted orcid",
        "deleted email",
        "deleted label",
    ]
    assert [lost.reason for lost in hierarchy.library.effective("Author", "away").lost] == ["deleted"]
    assert members(hierarchy, "Author", "sent") == [
        "unchanged note optional Author 0",
        "modified label optional Place 1",
        "deleted name required Person 1",
        "deleted orcid optional Person 1",
        "deleted email optional Agent 2",
    ]
    assert "Person/Author" in impact(hierarchy, "sent")


def test_an_edit_that_is_not_about_members_has_no_impact(hierarchy: Any) -> None:
    draft = hierarchy.library.drafts.new("words", draft_id="words")
    draft.set("Thing", "/label", "Thing")

    assert impact(hierarchy, "words") == {}
    assert hierarchy.run("impact", "words").out == "draft words changes no effective members\n"


@pytest.mark.parametrize("damage", ["gone", "garbage", "folder"])
def test_without_an_index_the_answers_are_the_same(hierarchy: Any, damage: Any) -> None:
    draft = hierarchy.library.drafts.new("tidy", draft_id="tidy")
    draft.set("Agent", "/optional", ["email"])
    before = members(hierarchy, "Author"), members(hierarchy, "Author", "tidy"), impact(hierarchy, "tidy")
    file = hierarchy.path / ".git" / FILE
    file.unlink()
    if damage == "garbage":
        file.write_bytes(b"no database" * 100)
    if damage == "folder":
        file.mkdir()

    assert before == (
        members(hierarchy, "Author"),
        members(hierarchy, "Author", "tidy"),
        impact(hierarchy, "tidy"),
    )


def test_the_commands_answer_in_text_and_in_json(hierarchy: Any) -> None:
    hierarchy.library.drafts.new("tidy", draft_id="tidy").set("Thing", "/optional", ["orcid"])

    assert hierarchy.run("effective", "Place").out.splitlines() == [
        "property/label  optional  its own",
        "property/note   optional  category/Thing",
    ]
    found = hierarchy.run("-o", "json", "effective", "Place", "--draft", "tidy").json
    assert found["members"][1] == {
        "member": "property/orcid",
        "_change_status": "added",
        "requirement": "optional",
        "source": "category/Thing",
        "depth": 1,
    }
    assert hierarchy.run("impact", "tidy").out.splitlines() == [
        "draft tidy changes the effective members of 4 entities",
        "",
        "category/Thing         modified  + property/orcid  - property/note",
        "├─ category/Agent                + property/orcid  - property/note",
        "│  └─ category/Person            - property/note",
        "└─ category/Place                + property/orcid  - property/note",
    ]
    listed = hierarchy.run("-o", "json", "impact", "tidy").json["entities"]
    assert [(one["entity"], one["through"]) for one in listed][2] == (
        "category/Person",
        ["category/Thing", "category/Agent"],
    )


def test_what_inherits_nothing_and_what_is_not_there_are_refused(hierarchy: Any) -> None:
    with pytest.raises(gitdraft.InvalidInput, match="inherit nothing"):
        hierarchy.library.effective("property/note")
    with pytest.raises(gitdraft.NotFound):
        hierarchy.library.effective("category/Persn")
    with pytest.raises(gitdraft.NotFound):
        hierarchy.library.impact("nobody")
    hierarchy.library.canonical.delete("category/Author", "unused")
    with pytest.raises(gitdraft.StateRefused):
        hierarchy.library.effective("category/Author")


def test_a_file_that_is_no_document_gives_nothing_and_is_told(hierarchy: Any) -> None:
    hierarchy.write("categories/Agent.json", "{")
    hierarchy.commit()

    found = hierarchy.library.effective("Author")
    assert [(lost.parent.key, lost.reason) for lost in found.lost] == [("Agent", "unreadable")]
    with pytest.raises(gitdraft.InvalidInput):
        hierarchy.library.effective("Agent")


def test_the_index_agrees_with_one_made_anew(hierarchy: Any) -> None:
    members(hierarchy, "Author")
    put(hierarchy, "Thing", optional=["note"])
    hierarchy.library.canonical.redirect("category/Agent", "category/Place", "the same")
    members(hierarchy, "Author")

    answer = hierarchy.run("-o", "json", "index", "verify")
    assert answer.code == 0
    held = {table["about"]: table["rows"] for table in answer.json["tables"]}
    assert (held["effective members"], held["parents"]) == (5, 4)

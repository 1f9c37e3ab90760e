"""Every value of an entity names the revision that last set it, across whatever happened between."""

from __future__ import annotations

import pytest
from sandbox import Sandbox

from gitdraft.errors import NotFound, StateRefused
from gitdraft.model.entities import EntityRef
from gitdraft.views.blame import blame

PERSON = EntityRef("category", "Person")
FILE = "categories/Person.json"


def blamed(sandbox: Sandbox, entity: EntityRef = PERSON) -> dict[str, int]:
    return {place.path: place.revision.number for place in blame(sandbox.library.store, entity)}


def test_each_place_names_who_last_set_it(sandbox: Sandbox) -> None:
    sandbox.change(FILE, label="Human")
    sandbox.change(FILE, steps=["0", "a", "b", "c"])

    assert blamed(sandbox) == {
        "/id": 1,
        "/label": 2,
        "/description": 1,
        "/parents/0": 1,
        "/properties/0": 1,
        "/steps/0": 3,
        "/steps/1": 1,
        "/steps/2": 1,
        "/steps/3": 1,
    }


def test_other_formatting_sets_nothing(sandbox: Sandbox) -> None:
    sandbox.write(FILE, (sandbox.path / FILE).read_text().replace("\n", "\n "))
    sandbox.commit("Indent")

    assert set(blamed(sandbox).values()) == {1}


def test_the_type_says_how_its_lists_are_followed(sandbox: Sandbox) -> None:
    sandbox.change(FILE, fields=[{"name": "a", "v": 1}, {"name": "b", "v": 1}])
    sandbox.change(FILE, fields=[{"name": "b", "v": 2}, {"name": "a", "v": 1}], parents=["X", "Agent"])

    found = blamed(sandbox)

    assert [found[f"/fields/{place}"] for place in ("0/name", "0/v", "1/name", "1/v")] == [2, 3, 2, 2]
    assert [found["/parents/0"], found["/parents/1"]] == [3, 1]


def test_a_merged_draft_is_named(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix Person")
    draft.set("category/Person", "/label", "Human")
    draft.submit()
    draft.merge()

    by_path = {place.path: place.revision for place in blame(sandbox.library.store, PERSON)}

    assert (by_path["/label"].draft, by_path["/id"].draft) == ("fix-person", None)
    assert by_path["/label"].commit == sandbox.git("rev-parse", "main")


@pytest.mark.parametrize(
    ("away", "back"),
    [
        (["redirect", "create", "property/unused", "property/name"], ["redirect", "revert"]),
        (["entity", "delete", "property/unused"], ["entity", "undelete"]),
    ],
)
def test_what_comes_back_unchanged_keeps_its_revision(
    sandbox: Sandbox, away: list[str], back: list[str]
) -> None:
    unused = EntityRef("property", "unused")
    sandbox.change("properties/unused.json", label="Still unused")
    before = blamed(sandbox, unused)
    assert sandbox.run(*away, "--reason", "r").code == 0
    assert sandbox.run(*back, "property/unused", "--reason", "r").code == 0
    sandbox.git("reset", "--quiet", "--hard")

    assert blamed(sandbox, unused) == before == {"/id": 1, "/label": 2, "/datatype": 1}

    sandbox.change("properties/unused.json", datatype="Number")
    assert blamed(sandbox, unused) == {"/id": 1, "/label": 2, "/datatype": 5}


def test_what_comes_back_from_further_ago_is_set_by_the_revert(sandbox: Sandbox) -> None:
    sandbox.change("properties/unused.json", label="Still unused")
    sandbox.run("redirect", "create", "property/unused", "property/name", "--reason", "r")
    sandbox.run("redirect", "revert", "property/unused", "--to-revision", "1", "--reason", "r")

    assert blamed(sandbox, EntityRef("property", "unused")) == {"/id": 1, "/label": 4, "/datatype": 1}


def test_a_file_that_was_no_document_for_a_while_is_passed_over(sandbox: Sandbox) -> None:
    good = (sandbox.path / FILE).read_text()
    sandbox.write(FILE, "no JSON\n")
    sandbox.commit("Oops")
    sandbox.write(FILE, good)
    sandbox.commit("Mend")

    assert set(blamed(sandbox).values()) == {1}


def test_what_is_gone_has_nothing_to_blame(sandbox: Sandbox) -> None:
    sandbox.run("redirect", "create", "property/unused", "property/name", "--reason", "r")

    with pytest.raises(StateRefused) as refused:
        blamed(sandbox, EntityRef("property", "unused"))
    assert (refused.value.code, refused.value.hint) == ("redirected-item", "gitdraft blame property/name")

    sandbox.run("entity", "delete", "category/Person", "--reason", "r")
    with pytest.raises(StateRefused) as refused:
        blamed(sandbox)
    assert refused.value.code == "entity-deleted"
    with pytest.raises(NotFound):
        blamed(sandbox, EntityRef("category", "Nobody"))

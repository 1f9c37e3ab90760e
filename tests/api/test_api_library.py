"""The library's door to canonical, and `redirect` and `expect` in a draft."""

from __future__ import annotations

import pytest
from sandbox import Sandbox, present

import gitdraft
from gitdraft.api.canonical import Canonical


@pytest.fixture
def canonical(sandbox: Sandbox) -> Canonical:
    sandbox.write("categories/Human.json", {"id": "Human", "label": "Human", "description": "A human being."})
    sandbox.commit("Add Human")
    return sandbox.library.canonical


def test_a_redirect_is_followed_listed_and_taken_back(sandbox: Sandbox, canonical: Canonical) -> None:
    before = sandbox.git("rev-parse", "main^{tree}")

    made = canonical.redirect("Human", "Person", "the same")

    assert [(str(source), str(target)) for source, target in made.created] == [
        ("category/Human", "category/Person")
    ]
    assert made.commit == sandbox.git("rev-parse", "main")
    assert str(canonical.resolve("Human")) == "category/Person"
    assert [str(source) for source, _, _ in canonical.redirects(to="category/Person")] == ["category/Human"]
    assert canonical.redirects("property") == []

    canonical.revert("Human", "two things after all")

    assert sandbox.git("rev-parse", "main^{tree}") == before
    assert [revision.edit_type for revision in canonical.revisions("Human")] == [
        "create",
        "redirect-create",
        "redirect-revert",
    ]


def test_redirects_come_all_or_none(sandbox: Sandbox, canonical: Canonical) -> None:
    before = sandbox.git("rev-parse", "main")

    with pytest.raises(gitdraft.InvalidInput) as refused:
        canonical.redirect_all(
            [("category/Human", "category/Person"), ("category/Nobody", "category/Person")]
        )

    assert refused.value.context["rows"] == [
        {
            "row": 2,
            "code": "resource-not-found",
            "message": "unknown entity 'category/Nobody'",
            "entity": "category/Nobody",
        }
    ]
    assert sandbox.git("rev-parse", "main") == before
    assert canonical.redirect_all([("category/Human", "category/Person")]).commit is not None
    assert canonical.redirect_all([("category/Human", "category/Person")]).commit is None


def test_an_entity_is_taken_up_into_another(sandbox: Sandbox, canonical: Canonical) -> None:
    with pytest.raises(gitdraft.ConflictError) as refused:
        canonical.merge("Human", "Person")
    assert refused.value.context["conflicts"] == [{"path": "/label", "to": "Person", "from": "Human"}]

    canonical.merge("Human", "Person", keep="from", expect=1, expect_target=1)

    assert present(sandbox.library.view("Person").document)["label"] == "Human"
    with pytest.raises(gitdraft.Moved):
        canonical.lock("Person", "settled", expect=1)


def test_what_is_deleted_comes_back_and_what_is_erased_does_not(
    sandbox: Sandbox, canonical: Canonical
) -> None:
    with pytest.raises(gitdraft.PolicyViolation):
        canonical.delete("name", "no longer used")

    assert [found.entity for found in canonical.delete("name", "no longer used", force=True).forced]
    canonical.undelete("name")
    canonical.erase("unused", "personal data")

    assert present(sandbox.library.view("name").document)["label"] == "Name"
    with pytest.raises(gitdraft.StateRefused):
        canonical.undelete("unused")


def test_what_is_protected_takes_no_edit_until_that_is_lifted(sandbox: Sandbox, canonical: Canonical) -> None:
    draft = sandbox.library.drafts.new("Edit")
    for protect, lift in ((canonical.lock, canonical.unlock), (canonical.archive, canonical.unarchive)):
        protect("Agent", "settled")
        with pytest.raises(gitdraft.StateRefused):
            draft.set("Agent", "/label", "Actor")
        lift("Agent", "open again")

    assert draft.set("Agent", "/label", "Actor").changed


def test_a_revision_is_read(sandbox: Sandbox, canonical: Canonical) -> None:
    sandbox.change("categories/Human.json", label="Man")

    assert canonical.content_at("Human", 1)["label"] == "Human"
    assert canonical.content_at("Human", 2)["label"] == "Man"
    with pytest.raises(gitdraft.NotFound):
        canonical.content_at("Human", 3)


def test_a_draft_redirects_and_expects_a_revision(sandbox: Sandbox, canonical: Canonical) -> None:
    draft = sandbox.library.drafts.new("Edit")

    with pytest.raises(gitdraft.Moved):
        draft.redirect("Human", "Person", "the same", expect=2)
    draft.redirect("Human", "Person", "the same", expect=1)

    assert str(draft.view("Human").target) == "category/Person"
    with pytest.raises(gitdraft.Moved):
        draft.set("Agent", "/label", "Actor", expect=0)


def test_what_was_set_and_what_went_is_told(canonical: Canonical) -> None:
    canonical.redirect("Human", "Person", "the same")
    canonical.revert("Human", "two things after all")

    assert {place.path: place.revision.number for place in canonical.blame("Human")} == {
        "/id": 1,
        "/label": 1,
        "/description": 1,
    }
    assert [(entry.revision.edit_type, entry.reason) for entry in canonical.audit()] == [
        ("redirect-revert", "two things after all"),
        ("redirect-create", "the same"),
    ]
    assert canonical.audit(["soft"]) == []

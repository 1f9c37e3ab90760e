"""Lists of drafts: what is chosen, in which order, and that no more is made than is listed."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox import Sandbox

from gitdraft.model.reports import DraftSummary
from gitdraft.views import reviews, summaries
from gitdraft.views.change_hash import change_hash


@pytest.fixture
def drafts(sandbox: Sandbox) -> Sandbox:
    """Five open drafts, one of somebody else, one in conflict, and a withdrawn one."""
    for number in (1, 2, 3, 10, 11):
        draft = sandbox.library.drafts.new(f"Draft {20 - number}", draft_id=f"d{number}")
        entity = "category/Person" if number == 3 else "category/Agent"
        draft.set(entity, "/label", f"L{number}")
    sandbox.library.drafts.new("Hers", draft_id="hers", author="Eve <EVE@example.org>")
    sandbox.library.drafts.new("Gone", draft_id="gone").withdraw()
    sandbox.change("categories/Person.json", label="Somebody")
    sandbox.library.rebase()
    return sandbox


def ids(sandbox: Sandbox, *options: str) -> list[str]:
    return [draft["id"] for draft in listed(sandbox, *options)]


def listed(sandbox: Sandbox, *options: str) -> list[dict[str, Any]]:
    answer = sandbox.run("-o", "json", "list", *options)
    assert answer.code == 0, answer.err
    drafts: list[dict[str, Any]] = answer.json["drafts"]
    return drafts


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), "d1 d2 d3 d10 d11 hers"),
        (("-n", "4"), "d1 d2 d3 d10"),
        (("--sort", "title", "-n", "2"), "d11 d10"),
        (("--conflict",), "d3"),
        (("--conflict", "-n", "1", "--mine"), "d3"),
        (("--mine", "--sort", "title", "-n", "1"), "d11"),
        (("--status", "withdrawn"), "gone"),
        (("--status", "submitted"), ""),
        (("--status", "merged"), ""),
        (("--invalid",), ""),
    ],
)
def test_what_is_chosen_is_cut_after_it_is_sorted(
    drafts: Sandbox, options: tuple[str, ...], expected: str
) -> None:
    assert ids(drafts, *options) == expected.split()


def test_no_summary_is_made_of_what_is_not_listed(drafts: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def count(name: str, *members: Any) -> DraftSummary:
        made.append(name)
        return DraftSummary(name, *members)

    monkeypatch.setattr(summaries, "DraftSummary", count)
    assert ids(drafts, "--mine", "-n", "2") == made == ["d1", "d2"]


def test_so_many_hashes_are_made_for_one_list_and_no_more(
    drafts: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of a hundred thousand drafts does not wait for their hashes; later lists have the others."""
    assert reviews.MOST_MADE == 1000
    made: list[str] = []
    real = change_hash

    def count(view: Any) -> str:
        made.append(view.draft.id)
        return real(view)

    monkeypatch.setattr(reviews, "change_hash", count)
    monkeypatch.setattr(reviews, "MOST_MADE", 2)
    drafts.git("update-ref", "-d", "refs/heads/draft/hers")
    for known in (2, 4, 5, 5):
        assert sum("change_hash" in draft for draft in listed(drafts)) == known
    assert len(made) == 5, "each once"
    made.clear()
    (drafts.path / ".git/gitdraft/index.sqlite3").unlink()
    assert ["change_hash" in draft for draft in listed(drafts, "-n", "1")] == [True]
    assert made == ["d1"], "only of what is listed"

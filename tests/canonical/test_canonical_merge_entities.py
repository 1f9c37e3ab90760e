"""One entity taken up into another: what it takes along, and that one undo takes all of it back."""

from __future__ import annotations

import json

import pytest
from curating import Curating
from sandbox import Sandbox

from gitdraft.errors import ConflictError, PolicyViolation

REFERRERS = 1_000


@pytest.mark.long
def test_one_undo_takes_a_merge_back_that_touched_a_thousand_references(items: Sandbox) -> None:
    lines = ["commit refs/heads/main", "committer Ann Archivist <ann@example.org> 1700000001 +0000"]
    lines += ["data 9", "Referrers", "from refs/heads/main^0"]
    for number in range(REFERRERS):
        text = json.dumps({"id": f"X{number}", "see": ["A", "C"]})
        lines += [f"M 100644 inline items/X{number}.json", f"data {len(text)}", text]
    items.git("fast-import", "--quiet", stdin="\n".join(lines) + "\n")
    repo = items.library
    before = {name: oid for name, oid in items.refs().items() if not name.startswith("refs/gitdraft/")}
    tree = items.git("rev-parse", "main^{tree}")

    report = repo.canonical.merge("item/A", "item/B", "the same", retarget=True)

    assert len(report.retargeted) == REFERRERS + 1, "R names it too"
    assert items.git("rev-parse", "main^") == before["refs/heads/main"]
    assert len(list(repo.operations())) == 1
    assert repo.validate() == ()
    repo.undo()
    after = {name: oid for name, oid in items.refs().items() if not name.startswith("refs/gitdraft/")}
    reverting = after.pop("refs/heads/main")
    assert items.git("rev-parse", f"{reverting}~2") == before.pop("refs/heads/main"), (
        "a bare one is others', too"
    )
    assert after == before
    assert items.git("rev-parse", "main^{tree}") == tree
    items.fsck()


def test_a_list_declared_a_set_names_the_target_once(curating: Curating) -> None:
    curating.on_canonical(["put", "R", {"id": "R", "see": ["A", "C", "B"]}])
    curating.on_canonical(["merge", "A", "B", {"retarget": True}])
    assert curating.states("R") == {"R": {"id": "R", "see": ["B", "C"]}}


def test_the_two_do_not_come_to_name_themselves(curating: Curating) -> None:
    curating.on_canonical(["put", "A", {"id": "A", "label": "a", "see": ["B", "C"]}])
    curating.on_canonical(["put", "B", {"id": "B", "label": "b", "see": ["A", "D"]}])
    curating.on_canonical(["merge", "A", "B", {"retarget": True}])
    assert curating.states("B") == {"B": {"id": "B", "label": "b", "see": ["D", "C"], "aliases": ["a"]}}


def test_what_was_wrong_before_does_not_stand_in_the_way(curating: Curating) -> None:
    curating.on_canonical(["put", "R", {"id": "R", "see": ["A", "D"]}])
    curating.on_canonical(["delete", "D", "force"])
    curating.on_canonical(["merge", "A", "B", {"retarget": True}])
    assert curating.states("R") == {"R": {"id": "R", "see": ["B", "D"]}}


def test_a_new_wrong_reference_does(curating: Curating) -> None:
    curating.on_canonical(["put", "A", {"id": "A", "label": "b", "see": ["D"]}])
    curating.on_canonical(["delete", "D", "force"])
    with pytest.raises(PolicyViolation):
        curating.on_canonical(["merge", "A", "B"])


def test_the_targets_file_keeps_its_formatting(curating: Curating, items: Sandbox) -> None:
    text = '{\n    "id": "B", "label": "b",\n    "see": ["D"]\n}'
    lines = ["commit refs/heads/main", "committer Ann Archivist <ann@example.org> 1700000001 +0000", "data 1"]
    lines += ["B", "from refs/heads/main^0", "M 100644 inline items/B.json", f"data {len(text)}", text]
    items.git("fast-import", "--quiet", stdin="\n".join(lines) + "\n")
    curating.on_canonical(["put", "A", {"id": "A", "label": "b", "see": ["C"]}])
    curating.on_canonical(["merge", "A", "B"])
    assert items.git("show", "main:items/B.json") == text.replace('["D"]', '["D", "C"]')


def test_a_redirect_has_nothing_to_merge(curating: Curating) -> None:
    curating.on_canonical(["redirect", "A", "B"])
    with pytest.raises(Exception, match="redirects to 'item/B' already"):
        curating.on_canonical(["merge", "A", "C"])


def test_a_conflict_names_who_has_what(curating: Curating) -> None:
    curating.on_canonical(["put", "A", {"id": "A", "label": "b", "rank": 1}])
    curating.on_canonical(["put", "B", {"id": "B", "label": "b", "rank": 2}])
    with pytest.raises(ConflictError) as refused:
        curating.on_canonical(["merge", "A", "B"])
    assert refused.value.details == ("/rank: A has 1, B has 2",)

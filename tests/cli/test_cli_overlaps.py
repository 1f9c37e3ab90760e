"""`overlaps`, what `status` and `submit` say of it, and `view` with several drafts."""

from __future__ import annotations

import pytest
from sandbox import Sandbox


@pytest.fixture
def drafts(sandbox: Sandbox) -> Sandbox:
    """a and b want another label for Person, c another description; the current draft is c."""
    for name, pointer, value in (("a", "/label", "Human"), ("b", "/label", "I"), ("c", "/description", "Us")):
        sandbox.run("new", name, "--id", name)
        assert sandbox.run("set", "category/Person", pointer, value).code == 0
    return sandbox


def test_no_overlap(sandbox: Sandbox) -> None:
    assert sandbox.run("overlaps").out == "no two open drafts touch the same entity\n"


def test_entity_drafts_pointers_and_what_would_conflict(drafts: Sandbox) -> None:
    answer = drafts.run("overlaps")

    assert answer.code == 0
    assert answer.out == (
        "category/Person\n"
        "  a  /label\n"
        "  b  /label\n"
        "  c  /description\n"
        "  a + b  conflict at /label\n"
        "  a + c  merge cleanly\n"
        "  b + c  merge cleanly\n"
        "\n"
        "1 entity, 3 pairs of drafts: 2 merge cleanly, 1 conflict\n"
    )


def test_the_exit_code_tells_of_a_conflict_when_asked(drafts: Sandbox) -> None:
    assert drafts.run("overlaps", "--exit-code").code == 1
    assert drafts.run("overlaps", "c", "--exit-code").code == 0


def test_as_json(drafts: Sandbox) -> None:
    document = drafts.run("-o", "json", "overlaps", "a").json

    assert document["kind"] == "gitdraft.overlaps/v1"
    assert (document["draft"], document["counts"]) == (
        "a",
        {"entities": 1, "pairs": 2, "conflict": 1, "clashes": 0},
    )
    (found,) = document["entities"]
    assert (found["entity"], found["drafts"], found["left_out"]) == ("category/Person", 3, 0)
    assert found["touches"][0] == {
        "draft": "a",
        "change": "patch",
        "pointers": ["/label"],
        "status": "clean",
    }
    assert found["pairs"] == [
        {
            "drafts": ["a", "b"],
            "status": "conflict",
            "pointers": ["/label"],
            "conflicts": [
                {
                    "path": "/label",
                    "type": "modify/modify",
                    "rule": "R3",
                    "base": "Person",
                    "first": "Human",
                    "second": "I",
                }
            ],
        },
        {"drafts": ["a", "c"], "status": "clean", "pointers": []},
    ]


def test_an_unknown_draft(drafts: Sandbox) -> None:
    assert drafts.run("overlaps", "nope").code == 40


def test_status_and_submit_mention_it(drafts: Sandbox) -> None:
    told = "2 other open drafts touch the same entities: gitdraft overlaps c"

    assert f"overlaps   {told}\n" in drafts.run("status").out
    assert drafts.run("-o", "json", "status").json["overlapping"] == 2
    assert told in drafts.run("submit", "c").out


def test_status_says_nothing_where_nothing_overlaps(sandbox: Sandbox) -> None:
    sandbox.run("new", "a")
    sandbox.run("set", "category/Person", "/label", "Human")
    sandbox.run("new", "b")

    assert "overlaps" not in sandbox.run("status").out


def test_status_does_without_an_index_and_with_a_current_draft_that_is_gone(drafts: Sandbox) -> None:
    drafts.git("branch", "--quiet", "-D", "draft/c")
    assert drafts.run("status").code == 0

    index = drafts.path / ".git/gitdraft/index.sqlite3"
    index.unlink()
    index.mkdir()
    assert drafts.run("status").code == 0


def test_several_drafts_in_view_and_ls(drafts: Sandbox) -> None:
    together = ["--draft", "a", "--draft", "c"]

    seen = drafts.run("-o", "json", "view", "category/Person", *together).json
    assert (seen["document"]["label"], seen["document"]["description"]) == ("Human", "Us")
    assert "conflicts" not in seen
    assert drafts.run("ls", "--changed", *together).out == "category/Person  modified\n"


def test_a_conflict_between_drafts_in_view(drafts: Sandbox) -> None:
    answer = drafts.run("view", "category/Person", "--draft", "a", "--draft", "b", "--meta")

    assert '"label": "Human"' in answer.out
    assert '"_conflicts"' in answer.out
    assert answer.err == "left out, in conflict with what lies below: b at /label\n"


def test_a_draft_and_the_one_that_it_stands_on_are_no_pair(drafts: Sandbox) -> None:
    drafts.run("new", "upper", "--id", "upper", "--onto", "a")
    drafts.run("set", "category/Person", "/label", "Somebody")

    pairs = drafts.run("-o", "json", "overlaps", "upper").json["entities"][0]["pairs"]

    assert [pair["drafts"] for pair in pairs] == [["upper", "b"], ["upper", "c"]]

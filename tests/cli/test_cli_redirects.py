"""`redirect …` on canonical and `redirect ENTITY TARGET` in a draft: what is refused, what is read, what is undone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from curating import Curating
from program import Answer
from sandbox import Sandbox

Steps = list[list[Any]]

REFUSED: list[tuple[str, Steps, str, str, str, int]] = [
    ("unknown source", [], "item/N", "item/B", "resource-not-found", 40),
    ("unknown target", [], "item/A", "item/N", "resource-not-found", 40),
    ("same id", [], "item/A", "item/A", "source-and-target-are-the-same", 20),
    ("same id but for case", [], "item/A", "item/a", "source-and-target-are-the-same", 20),
    ("target is a redirect", [["redirect", "B", "C"]], "item/A", "item/B", "target-is-redirect", 42),
    ("target of another type", [], "item/A", "kind/K", "target-is-incompatible", 20),
    ("redirects elsewhere", [["redirect", "A", "C"]], "item/A", "item/B", "entity-already-exists", 41),
    ("circle of two", [["redirect", "B", "A"]], "item/A", "item/B", "circular-redirect", 42),
    (
        "circle of three",
        [["redirect", "B", "C"], ["redirect", "C", "A"]],
        "item/A",
        "item/B",
        "circular-redirect",
        42,
    ),
    ("source deleted", [["delete", "A", "force"]], "item/A", "item/B", "entity-deleted", 42),
    ("target deleted", [["delete", "B"]], "item/A", "item/B", "entity-deleted", 42),
    ("source erased", [["erase", "A", "force"]], "item/A", "item/B", "entity-deleted", 42),
    ("target erased", [["erase", "B"]], "item/A", "item/B", "entity-deleted", 42),
    ("source locked", [["lock", "A"]], "item/A", "item/B", "entity-locked", 42),
    ("target locked", [["lock", "B"]], "item/A", "item/B", "entity-locked", 42),
    ("source archived", [["archive", "A"]], "item/A", "item/B", "entity-archived", 42),
    ("target archived", [["archive", "B"]], "item/A", "item/B", "entity-archived", 42),
    (
        "a redirect to the source locked",
        [["redirect", "C", "A"], ["lock", "C"]],
        "item/A",
        "item/B",
        "entity-locked",
        42,
    ),
]
Command = Callable[[Sandbox, str, str], Answer]


def create(items: Sandbox, source: str, target: str) -> Answer:
    return items.run("-o", "json", "redirect", "create", source, target, "--reason", "the same")


def propose(items: Sandbox, source: str, target: str) -> Answer:
    return items.run("-o", "json", "redirect", source, target, "--reason", "the same", "--draft", "draft")


def merge(items: Sandbox, source: str, target: str) -> Answer:
    return items.run("-o", "json", "redirect", "merge", source, target, "--reason", "the same")


def batch(items: Sandbox, source: str, target: str) -> Answer:
    return items.run("-o", "json", "redirect", "batch", "-", stdin=f"from,to\n{source},{target}\n")


def take_over(items: Sandbox, source: str, target: str) -> Answer:
    row = json.dumps({"from": source, "to": target, "by": "Ben", "at": "2020-01-01T00:00:00Z"})
    return items.run("-o", "json", "redirect", "import", "-", stdin=row)


refusals = pytest.mark.parametrize(
    ("before", "source", "target", "code", "exit_code"),
    [pytest.param(*row[1:], id=row[0]) for row in REFUSED],
)


@pytest.mark.sweep(9)
@refusals
@pytest.mark.parametrize("command", [create, merge])
def test_what_one_redirect_is_refused_for(
    curating: Curating,
    items: Sandbox,
    command: Command,
    before: Steps,
    source: str,
    target: str,
    code: str,
    exit_code: int,
) -> None:
    for step in before:
        curating.on_canonical(step)
    refs = items.refs()

    answer = command(items, source, target)

    assert (answer.code, answer.refusal["code"]) == (exit_code, code)
    assert answer.out == ""
    assert items.refs() == refs


@pytest.mark.sweep(4)
@refusals
def test_what_a_redirect_in_a_draft_is_refused_for(
    curating: Curating, items: Sandbox, before: Steps, source: str, target: str, code: str, exit_code: int
) -> None:
    for step in before:
        curating.on_canonical(step)
    items.run("new", "Draft")
    refs = items.refs()

    answer = propose(items, source, target)

    assert (answer.code, answer.refusal["code"]) == (exit_code, code)
    assert items.refs() == refs


@pytest.mark.sweep(9)
@refusals
@pytest.mark.parametrize("command", [batch, take_over])
def test_what_a_row_is_refused_for(
    curating: Curating,
    items: Sandbox,
    command: Command,
    before: Steps,
    source: str,
    target: str,
    code: str,
    exit_code: int,
) -> None:
    for step in before:
        curating.on_canonical(step)
    refs = items.refs()

    answer = command(items, source, target)

    assert (answer.code, answer.refusal["code"]) == (20, "invalid-rows")
    (row,) = answer.refusal["context"]["rows"]
    assert row["code"] == code
    assert items.refs() == refs


def test_a_source_that_redirects_there_already(curating: Curating, items: Sandbox) -> None:
    curating.on_canonical(["redirect", "A", "B"])
    refs = items.refs()
    for command in (create, merge):
        answer = command(items, "item/A", "item/B")
        assert (answer.code, answer.refusal["code"]) == (41, "entity-already-exists")
    for command in (batch, take_over):
        answer = command(items, "item/A", "item/B")
        assert (answer.code, answer.json["unchanged"]) == (0, [{"from": "item/A", "to": "item/B"}])
        assert "commit" not in answer.json
    assert items.refs() == refs


def test_the_hint_is_the_final_target(curating: Curating, items: Sandbox) -> None:
    curating.on_canonical(["redirect", "B", "C"])
    answer = create(items, "item/A", "item/B")
    assert answer.refusal["hint"] == "redirect to 'item/C'"
    assert answer.refusal["context"]["redirect_target"] == "item/C"
    text = items.run("redirect", "create", "item/A", "item/B", "--reason", "why")
    assert text.err == "error: 'item/B' is itself redirected to 'item/C'\nhint: redirect to 'item/C'\n"


def test_another_target_needs_repoint(curating: Curating, items: Sandbox) -> None:
    curating.on_canonical(["redirect", "A", "B"])
    assert create(items, "item/A", "item/C").refusal["hint"] == "--repoint sends it to the new target"
    answer = items.run("redirect", "create", "item/A", "item/C", "--reason", "why", "--repoint")
    assert (answer.code, answer.out.splitlines()[0]) == (0, "item/A → item/C")
    assert items.run("redirect", "batch", "-", stdin="item/A,item/B").code == 20
    assert items.run("redirect", "batch", "-", "--repoint", stdin="item/A,item/B").code == 0
    assert curating.states("A") == {"A": {"redirects_to": "B"}}


def test_a_circle_made_by_hand_is_seen_over_any_number_of_hops(curating: Curating, items: Sandbox) -> None:
    by_hand(items, B="C", C="D", D="A")
    for target in ("item/B", "item/C", "item/D"):
        assert create(items, "item/A", target).refusal["code"] == "circular-redirect"
        assert propose_in_new(items, "item/A", target).refusal["code"] == "circular-redirect"


def propose_in_new(items: Sandbox, source: str, target: str) -> Answer:
    items.run("new", "Draft", "--id", "draft")
    return propose(items, source, target)


def by_hand(items: Sandbox, **redirects: str) -> None:
    """Tombstones that nobody checked, in one commit of git's."""
    lines = ["commit refs/heads/main", "committer Ann Archivist <ann@example.org> 1700000001 +0000"]
    lines += ["data 7", "By hand", "from refs/heads/main^0"]
    for source, target in redirects.items():
        tombstone = json.dumps(
            {
                "kind": "redirect",
                "id": source,
                "redirects_to": target,
                "reason": "",
                "by": "Ann",
                "at": "2020-01-01T00:00:00Z",
            }
        )
        lines += [f"M 100644 inline tombstones/item/{source}.json", f"data {len(tombstone)}", tombstone]
        lines += [f"D items/{source}.json"]
    items.git("fast-import", "--quiet", stdin="\n".join(lines) + "\n")


def test_the_doctor_finds_double_redirects_made_by_hand(items: Sandbox) -> None:
    by_hand(items, A="B", B="C")
    answer = items.run("doctor")
    assert answer.code != 0
    assert "1 to a redirect: item/A → item/B" in answer.out
    assert "gitdraft redirect create item/A item/C --repoint --reason 'flattened'" in answer.out
    violations = items.run("-o", "json", "validate", "--canonical").json["violations"]
    assert [(v["entity"], v["rule"]) for v in violations] == [("item/A", "redirect/double")]

    assert items.run("redirect", "create", "item/A", "item/C", "--repoint", "--reason", "flattened").code == 0
    assert items.run("doctor").code == 0


def test_the_doctor_finds_a_circle_made_by_hand(items: Sandbox) -> None:
    by_hand(items, A="B", B="A")
    answer = items.run("doctor")
    assert answer.code != 0
    assert "gitdraft redirect revert item/A --reason REASON" in answer.out
    assert items.run("view", "item/A").code == 42
    assert items.run("redirect", "revert", "item/A", "--reason", "a circle").code == 0
    assert items.run("doctor").code == 0


def test_a_redirect_is_one_commit_with_trailers(items: Sandbox) -> None:
    before = items.git("rev-parse", "main")
    answer = create(items, "item/A", "item/B")
    assert answer.json["redirects"] == [{"from": "item/A", "to": "item/B"}]
    assert answer.json["commit"] == items.git("rev-parse", "main")
    assert items.git("rev-parse", "main^") == before
    changed = items.git("diff", "--name-status", "--no-renames", before, "main").split("\n")
    assert changed == ["D\titems/A.json", "A\ttombstones/item/A.json"]
    tombstone = json.loads(items.git("show", "main:tombstones/item/A.json"))
    assert list(tombstone) == ["kind", "id", "redirects_to", "reason", "by", "at"]
    assert (tombstone["kind"], tombstone["id"], tombstone["redirects_to"]) == ("redirect", "A", "B")
    assert (tombstone["reason"], tombstone["by"]) == ("the same", "Ann Archivist <ann@example.org>")
    message = items.git("log", "-1", "--format=%B", "main")
    assert message.startswith("Redirect item/A to item/B\n\nthe same\n")
    trailers = items.git("log", "-1", "--format=%(trailers:only,unfold)", "main").splitlines()
    assert trailers[0] == "Gitdraft-Edit: redirect-create"
    assert trailers[1].startswith("Gitdraft-Operation: ")


CHANGES: list[tuple[str, Steps, list[str], str]] = [
    ("create", [], ["redirect", "create", "item/A", "item/B", "--reason", "why"], "redirect-create"),
    (
        "create that flattens",
        [["redirect", "C", "A"]],
        ["redirect", "create", "item/A", "item/B", "--reason", "why"],
        "redirect-create",
    ),
    (
        "repoint",
        [["redirect", "A", "B"]],
        ["redirect", "create", "item/A", "item/C", "--reason", "why", "--repoint"],
        "redirect-create",
    ),
    ("merge", [], ["redirect", "merge", "item/A", "item/B", "--reason", "why"], "redirect-create"),
    (
        "merge that retargets",
        [],
        ["redirect", "merge", "item/A", "item/B", "--reason", "why", "--retarget"],
        "redirect-create",
    ),
    (
        "revert",
        [["redirect", "A", "B"]],
        ["redirect", "revert", "item/A", "--reason", "why"],
        "redirect-revert",
    ),
    ("batch", [], ["redirect", "batch", "-", "--reason", "why"], "redirect-create"),
    ("import", [], ["redirect", "import", "-", "--reason", "why"], "redirect-create"),
]
changes = pytest.mark.parametrize(
    ("before", "command", "edit"), [pytest.param(*row[1:], id=row[0]) for row in CHANGES]
)
ROWS = "from,to\nitem/A,item/B\nitem/C,item/D\n"


@pytest.mark.sweep(2)
@changes
def test_each_change_is_one_commit_one_operation_one_undo(
    curating: Curating, items: Sandbox, before: Steps, command: list[str], edit: str
) -> None:
    for step in before:
        curating.on_canonical(step)
    tip, tree = items.git("rev-parse", "main", "main^{tree}").split()
    operations = len(list(curating.repo.operations()))

    assert items.run(*command, stdin=ROWS).code == 0

    assert items.git("rev-parse", "main^") == tip
    assert f"Gitdraft-Edit: {edit}" in items.git("log", "-1", "--format=%(trailers)", "main")
    assert "why" in items.git("log", "-1", "--format=%b", "main")
    assert len(list(curating.repo.operations())) == operations + 1
    assert items.run("validate", "--canonical").code == 0
    assert items.run("undo").code == 0
    assert items.git("merge-base", "main", tip) == tip  # a bare repository: a commit reverts it
    assert items.git("rev-parse", "main^{tree}") == tree
    items.fsck()


@changes
def test_a_dry_run_changes_nothing(
    curating: Curating, items: Sandbox, before: Steps, command: list[str], edit: str
) -> None:
    for step in before:
        curating.on_canonical(step)
    refs = items.refs()

    answer = items.run(*command, "-n", stdin=ROWS)

    assert answer.code == 0
    assert "would be" in answer.out or "→" in answer.out
    assert "commit" not in items.run("-o", "json", *command, "-n", stdin=ROWS).json
    assert items.refs() == refs


@pytest.mark.parametrize("command", [row[2] for row in CHANGES if row[0] in ("create", "merge", "revert")])
def test_another_revision_than_the_expected_is_refused(
    curating: Curating, items: Sandbox, command: list[str]
) -> None:
    if "revert" in command:
        curating.on_canonical(["redirect", "A", "B"])
    number = curating.repo.canonical.revisions("item/A")[-1].number
    answer = items.run("-o", "json", *command, "--expect", str(number + 1))
    assert (answer.code, answer.refusal["code"]) == (43, "revision-mismatch")
    assert items.run(*command, "--expect", str(number)).code == 0


def test_a_redirect_in_a_draft_may_expect_a_revision(items: Sandbox) -> None:
    items.run("new", "Draft", "--id", "draft")
    command = ["redirect", "item/A", "item/B", "--reason", "why", "--draft", "draft"]
    answer = items.run("-o", "json", *command, "--expect", "2")
    assert (answer.code, answer.refusal["code"]) == (43, "revision-mismatch")
    assert items.run(*command, "--expect", "1").code == 0


def test_what_redirected_there_is_taken_along(curating: Curating, items: Sandbox) -> None:
    curating.on_canonical(["redirect", "C", "A"])
    curating.on_canonical(["redirect", "D", "A"])
    before = json.loads(items.git("show", "main:tombstones/item/C.json"))

    answer = items.run("redirect", "create", "item/A", "item/B", "--reason", "why")

    assert answer.out.splitlines()[:3] == [
        "item/A → item/B",
        "  item/C → item/B  taken along",
        "  item/D → item/B  taken along",
    ]
    after = json.loads(items.git("show", "main:tombstones/item/C.json"))
    assert after == {**before, "redirects_to": "B"}, "who redirected it, when and why stays"
    assert items.run("doctor").code == 0


def test_a_batch_is_flat_whatever_the_order_of_its_rows(items: Sandbox) -> None:
    rows = "from,to\nitem/A,item/B\nitem/B,item/C\nitem/D,item/C\n"
    assert items.run("redirect", "batch", "-", stdin=rows).code == 0
    assert items.run("redirect", "resolve", "item/A", "item/B", "item/D").out == "item/C\n" * 3
    assert items.run("validate", "--canonical").code == 0


def test_a_batch_reports_every_bad_row_with_its_number(items: Sandbox, tmp_path: Any) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(
        "from,to,reason\nitem/A,item/B,fine\nitem/N,item/B,\n\nitem/C,item/C,\nitem/B,item/A,\n,x\n"
    )
    refs = items.refs()

    answer = items.run("redirect", "batch", str(file))

    assert answer.code == 20
    assert answer.err.splitlines() == [
        "error: 4 bad rows: nothing was changed",
        "  row 3: unknown entity 'item/N' (resource-not-found)",
        "  row 5: 'item/C' cannot redirect to itself (source-and-target-are-the-same)",
        "  row 6: 'item/A' redirects to 'item/B' already: they would lead to each other (circular-redirect)",
        "  row 7: from is missing (missing-field)",
    ]
    rows = items.run("-o", "json", "redirect", "batch", str(file)).refusal["context"]["rows"]
    assert [(row["row"], row["code"]) for row in rows] == [
        (3, "resource-not-found"),
        (5, "source-and-target-are-the-same"),
        (6, "circular-redirect"),
        (7, "missing-field"),
    ]
    assert items.refs() == refs


@pytest.mark.parametrize(
    "text",
    [
        "item/A,item/B\nitem/C,item/D\n",
        "from,to\nitem/A,item/B\nitem/C,item/D\n",
        "\ufefffrom,to,reason\r\nitem/A,item/B,\r\nitem/C,item/D,\r\n",
        '{"from": "item/A", "to": "item/B"}\n\n{"from": "item/C", "to": "item/D"}\n',
        '[{"from": "item/A", "to": "item/B"}, {"from": "item/C", "to": "item/D"}]',
        '{"from_type": "item", "from_key": "A", "to_type": "item", "to_key": "B"}\n'
        '{"from_type": "item", "from_key": "C", "to_type": "item", "to_key": "D"}',
    ],
    ids=["csv", "csv with a header", "csv of a spreadsheet", "json lines", "a json list", "in parts"],
)
def test_a_batch_reads(items: Sandbox, text: str) -> None:
    answer = items.run("-o", "json", "redirect", "batch", "-", stdin=text)
    assert answer.json["redirects"] == [
        {"from": "item/A", "to": "item/B"},
        {"from": "item/C", "to": "item/D"},
    ]


def test_bare_keys_of_a_batch_are_those_of_a_type(items: Sandbox) -> None:
    assert items.run("redirect", "batch", "-", stdin="A,B").code == 20
    assert items.run("redirect", "batch", "-", "--type", "item", stdin="A,B").code == 0


def test_an_empty_batch_makes_no_commit(items: Sandbox) -> None:
    refs = items.refs()
    assert items.run("redirect", "batch", "-", stdin="").out == "no redirects\n"
    assert items.run("redirect", "batch", "-", stdin="from,to\n").code == 0
    assert items.refs() == refs


def test_by_and_at_are_taken_over_by_import_alone(items: Sandbox) -> None:
    row = '{"from": "item/A", "to": "item/B", "reason": "r", "by": "Ben", "at": "2020-02-03T04:05:06Z"}'
    assert items.run("redirect", "batch", "-", stdin=row).code == 20
    assert items.run("redirect", "import", "-", stdin=row).code == 0
    tombstone = json.loads(items.git("show", "main:tombstones/item/A.json"))
    assert (tombstone["by"], tombstone["at"], tombstone["reason"]) == ("Ben", "2020-02-03T04:05:06Z", "r")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_is_exported_can_be_imported(
    curating: Curating, items: Sandbox, item_template: Any, tmp_path: Any, form: str
) -> None:
    curating.on_canonical(["redirect", "A", "B"])
    curating.repo.canonical.redirect("item/C", "item/D", "one\rtwo\nthree")
    curating.repo.canonical.redirect("item/D", "item/R", 'a "reason", of\ntwo lines; = € \u202e')
    exported = items.run("redirect", "export", "item", "--format", form).out
    other = Sandbox(tmp_path / "other.git")
    shutil.copytree(item_template, other.path)

    assert other.run("redirect", "import", "-", stdin=exported).code == 0

    assert other.run("redirect", "export", "--format", form).out == exported
    assert other.git("rev-parse", "main:tombstones") == items.git("rev-parse", "main:tombstones")
    assert "3 there already" in other.run("redirect", "import", "-", stdin=exported).out


def test_view_follows_a_redirect_and_says_so(curating: Curating, items: Sandbox) -> None:
    curating.on_canonical(["redirect", "A", "B"])
    seen = items.run("view", "item/A")
    assert json.loads(seen.out) == {"id": "B", "label": "b"}
    assert seen.err == "item/A is redirected to item/B\n"
    whole = items.run("-o", "json", "view", "item/A")
    assert (whole.json["entity"], whole.json["document"]) == ("item/B", {"id": "B", "label": "b"})
    tombstone = items.run("view", "item/A", "--no-follow")
    assert json.loads(tombstone.out) == json.loads(items.git("show", "main:tombstones/item/A.json"))
    assert tombstone.err == ""
    assert items.run("-o", "json", "view", "item/A", "--no-follow").json["tombstone"]["redirects_to"] == "B"


def test_view_in_a_draft_follows_the_drafts_redirect(items: Sandbox) -> None:
    items.run("new", "Draft")
    propose(items, "item/A", "item/B")
    seen = items.run("view", "item/A", "--draft", "draft")
    assert (json.loads(seen.out)["id"], seen.err) == ("B", "item/A is redirected to item/B\n")
    assert json.loads(items.run("view", "item/A").out)["id"] == "A"
    proposed = json.loads(items.run("view", "item/A", "--draft", "draft", "--no-follow").out)
    assert proposed == {"kind": "redirect", "id": "A", "redirects_to": "B", "reason": "the same"}


def test_view_at_a_commit_follows_what_was_there_then(curating: Curating, items: Sandbox) -> None:
    before = items.git("rev-parse", "main")
    curating.on_canonical(["redirect", "A", "B"])
    assert json.loads(items.run("view", "item/A", "--at", before).out)["id"] == "A"


def test_ls_leaves_tombstones_out_unless_asked(curating: Curating, items: Sandbox) -> None:
    for step in (["redirect", "A", "B"], ["delete", "C"], ["erase", "D"]):
        curating.on_canonical(step)
    assert items.run("ls", "item").out.splitlines() == ["item/B", "item/R"]
    told = [line.split() for line in items.run("ls", "item", "--tombstones").out.splitlines()]
    assert told == [["item/A", "redirected"], ["item/B"], ["item/C", "deleted"], ["item/R"]]
    records = items.run("-o", "json", "ls", "item", "--tombstones").json["entities"]
    assert [(r["key"], r.get("tombstone")) for r in records] == [
        ("A", "redirected"),
        ("B", None),
        ("C", "deleted"),
        ("R", None),
    ]


def test_a_reference_to_a_redirected_id_is_valid_and_to_a_deleted_one_not(
    curating: Curating, items: Sandbox
) -> None:
    curating.on_canonical(["redirect", "A", "B"])
    assert items.run("validate", "--canonical").code == 0
    items.run("new", "Draft")
    assert items.run("set", "item/C", "/see", '["A"]', "--draft", "draft").code == 0
    curating.on_canonical(["delete", "D"])
    answer = items.run("-o", "json", "set", "item/C", "/see", '["D"]', "--draft", "draft")
    assert (answer.code, answer.refusal["code"]) == (23, "data-policy-violation")
    assert answer.refusal["context"]["violations"][0]["rule"] == "reference/deleted"


def test_list_and_resolve(curating: Curating, items: Sandbox) -> None:
    assert items.run("redirect", "list").out == "no redirects\n"
    for step in (["redirect", "A", "B"], ["redirect", "C", "B"], ["redirect", "D", "R"]):
        curating.on_canonical(step)
    rows = [line.split()[:3] for line in items.run("redirect", "list").out.splitlines()]
    assert rows == [["item/A", "→", "item/B"], ["item/C", "→", "item/B"], ["item/D", "→", "item/R"]]
    to_b = items.run("-o", "json", "redirect", "list", "--to", "item/B").json["redirects"]
    assert [(r["from"], r["to"], r["reason"]) for r in to_b] == [
        ("item/A", "item/B", "the same"),
        ("item/C", "item/B", "the same"),
    ]
    assert items.run("redirect", "list", "--to", "item/N").code == 40
    assert items.run("redirect", "resolve", "item/A", "item/B").out == "item/B\nitem/B\n"


def test_resolve_prints_one_line_for_each(curating: Curating, items: Sandbox) -> None:
    for step in (["redirect", "A", "B"], ["delete", "C"]):
        curating.on_canonical(step)
    answer = items.run("redirect", "resolve", "item/C", "item/A", "item/N")
    assert (answer.code, answer.out) == (42, "\nitem/B\n\n")
    assert "'item/C' is deleted" in answer.err
    records = items.run("-o", "json", "redirect", "resolve", "item/C", "item/A", "item/N")
    found = json.loads(records.out)["entities"]
    assert [r.get("resolved", r.get("code")) for r in found] == [
        "entity-deleted",
        "item/B",
        "resource-not-found",
    ]


def test_stats_are_totals_targets_and_months(items: Sandbox) -> None:
    rows = [
        ("A", "B", "2026-01-05T00:00:00Z"),
        ("C", "B", "2026-03-05T00:00:00Z"),
        ("D", "R", "2026-03-06T00:00:00Z"),
    ]
    text = "".join(json.dumps({"from": f"item/{a}", "to": f"item/{b}", "at": at}) + "\n" for a, b, at in rows)
    assert items.run("redirect", "import", "-", stdin=text).code == 0
    sums = items.run("-o", "json", "redirect", "stats").json
    assert (sums["total"], sums["by_type"]) == (3, {"item": 3})
    assert sums["by_month"] == {"2026-01": 1, "2026-02": 0, "2026-03": 2}
    assert sums["most_redirected_to"] == [
        {"entity": "item/B", "redirects": 2},
        {"entity": "item/R", "redirects": 1},
    ]
    shown = items.run("redirect", "stats").out.splitlines()
    assert shown[0] == "3 redirects: 3 item"
    assert [line for line in shown if line.startswith("  2026-")] == [
        "  2026-01       1  " + "█" * 20,
        "  2026-02       0",
        "  2026-03       2  " + "█" * 40,
    ]


def test_an_update_of_what_canonical_redirected_moves_to_the_target(
    curating: Curating, items: Sandbox
) -> None:
    curating.in_draft(["set", "A", "/rank", 1])
    curating.on_canonical(["redirect", "A", "B"])
    shown = items.run("conflicts", "draft").out
    assert "canonical redirects it to item/B" in shown
    assert "--retarget" in shown

    answer = items.run("resolve", "draft", "item/A", "--retarget")

    assert answer.code == 0
    assert "the change is now one of item/B" in answer.out
    assert curating.states("AB", of_draft=True) == {
        "A": {"redirects_to": "B"},
        "B": {"id": "B", "label": "b", "rank": 1},
    }


def test_retargeting_merges_three_ways(curating: Curating, items: Sandbox) -> None:
    curating.in_draft(["set", "A", "/label", "A"])
    curating.on_canonical(["redirect", "A", "B"])
    refused = items.run("-o", "json", "resolve", "draft", "item/A", "--retarget")
    assert (refused.code, refused.refusal["code"]) == (21, "merge-conflict")
    assert refused.refusal["context"]["paths"] == ["/label"]
    assert items.run("resolve", "draft", "item/A", "--retarget", "--take", "draft").code == 0
    assert curating.states("B", of_draft=True) == {"B": {"id": "B", "label": "A"}}


def test_retargeting_to_a_locked_entity_is_refused(curating: Curating, items: Sandbox) -> None:
    curating.in_draft(["set", "A", "/rank", 1])
    curating.on_canonical(["redirect", "A", "B"])
    curating.on_canonical(["lock", "B"])
    answer = items.run("-o", "json", "resolve", "draft", "item/A", "--retarget")
    assert (answer.code, answer.refusal["code"]) == (42, "entity-locked")


def test_merging_unites_and_lists_what_it_cannot(curating: Curating, items: Sandbox) -> None:
    curating.on_canonical(["put", "A", {"id": "A", "label": "a", "see": ["C"], "rank": 1}])
    curating.on_canonical(["put", "B", {"id": "B", "label": "b", "see": ["D"], "rank": 2}])
    refused = items.run("-o", "json", "redirect", "merge", "item/A", "item/B", "--reason", "why")
    assert (refused.code, refused.refusal["code"]) == (21, "merge-conflict")
    assert refused.refusal["context"]["conflicts"] == [{"path": "/rank", "to": 2, "from": 1}]
    for keep, rank in (("from", 1), ("to", 2)):
        assert items.run("redirect", "merge", "item/A", "item/B", "--keep", keep, "--reason", "y").code == 0
        assert curating.states("AB") == {
            "A": {"redirects_to": "B"},
            "B": {"id": "B", "label": "b", "see": ["D", "C"], "rank": rank, "aliases": ["a"]},
        }
        assert items.run("undo").code == 0


REVERTS: list[tuple[str, Steps, list[str], str, int]] = [
    ("it is live", [], ["item/A"], "not-a-redirect", 42),
    ("it is unknown", [], ["item/N"], "resource-not-found", 40),
    ("it is deleted", [["delete", "A", "force"]], ["item/A"], "entity-deleted", 42),
    ("it is erased", [["erase", "A", "force"]], ["item/A"], "entity-deleted", 42),
    ("it is locked", [["redirect", "A", "B"], ["lock", "A"]], ["item/A"], "entity-locked", 42),
    ("it is archived", [["redirect", "A", "B"], ["archive", "A"]], ["item/A"], "entity-archived", 42),
    (
        "there is no such revision",
        [["redirect", "A", "B"]],
        ["item/A", "--to-revision", "9"],
        "resource-not-found",
        40,
    ),
    (
        "the revision has no content",
        [["redirect", "A", "B"]],
        ["item/A", "--to-revision", "2"],
        "no-content",
        42,
    ),
    (
        "what it names is deleted by now",
        [["redirect", "R", "B"], ["delete", "A"]],
        ["item/R"],
        "data-policy-violation",
        23,
    ),
]


@pytest.mark.parametrize(
    ("before", "arguments", "code", "exit_code"), [pytest.param(*row[1:], id=row[0]) for row in REVERTS]
)
def test_what_a_revert_is_refused_for(
    curating: Curating, items: Sandbox, before: Steps, arguments: list[str], code: str, exit_code: int
) -> None:
    for step in before:
        curating.on_canonical(step)
    refs = items.refs()
    answer = items.run("-o", "json", "redirect", "revert", *arguments, "--reason", "why")
    assert (answer.code, answer.refusal["code"]) == (exit_code, code)
    assert items.refs() == refs


def test_a_revert_brings_the_whole_file_back(curating: Curating, items: Sandbox) -> None:
    first = items.git("rev-parse", "main:items/A.json")
    curating.on_canonical(["put", "A", {"id": "A", "label": "second"}])
    second = items.git("rev-parse", "main:items/A.json")
    curating.on_canonical(["redirect", "A", "B"])
    assert items.run("redirect", "revert", "item/A", "--reason", "two after all").code == 0
    assert items.git("rev-parse", "main:items/A.json") == second
    assert "tombstones" not in items.git("ls-tree", "--name-only", "main").split()
    curating.on_canonical(["redirect", "A", "B"])
    assert items.run("redirect", "revert", "item/A", "--to-revision", "1", "--reason", "the first").code == 0
    assert items.git("rev-parse", "main:items/A.json") == first
    assert [r.edit_type for r in curating.repo.canonical.revisions("item/A")] == [
        "create",
        "update",
        "redirect-create",
        "redirect-revert",
        "redirect-create",
        "redirect-revert",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["redirect", "create", "item/A", "item/B"],
        ["redirect", "revert", "item/A"],
        ["redirect", "item/A", "item/B"],
    ],
    ids=" ".join,
)
def test_a_reason_is_required(curating: Curating, items: Sandbox, arguments: list[str]) -> None:
    if arguments[1] == "revert":
        curating.on_canonical(["redirect", "A", "B"])
    items.run("new", "Draft", "--id", "draft")
    assert items.run(*arguments).code == 2
    draft = ["--draft", "draft"] if arguments[1] == "item/A" else []
    answer = items.run("-o", "json", *arguments, "--reason", " ", *draft)
    assert (answer.code, answer.refusal["code"]) == (20, "missing-field")

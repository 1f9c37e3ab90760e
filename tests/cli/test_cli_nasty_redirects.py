"""Hostile redirects all the way through: as a row, as arguments, in a draft; refused with nothing changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox

CASES = [
    case
    for case in json.loads((Path(__file__).parents[1] / "cases/nasty_inputs.json").read_text())
    if case["surface"] == "redirect" and case["encoding"] == "json"
]
KEYS = ("Person", "Human", "OldHuman", "Gone", "Zo\u00eb", "A3", "B3", "C3")
CHAIN = 10_000
REFUSED = {20, 40, 41, 42}


@pytest.fixture(scope="module")
def hostile_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OldHuman redirects to Person and A3 to B3 to C3; Gone is deleted."""
    path = tmp_path_factory.mktemp("hostile") / "repository"
    shutil.copytree(template, path)
    sandbox = Sandbox(path)
    for key in KEYS:
        sandbox.write(f"categories/{key}.json", {"id": key, "label": "the same"})
    sandbox.write("properties/birthPlace.json", {"id": "birthPlace"})
    sandbox.commit("the context of the cases")
    canonical = sandbox.library.canonical
    canonical.redirect("category/OldHuman", "category/Person", "the same")
    canonical.redirect_all([("category/A3", "category/B3"), ("category/B3", "category/C3")])
    canonical.delete("category/Gone", "not needed")
    sandbox.library.drafts.new("Draft", draft_id="draft")
    return path


@pytest.fixture
def hostile(hostile_template: Path, tmp_path: Path) -> Sandbox:
    path = tmp_path / "hostile"
    shutil.copytree(hostile_template, path)
    return Sandbox(path)


def address(row: dict[str, Any], side: str) -> str | None:
    """`type/key`; ``None`` for what is no text, or what no process can be given."""
    name, key = row[f"{side}_type"], row[f"{side}_key"]
    return f"{name}/{key}" if isinstance(key, str) and "\0" not in key else None


def is_sayable(row: dict[str, Any]) -> bool:
    """Whether arguments can say all of the row."""
    known = {"from_type", "from_key", "to_type", "to_key", "reason"}
    return row.keys() <= known and None not in (address(row, "from"), address(row, "to"))


named = pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])


@pytest.mark.sweep(12)
@named
@pytest.mark.parametrize("command", ["batch", "import"])
def test_as_a_row(hostile: Sandbox, case: dict[str, Any], command: str) -> None:
    check(hostile, case, ["redirect", command, "-"], stdin=json.dumps(case["input"]))


@pytest.mark.sweep(12)
@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case["name"]) for case in CASES if is_sayable(case["input"])]
)
@pytest.mark.parametrize("command", [["create"], ["merge"], []], ids=["create", "merge", "in a draft"])
def test_as_arguments(hostile: Sandbox, case: dict[str, Any], command: list[str]) -> None:
    source, target = (address(case["input"], side) for side in ("from", "to"))
    assert source is not None
    assert target is not None
    end = [] if command else ["--draft", "draft"]
    reason = case["input"].get("reason", "the same")
    expected = "reject" if case["name"] == "idempotent_repeat" else case["expect"]
    check(
        hostile,
        {**case, "expect": expected},
        ["redirect", *command, source, target, "--reason", reason, *end],
    )


def check(hostile: Sandbox, case: dict[str, Any], command: list[str], stdin: str = "") -> None:
    before = hostile.refs()
    answer = hostile.run("-o", "json", *command, stdin=stdin)
    if case["expect"] == "reject":
        assert answer.code in REFUSED, answer
        assert answer.refusal["message"].isprintable()
        assert hostile.refs() == before
    else:
        assert answer.code == 0, answer.err
        assert (hostile.refs() == before) == (case["name"] == "idempotent_repeat")
    assert hostile.run("doctor").code == 0


def test_what_is_said_is_stored_as_it_is_and_printed_escaped(hostile: Sandbox) -> None:
    row = {"from": "category/Human", "to": "category/Person", "reason": "<b>\x1b[31m\u202e</b>"}
    assert hostile.run("redirect", "batch", "-", stdin=json.dumps(row)).code == 0
    stored = hostile.read("tombstones/category/Human.json")
    assert stored["reason"] == row["reason"]
    for command in (["redirect", "list"], ["view", "category/Human", "--no-follow"]):
        shown = hostile.run(*command).out
        assert "\x1b" not in shown
        assert "\u202e" not in shown


def test_a_target_in_another_normal_form_is_the_same(hostile: Sandbox) -> None:
    row = {"from": "category/Human", "to": "category/Zoe\u0308"}
    assert hostile.run("redirect", "batch", "-", stdin=json.dumps(row)).code == 0
    assert hostile.read("tombstones/category/Human.json")["redirects_to"] == "Zo\u00eb"


@pytest.mark.parametrize("backwards", [False, True], ids=["from its start", "from its end"])
@pytest.mark.long
def test_a_chain_of_ten_thousand_is_refused_not_followed(hostile: Sandbox, *, backwards: bool) -> None:
    lines = ["commit refs/heads/main", "committer Ann Archivist <ann@example.org> 1700000001 +0000"]
    lines += ["data 5", "Chain", "from refs/heads/main^0"]
    for number in range(CHAIN + 1):
        text = json.dumps({"id": f"X{number}", "label": "x"})
        lines += [f"M 100644 inline categories/X{number}.json", f"data {len(text)}", text]
    hostile.git("switch", "--quiet", "--detach")
    hostile.git("fast-import", "--quiet", stdin="\n".join(lines) + "\n")
    pairs = [f"category/X{n},category/X{n + 1}" for n in range(CHAIN)]
    before = hostile.refs()

    answer = hostile.run(
        "-o", "json", "redirect", "batch", "-", stdin="\n".join(pairs[::-1] if backwards else pairs)
    )

    assert (answer.code, answer.refusal["code"]) == (20, "invalid-rows")
    assert hostile.refs() == before

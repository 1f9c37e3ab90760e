"""A check of what a change can have made wrong finds what a check of everything finds.

GITDRAFT_EXAMPLES raises the number of examples.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from sandbox import SCHEMA, Sandbox

from gitdraft.errors import GitdraftError
from gitdraft.model.names import Oid
from gitdraft.model.violations import Violation
from gitdraft.store.repository import open_store
from gitdraft.store.snapshots import take_snapshot
from gitdraft.validation.canonical import validate_all
from gitdraft.validation.step import check_step
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView, open_view

EXAMPLES = int(os.environ.get("GITDRAFT_EXAMPLES", "15"))
OF_THE_STEP = {"datatype/changed", "required/added", "entity/removed", "entity/renamed"}
LOOSE = {**SCHEMA, "additionalProperties": True}
CONFIGURATION = """\
version: 1
canonical: main
entities:
  category:
    path: categories/{key}.json
    schema: categories/_schema.json
    id: /id
    references:
      /parents/*: category
      /properties/*: property
%s  property:
    path: properties/{key}.json
    id: /id
rules: {%s}
"""
INHERITS = "    inherits: {parents: /parents, members: {/properties: required}}\n"
KEYS = ["A", "B", "C", "D"]
NAMES = ["p", "q"]

configurations = st.builds(
    lambda inherits, rules: CONFIGURATION % (inherits, rules),
    st.sampled_from([INHERITS, INHERITS, INHERITS, ""]),
    st.sampled_from(["", "reference/orphan: warning", "reference/orphan: error, required/added: error"]),
)


def tombstone(key: str, target: str | None) -> dict[str, Any]:
    common = {"id": key, "reason": "x", "by": "Ann <ann@example.org>", "at": "2026-01-24T09:27:00Z"}
    if target is None:
        return {"kind": "deleted", **common, "entity": {"id": key, "label": key}}
    return {"kind": "redirect", "redirects_to": target, **common}


@st.composite
def entity_files(draw: st.DrawFn, folder: str, type_name: str, key: str, others: list[str]) -> dict[str, str]:
    """What stands under one key: nothing, a document, a tombstone, a file that is none."""
    path, mark = f"{folder}/{key}.json", f"tombstones/{type_name}/{key}.json"
    kind = draw(
        st.sampled_from(
            ["live"] * 8 + ["absent", "absent", "redirect", "redirect", "deleted", "torn", "mark"]
        )
    )
    target = draw(st.sampled_from(others))
    if kind == "absent":
        return {}
    if kind in ("redirect", "deleted"):
        return {mark: json.dumps(tombstone(key, target if kind == "redirect" else None))}
    if kind == "torn":
        return {draw(st.sampled_from([path, mark])): "{"}
    document: dict[str, Any] = {"id": key, "label": draw(st.sampled_from(["x", "y", "", 3]))}
    if type_name == "category":
        document["parents"] = draw(st.lists(st.sampled_from(KEYS), max_size=2, unique=True))
        document["properties"] = draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True))
    files = {path: json.dumps(document)}
    return files | ({mark: json.dumps(tombstone(key, target))} if kind == "mark" else {})


@st.composite
def states(draw: st.DrawFn) -> dict[str, str]:
    files: dict[str, str] = {"gitdraft.yaml": draw(configurations)}
    files["categories/_schema.json"] = json.dumps(draw(st.sampled_from([SCHEMA, SCHEMA, LOOSE])))
    for key in KEYS:
        files |= draw(entity_files("categories", "category", key, KEYS))
    for key in NAMES:
        files |= draw(entity_files("properties", "property", key, NAMES))
    if draw(st.integers(0, 9)) == 0:
        files["tombstones/property/odd/one.json"] = "{}"
    return files


@st.composite
def steps(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, str]]:
    """A state, and another that has some of its files as a third one has them."""
    before, other = draw(states()), draw(states())
    taken = draw(st.sets(st.sampled_from(sorted({*before, *other})), min_size=1, max_size=3))
    after = {path: text for path, text in before.items() if path not in taken}
    return before, after | {path: other[path] for path in taken if path in other}


def commit(sandbox: Sandbox, *states: dict[str, str]) -> list[str]:
    """A commit of each state, in one run of git."""
    lines = []
    for number, files in enumerate(states, 1):
        lines += ["commit refs/heads/random", f"mark :{number}", "committer Ann <ann@example.org> 0 +0000"]
        lines += ["data 1", "x", "deleteall"]
        for path, text in files.items():
            lines += [f"M 100644 inline {path}", f"data {len(text.encode())}", text]
        lines.append("")
    lines += [f"get-mark :{number}" for number in range(1, len(states) + 1)]
    return sandbox.git("fast-import", "--quiet", "--force", stdin="\n".join(lines) + "\n").split()


def place(violation: Violation) -> tuple[object, str, str]:
    """Where it stands, whatever has moved in a list: an element that shifts is no new violation."""
    return violation.entity, violation.rule, re.sub(r"/[0-9]+", "/*", violation.pointer)


def test_a_step_between_commits_finds_what_a_full_run_finds_in_what_it_looks_at(sandbox: Sandbox) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps())
    def holds(step: tuple[dict[str, str], dict[str, str]]) -> None:
        note(json.dumps(step, indent=1))
        store = open_store(sandbox.path)
        before, after = (take_snapshot(store.git, Oid(oid)) for oid in commit(sandbox, *step))
        full = {
            name: set(
                validate_all(EffectiveView(store.git, canonical), Validator(canonical, True)).violations
            )
            for name, canonical in (("before", before), ("after", after))
        }
        checked = check_step(store, before, after, with_warnings=True)
        told = {violation for violation in checked.violations if violation.rule not in OF_THE_STEP}
        assert told <= full["after"] - full["before"]  # what stood before is nobody's fault
        for violation in full["after"] - full["before"] - told:  # the same one, told in other words
            assert place(violation) in map(place, full["before"])

    holds()


edits = st.lists(
    st.tuples(
        st.sampled_from(["parents", "properties", "label", "delete", "create", "redirect", "drop"]),
        st.sampled_from(KEYS),
        st.lists(st.sampled_from(KEYS), max_size=2, unique=True),
        st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
    ),
    min_size=1,
    max_size=4,
)


def apply(draft: Any, kind: str, key: str, parents: list[str], properties: list[str]) -> None:
    """The edit, whatever it breaks; where it is refused, nothing."""
    entity = f"category/{key}"
    document = {"id": key, "label": key, "parents": parents, "properties": properties}
    with suppress(GitdraftError):
        match kind:
            case "parents":
                draft.set(entity, "/parents", parents, allow_invalid=True)
            case "properties":
                draft.set(entity, "/properties", properties, allow_invalid=True)
            case "label":
                draft.set(entity, "/label", "".join(parents), allow_invalid=True)
            case "delete":
                draft.delete(entity, reason="x", allow_invalid=True)
            case "create":
                draft.create(entity, document, allow_invalid=True)
            case "redirect":
                draft.redirect(entity, f"category/{[*parents, 'A'][0]}", reason="x", allow_invalid=True)
            case "drop":
                draft.drop(entity)


def by_everything(view: EffectiveView) -> set[Violation]:
    """What is wrong with any entity as the view has it."""
    validator = Validator(view.canonical, with_warnings=True)
    return {found for shown in view.entities() for found in validator.check(view, shown.entity)}


def test_a_draft_is_told_what_everything_tells_of_what_it_changes_and_of_what_that_reaches(
    sandbox: Sandbox,
) -> None:
    numbers = count()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(states(), edits)
    def holds(state: dict[str, str], made: list[tuple[str, str, list[str], list[str]]]) -> None:
        note(json.dumps([state, made], indent=1))
        (tip,) = commit(sandbox, state)
        sandbox.git("update-ref", "refs/heads/main", tip)
        draft = sandbox.library.drafts.new("random", draft_id=f"d{next(numbers)}")
        for edit in made:
            apply(draft, *edit)
        store = open_store(sandbox.path)
        view = open_view(store, store.find_draft(draft.id))
        canonical = EffectiveView(view.source, view.canonical)
        found = set(Validator(view.canonical, with_warnings=True).check_draft(view))
        everything, before = by_everything(view), by_everything(canonical)
        changed = set(view.changed())
        assert {v for v in found if v.entity in changed} == {v for v in everything if v.entity in changed}
        assert {v for v in found if v.entity not in changed} == {
            v
            for v in everything - before
            if v.entity not in changed and v.rule in ("inheritance/cycle", "reference/orphan")
        }
        for violation in everything - before - found:  # told where the other end of it goes
            ends = {str(other) for other in changed if not view.is_live(other)}
            assert any(end in violation.message for end in ends), violation

    holds()

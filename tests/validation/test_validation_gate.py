"""Every gate of canonical gives the verdict that a full check before and after gives.

GITDRAFT_EXAMPLES raises the number of examples.
"""

from __future__ import annotations

import json
import os
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from sandbox import Sandbox

from gitdraft.model.operations import Actor
from gitdraft.model.violations import Violation
from gitdraft.store.repository import Store, open_store
from gitdraft.store.snapshots import take_snapshot
from gitdraft.validation.canonical import validate_all
from gitdraft.validation.commits import validate_range
from gitdraft.validation.receive import check_push
from gitdraft.validation.staged import check_staged
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView

EXAMPLES = int(os.environ.get("GITDRAFT_EXAMPLES", "25"))
OF_THE_STEP = ("datatype/", "required/", "entity/", "protection/", "tombstone/erased", "configuration/")
KEYS = ["A", "B", "b", "-x", "_left", "e\u0301"]
ANN = Actor("Ann", "ann@example.org")


@st.composite
def configurations(draw: st.DrawFn) -> str:
    thing = {
        "path": draw(st.sampled_from(["things/{key}.json"] * 4 + ["elsewhere/{key}.json"])),
        "id": "/id",
        "references": draw(st.sampled_from([{}, {"/other": "thing"}, {"/other": "thing"}])),
    }
    if draw(st.booleans()):
        thing["datatype"] = "/datatype"
    if draw(st.booleans()):
        thing["schema"] = "things/_schema.json"
    entities = {"thing": thing}
    if draw(st.booleans()):
        entities["note"] = {"path": "notes/{key}.json", "id": "/id"}
    rules = draw(
        st.sampled_from(
            [
                {},
                {"entity/removed": "error"},
                {"reference/missing": "warning"},
                {"reference/orphan": "error"},
                {"schema/required": "off", "datatype/changed": "off"},
            ]
        )
    )
    protect = draw(st.sampled_from([{}, {}, {"lock": ["bob@example.org"]}]))
    document = {"version": 1, "canonical": "main", "entities": entities, "rules": rules, "protect": protect}
    return json.dumps(document)


@st.composite
def states(draw: st.DrawFn) -> dict[str, str]:
    files = {"gitdraft.yaml": draw(configurations())}
    required = draw(st.sampled_from([["id"], ["id", "label"]]))
    files["things/_schema.json"] = json.dumps({"type": "object", "required": required})
    for folder in ("things", "elsewhere", "notes"):
        for key in draw(st.sets(st.sampled_from(KEYS), max_size=4)):
            text = json.dumps(draw(documents(key)))
            files[f"{folder}/{key}.json"] = draw(st.sampled_from([text] * 7 + ["{", "[]"]))
    for key in draw(st.sets(st.sampled_from(["A", "B"]), max_size=1)):
        files[f"tombstones/thing/{key}.json"] = json.dumps(draw(tombstones(key)))
    for key in draw(st.sets(st.sampled_from(["A", "B"]), max_size=1)):
        files[f"protection/thing/{key}.json"] = json.dumps(written("locked", key))
    if draw(st.integers(0, 7)) == 0:
        files[".gitdraft/draft.json"] = draw(st.sampled_from(["{}", '{"title": "x"}']))
    return files


@st.composite
def documents(draw: st.DrawFn, key: str) -> dict[str, Any]:
    members = {
        "label": st.just("x"),
        "datatype": st.sampled_from(["text", "page"]),
        "other": st.sampled_from(["A", "B", "Nobody"]),
    }
    document: dict[str, Any] = {"id": draw(st.sampled_from([key] * 5 + ["wrong"]))}
    return document | {name: draw(value) for name, value in members.items() if draw(st.booleans())}


@st.composite
def tombstones(draw: st.DrawFn, key: str) -> dict[str, Any]:
    if draw(st.booleans()):
        return {**written("deleted", key), "entity": {"id": key}}
    return {**written("redirect", key), "redirects_to": draw(st.sampled_from(["A", "B", "Nobody"]))}


def written(kind: str, key: str) -> dict[str, Any]:
    common = {"id": key, "reason": "x", "by": "Ann <ann@example.org>", "at": "2026-01-24T09:27:00Z"}
    return {"kind": kind, **common}


@st.composite
def steps(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, str]]:
    """A state, and one that has up to four of its files as another state has them."""
    before, other = draw(states()), draw(states())
    taken = draw(st.sets(st.sampled_from(sorted({*before, *other})), min_size=1, max_size=4))
    after = {path: text for path, text in before.items() if path not in taken}
    return before, after | {path: other[path] for path in taken if path in other}


def commit(sandbox: Sandbox, *states: dict[str, str]) -> list[str]:
    lines = []
    for number, files in enumerate(states, 1):
        lines += ["commit refs/heads/random", f"mark :{number}", "committer Ann <ann@example.org> 0 +0000"]
        lines += ["data 1", "x", "deleteall"]
        for path, text in files.items():
            lines += [f"M 100644 inline {path}", f"data {len(text.encode())}", text]
        lines.append("")
    lines += [f"get-mark :{number}" for number in range(1, len(states) + 1)]
    return sandbox.git("fast-import", "--quiet", "--force", stdin="\n".join(lines) + "\n").split()


def errors_of(store: Store, commit_oid: Any) -> set[Violation]:
    canonical = take_snapshot(store.git, commit_oid)
    return set(validate_all(EffectiveView(store.git, canonical), Validator(canonical)).violations)


def places(violations: set[Violation]) -> set[tuple[object, str, str]]:
    return {(each.entity, each.rule, each.pointer) for each in violations}


def of_the_step(violation: Violation) -> bool:
    return violation.rule.startswith(OF_THE_STEP)


def test_hook_push_range_and_two_full_checks_agree(sandbox: Sandbox) -> None:
    sandbox.git("switch", "--quiet", "--create", "random")

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps())
    def holds(step: tuple[dict[str, str], dict[str, str]]) -> None:
        note(json.dumps(step, indent=1))
        old, new = commit(sandbox, *step)
        sandbox.git("update-ref", "refs/heads/main", old)
        sandbox.git("update-ref", "refs/heads/random", old)
        store = open_store(sandbox.path)
        ranged = set(validate_range(store, old, new).violations)
        tree = store.git.read_commit(new).tree  # type: ignore[arg-type]
        staged = {problem.violation for problem in check_staged(store, tree, ANN).problems}
        update = _update(store, old, new)
        pushed = {
            problem.violation for refusal in check_push(store, [update]) for problem in refusal.problems
        }
        assert staged == ranged == pushed
        before, after = errors_of(store, old), errors_of(store, new)
        stands = {violation for violation in ranged if not of_the_step(violation)}
        assert stands <= after
        assert not stands & before or any(v.rule == "draft/on-canonical" for v in stands & before)
        assert places(after - before) - places(before) <= places(stands)

    holds()


def _update(store: Store, old: Any, new: Any) -> Any:
    from gitdraft.model.operations import RefUpdate

    return RefUpdate(store.canonical_ref, old, new)

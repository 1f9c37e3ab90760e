"""`import mediawiki`: each rule of the payload, all or nothing, once or again."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from program import Answer
from sandbox import Sandbox, present
from wiki import EXAMPLE, create, delete, make_wiki, modify, push, written

CASES = json.loads((Path(__file__).parents[1] / "cases/nasty_inputs.json").read_text())
ROWS = [pytest.param(case, id=case["name"]) for case in CASES if case["surface"] == "import_payload"]
REFUSED = {20, 22, 23, 40, 41, 42}


@pytest.fixture
def wiki(sandbox: Sandbox) -> Sandbox:
    return make_wiki(sandbox)


@pytest.fixture
def pushed(wiki: Sandbox, tmp_path: Path) -> Any:
    """Import a payload; what it answered."""

    def run(payload: Any, *options: str) -> Answer:
        return wiki.run("-o", "json", "import", "mediawiki", written(tmp_path, payload), *options)

    return run


def drafts(wiki: Sandbox) -> list[str]:
    return [name.removeprefix("refs/heads/draft/") for name in wiki.refs() if "/draft/" in name]


def test_the_documented_example_becomes_a_draft(wiki: Sandbox, pushed: Any) -> None:
    answer = pushed(EXAMPLE).json
    assert answer["change_count"] == 3
    assert set(answer) == {"kind", "draft_id", "capability_url", "change_count", "expires_at"}
    draft = wiki.library.drafts[answer["draft_id"]]
    header = draft.header
    assert header.title == "MediaWiki import: Updated Person category properties"
    assert header.description == "From https://smw.example.com by WikiUser"
    assert header.source == "mediawiki_push"
    assert header.author == "WikiUser <WikiUser@smw.example.com>"
    assert present(draft.view("category/Person").document)["description"] == "A human being (updated)"
    assert draft.view("property/birthPlace").status.value == "added"
    assert draft.view("property/deprecated_field").status.value == "deleted"
    assert draft.submit().status.value == "submitted"
    draft.merge()
    assert not wiki.library.validate()


def test_it_reads_standard_input_and_says_what_it_did(wiki: Sandbox) -> None:
    answer = wiki.run(
        "import", "mediawiki", "-", "--url", "https://drafts.example.org/", stdin=json.dumps(EXAMPLE)
    )
    assert answer.code == 0
    assert "made draft mediawiki-" in answer.out
    assert "https://drafts.example.org/drafts/mediawiki-" in answer.out


def test_each_push_makes_a_new_draft(wiki: Sandbox, pushed: Any) -> None:
    assert len({pushed(EXAMPLE).json["draft_id"] for _ in range(3)}) == len(drafts(wiki)) == 3


def test_a_dry_run_checks_and_writes_nothing(wiki: Sandbox, pushed: Any) -> None:
    before = wiki.refs()
    assert pushed(EXAMPLE, "-n").json["change_count"] == 3
    assert pushed(push(modify("Persn")), "-n").code == 40
    assert wiki.refs() == before
    assert not (wiki.path / ".git/gitdraft/tokens.sqlite3").exists()


RULES: list[tuple[str, Any, str, str, str]] = [
    ("no action", {k: v for k, v in modify().items() if k != "action"}, "/action", "missing-field", "required"),
    ("unknown action", {**modify(), "action": "merge"}, "/action", "invalid-value", "expected one of"),
    ("modify without patch", {**delete("name"), "action": "modify"}, "/patch", "missing-field", "needs"),
    ("modify with entity", {**modify(), "entity": {}}, "/entity", "invalid-value", "takes no"),
    ("create without entity", {**delete("x"), "action": "create"}, "/entity", "missing-field", "needs"),
    ("create with patch", {**create("x"), "patch": []}, "/patch", "invalid-value", "takes no"),
    ("delete with patch", {**delete("unused"), "patch": []}, "/patch", "invalid-value", "takes no"),
    ("delete with entity", {**delete("unused"), "entity": {}}, "/entity", "invalid-value", "takes no"),
    ("unknown type", modify(kind="categorie"), "/entity_type", "resource-not-found", "unknown entity_type"),
    ("not a key", modify("../x"), "/entity_key", "invalid-value", "cannot be a key"),
    ("key is no string", {**modify(), "entity_key": 5}, "/entity_key", "invalid-value", "not a string"),
    ("no key", {k: v for k, v in modify().items() if k != "entity_key"}, "/entity_key", "missing-field", "missing"),
    ("unknown member", {**modify(), "reason": "x"}, "/reason", "invalid-value", "unknown member"),
    ("not an object", 5, "", "invalid-value", "expected a change"),
    ("modify of unknown", modify("Persn"), "/entity_key", "resource-not-found", "Unknown entity_key 'Persn' with action 'modify'. Use action='create' for new entities or fix the entity_key."),
    ("delete of unknown", delete("unusd"), "/entity_key", "resource-not-found", "Unknown entity_key 'unusd' with action 'delete'. Use action='create' for new entities or fix the entity_key."),
    ("create of known", create("Person", "category"), "/entity_key", "entity-already-exists", "Entity 'Person' already exists. Use action='modify' to update existing entities."),
    ("twin of known", create("NAME"), "/entity_key", "entity-already-exists", "case"),
    ("another id", create("x", entity_key="y"), "/entity/entity_key", "invalid-value", "is not the key"),
    ("no id", {**create("x"), "entity": {"label": "x"}}, "/entity/entity_key", "missing-field", "missing"),
    ("id changed", modify(entity_key="Human"), "/patch", "invalid-value", "is not the key"),
    ("no patch", {**modify(), "patch": {}}, "/patch", "invalid-patch", "array"),
    ("malformed patch", {**modify(), "patch": [{"op": "set", "path": "/a"}]}, "/patch/0/op", "invalid-patch", "expected one of"),
    ("patch target missing", {**modify(), "patch": [{"op": "add", "path": "/a", "value": 1}, {"op": "remove", "path": "/b"}]}, "/patch/1", "patch-target-not-found", "is not there"),
    ("test failed", {**modify(), "patch": [{"op": "test", "path": "/label", "value": 1}]}, "/patch/0", "patch-test-failed", "failed"),
    ("breaks the schema", create("X", "category", label=5), "/entity/label", "data-policy-violation", "string"),
    ("patch breaks the schema", modify(label=5), "/patch", "data-policy-violation", "string"),
    ("names nothing", modify(properties=["nothing"]), "/patch", "data-policy-violation", "does not exist"),
    ("deletes what is used", delete("name"), "/entity_key", "data-policy-violation", "still names it"),
    ("reserved member", create("x", _deleted=True), "/entity/_deleted", "invalid-value", "gitdraft's own"),
]  # fmt: skip


@pytest.mark.sweep(10)
@pytest.mark.parametrize(("change", "at", "code", "says"), [r[1:] for r in RULES], ids=[r[0] for r in RULES])
def test_a_wrong_change_is_named(
    wiki: Sandbox, pushed: Any, change: Any, at: str, code: str, says: str
) -> None:
    before = wiki.refs()
    answer = pushed(push(create("first"), change))
    error = json.loads(answer.err)
    assert answer.code in REFUSED
    assert (error["code"], error["context"]["index"], error["context"]["path"]) == (
        code,
        1,
        f"/changes/1{at}",
    )
    assert says in error["message"]
    assert error["context"]["errors"][0]["message"] == error["message"]
    assert wiki.refs() == before


TOP: list[tuple[str, dict[str, Any], str]] = [
    ("another source", {"source": "wiki"}, "/source"),
    ("no url", {"wiki_url": "smw.example.com"}, "/wiki_url"),
    ("a url of a script", {"wiki_url": "javascript:alert(1)"}, "/wiki_url"),
    ("a url with credentials", {"wiki_url": "https://a:b@smw.example.com"}, "/wiki_url"),
    ("a link-local url", {"wiki_url": "http://[fe80::1]/"}, "/wiki_url"),
    ("a url with a tag", {"wiki_url": "https://smw.example.com/<b>"}, "/wiki_url"),
    ("a bad port", {"wiki_url": "https://smw.example.com:99999"}, "/wiki_url"),
    ("nobody", {"user": " "}, "/user"),
    ("a long user", {"user": "x" * 256}, "/user"),
    ("a comment that is none", {"comment": None}, "/comment"),
    ("a NUL", {"comment": "a\0b"}, "/comment"),
    ("no changes", {"changes": []}, "/changes"),
    ("too many changes", {"changes": [{}] * 1001}, "/changes"),
    ("another member", {"draft_id": "mine"}, "/draft_id"),
]


@pytest.mark.sweep(3)
@pytest.mark.parametrize(("members", "path"), [r[1:] for r in TOP], ids=[r[0] for r in TOP])
def test_a_wrong_member_is_named(pushed: Any, members: dict[str, Any], path: str) -> None:
    answer = pushed({**EXAMPLE, **members})
    assert answer.code == 20
    assert json.loads(answer.err)["context"]["path"] == path


def test_every_mistake_is_told_at_once(wiki: Sandbox, pushed: Any) -> None:
    before = wiki.refs()
    answer = pushed(
        push(
            modify("Persn"),
            create("X", "category", label=5, properties=["made_here", "nowhere"]),
            {**modify(), "action": "MODIFY"},
            create("made_here", entity_key="other"),
            delete("unused"),
            user="",
        )
    )
    error = json.loads(answer.err)
    assert (answer.code, error["code"]) == (20, "invalid-payload")
    told = [(e.get("index"), e["path"], e["code"]) for e in error["context"]["errors"]]
    assert told == [
        (None, "/user", "invalid-value"),
        (0, "/changes/0/entity_key", "resource-not-found"),
        (1, "/changes/1/entity/label", "data-policy-violation"),
        (1, "/changes/1/entity/properties/1", "data-policy-violation"),
        (2, "/changes/2/action", "invalid-value"),
        (3, "/changes/3/entity/entity_key", "invalid-value"),
    ]
    assert error["context"]["errors"][1]["hint"] == "did you mean 'Person'?"
    assert wiki.refs() == before


def test_what_canonical_protects_or_has_lost_answers_with_its_code(wiki: Sandbox, pushed: Any) -> None:
    canonical = wiki.library.canonical
    canonical.lock("category/Person", "under review")
    canonical.archive("category/Agent", "old")
    canonical.delete("property/deprecated_field", "unused")
    canonical.redirect("property/unused", "property/name", "the same")
    codes = [
        json.loads(pushed(push(change)).err)["code"]
        for change in (
            modify("Person"),
            modify("Agent"),
            delete("Person", "category"),
            modify("deprecated_field", kind="property"),
            create("deprecated_field"),
            modify("unused", kind="property"),
            create("unused"),
        )
    ]
    assert codes == [
        *("entity-locked", "entity-archived", "entity-locked"),
        *("entity-deleted", "entity-deleted", "redirected-item", "redirected-item"),
    ]


def test_a_second_change_of_one_entity_is_refused(pushed: Any) -> None:
    for second in (modify(), modify("PERSON"), delete("Person", "category")):
        error = json.loads(pushed(push(modify(), second)).err)
        assert "duplicate-change" in [e["code"] for e in error["context"]["errors"]]


def test_a_create_and_its_use_in_one_push_are_fine(pushed: Any) -> None:
    assert pushed(push(modify(properties=["birthPlace"]), create("birthPlace"))).code == 0


def test_a_patch_that_changes_nothing_yet_is_kept(wiki: Sandbox, pushed: Any) -> None:
    answer = pushed(push(modify(label="Person"))).json
    assert answer["change_count"] == 1
    assert [file.kind for file in wiki.library.store.find_draft(answer["draft_id"]).files] == ["patch"]
    wiki.change("categories/Person.json", description="Somebody")
    assert "absorbed" in wiki.run("rebase").out


def test_the_same_key_gives_the_same_draft(wiki: Sandbox, pushed: Any) -> None:
    first = pushed(EXAMPLE, "--idempotency-key", "k-1").json
    again = pushed(json.dumps(EXAMPLE, indent=1).encode(), "--idempotency-key", "k-1").json
    same = ("draft_id", "change_count", "expires_at")
    assert [again[name] for name in same] == [first[name] for name in same]
    assert again["capability_url"] != first["capability_url"]
    assert pushed(EXAMPLE, "--idempotency-key", "k-2").json["draft_id"] != first["draft_id"]
    assert len(drafts(wiki)) == 2


def test_the_same_key_finds_a_draft_that_was_edited_rebased_and_closed(wiki: Sandbox, pushed: Any) -> None:
    first = pushed(EXAMPLE, "--idempotency-key", "k").json
    draft = wiki.library.drafts[first["draft_id"]]
    draft.drop("property/deprecated_field")
    wiki.change("categories/Person.json", label="Human")
    wiki.library.rebase(everything=True)
    draft.withdraw("no")
    again = pushed(EXAMPLE, "--idempotency-key", "k").json
    assert (again["draft_id"], again["change_count"]) == (first["draft_id"], 3)
    assert not drafts(wiki)


def test_a_key_is_not_used_for_two_payloads(wiki: Sandbox, pushed: Any) -> None:
    pushed(EXAMPLE, "--idempotency-key", "k")
    answer = pushed(push(modify()), "--idempotency-key", "k")
    assert (answer.code, json.loads(answer.err)["code"]) == (20, "idempotency-key-reused")
    assert len(drafts(wiki)) == 1


def test_a_repeat_does_not_bring_back_what_was_revoked(wiki: Sandbox, pushed: Any) -> None:
    first = pushed(EXAMPLE, "--idempotency-key", "k").json
    assert wiki.run("token", "revoke", first["draft_id"]).code == 0
    answer = pushed(EXAMPLE, "--idempotency-key", "k")
    assert (answer.code, json.loads(answer.err)["code"]) == (42, "capability-revoked")


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "é"])
def test_what_is_no_key_is_refused(pushed: Any, key: str) -> None:
    assert pushed(EXAMPLE, "--idempotency-key", key).code == 20


@pytest.mark.sweep(10)
@pytest.mark.parametrize("case", ROWS)
def test_hostile_payloads(wiki: Sandbox, pushed: Any, case: dict[str, Any]) -> None:
    match case["encoding"]:
        case "base64":
            content = base64.b64decode(case["input"])
        case "repeat":
            content = "".join(text * times for text, times in case["input"]).encode()
        case _:
            content = json.dumps(case["input"]).encode()
    before = wiki.refs()
    answer = pushed(content)
    if case["expect"] == "reject":
        assert answer.code in REFUSED
        assert wiki.refs() == before
        return
    draft = wiki.library.drafts[answer.json["draft_id"]]
    header = draft.header
    assert (header.title + header.author).isprintable()
    assert header.description.startswith("From https://smw.example.com by ")
    draft.submit()
    draft.merge()
    wiki.fsck()


def test_an_unborn_canonical_is_refused(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.git("update-ref", "-d", "refs/heads/main")
    answer = sandbox.run("import", "mediawiki", "-", stdin=json.dumps(EXAMPLE))
    assert answer.code == 50

"""The JSON Schemas say what the code does: both give the same verdict on every file of the table."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from jsonschema.validators import Draft202012Validator

from gitdraft.documents.parse import Limits
from gitdraft.errors import GitdraftError, NotFound
from gitdraft.formats.changes import read_change, read_resolutions
from gitdraft.formats.configuration import parse_configuration
from gitdraft.formats.drafts import read_draft_header, read_parent
from gitdraft.formats.mediawiki import parse_payload, read_push
from gitdraft.formats.operations import read_operation
from gitdraft.formats.payload_mistakes import require_no_mistakes
from gitdraft.formats.protections import read_protection
from gitdraft.formats.reviews import read_comment, read_review
from gitdraft.formats.schemas import load_schema, schema_folder
from gitdraft.formats.tombstones import read_tombstone
from gitdraft.model.entities import EntityRef

NAMES = sorted(file.name.removesuffix(".schema.json") for file in schema_folder().glob("*.schema.json"))
PERSON = EntityRef("category", "Person")


def change(kind: Any) -> Callable[[bytes], object]:
    return lambda content: read_change(PERSON, kind, content, Limits())


TYPES = parse_configuration(
    b"entities: {category: {path: 'c/{key}.json'}, property: {path: 'p/{key}.json'}}"
).entities


def pushed(content: bytes) -> None:
    require_no_mistakes(read_push(parse_payload(content, Limits()), TYPES, Limits()).mistakes)


READERS: dict[str, Callable[[bytes], object]] = {
    "draft": read_draft_header,
    "parent": read_parent,
    "comment": lambda content: read_comment("a1", content),
    "review": lambda content: read_review("a1", content),
    "patch": change("patch"),
    "create": change("create"),
    "delete": change("delete"),
    "redirect": change("redirect"),
    "rename": change("rename"),
    "resolutions": lambda content: read_resolutions(content, "x"),
    "tombstone": lambda content: read_tombstone(content, "x"),
    "protection": lambda content: read_protection(content, "x"),
    "operation": lambda content: read_operation(content, "x"),
    "mediawiki-import": pushed,
    "configuration": lambda content: parse_configuration(yaml.safe_dump(json.loads(content)).encode()),
}

DRAFT, TOMBSTONE, PROTECTION, OPERATION, CONFIGURATION = (
    load_schema(name)["examples"][0]
    for name in ("draft", "tombstone", "protection", "operation", "configuration")
)
PUSH = load_schema("mediawiki-import")["examples"][0]
MODIFY, CREATE, DELETE = PUSH["changes"]


def without(value: dict[str, Any], member: str) -> dict[str, Any]:
    return {name: inner for name, inner in value.items() if name != member}


BASE = "http://example.org/entity/"
PROFILES: list[Any] = [
    None,
    {},
    [],
    {"profile": "wikibase"},
    {"base": BASE},
    {"profile": "wikibase", "base": BASE},
    {"profile": "other", "base": BASE},
    {"profile": "wikibase", "base": "example.org"},
    {"profile": "wikibase", "base": "http://example.org/a b"},
    {"profile": "wikibase", "base": BASE, "data": 1},
    {"profile": "wikibase", "base": BASE, "types": []},
    {"profile": "wikibase", "base": BASE, "types": "item"},
    {"profile": "wikibase", "base": BASE, "sites": "sites.json", "property_types": "types.json"},
    {"profile": "wikibase", "base": BASE, "sites": ""},
    {"profile": "wikibase", "base": BASE, "source": "", "license": "x"},
    {"profile": "wikibase", "base": BASE, "formatter": "P1921"},
    {"profile": "wikibase", "base": BASE, "formatter": "Q1"},
    {"profile": "wikibase", "base": BASE, "site": "sites.json"},
]
CONTEXT = {"context": "a.jsonld", "iri": "https://example.org/{key}"}
MAPPINGS: list[Any] = [
    None,
    {},
    [],
    CONTEXT,
    {**CONTEXT, "redirects": "skos"},
    {**CONTEXT, "redirects": "none"},
    {**CONTEXT, "mappings": {"/exactMatch/*": "skos:exactMatch"}},
    {**CONTEXT, "mappings": {"exactMatch": "skos:exactMatch"}},
    {**CONTEXT, "mappings": {"/exactMatch": "exactMatch"}},
    {**CONTEXT, "iri": "https://example.org/"},
    {**CONTEXT, "iri": "{key}"},
    {"context": "a.jsonld"},
    {"iri": "https://example.org/{key}"},
    {**CONTEXT, "context": 1},
    {**CONTEXT, "contexts": []},
]
RECORDS = (
    "draft",
    "parent",
    "comment",
    "review",
    "delete",
    "redirect",
    "tombstone",
    "protection",
    "operation",
)
MORE = (
    {"later": {"a": 1}},
    {"version": 1},
    {"version": 2},
    {"version": "1"},
    {"version": True},
    {"version": 0},
)
COMMENT, REVIEW = (load_schema(name)["examples"][0] for name in ("comment", "review"))
FILES: list[tuple[str, Any]] = [
    *((name, load_schema(name)["examples"][0]) for name in READERS),
    *(("draft", without(DRAFT, member)) for member in DRAFT),
    ("draft", {**DRAFT, "status": "open"}),
    ("parent", {"draft": "fix"}),
    ("parent", {"draft": "Fix/It", "base": "a" * 40}),
    ("parent", {"draft": "fix", "base": "main"}),
    ("parent", {"draft": "fix", "base": "a" * 40, "tip": "b" * 40}),
    *((name, {**load_schema(name)["examples"][0], **more}) for name in RECORDS for more in MORE),
    *(("comment", without(COMMENT, member)) for member in COMMENT),
    *(("comment", {**COMMENT, "text": text}) for text in ("", " \n", "x" * 10_000, "x" * 10_001, 5)),
    *(("comment", {**COMMENT, "reply_to": name}) for name in ("a1", "../x", "", "x" * 65)),
    *(("comment", {**COMMENT, "pointer": pointer}) for pointer in ("", "/~1", "/~2", "label")),
    ("comment", {**COMMENT, "draft": "other"}),
    *(("review", without(REVIEW, member)) for member in REVIEW),
    *(("review", {**REVIEW, "of": of}) for of in ("a" * 63, "A" * 64, None)),
    ("review", {**REVIEW, "verdict": "reject"}),
    ("review", {**REVIEW, "text": ""}),
    ("review", {**REVIEW, "text": "Good."}),
    ("configuration", {"review": None}),
    *(("configuration", {"review": {"approvals": number}}) for number in (0, 1, 100, 101, -1, True, "1")),
    *(("configuration", {"review": {"by": mails}}) for mails in (["a@b"], ["ann"], "a@b", [5])),
    ("configuration", {"review": {"approval": 1}}),
    ("draft", {**DRAFT, "title": ""}),
    ("draft", {**DRAFT, "created_at": "2026-01-24"}),
    ("draft", {**DRAFT, "created_from": "main"}),
    ("draft", {**DRAFT, "history": [{"status": "draft"}]}),
    ("draft", {**DRAFT, "history": [{"status": "draft", "at": DRAFT["created_at"], "by": "x", "reason": 1}]}),
    ("draft", []),
    ("patch", []),
    ("patch", {}),
    ("patch", [{"op": "add", "path": "/a"}]),
    ("patch", [{"op": "remove", "path": "/a", "note": 1}]),
    ("patch", [{"op": "remove", "path": ""}]),
    ("patch", [{"op": "move", "path": "/a"}]),
    ("patch", [{"op": "copy", "path": "/a", "from": "/b"}]),
    ("patch", [{"op": "test", "path": "a", "value": 1}]),
    ("patch", [{"op": "test", "path": "/~2", "value": 1}]),
    ("patch", [{"op": "spam", "path": "/a"}]),
    ("patch", [{"path": "/a"}]),
    ("patch", [1]),
    ("create", []),
    ("create", {"_deleted": True}),
    ("delete", {}),
    ("delete", {"reason": 1}),
    ("delete", {"reason": "", "more": 1}),
    ("resolutions", [{"path": "/a", "type": "list", "more": 1}]),
    ("redirect", {"redirects_to": "", "reason": "x"}),
    ("redirect", {"redirects_to": "Q1"}),
    ("rename", {}),
    ("rename", {"to": ""}),
    ("rename", {"to": "Q2", "redirect": "no"}),
    ("resolutions", [{"path": "/a"}]),
    ("resolutions", [{"path": "/a", "type": "list", "value": None}]),
    ("resolutions", [{"path": "/a", "type": "no"}]),
    ("resolutions", {}),
    *(("tombstone", without(TOMBSTONE, member)) for member in TOMBSTONE),
    ("tombstone", {**TOMBSTONE, "kind": "erased"}),
    *(("protection", without(PROTECTION, member)) for member in PROTECTION),
    ("protection", {**PROTECTION, "kind": "archived"}),
    ("protection", {**PROTECTION, "kind": "frozen"}),
    ("tombstone", {**without(TOMBSTONE, "redirects_to"), "kind": "erased"}),
    ("tombstone", {**without(TOMBSTONE, "redirects_to"), "kind": "deleted"}),
    ("tombstone", {**without(TOMBSTONE, "redirects_to"), "kind": "deleted", "entity": {}}),
    *(("operation", without(OPERATION, member)) for member in OPERATION),
    ("operation", {**OPERATION, "undoes": "x"}),
    ("operation", {**OPERATION, "moves": [{"ref": "x", "old": "1"}]}),
    ("configuration", {}),
    ("configuration", {"version": 2}),
    ("configuration", {"protect": {"unlock": ["ann@example.org"]}}),
    ("configuration", {"protect": {"unlock": "ann@example.org"}}),
    ("configuration", {"protect": {"unlock": ["Ann"]}}),
    ("configuration", {"protect": {"unlok": []}}),
    ("configuration", {"rules": {"reference/orphan": "warning", "schema/minLength": "off"}}),
    ("configuration", {"rules": {"reference/orphan": "fatal"}}),
    ("configuration", {"rules": {"reference/orphans": "error"}}),
    ("configuration", {"rules": {"json/invalid": "off"}}),
    ("configuration", {"rules": {"schema/unusable": "off"}}),
    ("configuration", {"rules": {"schema/": "off"}}),
    (
        "configuration",
        {"entities": {"a": {"path": "c/{key}.json", "datatype": "/t", "impact": {"/l/*": "cosmetic"}}}},
    ),
    ("configuration", {"entities": {"a": {"path": "c/{key}.json", "datatype": "t"}}}),
    ("configuration", {"entities": {"a": {"path": "c/{key}.json", "impact": {"/l": "mild"}}}}),
    ("configuration", {"entities": {"a": {"path": "c/{key}.json", "impact": {"l": "breaking"}}}}),
    ("configuration", {"entities": {"a": {"path": "c/{key}.json", "merge": {"aliases": {"/l/*": "/a/*"}}}}}),
    ("configuration", {"entities": {"a": {"path": "c/{key}.json", "merge": {"aliases": {"/l/*": 1}}}}}),
    ("configuration", {"entities": {"a": {"path": "c/{key}.json", "merge": {"alias": {}}}}}),
    ("configuration", {"entityroot": "x"}),
    ("configuration", {"default_branch": "trunk"}),
    ("configuration", {"entities": {"Category": {"path": "c/{key}.json"}}}),
    ("configuration", {"entities": {"a": {}}}),
    ("configuration", {"entities": {"a": {"path": "c/{key}.json", "lists": {"/x": {"type": "keyed"}}}}}),
    ("configuration", {"entities": {"a": {"path": "c/{key}.json", "lists": {"x": {"type": "set"}}}}}),
    *(
        ("configuration", {"entities": {"a": {"path": "c/{key}.json", "lists": {"/x": rule}}}})
        for rule in (
            {"type": "canonical"},
            {"type": "canonical", "order": "keep"},
            {"type": "set", "order": "sorted"},
            {"type": "set", "order": "sorted", "fold": True},
            {"type": "set", "fold": True},
            {"type": "set", "order": "ignore"},
            {"type": "set", "order": "sorted", "by": "/l"},
            {"type": "keyed", "key": ["id"], "order": "sorted"},
            {"type": "keyed", "key": ["id"], "order": "sorted", "by": "/l", "fold": False},
            {"type": "keyed", "key": ["id"], "order": "sorted", "by": ""},
            {"type": "keyed", "key": ["id"], "order": "sorted", "by": "l"},
            {"type": "keyed", "key": ["id"], "order": "sorted", "fold": 1},
            {"type": "keyed", "key": ["id"], "by": "/l"},
            {"type": "keyed", "key": ["id"], "order": "ignore", "fold": True},
        )
    ),
    *(
        ("configuration", {"entities": {"a": {"path": "c/{key}.json", "together": groups}}})
        for groups in (
            [],
            None,
            [["/a", "/b"]],
            [["/p/*/a", "/p/*/b"], ["/c", "/d"]],
            [["/a"]],
            ["/a", "/b"],
            "/a",
            [["/a", "/a"]],
            [["/a", "b"]],
            [["/a", ""]],
            [["/a", "/*"]],
            [["/a", 1]],
        )
    ),
    ("configuration", {"limits": {"max_depth": 1000}}),
    ("configuration", {"merge": {"history": "parents"}}),
    ("configuration", {"merge": {"history": "rebase"}}),
    ("configuration", {"merge": {"historie": "squash"}}),
    ("configuration", {"drafts": "draft"}),
    *(("configuration", {"rdf": value}) for value in PROFILES),
    *(("configuration", {"entities": {"a": {"path": "c/{key}.json", "rdf": value}}}) for value in MAPPINGS),
    *(("mediawiki-import", without(PUSH, member)) for member in PUSH),
    *(("mediawiki-import", {**PUSH, "changes": [without(MODIFY, member)]}) for member in MODIFY),
    *(("mediawiki-import", {**PUSH, "changes": [without(CREATE, member)]}) for member in CREATE),
    ("mediawiki-import", {**PUSH, "changes": []}),
    ("mediawiki-import", {**PUSH, "changes": None}),
    ("mediawiki-import", {**PUSH, "changes": [{**MODIFY, "entity": {}}]}),
    ("mediawiki-import", {**PUSH, "changes": [{**CREATE, "patch": []}]}),
    ("mediawiki-import", {**PUSH, "changes": [{**DELETE, "patch": []}]}),
    ("mediawiki-import", {**PUSH, "changes": [{**DELETE, "action": "DELETE"}]}),
    (
        "mediawiki-import",
        {**PUSH, "changes": [{**MODIFY, "patch": [{"op": "add", "path": "x", "value": 1}]}]},
    ),
    ("mediawiki-import", {**PUSH, "changes": [{**MODIFY, "patch": [{"op": "move", "path": "/x"}]}]}),
    ("mediawiki-import", {**PUSH, "wiki_url": "ftp://wiki.example.org"}),
    ("mediawiki-import", {**PUSH, "wiki_url": "https://a:b@wiki.example.org"}),
    ("mediawiki-import", {**PUSH, "user": ""}),
    ("mediawiki-import", {**PUSH, "comment": 5}),
    ("mediawiki-import", {**PUSH, "comment": ""}),
    ("mediawiki-import", {**PUSH, "base_commit_sha": "0"}),
]


@pytest.mark.parametrize("name", NAMES)
def test_each_schema_is_one_and_its_examples_hold(name: str) -> None:
    schema = load_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"https://gitdraft.dev/schemas/{name}/v1"
    for example in schema["examples"]:
        Draft202012Validator(schema).validate(example)


@pytest.mark.parametrize(("name", "value"), FILES, ids=[f"{name}-{i}" for i, (name, _) in enumerate(FILES)])
def test_code_and_schema_agree(name: str, value: Any) -> None:
    by_schema = Draft202012Validator(load_schema(name)).is_valid(value)
    try:
        READERS[name](json.dumps(value).encode())
        by_code = True
    except GitdraftError:
        by_code = False
    assert by_code == by_schema


def test_an_unknown_schema_names_the_known() -> None:
    with pytest.raises(NotFound) as refused:
        load_schema("no")
    assert "tombstone" in str(refused.value.hint)

"""Files as values and back, paths, trailers, the configuration's mistakes."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gitdraft.errors import InvalidInput, NotFound
from gitdraft.formats.changes import read_change, read_resolutions, write_change, write_resolutions
from gitdraft.formats.configuration import parse_configuration
from gitdraft.formats.drafts import read_draft_header, write_draft_header
from gitdraft.formats.keys import normalise_key
from gitdraft.formats.operations import read_operation, write_operation
from gitdraft.formats.paths import (
    decode_key,
    encode_key,
    parse_change_path,
    parse_template,
)
from gitdraft.formats.proposal import propose_configuration
from gitdraft.formats.tombstones import read_tombstone, write_tombstone
from gitdraft.formats.trailers import append_trailers, read_trailers, strip_trailers
from gitdraft.model.changes import Create, Delete, Redirect, Rename, Update
from gitdraft.model.drafts import DraftHeader, DraftStatus, StatusChange
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Resolution
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import Actor, Operation, RefMove
from gitdraft.model.tombstones import DeletedTombstone, ErasedTombstone, RedirectTombstone
from gitdraft.model.values import ABSENT

AT = "2026-01-24T09:27:00Z"
OID = "a" * 40
PERSON = EntityRef("category", "Person")


def keys() -> st.SearchStrategy[str]:
    def valid(text: str) -> bool:
        try:
            return normalise_key(text, nested=True) == text
        except InvalidInput:
            return False

    return st.text(min_size=1, max_size=20).filter(valid)


@given(keys())
def test_a_key_survives_as_a_file_name(key: str) -> None:
    name = encode_key(key)
    assert "/" not in name
    assert decode_key(name) == key


@given(st.text(max_size=12))
def test_only_one_spelling_of_a_file_name_is_a_key(name: str) -> None:
    try:
        key = decode_key(name)
    except InvalidInput:
        return
    assert encode_key(key) == name


@pytest.mark.parametrize(
    "text", ["things/{key}.json", "a/b/{fanout:2}/{key}.json", "{fanout:4}/{key}.x.json"]
)
@given(key=keys())
def test_a_path_leads_back_to_its_key(text: str, key: str) -> None:
    template = parse_template(text, nested=True)
    assert template.key_of(template.path_of(key)) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "things",
        "/abs/{key}.json",
        "../{key}.json",
        ".git/{key}.json",
        "{key}/x.json",
        "a/{key}",
        "a/{key}{key}.json",
        "a/{fanout:9}/{key}.json",
        "tombstones/{key}.json",
        "https://x/{key}.json",
        "a/{what}/{key}.json",
        None,
        3,
    ],
)
def test_bad_templates_are_refused(text: object) -> None:
    with pytest.raises(InvalidInput):
        parse_template(text)


def test_fan_out_is_by_the_hash_of_the_key() -> None:
    # sha256("Q42") = f4c0…: computed with sha256sum
    template = parse_template("items/{fanout:3}/{key}.json")
    path = template.path_of("Q42")
    folders = path.split("/")[1:4]
    assert all(len(folder) == 1 for folder in folders)
    assert template.key_of("items/0/0/0/Q42.json") is None or folders == ["0", "0", "0"]


@pytest.mark.parametrize(
    "change",
    [
        Update(PERSON, ({"op": "replace", "path": "/label", "value": "é"}, {"op": "remove", "path": "/x"})),
        Update(PERSON, ()),
        Create(PERSON, {"id": "Person", "n": 12345678901234567890}),
        Delete(PERSON, "why"),
        Redirect(PERSON, EntityRef("category", "Agent"), "why"),
        Rename(PERSON, EntityRef("category", "Agent")),
        Rename(PERSON, EntityRef("category", "Agent"), redirect=False),
    ],
)
def test_changes_round_trip(change: object) -> None:
    ((path, content),) = write_change(change).items()  # type: ignore[arg-type]
    parsed = parse_change_path(path)
    assert parsed is not None
    configuration = parse_configuration(b"")
    assert read_change(*parsed, content, configuration.limits) == change
    assert content.endswith(b"\n")


def test_a_patch_file_has_an_operation_a_line() -> None:
    (content,) = write_change(
        Update(PERSON, ({"op": "remove", "path": "/a"}, {"op": "remove", "path": "/b"}))
    ).values()
    assert content.decode() == '[\n  {"op": "remove", "path": "/a"},\n  {"op": "remove", "path": "/b"}\n]\n'


@pytest.mark.parametrize(
    ("path", "known"),
    [
        (".gitdraft/changes/category/Person.patch.json", True),
        (".gitdraft/changes/category/a%2Fb.create.json", True),
        (".gitdraft/changes/category/a%2fb.create.json", False),
        (".gitdraft/changes/category/Person.json", False),
        (".gitdraft/changes/category/x/Person.patch.json", False),
        (".gitdraft/changes/Category/Person.patch.json", False),
        (".gitdraft/changes/category/.patch.json", False),
    ],
)
def test_change_paths(path: str, known: bool) -> None:
    assert (parse_change_path(path) is not None) == known


def test_headers_tombstones_operations_resolutions_round_trip() -> None:
    header = DraftHeader(
        "Title",
        "",
        "Ann <a@x>",
        "cli",
        DraftStatus.DRAFT,
        AT,
        Oid(OID),
        (StatusChange(DraftStatus.DRAFT, AT, "Ann", "r"),),
    )
    assert read_draft_header(write_draft_header(header)) == header
    for tombstone in (
        RedirectTombstone("Q1", "Q42", "same", "Ann", AT),
        DeletedTombstone("Q5", "gone", "Ann", AT, {"id": "Q5"}),
        ErasedTombstone("Q6", "private", "Ann", AT),
    ):
        assert read_tombstone(write_tombstone(tombstone), "x") == tombstone
    operation = Operation(
        "0f" * 6,
        "set",
        "s",
        Actor("Ann", "a@x"),
        AT,
        (RefMove(RefName("refs/heads/x"), None, Oid(OID)), RefMove(RefName("r"), Oid(OID), None)),
        "ab",
    )
    assert read_operation(write_operation(operation), "x") == operation
    answers = (
        Resolution("/a", "modify/modify", 1, None, ABSENT),
        Resolution("", "create/create", ABSENT, {}, [1]),
    )
    assert read_resolutions(write_resolutions(answers), "x") == answers


@pytest.mark.parametrize(
    "members",
    [
        {"status": "open"},
        {"created_at": "yesterday"},
        {"created_from": "main"},
        {"title": ""},
        {"version": "1"},
        {"history": {}},
    ],
)
def test_bad_headers_name_the_member(members: dict[str, object]) -> None:
    header = DraftHeader("Title", "", "Ann <a@x>", "cli", DraftStatus.DRAFT, AT, Oid(OID))
    content = json.dumps({**json.loads(write_draft_header(header)), **members}).encode()
    with pytest.raises(InvalidInput, match=next(iter(members))):
        read_draft_header(content)


def test_trailers_cannot_be_forged() -> None:
    message = append_trailers(
        "Title\n\nGitdraft-Draft: somebody-else\x00", {"Gitdraft-Draft": "mine\nGitdraft-Author: x"}
    )
    assert read_trailers(message) == {"Gitdraft-Draft": "mine Gitdraft-Author: x"}
    assert "  Gitdraft-Draft: somebody-else" in message


@given(st.text(alphabet="ab \n:Gitdraft-", max_size=60))
def test_trailers_come_off_as_they_went_on(text: str) -> None:
    assume(text.strip())
    once = append_trailers(text, {"Gitdraft-Draft": "x"})
    assert read_trailers(once) == {"Gitdraft-Draft": "x"}
    assert append_trailers(strip_trailers(once), {"Gitdraft-Draft": "x"}).split() == once.split()


def test_every_mistake_of_a_configuration_is_told_with_its_line() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_configuration(
            b"version: two\nentities:\n  category:\n    path: categories\n    shcema: x\n    references:\n      /parents/*: catgory\n"
        )
    problems = [(p["line"], p["path"]) for p in refused.value.context["problems"]]
    assert problems == [
        (1, "version"),
        (4, "entities.category.path"),
        (5, "entities.category.shcema"),
        (7, "entities.category.references./parents/*"),
    ]
    assert "did you mean 'schema'?" in refused.value.details[2]
    assert "did you mean 'category'?" in refused.value.details[3]


def test_types_whose_files_could_be_one_are_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_configuration(
            b"entities:\n  a: {path: 'x/{key}.json', nested: true}\n  b: {path: 'x/y/{key}.json'}\n"
        )
    assert "could be of type" in refused.value.details[0]


def test_an_unknown_type_has_a_near_one() -> None:
    configuration = parse_configuration(b"entities:\n  category: {path: 'c/{key}.json'}\n")
    with pytest.raises(NotFound) as refused:
        configuration.path_of(EntityRef("catgory", "x"))
    assert refused.value.hint == "did you mean 'category'?"


def test_a_proposal_is_a_configuration() -> None:
    files = {
        "categories/Person.json": b'{"key": "Person"}',
        "categories/_schema.json": b"{}",
        "api/_globals/atob.json": b"{}",
        "api/AbortController.json": b"{}",
        "node/package.json": b"{}",
        ".github/x.json": b"{}",
        "odd/a*b.json": b"{}",
        "odd/fine.json": b"{}",
        "README.md": b"",
    }
    text = propose_configuration(tuple(files), files.__getitem__).text
    found = parse_configuration(text.encode()).entities
    assert set(found) == {"category", "api", "odd"}
    assert found["category"].schema == "categories/_schema.json"
    assert found["category"].id_pointer == "/key"
    assert found["api"].nested
    assert "a*b.json" in text

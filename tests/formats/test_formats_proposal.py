"""What `init` proposes for repositories as there are: package buckets, compatibility data, dumps of a Wikibase."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gitdraft.formats.configuration import EntityType, parse_configuration
from gitdraft.formats.proposal import Proposal, propose_configuration
from gitdraft.model.lists import Keyed, ListRule


def propose(files: dict[str, Any], **options: Any) -> Proposal:
    contents = {path: json.dumps(content).encode() for path, content in files.items()}
    return propose_configuration(tuple(contents), contents.__getitem__, **options)


def types_of(proposal: Proposal) -> dict[str, EntityType]:
    return dict(parse_configuration(proposal.text.encode()).entities)


def rule_at(entity_type: EntityType, pointer: str) -> ListRule | None:
    return next((rule for pattern, rule in entity_type.lists if "/" + "/".join(pattern) == pointer), None)


BUCKET: dict[str, Any] = {
    **{
        f"bucket/app-{n}.json": {"version": f"1.{n}", "homepage": "https://x.org", "bin": f"a{n}.exe"}
        for n in range(30)
    },
    "config/settings.json": {"a": 1},
    "tests/one.json": {"id": "one"},
    "schema/manifest.json": {"type": "object"},
    "package.json": {"name": "main"},
    ".vscode/settings.json": {},
}


def test_a_bucket_of_packages() -> None:
    proposal = propose(BUCKET)
    types = types_of(proposal)
    assert {name: found.path.text for name, found in types.items()} == {"app": "bucket/{key}.json"}
    assert types["app"].id_pointer is None
    assert [(each.folder, each.files) for each in proposal.skipped] == [
        ("config", 1),
        ("schema", 1),
        ("tests", 1),
    ]
    assert proposal.types[0].reasons == ("no id: no member equals the file's name",)


def test_what_somebody_says_counts() -> None:
    types = types_of(propose(BUCKET, said={"bucket": "package", "config": "setting"}, skip=["tests"]))
    assert {name: found.path.folder for name, found in types.items()} == {
        "package": "bucket",
        "setting": "config",
    }
    deeper: dict[str, Any] = {"data/a/x.json": {}, "data/b/y.json": {}, "more/z.json": {}}
    types = types_of(propose(deeper, said={"data/a": "a"}, skip=["more"]))
    assert {name: found.path.folder for name, found in types.items()} == {"a": "data/a"}
    empty = types_of(propose({}, said={"things": "thing"}))
    assert (empty["thing"].path.folder, empty["thing"].id_pointer) == ("things", "/id")


@pytest.mark.parametrize(("wrong", "pointer"), [(0, "/code"), (2, "/code"), (10, None)])
def test_the_id_is_what_nearly_always_equals_the_name(wrong: int, pointer: str | None) -> None:
    files = {f"places/p{n}.json": {"title": f"p{n % 3}", "code": f"p{n}"} for n in range(100)}
    files |= {f"places/p{n}.json": {"title": "x", "code": "other"} for n in range(wrong)}
    assert types_of(propose(files))["place"].id_pointer == pointer


def test_lists_of_objects_with_a_unique_member_are_keyed() -> None:
    def form(n: int) -> dict[str, Any]:
        return {
            "fields": [{"name": "a", "label": "A"}, {"name": f"b{n}", "label": "A"}],
            "steps": [{"text": "Do this"}, {"text": "Do that"}],
            "rows": [{"sku": "a-1", "n": 1}, {"sku": "a-2", "n": 1}],
            "support": [{"version_added": "4"}, {"version_added": "5"}],
            "tags": ["a", "b"],
            "by_language": {f"l{n}-{i}": [{"id": 1}, {"id": 2}] for i in range(12)},
        }

    entity_type = types_of(propose({f"forms/f{n}.json": form(n) for n in range(6)}))["form"]
    assert rule_at(entity_type, "/fields") == Keyed(("name",))
    assert rule_at(entity_type, "/rows") == Keyed(("sku",))
    assert rule_at(entity_type, "/by_language/*") == Keyed(("id",))
    assert len(entity_type.lists) == 3


def test_a_dump_of_a_wikibase() -> None:
    def entity(name: str) -> dict[str, Any]:
        value = {"type": "wikibase-entityid", "value": {"entity-type": "item", "id": "Q1"}}
        claim = {"id": f"{name}$1", "mainsnak": {"property": "P1", "datavalue": value}}
        return {"id": name, "labels": {}, "claims": {"P1": [claim]}}

    items = {f"items/Q{n}.json": entity(f"Q{n}") for n in range(1, 4)}
    alone = types_of(propose(items))["item"]
    assert alone.id_pointer == "/id"
    assert rule_at(alone, "/claims/*") == Keyed(("id",))
    assert rule_at(alone, "/claims/*/*/references") == Keyed(("hash",))
    assert alone.aliases
    both = propose({**items, "properties/P1.json": entity("P1")})
    assert "types: {Q: item, P: property}" in both.text
    assert "/claims: {members: property}" in both.text
    assert set(types_of(both)) == {"item", "property"}


def test_files_that_are_no_objects_are_no_entities() -> None:
    proposal = propose({"lists/a.json": [1], "lists/b.json": [2], "things/a.json": {}})
    assert set(types_of(proposal)) == {"thing"}
    assert [(each.folder, each.reason) for each in proposal.skipped] == [
        ("lists", "its files are no JSON objects")
    ]


PEOPLE = {f"data/people/p{n}.json": {"slug": f"p{n}", "orcid": n, "born_in": "x"} for n in range(20)}
PLACES = {f"data/places/l{n}.json": {"slug": f"l{n}", "part_of": []} for n in range(3)}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({**PEOPLE, **PLACES, "data/index.json": [1]}, {"people": "data/people", "place": "data/places"}),
        (  # one kind of thing, spread over folders
            {f"data/{year}/p{n}.json": {"slug": f"p{n}"} for year in (2020, 2021) for n in range(3)},
            {"data": "data"},
        ),
        (  # a name that says what they are, and no ids
            {"css/at-rules/x.json": {"a": 1}, "css/types/y.json": {"b": 1}},
            {"css": "css"},
        ),
        (
            {"things/a/_schema.json": {}, "things/a/x.json": {}, "things/b/_schema.json": {}, "things/b/y.json": {}},
            {"a": "things/a", "b": "things/b"},
        ),
        ({f"w{n}.json": {"id": f"w{n}"} for n in range(3)} | {"package.json": {}}, {"entity": ""}),
        ({"renovate.json": {"extends": []}, "things/x.json": {}}, {"thing": "things"}),
    ],
)  # fmt: skip
def test_folders_of_folders_and_files_at_the_root(files: dict[str, Any], expected: dict[str, str]) -> None:
    types = types_of(propose(files))
    assert {name: found.path.folder for name, found in types.items()} == expected


def test_what_lies_beside_folders_of_types_is_named() -> None:
    proposal = propose({**PEOPLE, **PLACES, "data/index.json": [1], "renovate.json": {}})
    assert [(each.folder, each.files, each.reason) for each in proposal.skipped] == [
        ("data", 1, "types lie in folders of it"),
        (".", 1, "no member equals the file's name"),
    ]


def test_wikibase_entities_as_their_addresses_give_them() -> None:
    entity = {"id": "Q1", "labels": {}, "claims": {}}
    found = types_of(
        propose({"items/Q1.json": entity, "items/Q2.json": {"entities": {"Q2": entity | {"id": "Q2"}}}})
    )
    assert found["item"].id_pointer == "/id"
    assert rule_at(found["item"], "/claims/*") == Keyed(("id",))
    deeper = propose({f"items/Q{n}/Q{n}.json": entity | {"id": f"Q{n}"} for n in range(3)})
    assert (
        "no id: /id is the file's name alone, and a key has the folders below items/ too"
        in deeper.types[0].reasons
    )

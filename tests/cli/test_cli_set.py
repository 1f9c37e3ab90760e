"""`set`: values keep the kind that their place has, names beside pointers, lists that grow and shrink, nothing typed is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "license": {"$ref": "#/$defs/text"},
        "version": {"$ref": "#/$defs/text"},
        "count": {"type": ["integer", "string"]},
        "note": {"type": ["string", "null"]},
        "flag": {"type": "boolean"},
        "size": {"enum": ["1", "2"]},
        "either": {"anyOf": [{"type": "string"}, {"type": "number"}]},
        "keywords": {"type": "array", "items": {"type": "string"}},
        "years": {"type": "array", "items": {"type": "integer"}},
        "address": {"type": "object", "properties": {"city": {"type": "string"}, "lines": {"type": "array"}}},
    },
    "$defs": {"text": {"allOf": [{"type": "string"}, {"minLength": 1}]}},
}


@pytest.fixture
def things(sandbox: Sandbox) -> Sandbox:
    """Types with a schema (`thing`) and without (`free`), an entity of each, and a current draft."""
    sandbox.write(
        "gitdraft.yaml",
        "entities:\n  thing: {path: 'things/{key}.json', schema: thing.json}\n  free: {path: 'free/{key}.json'}\n",
    )
    sandbox.write("thing.json", SCHEMA)
    sandbox.write("things/T.json", {"id": "T", "license": "MIT"})
    sandbox.write(
        "free/F.json",
        {"text": "a", "number": 1, "tags": ["a", "b"], "mixed": [1, "a"], "a.b": 1, "a": {"b": 2}},
    )
    sandbox.commit("things")
    sandbox.run("new", "Fix", "--id", "fix")
    return sandbox


def now(sandbox: Sandbox, entity: str) -> Any:
    return json.loads(sandbox.run("view", entity, "--draft", "fix").out)


@pytest.mark.sweep(5)
@pytest.mark.parametrize(
    ("entity", "pointer", "typed", "value"),
    [
        ("thing/T", "/version", "2.40", "2.40"),
        ("thing/T", "/version", "true", "true"),
        ("thing/T", "/version", "null", "null"),
        ("thing/T", "/version", '"2.40"', "2.40"),
        ("thing/T", "/version", "{broken", "{broken"),
        ("thing/T", "/size", "1", "1"),
        ("thing/T", "/license", "3", "3"),
        ("thing/T", "/count", "5", 5),
        ("thing/T", "/count", "five", "five"),
        ("thing/T", "/count", "true", "true"),
        ("thing/T", "/note", "null", None),
        ("thing/T", "/note", "2.5", "2.5"),
        ("thing/T", "/either", "2.5", 2.5),
        ("thing/T", "/flag", "true", True),
        ("free/F", "/text", "2.40", "2.40"),
        ("free/F", "/text", "null", "null"),
        ("free/F", "/number", "2.5", 2.5),
        ("free/F", "/number", "x", "x"),
        ("free/F", "/new", "true", True),
        ("free/F", "/tags/0", "3", "3"),
    ],
)
def test_a_value_keeps_the_kind_of_its_place(
    things: Sandbox, entity: str, pointer: str, typed: str, value: Any
) -> None:
    answer = things.run("set", entity, pointer, typed)
    assert answer.code == 0, answer.err
    place: Any = now(things, entity)
    for token in pointer.split("/")[1:]:
        place = place[int(token)] if isinstance(place, list) else place[token]
    assert (place, type(place)) == (value, type(value))


def test_the_kind_can_be_forced(things: Sandbox) -> None:
    things.run("set", "free/F", "/text", "2.40", "--json")
    assert now(things, "free/F")["text"] == 2.4
    things.run("set", "free/F", "/number", '"5"', "--string")
    assert now(things, "free/F")["number"] == '"5"'
    assert things.run("set", "free/F", "/text", "no json", "--json").code == 20
    assert things.run("set", "free/F", "/text", "x", "--json", "--string").code == 2
    assert things.run("set", "free/F", "/other", "{broken").code == 20


@pytest.mark.parametrize("typed", ["-5", "-0.5", "-1e3", "-.5x"])
def test_a_negative_number_is_a_value(things: Sandbox, typed: str) -> None:
    for words in (("/x", typed), ("/x", typed, "-d", "fix"), ("-d", "fix", "/x", typed), ("/x", "--", typed)):
        answer = things.run("set", "free/F", *words)
        assert answer.code == 0, answer.err
        shown = now(things, "free/F")["x"]
        assert shown == (typed if typed == "-.5x" else float(typed))
    assert "no such option" in things.run("set", "free/F", "/x", "--nope").err


def test_values_from_standard_input_and_files(things: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text("two\nlines\n")
    assert things.run("set", "free/F", "/text", "-", stdin="from a pipe\n").code == 0
    assert now(things, "free/F")["text"] == "from a pipe"
    assert things.run("set", "free/F", f"text=@{file}", "number=-", stdin="[1]").code == 0
    assert (now(things, "free/F")["text"], now(things, "free/F")["number"]) == ("two\nlines", [1])
    things.run("set", "free/F", "/text", "@file", "--string")
    assert now(things, "free/F")["text"] == "@file"
    things.run("set", "free/F", "/text", "-", "--string", stdin="not read")
    assert now(things, "free/F")["text"] == "-"
    assert things.run("set", "free/F", "/text", "@nowhere").code == 40
    file.write_bytes(b"\xff")
    assert things.run("set", "free/F", "/text", f"@{file}").code == 20
    assert things.run("-C", str(things.path / "free"), "set", "free/F", "/number", "@F.json").code == 0
    assert things.run("set", "free/F", "a=-", "b=-").code == 2


def test_it_says_added_or_replaced_and_what_may_be_meant(things: Sandbox) -> None:
    assert things.run("set", "thing/T", "/license", "GPL").out.splitlines() == [
        "modified thing/T in fix",
        "  replaced /license",
    ]
    assert "  added /licence (did you mean /license?)" in things.run("set", "thing/T", "/licence", "x").out
    assert "  added /verison (did you mean /version?)" in things.run("set", "thing/T", "verison=1").out
    assert "  added /version\n" in things.run("set", "thing/T", "/version", "1").out
    answer = things.run("-o", "json", "set", "free/F", "/Text", "x").json
    assert answer["places"] == [
        {"entity": "free/F", "pointer": "/Text", "action": "added", "did_you_mean": "/text"}
    ]
    again = things.run("set", "free/F", "/Text", "x")
    assert again.out == "nothing changed in fix: already the same\n"
    assert things.run("unset", "free/F", "/Text").out.splitlines()[1] == "  removed /Text"


def test_a_list_that_the_schema_has_is_made(things: Sandbox) -> None:
    assert things.run("set", "thing/T", "/keywords/-", "2020").code == 0
    assert things.run("set", "thing/T", "/years/-", "2020").code == 0
    assert things.run("set", "thing/T", "/address/lines/-", "x").code == 0
    shown = now(things, "thing/T")
    assert (shown["keywords"], shown["years"], shown["address"]) == (["2020"], [2020], {"lines": ["x"]})
    refused = things.run("set", "free/F", "/keywords/-", "x")
    assert (refused.code, "gitdraft set free/F /keywords '[\"x\"]' makes it" in refused.err) == (22, True)


def test_members_by_name_in_one_commit(things: Sandbox) -> None:
    before = things.git("rev-parse", "draft/fix")
    answer = things.run(
        "set", "free/F", "text=Human", "tags+=c", "tags-=a", "tags+=b", "tags-=z", "address.city=Rome"
    )
    assert answer.out.splitlines() == [
        "modified free/F in fix",
        "  replaced /text",
        "  added /tags/2",
        "  removed /tags/0",
        "  unchanged: /tags/0 is there already",
        "  unchanged: /tags has no such element",
        "  added /address",
    ]
    shown = now(things, "free/F")
    assert (shown["text"], shown["tags"], shown["address"]) == ("Human", ["b", "c"], {"city": "Rome"})
    assert things.git("rev-parse", "draft/fix~1") == before
    same = things.run("set", "free/F", "tags+=b", "tags-=z")
    assert same.out.splitlines() == [
        "nothing changed in fix: already the same",
        "  unchanged: /tags/0 is there already",
        "  unchanged: /tags has no such element",
    ]


def test_a_member_of_that_literal_name_wins(things: Sandbox) -> None:
    things.run("set", "free/F", "a.b=9")
    assert (now(things, "free/F")["a.b"], now(things, "free/F")["a"]) == (9, {"b": 2})
    things.run("set", "free/F", "a.c=9", "x=a=b", "..=1")
    shown = now(things, "free/F")
    assert (shown["a"], shown["x"], shown[".."]) == ({"b": 2, "c": 9}, "a=b", 1)


def test_elements_keep_the_kind_of_their_list(things: Sandbox) -> None:
    things.run("set", "free/F", "tags+=2020", "mixed+=2", "mixed-=1", "made+=x", "made+=5")
    things.run("set", "thing/T", "keywords+=1", "years+=1", "years+=1")
    shown, thing = now(things, "free/F"), now(things, "thing/T")
    assert (shown["tags"], shown["mixed"], shown["made"]) == (["a", "b", "2020"], ["a", 2], ["x", "5"])
    assert (thing["keywords"], thing["years"]) == (["1"], [1])


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["text+=b"], 22, "is a text, not a list"),
        (["number-=b"], 22, "is a number, not a list"),
        (["text", "b"], 20, "did you mean text=b?"),
        (["text"], 20, "no NAME=VALUE"),
        (["/text"], 2, "takes one VALUE"),
        (["/text", "a", "b"], 2, "takes one VALUE"),
        (["text.x=b"], 22, "is not there"),
    ],
)
def test_what_is_refused_changes_nothing(things: Sandbox, words: list[str], code: int, said: str) -> None:
    before = things.refs()
    answer = things.run("set", "free/F", *words)
    assert (answer.code, said in answer.err, answer.out) == (code, True, ""), answer.err
    assert things.refs() == before


def test_the_whole_document_is_a_place(things: Sandbox) -> None:
    assert things.run("set", "free/F", "", '{"text": "b"}').code == 0
    assert now(things, "free/F") == {"text": "b"}


def test_a_schema_that_turns_in_circles_says_what_it_can(things: Sandbox) -> None:
    things.write(
        "thing.json",
        {
            "$ref": "other.json#tree",
            "allOf": [{"$ref": "#"}, {"$ref": "other.json"}],
            "properties": {"version": {"anyOf": [{"$ref": "#/properties/version"}, {"type": "string"}]}},
        },
    )
    things.write(
        "other.json",
        {"$defs": {"t": {"$anchor": "tree", "patternProperties": {"^v": {"const": "5"}}}}},
    )
    things.commit("circles")
    answer = things.run("set", "thing/T", "/v", "5", "--allow-invalid")
    assert answer.code == 0, answer.err
    assert now(things, "thing/T")["v"] == "5"


def test_the_shell_completes_pointers_and_names(things: Sandbox) -> None:
    def completed(*words: str, last: str = "") -> dict[str, str]:
        line = " ".join(["gitdraft", *words, last])
        out = things.run(
            COMP_WORDS=line, COMP_CWORD=str(len(words) + 1), _GITDRAFT_COMPLETE="zsh_complete"
        ).out
        parts = out.split("\n")
        return {parts[i + 1].replace("\\:", ":"): parts[i + 2] for i in range(0, len(parts) - 2, 3)}

    assert completed("set", "thing/T", last="/l") == {"/license": '"MIT"'}
    assert completed("set", "thing/T", last="/v") == {"/version": "not there yet"}
    assert completed("set", "thing/T", last="/address/") == {
        "/address/city": "not there yet",
        "/address/lines": "not there yet",
    }
    assert completed("set", "free/F", last="/tags/") == {
        "/tags/0": '"a"',
        "/tags/1": '"b"',
        "/tags/-": "after the last",
    }
    assert completed("set", "free/F", last="te") == {"text=": '"a"'}
    assert completed("set", "free/F", "x=1", last="a.") == {"a.b=": "2"}
    assert completed("unset", "free/F", last="/n") == {"/number": "1"}
    assert completed("set", "free/Nothing", last="/") == {}

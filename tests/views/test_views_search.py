"""Searching canonical and drafts: any part of a word in any script, members at a pointer, by an index that can be deleted."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from sandbox import Sandbox

from gitdraft.formats.queries import parse_query
from gitdraft.index import search_tables
from gitdraft.model.queries import Member, OfType, Term, Word

TEXTS = {
    "categories/Tokyo.json": {
        "id": "Tokyo",
        "label": "東京都",
        "description": "Straße nach Ōsaka",
        "rank": 12345,
    },
    "categories/York.json": {
        "id": "York",
        "label": "New York",
        "description": "true",
        "parents": ["Agent", "Person"],
    },
}


@pytest.fixture
def searched(sandbox: Sandbox) -> Sandbox:
    for path, document in TEXTS.items():
        sandbox.write(path, document)
    sandbox.commit("more")
    return sandbox


def matches(sandbox: Sandbox, query: str, *options: str) -> list[str]:
    answer = sandbox.run("-o", "json", "search", *options, "--", query)
    assert answer.code == 0, answer.err
    assert answer.json["kind"] == "gitdraft.search/v1"
    return [entity["entity"].partition("/")[2] for entity in answer.json["entities"]]


QUERIES = [
    ("person", ["Person", "York"]),
    ("ERSO", ["Person", "York"]),
    ("京", ["Tokyo"]),
    ("東京都", ["Tokyo"]),
    ("STRASSE", ["Tokyo"]),
    ("ōsaka", ["Tokyo"]),
    ("2345", ["Tokyo"]),
    ("human being", ["Person"]),
    ('"human being"', ["Person"]),
    ('"being human"', []),
    ("person -york", ["Person"]),
    ("-person -york type:category", ["Agent", "Tokyo"]),
    ("type:property", ["name", "unused"]),
    ("-type:category", ["name", "unused"]),
    ("/parents/*=Agent", ["Person", "York"]),
    ("/parents/0=Agent", ["Person", "York"]),
    ("/parents/1=Agent", []),
    ('/label="New York"', ["York"]),
    ("/label=New", []),
    ("/rank=12345", ["Tokyo"]),
    ("/rank=12345.0", ["Tokyo"]),
    ("/description=true", ["York"]),
    ("/rank", ["Tokyo"]),
    ("-/rank type:category", ["Agent", "Person", "York"]),
    ("/label=person", []),
    ('"/label"', []),
    ("xt", ["name", "unused"]),
]


@pytest.mark.sweep(6)
@pytest.mark.parametrize(("query", "expected"), QUERIES)
def test_a_query_finds_what_it_asks_for(searched: Sandbox, query: str, expected: list[str]) -> None:
    assert matches(searched, query) == expected


@pytest.mark.sweep(6)
@pytest.mark.parametrize(("query", "expected"), QUERIES)
def test_without_an_index_it_finds_the_same(
    searched: Sandbox, monkeypatch: pytest.MonkeyPatch, query: str, expected: list[str]
) -> None:
    monkeypatch.setattr(search_tables, "can_search", lambda _: False)
    assert matches(searched, query) == expected


def test_labels_types_limits_and_lines(searched: Sandbox) -> None:
    document = searched.run("-o", "json", "search", "york").json
    assert document["entities"] == [{"entity": "category/York", "type": "category", "label": "New York"}]
    assert matches(searched, "e", "--type", "property") == ["name", "unused"]
    assert matches(searched, "type:category", "-n", "2") == ["Agent", "Person"]
    assert searched.run("search", "york").out == "category/York  New York\n"
    assert searched.run("search", "nowhere").out == "no entity matches\n"
    lines = searched.run("-o", "jsonl", "search", "york").out.splitlines()
    assert len(lines) == 2


def test_the_index_follows_canonical_and_drafts(searched: Sandbox) -> None:
    assert matches(searched, "robot") == []
    searched.change("categories/Agent.json", label="Robot")
    assert matches(searched, "robot") == ["Agent"]
    searched.git("rm", "--quiet", "categories/Tokyo.json")
    searched.commit("gone")
    assert matches(searched, "京") == []
    searched.run("new", "Fix", "--id", "fix")
    searched.run("set", "category/Agent", "/label", "Android")
    searched.run("create", "category/Robin", "-", stdin='{"id": "Robin", "label": "A Robot"}')
    searched.run("delete", "property/unused", "--reason", "unused")
    assert matches(searched, "robot", "-d", "fix") == ["Robin"]
    assert matches(searched, "android", "-d", "fix") == ["Agent"]
    assert matches(searched, "android") == []
    assert matches(searched, "unused", "-d", "fix") == []
    assert searched.run("index", "verify").code == 0
    assert searched.run("index", "rebuild").code == 0
    assert matches(searched, "robot") == ["Agent"]


def test_an_index_of_another_version_is_built_again(searched: Sandbox) -> None:
    assert matches(searched, "person") == ["Person", "York"]
    file = searched.path / ".git/gitdraft/index.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 3")
    connection.close()
    assert matches(searched, "person") == ["Person", "York"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", 20),
        ('"open', 20),
        ("/a~2=b", 20),
        ('""', 20),
        ("type:person", 40),
        ("-type:person x", 40),
    ],
)
def test_what_is_no_query_is_refused(searched: Sandbox, query: str, code: int) -> None:
    answer = searched.run("-o", "json", "search", "--", query)
    assert answer.code == code


def test_the_grammar() -> None:
    def terms(text: str) -> list[Any]:
        return list(parse_query(text))

    assert terms('a -b "-c d" -"e f"') == [
        Term(Word("a")),
        Term(Word("b"), True),
        Term(Word("-c d")),
        Term(Word("e f"), True),
    ]
    assert terms("type:x -type:y -") == [Term(OfType("x")), Term(OfType("y"), True), Term(Word("-"))]
    assert terms('/a~1b/*="x\\"y z"') == [Term(Member(("a/b", "*"), 'x"y z'))]
    assert terms("/a=5 /b= /c") == [
        Term(Member(("a",), "5", 5)),
        Term(Member(("b",), "")),
        Term(Member(("c",))),
    ]
    assert terms('/a"="b=c') == [Term(Member(("a=b",), "c"))]


def test_ls_takes_a_prefix_and_a_condition(searched: Sandbox) -> None:
    def keys(*arguments: str) -> list[str]:
        return [e["key"] for e in searched.run("-o", "json", "ls", *arguments).json["entities"]]

    assert keys("category/P") == ["Person"]
    assert keys("category/") == ["Agent", "Person", "Tokyo", "York"]
    assert keys("--where", "/parents/*=Agent") == ["Person", "York"]
    assert keys("category/Y", "--where", "/parents/*=Agent") == ["York"]
    assert keys("--where", "/parents/*=Agent", "--where", "-york") == ["Person"]
    searched.run("new", "Fix", "--id", "fix")
    searched.run("unset", "category/York", "/parents")
    assert keys("--where", "/parents", "-d", "fix") == ["Person"]
    assert keys("--where", "type:category", "-d", "fix", "--changed") == ["York"]
    assert searched.run("ls", "categry/P").code == 40

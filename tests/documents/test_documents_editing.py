"""Edits keep a file's formatting: exact texts for every style."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gitdraft.documents.edit import edit_json
from gitdraft.errors import InvalidInput

TWO_SPACES = """\
{
  "id": "Person",
  "tags": ["a", "b"],
  "meta": {
    "n": 1
  }
}
"""


def edited(original: str, new: Any) -> str:
    return edit_json(original.encode(), new).decode()


def member(text: str, name: str, value: Any) -> Any:
    return {**json.loads(text), name: value}


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        pytest.param(
            member(TWO_SPACES, "id", "Human"), TWO_SPACES.replace('"Person"', '"Human"'), id="a scalar"
        ),
        pytest.param(
            member(TWO_SPACES, "new", 1),
            TWO_SPACES.replace("  }\n}", '  },\n  "new": 1\n}'),
            id="a new last member adds a comma",
        ),
        pytest.param(
            {"id": "Person", "new": None, "tags": ["a", "b"], "meta": {"n": 1}},
            TWO_SPACES.replace('  "tags"', '  "new": null,\n  "tags"'),
            id="a new member follows the one before it",
        ),
        pytest.param(
            {"new": 1, **json.loads(TWO_SPACES)},
            TWO_SPACES.replace('  "id"', '  "new": 1,\n  "id"'),
            id="or comes first",
        ),
        pytest.param(
            {"tags": ["a", "b"], "meta": {"n": 1}},
            TWO_SPACES.replace('  "id": "Person",\n', ""),
            id="the first member goes",
        ),
        pytest.param(
            {"id": "Person", "meta": {"n": 1}},
            TWO_SPACES.replace('  "tags": ["a", "b"],\n', ""),
            id="one in the middle goes",
        ),
        pytest.param(
            {"id": "Person", "tags": ["a", "b"]},
            TWO_SPACES.replace(',\n  "meta": {\n    "n": 1\n  }', ""),
            id="the last member goes, and the comma before it",
        ),
        pytest.param(
            {"id": "Person", "labels": ["a", "b"], "meta": {"n": 1}},
            TWO_SPACES.replace('"tags"', '"labels"'),
            id="a renamed member keeps its place and its text",
        ),
        pytest.param(
            member(TWO_SPACES, "tags", ["a", "c", "b"]),
            TWO_SPACES.replace('"a", "b"', '"a", "c", "b"'),
            id="an array on one line stays on it",
        ),
        pytest.param(member(TWO_SPACES, "tags", []), TWO_SPACES.replace('["a", "b"]', "[]"), id="emptied"),
        pytest.param(
            member(TWO_SPACES, "aliases", ["x", "y"]),
            TWO_SPACES.replace("  }\n}", '  },\n  "aliases": ["x", "y"]\n}'),
            id="a new array is written as the other one is",
        ),
        pytest.param(
            member(TWO_SPACES, "more", {"a": {"tags": ["x"]}, "b": {}}),
            TWO_SPACES.replace(
                "  }\n}",
                '  },\n  "more": {\n    "a": {\n      "tags": ["x"]\n    },\n    "b": {}\n  }\n}',
            ),
            id="so are those inside new objects",
        ),
        pytest.param(
            member(TWO_SPACES, "meta", {"n": 1, "m": [1, [2]]}),
            TWO_SPACES.replace('    "n": 1', '    "n": 1,\n    "m": [\n      1,\n      [2]\n    ]'),
            id="an array of another kind is not",
        ),
        pytest.param(
            member(TWO_SPACES, "id", {"a": 1}),
            TWO_SPACES.replace('"Person"', '{\n    "a": 1\n  }'),
            id="a scalar becomes an object",
        ),
        pytest.param(
            member(TWO_SPACES, "meta", None),
            TWO_SPACES.replace('{\n    "n": 1\n  }', "null"),
            id="an object becomes a scalar",
        ),
        pytest.param({}, "{}\n", id="everything goes"),
        pytest.param([1], "[\n  1\n]\n", id="another document"),
        pytest.param(
            {"meta": {"n": 1}, "tags": ["a", "b"], "id": "Person"}, TWO_SPACES, id="order alone is no change"
        ),
        pytest.param(
            {"meta": {"n": 2}, "tags": ["a", "b"], "new": 1, "id": "Person"},
            '{\n  "id": "Person",\n  "tags": ["a", "b"],\n  "new": 1,\n  "meta": {\n    "n": 2\n  }\n}\n',
            id="members that stay keep the order they have",
        ),
    ],
)
def test_edits_of_a_file_indented_by_two(new: Any, expected: str) -> None:
    assert edited(TWO_SPACES, new) == expected


@pytest.mark.parametrize(
    ("original", "new", "expected"),
    [
        pytest.param(
            '{\n    "a": {\n        "b": 1\n    }\n}\n',
            {"a": {"b": 1, "c": {"d": 2}}},
            '{\n    "a": {\n        "b": 1,\n        "c": {\n            "d": 2\n        }\n    }\n}\n',
            id="four spaces",
        ),
        pytest.param(
            '{\n\t"a": [\n\t\t1\n\t]\n}\n',
            {"a": [1, 2], "b": [3]},
            '{\n\t"a": [\n\t\t1,\n\t\t2\n\t],\n\t"b": [\n\t\t3\n\t]\n}\n',
            id="tabs",
        ),
        pytest.param(
            '{\r\n  "a": 1,\r\n  "b": 2\r\n}\r\n',
            {"a": 1, "b": [3], "c": 4},
            '{\r\n  "a": 1,\r\n  "b": [\r\n    3\r\n  ],\r\n  "c": 4\r\n}\r\n',
            id="CRLF",
        ),
        pytest.param('{\n  "a": 1\n}', {"a": 2}, '{\n  "a": 2\n}', id="no final newline"),
        pytest.param(
            '\n\n{\n  "a": 1\n}\n\n\n', {"a": 2}, '\n\n{\n  "a": 2\n}\n\n\n', id="blank lines around"
        ),
        pytest.param(
            '{"a":1,"b":[1,2]}',
            {"a": 1, "b": [1, 2, 3], "c": {"d": [4, 5]}},
            '{"a":1,"b":[1,2,3],"c":{"d":[4,5]}}',
            id="minified",
        ),
        pytest.param(
            '{"a": 1, "b": [1, 2]}\n',
            {"a": 1, "b": [2], "c": {"d": [4, 5], "e": 6}},
            '{"a": 1, "b": [2], "c": {"d": [4, 5], "e": 6}}\n',
            id="one line",
        ),
        pytest.param("[1,2]", [1, 2, [3, 4]], "[1,2,[3,4]]", id="a minified array"),
        pytest.param(
            '{ "a": [ 1, 2 ] }',
            {"a": [1, 2, 3], "b": {"c": []}},
            '{ "a": [ 1, 2, 3 ], "b": { "c": [] } }',
            id="padded brackets",
        ),
        pytest.param(
            '{\n  "a" : 1,\n  "b" : 2\n}\n',
            {"a": 1, "b": {"c": 3}, "d": 4},
            '{\n  "a" : 1,\n  "b" : {\n    "c" : 3\n  },\n  "d" : 4\n}\n',
            id="space before the colon",
        ),
        pytest.param(
            '{\n"a": 1,\n"b": [\n1\n]\n}\n',
            {"a": 1, "b": [1, 2], "c": {"d": 3}},
            '{\n"a": 1,\n"b": [\n1,\n2\n],\n"c": {\n"d": 3\n}\n}\n',
            id="no indentation",
        ),
        pytest.param(
            '{ "a": 1\n, "b": 2\n, "c": 3\n}\n',
            {"a": 1, "c": 3, "d": 4},
            '{ "a": 1\n, "c": 3\n, "d": 4\n}\n',
            id="leading commas",
        ),
        pytest.param(
            '{\n  "a": 1,\n\n  "b": 2,\n\n  "c": 3\n}\n',
            {"a": 1, "b": 3, "c": 3, "d": 4},
            '{\n  "a": 1,\n\n  "b": 3,\n\n  "c": 3,\n  "d": 4\n}\n',
            id="blank lines between members",
        ),
        pytest.param(
            '{\n  "a": 1,\n\n  "b": 2,\n\n  "c": 3\n}\n',
            {"a": 1, "c": 3},
            '{\n  "a": 1,\n\n  "c": 3\n}\n',
            id="a blank line goes with the member below it",
        ),
        pytest.param(
            '{\n  "rows": [\n    1, 2, 3,\n    4, 5, 6\n  ]\n}\n',
            {"rows": [1, 2, 3, 4, 5, 6, 7]},
            '{\n  "rows": [\n    1, 2, 3,\n    4, 5, 6, 7\n  ]\n}\n',
            id="rows of numbers",
        ),
        pytest.param(
            '{\n  "a": 1.0,   \n  "b":   [ ]  ,\n  "c": 2\n}\n',
            {"a": 1.0, "b": [], "c": 3},
            '{\n  "a": 1.0,   \n  "b":   [ ]  ,\n  "c": 3\n}\n',
            id="stray spaces",
        ),
        pytest.param(
            '{\n  "p": { "x": 1, "y": 2 },\n  "q": { "x": 3, "y": 4 }\n}\n',
            {"p": {"x": 1, "y": 5}, "q": {"x": 3, "y": 4}, "r": {"x": 6, "y": 7}},
            '{\n  "p": { "x": 1, "y": 5 },\n  "q": { "x": 3, "y": 4 },\n  "r": { "x": 6, "y": 7 }\n}\n',
            id="objects on one line",
        ),
        pytest.param(
            '{\n  "a": {},\n  "b": []\n}\n',
            {"a": {"x": 1}, "b": ["y"]},
            '{\n  "a": {\n    "x": 1\n  },\n  "b": [\n    "y"\n  ]\n}\n',
            id="what was empty opens on lines of its own",
        ),
        pytest.param(
            '{\n  "a": [1],\n  "b": []\n}\n',
            {"a": [1], "b": ["y", "z"]},
            '{\n  "a": [1],\n  "b": ["y", "z"]\n}\n',
            id="unless its siblings stand on one",
        ),
        pytest.param(
            '{\n  "a": [[], [1]]\n}\n',
            {"a": [[2, 3], [1], {"b": [4]}]},
            '{\n  "a": [[2, 3], [1], {"b": [4]}]\n}\n',
            id="inside one line all is on one line",
        ),
        pytest.param("{}\n", {"a": {"b": 1}}, '{\n  "a": {\n    "b": 1\n  }\n}\n', id="an empty document"),
        pytest.param("1", {"a": [1]}, '{\n  "a": [\n    1\n  ]\n}', id="a scalar document"),
        pytest.param(
            '{"a": {\n  "b": 1\n}}',
            {"a": {"b": 1, "c": {"d": 2}}, "e": 3},
            '{"a": {\n  "b": 1,\n  "c": {\n    "d": 2\n  }\n}, "e": 3}',
            id="brackets that share a line",
        ),
    ],
)
def test_new_parts_are_written_as_the_rest_is(original: str, new: Any, expected: str) -> None:
    assert edited(original, new) == expected


@pytest.mark.parametrize(
    ("original", "new", "expected"),
    [
        pytest.param(
            '{"a": 1E3, "b": 0.1000000000000000055511151231257827, "c": -0, "d": 1}',
            {"a": 1000.0, "b": 0.1, "c": 0, "d": 2},
            '{"a": 1E3, "b": 0.1000000000000000055511151231257827, "c": -0, "d": 2}',
            id="spelling of numbers",
        ),
        pytest.param(
            '{"a": "\\u00e9\\/\\u2028", "b\\u0062": "é", "c": 1}',
            {"a": "é/\u2028", "bb": "é", "c": 2},
            '{"a": "\\u00e9\\/\\u2028", "b\\u0062": "é", "c": 2}',
            id="escapes in strings and names",
        ),
        pytest.param(
            '{"a": "\\u00e9", "b": 1}', {"a": "\u00e9", "b": "\u00e8"}, '{"a": "\\u00e9", "b": "\\u00e8"}', id="ASCII"
        ),
        pytest.param('{"a": "é\\u00e9"}', {"a": "éé", "b": "è"}, '{"a": "é\\u00e9", "b": "è"}', id="not ASCII"),
        pytest.param('{"a": "e"}', {"a": "e", "b": "è"}, '{"a": "e", "b": "è"}', id="not decided: unescaped"),
        pytest.param('{"a": 1}', {"a": 1.0}, '{"a": 1.0}', id="the type of a number is a change"),
        pytest.param('{"a": 1, "b": 0}', {"a": True, "b": False}, '{"a": true, "b": false}', id="so are booleans"),
        pytest.param('{"a": 0.0}', {"a": -0.0}, '{"a": -0.0}', id="so is the sign of zero"),
        pytest.param(
            '{"a": "{\\"x\\": [1, 2]}", "b": "\\\\"}', {"a": '{"x": [1, 2]}', "b": "]"},
            '{"a": "{\\"x\\": [1, 2]}", "b": "]"}', id="brackets and quotes in strings",
        ),
        pytest.param('{"old": 1E3, "z": 1}', {"new": 1000.0, "z": 1}, '{"new": 1E3, "z": 1}', id="a renamed number"),
    ],
)  # fmt: skip
def test_what_is_not_changed_keeps_its_spelling(original: str, new: Any, expected: str) -> None:
    assert edited(original, new) == expected


FIELDS = """\
{
  "fields": [
    { "name": "a", "type": "string", "doc": "A" },
    {
      "name": "b",
      "type": "string",
      "doc": "B"
    },
    { "name": "c", "type": "string", "doc": "C" }
  ]
}
"""
A, B, C = json.loads(FIELDS)["fields"]
LINE_A, LINES_B, LINE_C = (
    '    { "name": "a", "type": "string", "doc": "A" }',
    '    {\n      "name": "b",\n      "type": "string",\n      "doc": "B"\n    }',
    '    { "name": "c", "type": "string", "doc": "C" }',
)
LINE_D = '    { "name": "d", "n": 1 }'
D = {"name": "d", "n": 1}


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        pytest.param([A, B, C, D], [LINE_A, LINES_B, LINE_C, LINE_D], id="appended"),
        pytest.param([D, A, B, C], [LINE_D, LINE_A, LINES_B, LINE_C], id="put first"),
        pytest.param([A, D, B, C], [LINE_A, LINE_D, LINES_B, LINE_C], id="put between"),
        pytest.param([B, C], [LINES_B, LINE_C], id="the first goes"),
        pytest.param([A, C], [LINE_A, LINE_C], id="one in the middle goes"),
        pytest.param([A, B], [LINE_A, LINES_B], id="the last goes"),
        pytest.param([C], [LINE_C], id="one stays"),
        pytest.param([C, A, B], [LINE_C, LINE_A, LINES_B], id="moved, each with its own text"),
        pytest.param(
            [A, {**B, "doc": "b"}, C], [LINE_A, LINES_B.replace('"B"', '"b"'), LINE_C], id="edited inside"
        ),
        pytest.param(
            [D, A, {**B, "doc": "b"}, C],
            [LINE_D, LINE_A, LINES_B.replace('"B"', '"b"'), LINE_C],
            id="edited inside after an insertion",
        ),
        pytest.param(
            [A, D, {**B, "doc": "b"}, C],
            [LINE_A, LINE_D, LINES_B.replace('"B"', '"b"'), LINE_C],
            id="and next to one",
        ),
        pytest.param(
            [{**B, "doc": "b"}, C], [LINES_B.replace('"B"', '"b"'), LINE_C], id="and next to a removal"
        ),
        pytest.param(
            [A, {**B, "more": [1]}, C],
            [LINE_A, LINES_B.replace('"B"', '"B",\n      "more": [\n        1\n      ]'), LINE_C],
            id="grown",
        ),
        pytest.param(
            [{**A, "more": [1]}, B, C], [LINE_A.replace(" }", ', "more": [1] }'), LINES_B, LINE_C], id="on one line"
        ),
    ],
)  # fmt: skip
def test_elements_of_an_array_keep_their_lines(fields: list[Any], lines: list[str]) -> None:
    expected = '{\n  "fields": [\n' + ",\n".join(lines) + "\n  ]\n}\n"
    assert edited(FIELDS, {"fields": fields}) == expected


def test_a_renamed_and_changed_member_is_edited_inside() -> None:
    original = '{\n  "old": {\n    "a": [1, 2],\n    "b": 1E3,\n    "c": 1\n  }\n}\n'
    new = {"new": {"a": [1, 2], "b": 1000.0, "c": 2}}
    assert edited(original, new) == original.replace("old", "new").replace('"c": 1', '"c": 2')


@pytest.mark.long
def test_a_large_array_that_is_all_new_is_written_in_time() -> None:
    old = [{"id": f"old{n}", "v": n} for n in range(2000)]
    new = [{"id": f"new{n}", "v": n} for n in range(2001)]
    assert json.loads(edited(json.dumps(old, indent=2), new)) == new


def test_a_file_that_is_no_json_is_refused() -> None:
    with pytest.raises(InvalidInput):
        edit_json(b'{"a": 1,}', {})

"""The lines of .gitattributes for entity files."""

from __future__ import annotations

import pytest
from sandbox import Sandbox

from gitdraft.formats.attributes import driver_lines, with_drivers
from gitdraft.formats.configuration import Configuration, parse_configuration


def configuration(*paths: str, nested: bool = False) -> Configuration:
    types = [f"  t{n}: {{path: '{path}', nested: {str(nested).lower()}}}\n" for n, path in enumerate(paths)]
    return parse_configuration(("version: 1\nentities:\n" + "".join(types)).encode())


@pytest.mark.parametrize(
    ("path", "pattern", "inside", "outside"),
    [
        ("categories/{key}.json", "categories/*.json", "categories/a.json", "x/categories/a.json"),
        ("things/{fanout:2}/{key}.json", "things/**/*.json", "things/a/b/x.json", "things/a/b/x.txt"),
        ("{key}.json", "/*.json", "a.json", "b/a.json"),
        ("my things/{key}.json", '"my things/*.json"', "my things/a.json", "my/a.json"),
        ("!odd/{key}.json", "/!odd/*.json", "!odd/a.json", "odd/a.json"),
        ("#odd/{key}.json", "/#odd/*.json", "#odd/a.json", "odd/a.json"),
        ("o[d]d/{key}.json", r"o\[d\]d/*.json", "o[d]d/a.json", "odd/a.json"),
        ('o"d [x]*/{key}.json', r'"o\"d \\[x\\]\\*/*.json"', 'o"d [x]*/a.json', 'o"d x/a.json'),
        ("日本/{key}.json", "日本/*.json", "日本/a.json", "a.json"),
    ],
)
def test_git_reads_each_line_as_it_is_meant(
    sandbox: Sandbox, path: str, pattern: str, inside: str, outside: str
) -> None:
    found = driver_lines(configuration(path))
    assert found == [f"{pattern} merge=gitdraft diff=gitdraft"]
    sandbox.write(".gitattributes", "".join(f"{line}\n" for line in found))
    said = sandbox.git("check-attr", "-z", "merge", "diff", "--", inside, outside).split("\0")
    assert said[2::3] == ["gitdraft", "gitdraft", "unspecified", "unspecified"]


def test_nested_keys_are_in_folders() -> None:
    assert driver_lines(configuration("a/{key}.json", nested=True)) == [
        "a/**/*.json merge=gitdraft diff=gitdraft"
    ]


def test_what_is_there_stays_and_nothing_is_written_twice() -> None:
    declared = configuration("a/{key}.json", "b/{key}.json", "c/{key}.json")
    before = b"*.png binary\r\n/a/*.json merge=union\nb/*.json text -merge"
    once = with_drivers(before, declared)
    assert once.startswith(before + b"\n")
    assert once.splitlines()[-1] == b"c/*.json merge=gitdraft diff=gitdraft"
    assert once.count(b"merge=gitdraft") == 1
    assert with_drivers(once, declared) == once


def test_an_empty_file_gets_a_line_a_type() -> None:
    assert with_drivers(b"", configuration("a/{key}.json")).splitlines()[1:] == [
        b"a/*.json merge=gitdraft diff=gitdraft"
    ]
    assert with_drivers(b"", configuration()) == b""

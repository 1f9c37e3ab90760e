"""Patterns that another engine reads as Python does."""

from __future__ import annotations

import re

import pytest

from gitdraft.documents.portable_patterns import portable_pattern

TEXTS = [
    *(
        "",
        "a",
        "a\n",
        "\n",
        "ab",
        "a.b",
        "a-b",
        "A1",
        "Q42",
        "Q42\n",
        "é",
        "٣",
        "_",
        "\u2028",
        "\r",
        "\x1c",
        "]",
        "[",
        "^",
    ),
    *(
        "\\",
        "aaa",
        "1.5",
        "a b",
        "a\tb",
        "\U00010d40",
        "\U0001d7d8",
        "&&",
        "{",
        "}",
        "2026-01-24",
        "foo/bar",
        "~",
        "x$",
    ),
]
TAKEN = [
    *("^Q[1-9][0-9]*$", r"^\d+$", r"^\w+$", r"^[\w.-]+$", r"^\s$", ".", "^.$", "a|b$", "^(a|b)+$", "(?:a)b?"),
    *(
        r"^[^/]+/[^/]+$",
        r"^\d{4}-\d{2}-\d{2}$",
        r"[\]\[\\^-]",
        r"[]a]",
        "[^]a]",
        "[a-]",
        r"\x41",
        r"\u0041",
        r"\.",
        "a{2,}",
    ),
    *(
        "^a*?$",
        r"\t",
        r"\$",
        "^(/([^~]|~[01])*)*$",
        "^[a-z][a-z0-9_-]{0,63}$",
        "",
        "&&",
        "^[ -~]*$",
        r"^\{\}$",
    ),
]
LEFT = [
    *(
        "(?i)a",
        "(?=a)",
        "(?!a)",
        r"\ba",
        r"(a)\1",
        "a$b",
        "a++",
        "[[a]",
        r"\p{L}",
        "(",
        "a{,3}",
        "(?P<x>a)",
        r"\Z",
        "^*",
        r"\D",
    ),
]


@pytest.mark.sweep(7)
@pytest.mark.parametrize("pattern", TAKEN)
def test_finds_the_same_as_python_in_another_engine(pattern: str) -> None:
    jsonschema_rs = pytest.importorskip("jsonschema_rs", reason="the extra `fast` is not installed")
    portable = portable_pattern(pattern)
    assert portable is not None
    validator = jsonschema_rs.Draft202012Validator({"pattern": portable})
    for text in TEXTS:
        assert validator.is_valid(text) == bool(re.search(pattern, text)), (portable, text)


@pytest.mark.parametrize("pattern", LEFT)
def test_what_no_rewriting_is_known_for_is_left(pattern: str) -> None:
    assert portable_pattern(pattern) is None


@pytest.mark.parametrize("pattern", [r"^\d$", r"^\w$", r"^\s$", r"^[^\w-]$", "^.$"])
def test_classes_have_the_characters_of_this_pythons_unicode(pattern: str) -> None:
    jsonschema_rs = pytest.importorskip("jsonschema_rs", reason="the extra `fast` is not installed")
    every = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    found = jsonschema_rs.Draft202012Validator({"pattern": portable_pattern(pattern)})
    by_python = re.compile(pattern)
    # in the planes of which the two differ at all, and a sample of the rest
    for text in every[:0x3000] + every[0x10000:0x12000] + every[::97]:
        assert found.is_valid(text) == bool(by_python.search(text)), hex(ord(text))

"""Hostile keys, types, draft ids and configurations get their expected answer."""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import parse_configuration
from gitdraft.formats.keys import (
    check_draft_id,
    decode_text,
    fold_key,
    normalise_key,
    normalise_type,
    slug,
)

CASES = json.loads((Path(__file__).parents[1] / "cases/nasty_inputs.json").read_text())
EXISTING = "Person"


def rows(surface: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in CASES if case["surface"] == surface]


def value(case: dict[str, Any]) -> Any:
    match case["encoding"]:
        case "base64":
            return decode_text(base64.b64decode(case["input"]))
        case "repeat":
            return "".join(text * times for text, times in case["input"])
        case _:
            return case["input"]


def key(text: Any) -> str:
    """A key beside the one that exists."""
    found = normalise_key(text)
    if found != EXISTING and fold_key(found) == fold_key(EXISTING):
        raise InvalidInput("it collides")
    return found


@pytest.mark.parametrize(
    ("check", "case"),
    [
        pytest.param(check, row.values[0], id=f"{surface}-{row.id}")
        for surface, check in (
            ("entity_key", key),
            ("entity_type", normalise_type),
            ("draft_id", check_draft_id),
        )
        for row in rows(surface)
    ],
)
def test_names(check: Callable[[Any], str], case: dict[str, Any]) -> None:
    if case["expect"] == "reject":
        with pytest.raises(InvalidInput):
            check(value(case))
        return
    stored = check(value(case))
    assert stored == unicodedata.normalize("NFC", value(case))
    assert (stored == value(case)) == (case["expect"] == "accept")


@pytest.mark.parametrize("case", rows("yaml_config"))
def test_configurations(case: dict[str, Any]) -> None:
    raw = (
        base64.b64decode(case["input"])
        if case["encoding"] == "base64"
        else value(case).encode("utf-8", "surrogatepass")
    )
    if case["expect"] == "reject":
        with pytest.raises(InvalidInput) as refused:
            parse_configuration(raw)
        assert refused.value.context.get("problems", refused.value.message)

    else:
        assert parse_configuration(raw).version == 1


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Ünïcödé!", "unicode"),
        ("CON", "draft-con"),
        ("deadbeef" * 5, "draft-" + "deadbeef" * 5),
        ("x" * 200, "x" * 40),
        ("人物", "renwu"),
        ("Исправить метку", "ispravit-metku"),
        ("Διόρθωση της ετικέτας", "diorthosi-tis-etiketas"),
        ("ラベルを直す", "raberuozhisu"),
        ("Straße & Œuvre", "strasse-oeuvre"),
        ("Fix: the label (of Person)", "fix-the-label-of-person"),
        ("Person's label", "persons-label"),
        ("", ""),
        ("---", ""),
    ],
)
def test_a_slug_is_a_draft_id_in_any_script(title: str, expected: str) -> None:
    assert slug(title) == expected
    assert not expected or check_draft_id(expected) == expected


def test_segments_of_a_nested_key_may_start_as_real_repositories_have_them() -> None:
    assert normalise_key("_globals/atob", nested=True) == "_globals/atob"
    assert normalise_key("properties/-webkit-mask", nested=True) == "properties/-webkit-mask"
    for text in ("_schema", "a/_schema", "a/../b", "a//b", "/a", "-a/b", "-a"):
        with pytest.raises(InvalidInput):
            normalise_key(text, nested=True)

"""≡, ≈ and the fingerprints that stand for them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdraft.documents.equality import LARGE, equivalent, fingerprint, fingerprints, identical
from gitdraft.model.values import ABSENT

IDENTICAL, EQUIVALENT, DIFFERENT = "≡", "≈", "≠"
ROWS: list[tuple[Any, Any, str]] = [
    (1, 1, IDENTICAL),
    (1, 1.0, EQUIVALENT),
    (0.0, -0.0, EQUIVALENT),
    (10**17, 1e17, EQUIVALENT),
    (2**53 + 1, float(2**53), DIFFERENT),
    (10**400, 10**400, IDENTICAL),
    (10**400, 1e308, DIFFERENT),
    (0.1, 0.1, IDENTICAL),
    (0.3, 0.1 + 0.2, DIFFERENT),
    (1, True, DIFFERENT),
    (0, False, DIFFERENT),
    (1.0, True, DIFFERENT),
    (None, False, DIFFERENT),
    (None, 0, DIFFERENT),
    (None, None, IDENTICAL),
    ("1", 1, DIFFERENT),
    ("", None, DIFFERENT),
    ("é", "e\u0301", DIFFERENT),
    ([], {}, DIFFERENT),
    ([], [], IDENTICAL),
    ([1, 2], [2, 1], DIFFERENT),
    ([1], [1, 1], DIFFERENT),
    ([1], [1.0], EQUIVALENT),
    ([True], [1], DIFFERENT),
    (["x"], "x", DIFFERENT),
    (["list"], ["list", "list"], DIFFERENT),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}, IDENTICAL),
    ({"a": 1}, {"a": 1.0}, EQUIVALENT),
    ({"a": 1}, {"a": 1, "b": None}, DIFFERENT),
    ({"a": None}, {"b": None}, DIFFERENT),
    ({"a": {"b": [1]}}, {"a": {"b": [1.0]}}, EQUIVALENT),
    ({"a": {}}, {"a": []}, DIFFERENT),
    ([["a", 1]], {"a": 1}, DIFFERENT),
    ([], None, DIFFERENT),
]


@pytest.mark.parametrize(("one", "other", "how"), ROWS)
def test_pairs(one: Any, other: Any, how: str) -> None:
    for a, b in ((one, other), (other, one)):
        assert identical(a, b) == (how == IDENTICAL)
        assert equivalent(a, b) == (how in (IDENTICAL, EQUIVALENT))
        assert_fingerprints_tell(a, b)


def assert_fingerprints_tell(one: Any, other: Any) -> None:
    """Asserts that the fingerprints of two values are equal exactly when the values are."""
    assert (fingerprint(one) == fingerprint(other)) == equivalent(one, other)
    for is_strict, are_equal in ((True, identical(one, other)), (False, equivalent(one, other))):
        ((a, b, c),) = fingerprints([one, other, one], is_strict=is_strict)
        ((d,), (e,)) = fingerprints([one], [other], is_strict=is_strict)
        assert (a == b) == (d == e) == are_equal
        assert a == c


@pytest.mark.parametrize("value", [None, False, 0, "", [], {}])
def test_absent_is_no_value(value: Any) -> None:
    assert identical(ABSENT, ABSENT)
    assert equivalent(ABSENT, ABSENT)
    for a, b in ((ABSENT, value), (value, ABSENT)):
        assert not identical(a, b)
        assert not equivalent(a, b)


values = st.recursive(
    st.none() | st.booleans() | st.sampled_from([0, 1, 0.0, 1.0, -0.0, "", "a", "list"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=5,
)


@given(values, values)
def test_fingerprints_stand_for_equality(one: Any, other: Any) -> None:
    assert_fingerprints_tell(one, other)
    text = "x" * LARGE  # what is large is taken part by part
    assert_fingerprints_tell([one, text, {"a": [other, text]}], [other, text, {"a": [one, text]}])
    assert equivalent(one, other) or not identical(one, other)


def test_deep_values() -> None:
    one: Any = 1
    other: Any = 1.0
    for _ in range(100):
        one, other = {"a": [one]}, {"a": [other]}
    assert identical(one, one)
    assert equivalent(one, other)
    assert not identical(one, other)
    assert_fingerprints_tell(one, other)

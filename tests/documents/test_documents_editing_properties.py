"""What holds for every edit of every JSON text. GITDRAFT_EXAMPLES raises the number of examples."""

from __future__ import annotations

import json
import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gitdraft.documents.edit import edit_json
from gitdraft.documents.equality import identical
from gitdraft.documents.parse import parse_json

EXAMPLES = int(os.environ.get("GITDRAFT_EXAMPLES", "100"))

scalars: st.SearchStrategy[Any] = st.one_of(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False, allow_infinity=False),
    st.text(alphabet='aé"\\/\n[{,:\u2028\U0001f600', max_size=4),
)
names = st.sampled_from(["a", "b", "c", "é", '"', "", "x:y"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=15,
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A document in a random style, at times with white space where nobody expects it."""
    text = json.dumps(
        draw(values),
        indent=draw(st.sampled_from([None, 0, 2, 4, "\t"])),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (",", " : ")])),
        ensure_ascii=draw(st.booleans()),
    )
    return draw(st.sampled_from(["", "\n", " "])) + text + draw(st.sampled_from(["", "\n", "\n\n"]))


@st.composite
def edits(draw: st.DrawFn, value: Any) -> Any:
    """The value with a few changes somewhere in it."""
    if draw(st.integers(0, 3)) == 0 or not isinstance(value, dict | list) or not value:
        return draw(values)
    if isinstance(value, list):
        position = draw(st.integers(0, len(value) - 1))
        inner = draw(st.sampled_from([[], [draw(edits(value[position]))], [value[position], draw(values)]]))
        return [*value[:position], *inner, *value[position + 1 :]]
    name = draw(st.sampled_from(sorted(value)))
    if draw(st.booleans()):
        return {**value, name: draw(edits(value[name]))}
    added = draw(st.dictionaries(names, values, max_size=1))
    return {**added, **{other: inner for other, inner in value.items() if other != name}}


@settings(max_examples=EXAMPLES, deadline=None)
@given(texts(), st.data(), st.booleans())
def test_any_edit_of_any_text_holds_the_new_value(text: str, data: st.DataObject, crlf: bool) -> None:
    original = (text.replace("\n", "\r\n") if crlf else text).encode()
    value = parse_json(original)
    assert edit_json(original, value) == original
    new = data.draw(edits(value))
    result = edit_json(original, new)
    assert identical(parse_json(result), new)
    assert edit_json(result, new) == result


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.dictionaries(names, values, min_size=2), st.data())
def test_lines_of_untouched_members_stay(document: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(document)))
    new = {**document, name: data.draw(values)}
    if data.draw(st.booleans()):
        del new[name]
    indent: int | str = data.draw(st.sampled_from((2, 4)) | st.just("\t"))
    result = edit_json(json.dumps(document, indent=indent, ensure_ascii=False).encode(), new).decode()
    untouched = {other: value for other, value in document.items() if other != name}
    for other, value in untouched.items():
        lines = (
            json.dumps({other: value}, indent=indent, ensure_ascii=False)
            .removeprefix("{")
            .removesuffix("\n}")
        )
        assert lines in result

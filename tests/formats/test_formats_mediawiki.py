"""The payload as its module, its schema and its page show it."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st
from wiki import CONFIGURATION, EXAMPLE

from gitdraft.documents.parse import Limits
from gitdraft.formats import mediawiki
from gitdraft.formats.configuration import parse_configuration
from gitdraft.formats.mediawiki import MEMBERS, NEEDS, read_push
from gitdraft.model.entities import EntityRef

TYPES = parse_configuration(CONFIGURATION.encode()).entities
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["category", "Person", *NEEDS]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*MEMBERS, *mediawiki.CHANGE_MEMBERS, "op", "path", "value"])
            | st.text(max_size=3),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


def test_the_docstring_shows_the_schemas_example() -> None:
    shown = re.search(r"::\n\n(.*?)\n\nThe action", mediawiki.__doc__ or "", re.DOTALL)
    assert shown is not None
    assert json.loads(shown[1]) == EXAMPLE


def test_the_example_is_read_as_it_is_meant() -> None:
    reading = read_push(EXAMPLE, TYPES, Limits())
    assert not reading.mistakes
    assert [(c.action, c.entity) for c in reading.push.changes] == [
        ("modify", EntityRef("category", "Person")),
        ("create", EntityRef("property", "birthPlace")),
        ("delete", EntityRef("property", "deprecated_field")),
    ]


def test_a_key_is_kept_in_its_stored_form() -> None:
    change = {**EXAMPLE["changes"][2], "entity_key": "E\u0301te\u0301"}
    reading = read_push({**EXAMPLE, "changes": [change]}, TYPES, Limits())
    assert reading.push.changes[0].entity.key == "\u00c9t\u00e9"


@given(st.dictionaries(st.sampled_from(MEMBERS), VALUES), st.lists(VALUES, max_size=3))
def test_whatever_is_sent_is_read_or_its_mistakes_are_pointed_at(payload: dict, changes: list) -> None:  # type: ignore[type-arg]
    sent = {**EXAMPLE, **payload, **({"changes": changes} if changes else {})}
    reading = read_push(sent, TYPES, Limits())
    for mistake in reading.mistakes:
        assert mistake.path == "" or mistake.path.startswith("/")
        json.dumps(mistake.as_json())
    good = {change.index for change in reading.push.changes}
    assert not good & {mistake.index for mistake in reading.mistakes}

"""What entities are called."""

from __future__ import annotations

import pytest

from gitdraft.index.names import label_of
from gitdraft.model.values import JSON

TERM = {"en": {"language": "en", "value": "universe"}}


@pytest.mark.parametrize(
    ("document", "label"),
    [
        ({"label": "Person", "title": "A page"}, "Person"),
        ({"name": "Person", "prefLabel": {"de": "Mensch"}}, "Person"),
        ({"prefLabel": {"de": "Mensch"}, "title": "A page"}, "Mensch"),
        ({"title": "Q1", "labels": TERM}, "universe"),  # as Wikibase's Special:EntityData answers
        ({"title": "Lexeme:L1", "lemmas": TERM}, "universe"),
        ({"title": "Q1", "labels": []}, "Q1"),
        ({"title": "On birds"}, "On birds"),
        ({"label": "", "title": 5}, None),
        ([], None),
    ],
)
def test_the_label_of_an_entity(document: JSON, label: str | None) -> None:
    assert label_of(document) == label

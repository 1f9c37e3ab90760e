"""Circles are found with the way round; what leads into one is on none."""

from __future__ import annotations

import pytest

from gitdraft.documents.cycles import cycles
from gitdraft.model.entities import EntityRef


def told(graph: dict[str, str]) -> list[str]:
    parents = {
        EntityRef("c", key): [EntityRef("c", other) for other in above] for key, above in graph.items()
    }
    return ["".join(entity.key for entity in way) for way in cycles(parents)]


@pytest.mark.parametrize(
    ("parents", "expected"),
    [
        ({}, []),
        ({"A": "BC", "B": "D", "C": "D", "D": ""}, []),  # a diamond is none
        ({"A": "missing"}, []),
        ({"A": "A"}, ["AA"]),
        ({"A": "B", "B": "A"}, ["ABA"]),
        ({"A": "B", "B": "C", "C": "A"}, ["ABCA"]),
        ({"Z": "A", "A": "B", "B": "A", "Y": "Z"}, ["ABA"]),  # those below it are not on it
        ({"A": "B", "B": "AC", "C": "D", "D": "C"}, ["ABA", "CDC"]),  # one leads to the other
        ({"A": "B", "B": "AC", "C": "A"}, ["ABA", "CABC"]),  # every entity on one, the shortest
        ({"A": "A", "B": "AB"}, ["AA", "BB"]),
    ],
)
def test_every_entity_on_a_circle_is_told_with_a_shortest_way_round(
    parents: dict[str, str], expected: list[str]
) -> None:
    assert told(parents) == expected


def test_a_long_line_is_no_trouble() -> None:
    line = {EntityRef("c", str(n)): [EntityRef("c", str(n + 1))] for n in range(20_000)}
    assert cycles(line) == []
    line[EntityRef("c", "20000")] = [EntityRef("c", "0")]
    assert len(cycles(line)[0]) == 20_002

"""Graphs of entities: who inherits from whom, whom a draft affects, what redirects where, what belongs together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias, get_args

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import ChangeStatus
from gitdraft.model.values import JSON

GraphKind: TypeAlias = Literal["inheritance", "impact", "redirects", "modules"]
GRAPHS: tuple[GraphKind, ...] = get_args(GraphKind)


class GraphNode(NamedTuple):
    """An entity in a graph: what a draft makes of it, and what is to be said of it beside its label."""

    entity: EntityRef
    label: str | None = None
    status: ChangeStatus = ChangeStatus.UNCHANGED
    note: str = ""


class GraphEdge(NamedTuple):
    """An entity ``below`` another one, to which it belongs; the status says whether a draft adds or deletes that."""

    above: EntityRef
    below: EntityRef
    status: ChangeStatus = ChangeStatus.UNCHANGED


@dataclass(frozen=True, slots=True)
class Graph:
    """Entities and what leads from one to another, both in the order in which they are looked for; ``left_out`` are entities
    beyond the bound."""

    kind: GraphKind
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    left_out: int = 0

    @property
    def points_up(self) -> bool:
        """Whether what is below names what is above: an heir its parent, a redirect its target."""
        return self.kind in ("inheritance", "redirects")

    def as_json(self) -> dict[str, JSON]:
        """Returns it as the reports print it; an edge goes from what names to what is named."""
        return {
            "graph": self.kind,
            "nodes": [
                {
                    "entity": str(node.entity),
                    "label": node.label,
                    "status": node.status.value,
                    "note": node.note,
                }
                for node in self.nodes
            ],
            "edges": [self._edge_json(edge) for edge in self.edges],
            "left_out": self.left_out,
        }

    def _edge_json(self, edge: GraphEdge) -> dict[str, JSON]:
        ends = (edge.below, edge.above) if self.points_up else (edge.above, edge.below)
        return {"from": str(ends[0]), "to": str(ends[1]), "status": edge.status.value}


class OutlineLine(NamedTuple):
    """A node as a line of a list: below how many others, what leads to it (``None``: nothing), whether what is below it was listed
    before, and whether it is the last of those beside it."""

    depth: int
    node: GraphNode
    edge: GraphEdge | None
    is_repeated: bool
    is_last: bool


def outline(graph: Graph) -> Iterator[OutlineLine]:
    """Yields a graph as a nested list: each edge once, and what is below a node only where it comes first."""
    nodes = {node.entity: node for node in graph.nodes}
    below: dict[EntityRef, list[GraphEdge]] = {}
    for edge in graph.edges:
        below.setdefault(edge.above, []).append(edge)
    inner = {edge.below for edge in graph.edges if edge.below != edge.above}
    listed: set[EntityRef] = set()
    starts = [entity for entity in nodes if entity not in inner]
    for start in (*starts, *nodes):  # in a circle nothing is a start
        if start in listed:
            continue
        waiting: list[OutlineLine] = [OutlineLine(0, nodes[start], None, is_repeated=False, is_last=True)]
        while waiting:
            line = waiting.pop()
            entity = line.node.entity
            onward = below.get(entity, [])
            yield line._replace(is_repeated=entity in listed and bool(onward))
            if entity in listed:
                continue
            listed.add(entity)
            last = len(onward) - 1
            waiting += [
                OutlineLine(
                    line.depth + 1, nodes[edge.below], edge, is_repeated=False, is_last=number == last
                )
                for number, edge in reversed(list(enumerate(onward)))
            ]

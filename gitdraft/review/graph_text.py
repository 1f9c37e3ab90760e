"""A graph as text: a tree for terminals, a flowchart for Mermaid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitdraft.model.graphs import Graph, GraphNode, OutlineLine, outline
from gitdraft.model.outcomes import ChangeStatus
from gitdraft.review.text import visible

SIGNS = {
    ChangeStatus.ADDED: "+ ",
    ChangeStatus.MODIFIED: "~ ",
    ChangeStatus.DELETED: "− ",
    ChangeStatus.REDIRECTED: "→ ",
    ChangeStatus.UNCHANGED: "",
}
PLAIN = frozenset(" _-./,;'+~−→")  # beside letters and digits, what stands in a text of Mermaid as it is
LOOKS = {
    ChangeStatus.ADDED: "fill:#e3f3e8,stroke:#12592f,color:#12592f",
    ChangeStatus.MODIFIED: "fill:#eaf1f9,stroke:#23568f,color:#23568f",
    ChangeStatus.REDIRECTED: "fill:#eaf1f9,stroke:#23568f,color:#23568f,stroke-dasharray:4",
    ChangeStatus.DELETED: "fill:#fcebe9,stroke:#92211a,color:#92211a,stroke-dasharray:4",
}
DEEPEST_DRAWN = 40  # levels whose branches are drawn; what is deeper is indented no further


class Branch(NamedTuple):
    """A line of a nested list, with those below it."""

    line: OutlineLine
    below: list[Branch]


def branches(graph: Graph) -> list[Branch]:
    """Returns a graph as a nested list."""
    outermost: list[Branch] = []
    way: list[Branch] = []
    for line in outline(graph):
        del way[line.depth :]
        branch = Branch(line, [])
        (way[-1].below if way else outermost).append(branch)
        way.append(branch)
    return outermost


def tree_text(graph: Graph) -> Iterator[str]:
    """Yields a graph line by line, each entity below the one that it belongs to; `…` stands for what was listed before."""
    indents: list[str] = []
    for line in outline(graph):
        del indents[max(0, line.depth - 1) :]
        branch = ""
        if line.depth:
            branch = "└─ " if line.is_last else "├─ "
            before = "".join(indents[:DEEPEST_DRAWN])
            indents.append("   " if line.is_last else "│  ")
            branch = before + branch
        gone = " (not any more)" if line.edge and line.edge.status is ChangeStatus.DELETED else ""
        new = " (new)" if line.edge and line.edge.status is ChangeStatus.ADDED else ""
        yield f"{branch}{node_text(line.node)}{gone}{new}{' …' if line.is_repeated else ''}"
    if graph.left_out:
        yield f"{graph.left_out:,} more"


def node_text(node: GraphNode) -> str:
    """Returns a node on one line: what a draft makes of it, its label, its name, what is to be said of it."""
    label = f"{visible(node.label)} · " if node.label else ""
    note = f" ({visible(node.note)})" if node.note else ""
    return f"{SIGNS[node.status]}{label}{visible(str(node.entity))}{note}"


def mermaid_text(graph: Graph) -> Iterator[str]:
    """Yields a graph as a flowchart of Mermaid; nothing in a label is markup there."""
    yield "flowchart LR"
    names = {node.entity: f"n{number}" for number, node in enumerate(graph.nodes)}
    for node in graph.nodes:
        yield f'  {names[node.entity]}["{_escaped(node_text(node))}"]'
    for edge in graph.edges:
        ends = (edge.below, edge.above) if graph.points_up else (edge.above, edge.below)
        arrow = {ChangeStatus.ADDED: "==>", ChangeStatus.DELETED: "-.->"}.get(edge.status, "-->")
        yield f"  {names[ends[0]]} {arrow} {names[ends[1]]}"
    for status, look in LOOKS.items():
        of_it = [names[node.entity] for node in graph.nodes if node.status is status]
        if of_it:
            yield f"  classDef {status.value} {look}"
            yield f"  class {','.join(of_it)} {status.value}"


def _escaped(text: str) -> str:
    return "".join(c if c.isalnum() or c in PLAIN else f"#{ord(c)};" for c in text)

"""A graph as SVG: a column for each step from the outermost entities, a box each, a curve for what leads from one to another.

An entity stands one column to the right of the last that it is below; what leads back in a circle is drawn, and moves nothing. The
colours are those of the pages, by class, with no style in the picture itself, so that a page's policy takes it; a file of its own
brings them along.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from gitdraft.model.entities import EntityRef
from gitdraft.model.graphs import Graph, GraphEdge, GraphNode
from gitdraft.model.outcomes import ChangeStatus
from gitdraft.review.graph_text import SIGNS, node_text
from gitdraft.review.text import graphemes, visible

LETTER, WIDE = 7.4, 14.0  # widths of letters at the pictures' size, in pixels
NARROWEST, WIDEST = 90.0, 250.0  # of a box
PADDING, GAP, BETWEEN = 10.0, 12.0, 54.0  # inside of boxes, below them, beside them
LINE, MARGIN = 18.0, 8.0
TITLES = {
    "inheritance": "Who inherits from whom",
    "impact": "Whose members it changes",
    "redirects": "What redirects where",
    "modules": "What belongs to which module",
}


class Box(NamedTuple):
    """A node where it is drawn: its lines of text, the upper left corner, how large it is."""

    node: GraphNode
    lines: tuple[str, ...]
    x: float
    y: float
    width: float

    @property
    def height(self) -> float:
        """How high it is."""
        return len(self.lines) * LINE + PADDING

    @property
    def middle(self) -> float:
        """Where curves reach it."""
        return self.y + self.height / 2


def svg(graph: Graph, style: str = "") -> str:
    """Returns the graph as an SVG element; with a ``style`` sheet it is a file of its own."""
    boxes = {box.node.entity: box for box in boxes_of(graph)}
    width = max((box.x + box.width for box in boxes.values()), default=0) + MARGIN
    height = max((box.y + box.height for box in boxes.values()), default=0) + MARGIN
    title = f"{TITLES[graph.kind]}: {len(graph.nodes):,} entities"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" role="img" aria-label={quoteattr(title)}'
        f' width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">'
    ]
    if style:
        parts += [f"<title>{escape(title)}</title>", f"<style>{escape(style)}</style>"]
        parts.append(f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>')
    parts += [_curve(graph, edge, boxes[edge.above], boxes[edge.below]) for edge in graph.edges]
    parts += [_box(box) for box in boxes.values()]
    return "\n".join([*parts, "</svg>"])


def boxes_of(graph: Graph) -> Iterator[Box]:
    """Yields each node where it is drawn: what is below one other stands around its height, beside it."""
    nodes = {node.entity: node for node in graph.nodes}
    lines = {entity: _lines(node) for entity, node in nodes.items()}
    ranks = _ranks(graph)
    rows = _rows(graph, ranks)
    widths: dict[int, float] = defaultdict(lambda: NARROWEST)
    for entity, rank in ranks.items():
        needed = max(map(_width, lines[entity])) + 2 * PADDING
        widths[rank] = max(widths[rank], min(needed, WIDEST))
    starts = {}
    left = MARGIN
    for rank in range(max(ranks.values(), default=0) + 1):
        starts[rank] = left
        left += widths[rank] + BETWEEN
    pitch = max((len(each) for each in lines.values()), default=1) * LINE + PADDING + GAP
    for entity, node in nodes.items():
        y = MARGIN + rows[entity] * pitch
        yield Box(node, lines[entity], starts[ranks[entity]], y, widths[ranks[entity]])


def _ranks(graph: Graph) -> dict[EntityRef, int]:
    """Returns the column of each entity: the longest way to it, without what leads back in a circle."""
    below = _below(graph.edges)
    inner: defaultdict[EntityRef, int] = defaultdict(int)
    for edge in graph.edges:
        if edge.above != edge.below:
            inner[edge.below] += 1
    ranks = {node.entity: 0 for node in graph.nodes}
    left = dict.fromkeys(ranks)
    waiting = deque(entity for entity in ranks if not inner[entity])
    while left:
        if not waiting:  # only circles are left: one is cut where it comes first
            waiting.append(next(iter(left)))
        entity = waiting.popleft()
        if entity not in left:
            continue
        del left[entity]
        for edge in below[entity]:
            if edge.below in left:
                ranks[edge.below] = max(ranks[edge.below], ranks[entity] + 1)
                inner[edge.below] -= 1
                if inner[edge.below] == 0:
                    waiting.append(edge.below)
    return ranks


def _rows(graph: Graph, ranks: dict[EntityRef, int]) -> dict[EntityRef, float]:
    """Returns the height of each entity, in rows: one each for those with nothing below, the others in the middle of theirs."""
    holder: dict[EntityRef, EntityRef] = {}
    for edge in graph.edges:
        if ranks[edge.above] < ranks[edge.below]:
            known = holder.get(edge.below)
            if known is None or ranks[known] < ranks[edge.above]:
                holder[edge.below] = edge.above
    held: defaultdict[EntityRef, list[EntityRef]] = defaultdict(list)
    for node in graph.nodes:
        if node.entity in holder:
            held[holder[node.entity]].append(node.entity)
    rows: dict[EntityRef, float] = {}
    free = 0
    waiting = [(node.entity, False) for node in reversed(graph.nodes) if node.entity not in holder]
    while waiting:
        entity, is_placed_below = waiting.pop()
        if is_placed_below:
            rows[entity] = (rows[held[entity][0]] + rows[held[entity][-1]]) / 2
        elif held[entity]:
            waiting.append((entity, True))
            waiting += [(each, False) for each in reversed(held[entity])]
        else:
            rows[entity] = free
            free += 1
    return rows


def _below(edges: Sequence[GraphEdge]) -> defaultdict[EntityRef, list[GraphEdge]]:
    below: defaultdict[EntityRef, list[GraphEdge]] = defaultdict(list)
    for edge in edges:
        if edge.above != edge.below:
            below[edge.above].append(edge)
    return below


def _lines(node: GraphNode) -> tuple[str, ...]:
    """Returns the texts of a box, each cut to what it holds."""
    lines = [node.label or node.entity.key, str(node.entity), node.note]
    shown = [visible(text) for text in lines if text]
    shown[0] = SIGNS[node.status] + shown[0]
    return tuple(_cut(text) for text in shown)


def _cut(text: str) -> str:
    width, kept = 0.0, ""
    for cluster in graphemes(text):
        width += _width(cluster)
        if width > WIDEST - 2 * PADDING - LETTER:
            return f"{kept}…"
        kept += cluster
    return kept


def _width(text: str) -> float:
    return sum(WIDE if unicodedata.east_asian_width(character) in "WF" else LETTER for character in text)


def _box(box: Box) -> str:
    x, status = f"{box.x + PADDING:.1f}", box.node.status.value
    texts = [
        f'<text class="{"name" if number == 0 else "more"}" x="{x}" y="{box.y + LINE * (number + 1) - 1:.1f}">'
        f"{escape(line)}</text>"
        for number, line in enumerate(box.lines)
    ]
    rect = f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="6"/>'
    return f'<g class="node {status}"><title>{escape(node_text(box.node))}</title>{rect}{"".join(texts)}</g>'


def _curve(graph: Graph, edge: GraphEdge, above: Box, below: Box) -> str:
    x1, y1, y2 = above.x + above.width, above.middle, below.middle
    x2 = below.x if below.x > above.x else below.x + below.width  # back in a circle: around the right
    bend = max(24.0, abs(x2 - x1) / 2)
    into = x2 - bend if x2 == below.x else x2 + bend
    path = f"M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {into:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    x, y, way = (x1, y1, 1) if graph.points_up else (x2, y2, -1 if x2 == below.x else 1)
    head = f"M{x:.1f} {y:.1f}l{8 * way} -4v8z"
    gone = edge.status is ChangeStatus.DELETED
    dashes = ' stroke-dasharray="5 4"' if gone else ""
    return (
        f'<g class="edge {edge.status.value}"><path class="line" d="{path}"{dashes}/>'
        f'<path class="head" d="{head}"/></g>'
    )

"""Graphs of entities, as pictures and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitdraft.api.session import Session
from gitdraft.api.views import OneOrMore, open_effective
from gitdraft.errors import InvalidInput
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.graphs import Graph, GraphKind
from gitdraft.model.progress import Progress, silent

if TYPE_CHECKING:
    from gitdraft.views.effective_view import EffectiveView


@dataclass(frozen=True, slots=True)
class EntityGraph:
    """A graph of entities in the forms in which people look at it."""

    graph: Graph

    def svg(self) -> str:
        """Returns it as an SVG file, which is readable on dark grounds too."""
        from gitdraft.review.assets import style_sheet
        from gitdraft.review.graph_picture import svg

        return svg(self.graph, style_sheet("palette.css", "graph.css")) + "\n"

    def mermaid(self) -> str:
        """Returns it as a flowchart of Mermaid."""
        from gitdraft.review.graph_text import mermaid_text

        return "\n".join(mermaid_text(self.graph)) + "\n"

    def tree(self) -> str:
        """Returns it as a tree of text."""
        from gitdraft.review.graph_text import tree_text

        return "".join(f"{line}\n" for line in tree_text(self.graph))


def build_graph(
    session: Session, kind: GraphKind, draft: OneOrMore = None, progress: Progress = silent
) -> EntityGraph:
    """Returns a graph of the entities as canonical, or a draft, has them. Raises NotFound, and InvalidInput for the impact of
    no draft, and for modules where there are none (``no-modules``)."""
    from gitdraft.review.graphs import GraphBuilder

    view = open_effective(session.store, draft)
    if kind == "impact" and view.draft is None:
        raise InvalidInput(
            "an impact is that of a draft", context={"graph": kind}, hint="gitdraft list names the drafts"
        )
    builder = GraphBuilder(view)
    match kind:
        case "inheritance":
            return EntityGraph(builder.inheritance(progress=progress))
        case "impact":
            return EntityGraph(builder.impact(progress))
        case "redirects":
            return EntityGraph(builder.redirects())
        case "modules":
            return EntityGraph(builder.modules(_members(view.underlying()), _members(view)))


def _members(view: EffectiveView) -> dict[EntityRef, list[EntityRef]]:
    """Returns the modules of a view, each with its members. Raises InvalidInput (``no-modules``)."""
    from gitdraft.releases.modules import named_members

    rule = view.canonical.configuration.modules
    if rule is None:
        raise InvalidInput(
            "gitdraft.yaml does not say what a module is",
            code="no-modules",
            hint="`modules: {type: module, members: [/categories/*]}` in gitdraft.yaml says it",
        )
    modules = [line.entity for line in view.entities((rule.type,)) if view.is_live(line.entity)]
    return {module: [named[0] for named, _ in named_members(view, module)] for module in modules}

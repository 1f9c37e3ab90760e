"""SHACL: what shapes say of the entities of a view, through pyshacl, mapped back to entity and pointer.

The data graph is what `export rdf` gives of the view. Nothing is fetched: imports are not followed, and a query that
would ask another service is refused.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import pyoxigraph
import pyshacl
from pyparsing import ParseBaseException
from pyshacl.errors import ConstraintLoadError, ReportableRuntimeError, ShapeLoadError
from pyshacl.shapes_graph import ShapesGraph
from rdflib import RDF, BNode, Graph, URIRef
from rdflib.term import Node

from gitdraft.documents.pointers import Tokens, format_pointer
from gitdraft.errors import InvalidInput, NotFound
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.lazy_regex import regex
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Live
from gitdraft.model.progress import Progress, silent
from gitdraft.model.values import JSON
from gitdraft.model.violations import Violation
from gitdraft.rdf.contexts.mapped_type import ContextMapping
from gitdraft.rdf.contexts.nodes import blank_label
from gitdraft.rdf.export import Exporter, Selection
from gitdraft.rdf.terms import Term, join_lines
from gitdraft.rdf.wikibase.entities import WikibaseMapping, unwrap
from gitdraft.rdf.wikibase.statements import statement_name

SHACL = "http://www.w3.org/ns/shacl#"
BROKEN, UNUSED = "shapes/violated", "shapes/unused"
WRONG = (
    ConstraintLoadError,
    ReportableRuntimeError,
    ShapeLoadError,
    ParseBaseException,
    re.error,
    ValueError,
)
LOG = logging.getLogger("pyshacl-validate")  # its own; what it says is in the error
LOG.addFilter(lambda _: False)
FORMATS = {".ttl": "TURTLE", ".nt": "N_TRIPLES", ".jsonld": "JSON_LD", ".json": "JSON_LD", ".rdf": "RDF_XML"}
SERVICE = regex(r"\bSERVICE\b", re.IGNORECASE)
OF_STATEMENT = regex(r"[/#](P[1-9][0-9]*)\Z")
OF_TERMS = {
    "http://www.w3.org/2000/01/rdf-schema#label": "labels",
    "http://www.w3.org/2004/02/skos/core#prefLabel": "labels",
    "http://www.w3.org/2004/02/skos/core#altLabel": "aliases",
    "http://schema.org/name": "labels",
    "http://schema.org/description": "descriptions",
}
Loaded = TypeVar("Loaded")
BLANK_NODE = regex(r"\[ |_:|\b[nN][0-9a-f]{20,}")
MOST_SHOWN = 200  # characters of a value


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shapes in a file, as they were read."""

    source: str
    graph: Graph


@dataclass(slots=True)
class _Data:
    """The triples of a view, with the entity that each of their nodes belongs to; ``labels`` are those of blank nodes, by the
    names that rdflib gave them."""

    graph: Graph
    owners: dict[Term, EntityRef] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def term(self, node: Node) -> Term:
        """Returns a node of rdflib's as our lines have it."""
        label = self.labels.get(str(node))
        return Term(f"<{node}>" if label is None else f"_:{label}")


def read_shapes(content: bytes, source: str) -> Shapes:
    """Returns the shapes in a file: Turtle, or what its name ends with says.

    Raises InvalidInput (``bad-shapes``) for what is no RDF or asks another service.
    """
    form = getattr(pyoxigraph.RdfFormat, FORMATS.get(source[source.rfind(".") :].lower(), "TURTLE"))
    graph = Graph()
    try:
        triples = (quad.triple for quad in pyoxigraph.parse(content, format=form, base_iri="urn:shapes"))
        graph.parse(data=pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.N_TRIPLES), format="nt")
    except (SyntaxError, ValueError) as error:
        raise _bad_shapes(source, f"is no RDF: {error}") from error
    for word in ("select", "ask", "construct", "update"):
        for query in graph.objects(None, URIRef(SHACL + word)):
            if SERVICE.search(str(query)):
                raise _bad_shapes(source, "asks another service (SERVICE), and nothing is fetched")
    return Shapes(source, graph)


def check_shapes(exporter: Exporter, shapes: Shapes, progress: Progress = silent) -> tuple[Violation, ...]:
    """Returns what the shapes say is wrong with the entities of a view, and the shapes that say nothing of any entity.

    Raises InvalidInput (``bad-shapes``) where they are none, NotFound (``nothing-checked``) where none of them matches an
    entity.
    """
    data = _read(exporter, progress)
    unused = list(_unused(data, shapes))
    violations = list(_broken(exporter, data, shapes))
    if exporter.view.draft is not None:
        before = {_saying(violation) for violation in _of_canonical(exporter, shapes, violations)}
        changed = frozenset(exporter.view.changed())
        violations = [v for v in violations if v.entity in changed or _saying(v) not in before]
    return tuple(sorted({*unused, *violations}))


def _of_canonical(exporter: Exporter, shapes: Shapes, violations: list[Violation]) -> Iterator[Violation]:
    """Yields what is wrong without the drafts, where an entity that they do not change has something wrong."""
    view = exporter.view
    while view.lower is not None or view.draft is not None:
        view = view.underlying()
    changed = frozenset(exporter.view.changed())
    if any(violation.entity not in changed for violation in violations):
        below = Exporter(exporter.store, view, exporter.mappings, exporter.flavour)
        yield from _broken(below, _read(below, silent), shapes)


def _saying(violation: Violation) -> tuple[EntityRef, str, str]:
    return violation.entity, violation.pointer, violation.message


def _read(exporter: Exporter, progress: Progress) -> _Data:
    data = _Data(Graph())
    labels: dict[str, BNode] = {}
    for item in exporter.all(Selection(tuple(exporter.mappings)), progress):
        data.graph.parse(data=join_lines(item.triples), format="nt", bnode_context=labels)
        for line in item.triples:
            data.owners.setdefault(Term(line.partition(" ")[0]), item.entity)
        if item.triples:
            data.owners[exporter.mappings[item.entity.type].subject(item.entity)] = item.entity
    data.labels.update({str(node): label for label, node in labels.items()})
    return data


def _unused(data: _Data, shapes: Shapes) -> Iterator[Violation]:
    targeted = used = 0
    for shape in _loaded(lambda: ShapesGraph(shapes.graph, logger=LOG).shapes, shapes):
        if shape.deactivated or not any(list(part) for part in shape.target()):
            continue
        targeted += 1
        if any(data.term(node) in data.owners for node in shape.focus_nodes(data.graph)):
            used += 1
            continue
        name = _name(shape.node)
        yield Violation(EntityRef("", shapes.source), "", UNUSED, f"{name} matches no entity", "error")
    if not targeted:
        raise _bad_shapes(shapes.source, "has no shape with a target")
    if not used:
        raise NotFound(
            f"no shape of '{shapes.source}' matches an entity",
            code="nothing-checked",
            context={"shapes": shapes.source, "entities": len(frozenset(data.owners.values()))},
            hint="gitdraft export rdf shows the classes and predicates that entities have",
        )


def _loaded(load: Callable[[], Loaded], shapes: Shapes) -> Loaded:
    """Returns what pyshacl loads. Raises InvalidInput (``bad-shapes``)."""
    try:
        return load()
    except WRONG as error:
        raise _bad_shapes(shapes.source, " ".join(str(error).split())) from error


def _broken(exporter: Exporter, data: _Data, shapes: Shapes) -> Iterator[Violation]:
    def run() -> Graph:
        results: Graph
        _, results, _ = pyshacl.validate(data.graph, shacl_graph=shapes.graph)
        return results

    results = _loaded(run, shapes)
    if not hasattr(results, "subjects"):  # a ValidationFailure
        raise _bad_shapes(shapes.source, " ".join(str(results).split()))
    reports = results.objects(None, URIRef(SHACL + "result"))
    for result in frozenset(reports) & frozenset(
        results.subjects(RDF.type, URIRef(SHACL + "ValidationResult"))
    ):
        said = {
            str(predicate).removeprefix(SHACL): value
            for predicate, value in results.predicate_objects(result)
        }
        focus = data.term(said["focusNode"])
        entity = data.owners.get(focus)
        pointer = ""
        if entity is not None:
            value = said.get("value")
            label = None if value is None else data.labels.get(str(value))
            shown = f"_:{label}" if label else None if value is None else str(value)
            pointer = _pointer(exporter, entity, focus, said.get("resultPath"), shown)
        yield Violation(
            EntityRef("", shapes.source) if entity is None else entity,
            pointer,
            BROKEN,
            _message(said, focus if entity is None else None),
            "error" if str(said["resultSeverity"]) == SHACL + "Violation" else "warning",
        )


def _message(said: Mapping[str, Node], focus: Term | None) -> str:
    message = " ".join(str(said.get("resultMessage", "")).split())
    if not message or BLANK_NODE.search(message):  # which differs each time
        message = f"breaks {str(said['sourceConstraintComponent']).removeprefix(SHACL)}"
    where = f" ({focus})" if focus else ""
    path, value = said.get("resultPath"), said.get("value")
    at = f"{path}: " if isinstance(path, URIRef) and str(path) not in message else ""
    shown = (
        ""
        if value is None or isinstance(value, BNode) or str(value) in message
        else f": {str(value)[:MOST_SHOWN]}"
    )
    return f"SHACL: {at}{message}{shown}{where}"


def _pointer(exporter: Exporter, entity: EntityRef, focus: Term, path: Node | None, value: str | None) -> str:
    """Returns the place in an entity's document that a result is about: as near as its path and its value say."""
    state = exporter.view.state(entity)
    if not isinstance(state, Live) or not isinstance(state.document, dict):
        return ""
    mapping = exporter.mappings[entity.type]
    document = state.document
    if isinstance(mapping, WikibaseMapping):
        return _pointer_of_wikibase(unwrap(document), focus, "" if path is None else str(path))
    assert isinstance(mapping, ContextMapping)
    above = _place_of(entity, document, focus) or ()
    place = None if value is None else _place_of(entity, document, value)
    if path is not None and place is None:
        place = mapping.place_of(document, above, str(path), value)
    return format_pointer(above if place is None else place)


def _pointer_of_wikibase(document: Mapping[str, object], focus: Term, path: str) -> str:
    claims = document.get("claims")
    groups = claims if isinstance(claims, dict) else {}
    for name, statements in groups.items():
        for index, statement in enumerate(statements if isinstance(statements, list) else ()):
            guid = statement.get("id") if isinstance(statement, dict) else None
            if isinstance(guid, str) and focus.endswith(f"/{statement_name(guid)}>"):
                return format_pointer(("claims", name, str(index)))
    match = OF_STATEMENT.search(path)
    if match is not None and match[1] in groups:
        return format_pointer(("claims", match[1]))
    member = OF_TERMS.get(path)
    return "" if member is None or member not in document else format_pointer((member,))


def _place_of(entity: EntityRef, document: JSON, node: str) -> Tokens | None:
    """Returns where in a document the object of a blank node stands; ``None`` for any other node."""
    if not node.startswith("_:"):
        return None
    return next((t for t in _objects(document, ()) if f"_:{blank_label(entity, t)}" == node), None)


def _objects(value: object, tokens: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yields the places of the objects in a document."""
    if isinstance(value, dict):
        yield tokens
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from _objects(inner, (*tokens, str(name)))


def _name(node: Node) -> str:
    return "a shape without a name" if isinstance(node, BNode) else f"the shape {node}"


def _bad_shapes(source: str, why: str) -> InvalidInput:
    return InvalidInput(
        f"'{source}' {why}",
        code="bad-shapes",
        context={"source": source},
        hint="a file of SHACL shapes is expected, in Turtle: see https://www.w3.org/TR/shacl/",
    )

"""JSON-LD contexts proposed for types: what their members are called in SKOS, or in OWL."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import yaml

from gitdraft.documents.pointers import format_pointer
from gitdraft.formats.configuration import EntityType
from gitdraft.formats.evidence import wikibase_letters
from gitdraft.formats.strict_yaml import LOADER
from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex
from gitdraft.model.values import JSON

RdfStyle: TypeAlias = Literal["skos", "owl"]
SITE = "https://example.org/"
DEEPEST = 3  # objects in objects whose members are looked at
MOST_MEMBERS = 40  # of an object; one with more is a mapping
PLAIN_NAME = regex(r"[A-Za-z_][A-Za-z0-9_-]*")
TAG = regex(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*|mul")
PREFIXES: Mapping[RdfStyle, Mapping[str, str]] = {
    "skos": {
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "dcterms": "http://purl.org/dc/terms/",
    },
    "owl": {
        "owl": "http://www.w3.org/2002/07/owl#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "dcterms": "http://purl.org/dc/terms/",
    },
}
XSD = {"xsd": "http://www.w3.org/2001/XMLSchema#"}
WORDS: Mapping[RdfStyle, Mapping[str, str]] = {
    "skos": {
        "Concept": "skos:Concept",
        "ConceptScheme": "skos:ConceptScheme",
    },
    "owl": {
        "Class": "owl:Class",
        "ObjectProperty": "owl:ObjectProperty",
        "DatatypeProperty": "owl:DatatypeProperty",
    },
}
NAMES: Mapping[RdfStyle, Mapping[str, tuple[str, ...]]] = {  # texts in a language
    "skos": {
        "skos:prefLabel": ("prefLabel", "label", "labels", "name", "title"),
        "skos:altLabel": ("altLabel", "altLabels", "alias", "aliases", "synonyms"),
        "skos:definition": ("definition", "description", "descriptions"),
        "skos:note": ("note", "notes", "comment"),
    },
    "owl": {
        "rdfs:label": ("label", "labels", "prefLabel", "name", "title"),
        "skos:altLabel": ("altLabel", "altLabels", "alias", "aliases", "synonyms"),
        "rdfs:comment": ("description", "descriptions", "definition", "comment"),
    },
}
PARENTS = ("broader", "parents", "parent", "subClassOf", "subclass_of", "is_a")
CLASSES = ("class", "category", "concept", "type")  # names of types whose entities are classes
LINKS: Mapping[RdfStyle, Mapping[str, tuple[str, ...]]] = {  # addresses
    "skos": {
        "skos:broader": PARENTS,
        "skos:narrower": ("narrower", "children"),
        "skos:related": ("related", "seeAlso"),
        "skos:inScheme": ("inScheme",),
        "skos:topConceptOf": ("topConceptOf",),
        **{
            f"skos:{kind}Match": (f"{kind}Match", f"{kind}_match")
            for kind in ("exact", "close", "broad", "narrow", "related")
        },
    },
    "owl": {
        "rdfs:subClassOf": PARENTS,
        "rdfs:domain": ("domain",),
        "rdfs:range": ("range",),
        "owl:equivalentClass": ("equivalentClass",),
        "owl:sameAs": ("sameAs", "same_as"),
        "skos:exactMatch": ("exactMatch", "exact_match"),
    },
}
OF_PROPERTIES = {"rdfs:subClassOf": "rdfs:subPropertyOf", "owl:equivalentClass": "owl:equivalentProperty"}


class ProposedContext(NamedTuple):
    """The mapping of a type to RDF that is proposed: its context, as a file, and its members in gitdraft.yaml; the pointers
    that are to be declared as references to the type itself, where it declares none."""

    path: str
    content: bytes
    members: Mapping[str, str]
    references: Mapping[str, str]


def propose_context(
    entity_type: EntityType, documents: Mapping[str, JSON], style: RdfStyle
) -> ProposedContext | None:
    """Returns the mapping of a type by some of its documents, by key; ``None`` for the entities of a Wikibase, which have one
    of their own."""
    if wikibase_letters(documents) and _has_snaks(documents.values()):
        return None
    samples = [document for document in documents.values() if isinstance(document, dict)]
    proposing = _Proposing(entity_type, style, _is_of_properties(entity_type, samples))
    references = {}
    if not entity_type.references:
        references = dict.fromkeys(proposing.own_references(samples, frozenset(documents)), entity_type.name)
    terms = proposing.terms(samples, tuple(pointer_tokens(pointer) for pointer in references))
    context: dict[str, Any] = {**PREFIXES[style], **XSD, "own": f"{SITE}vocabulary#", "@language": "en"}
    body = {"@context": context | dict(WORDS[style]) | terms}
    name = entity_type.name
    members = {
        "context": f"contexts/{name}.jsonld",
        "iri": f"{SITE}{name}/{{key}}",
        "redirects": style,
        "type": proposing.own_class(terms, samples),
    }
    if style == "skos":
        members["scheme"] = f"{SITE}{name}"
    content = json.dumps(body, ensure_ascii=False, indent=2).encode() + b"\n"
    return ProposedContext(members["context"], content, members, references)


def pointer_tokens(pointer: str) -> tuple[str, ...]:
    """Returns the tokens of a pointer to a top-level member, or to what is in it."""
    return tuple(pointer.split("/")[1:])


def declare_mappings(content: bytes, proposed: Mapping[str, ProposedContext]) -> bytes:
    """Returns gitdraft.yaml with these mappings, by type, behind each type's `path`. Everything else stays."""
    lines = content.decode().splitlines(keepends=True)
    root = yaml.compose(content.decode(), Loader=LOADER)
    assert isinstance(root, yaml.MappingNode)
    types = next(value for key, value in root.value if key.value == "entities")
    places = sorted(
        ((value, proposed[key.value]) for key, value in types.value if key.value in proposed),
        key=lambda place: -place[0].start_mark.line,
    )
    for node, mapping in places:
        inner = ", ".join(f"{name}: {_scalar(text)}" for name, text in mapping.members.items())
        referring = ", ".join(f"{_scalar(p)}: {t}" for p, t in mapping.references.items())
        if node.flow_style or types.flow_style:
            line, column = node.start_mark.line, node.start_mark.column + 1
            written = f"rdf: {{{inner}}}, " + (f"references: {{{referring}}}, " if referring else "")
            lines[line] = lines[line][:column] + written + lines[line][column:]
            continue
        path = next((key, value) for key, value in node.value if key.value == "path")
        before = " " * path[0].start_mark.column
        block = [f"{before}rdf:\n", *(f"{before}  {n}: {_scalar(t)}\n" for n, t in mapping.members.items())]
        if referring:
            block.append(f"{before}references: {{{referring}}}\n")
        at = path[1].end_mark.line + (path[1].end_mark.column > 0)
        if not lines[at - 1].endswith("\n"):
            lines[at - 1] += "\n"
        lines[at:at] = block
    return "".join(lines).encode()


def declare_profile(content: bytes, types: Sequence[str]) -> bytes:
    """Returns gitdraft.yaml with the profile of a Wikibase for these types at its end."""
    ended = content if content.endswith(b"\n") else content + b"\n"
    profile = f"rdf:\n  profile: wikibase\n  base: {SITE}entity/\n  types: [{', '.join(types)}]\n"
    return ended + profile.encode()


def _scalar(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z/][A-Za-z0-9_./*-]*", text) else json.dumps(text, ensure_ascii=False)


def _has_snaks(documents: Iterable[JSON]) -> bool:
    """Returns whether the statements of documents, where they have some, are as Wikibase writes them."""
    claims = [document.get("claims") for document in documents if isinstance(document, dict)]
    statements = [s for groups in claims if isinstance(groups, dict) for s in _listed(list(groups.values()))]
    snaks = [statement.get("mainsnak") for statement in statements if isinstance(statement, dict)]
    return not snaks or any(isinstance(snak, dict) and "snaktype" in snak for snak in snaks)


def _is_of_properties(entity_type: EntityType, samples: Sequence[Mapping[str, JSON]]) -> bool:
    return entity_type.name in ("property", "attribute", "relation") or any(
        "range" in sample or "domain" in sample for sample in samples
    )


@dataclass(slots=True)
class _Proposing:
    """One type on its way to a context; ``is_of_properties``: its entities are properties of others."""

    entity_type: EntityType
    style: RdfStyle
    is_of_properties: bool

    def _is_of_classes(self, samples: Sequence[Mapping[str, JSON]]) -> bool:
        """Returns whether its entities are classes: by the type's name, or since some are below others."""
        return self.entity_type.name in CLASSES or any(
            name in sample for sample in samples for name in PARENTS
        )

    def own_class(self, terms: Mapping[str, Any], samples: Sequence[Mapping[str, JSON]]) -> str:
        """Returns the class that its entities are in; of properties whose member says which kind, the general one."""
        if self.style == "skos":
            return "skos:Concept"
        if not self.is_of_properties:
            return "owl:Class" if self._is_of_classes(samples) else "owl:NamedIndividual"
        return "rdf:Property" if "@type" in terms.values() else "owl:ObjectProperty"

    def own_references(self, samples: Sequence[Mapping[str, JSON]], keys: frozenset[str]) -> Iterator[str]:
        """Yields the pointers at which nothing but keys of the type stand."""
        for links in LINKS[self.style].values():
            for name in links:
                values = [value for sample in samples for value in _listed(sample.get(name))]
                if values and all(isinstance(value, str) and value in keys for value in values):
                    is_list = any(isinstance(sample.get(name), list) for sample in samples)
                    yield f"/{name}/*" if is_list else f"/{name}"

    def terms(
        self, samples: Sequence[Mapping[str, JSON]], referring: Sequence[tuple[str, ...]] = ()
    ) -> dict[str, Any]:
        """Returns the terms of the members that the documents have, and those of the vocabulary that they might."""
        patterns = [*referring, *(rule.pattern for rule in self.entity_type.references if not rule.members)]
        terms = self._of_kind(samples)
        for predicate, names in NAMES[self.style].items():
            known = [name for name in names if any(name in sample for sample in samples)]
            for name in (known or names[:1])[:1]:
                terms.setdefault(name, _text_term(predicate, [s[name] for s in samples if name in s]))
        for predicate, names in LINKS[self.style].items():
            known = [name for name in names if any(name in sample for sample in samples)]
            said = OF_PROPERTIES.get(predicate, predicate) if self.is_of_properties else predicate
            for name in known or names[:1]:
                terms.setdefault(name, {"@id": said, "@type": "@id"})
        return {**terms, **self._others(samples, (), patterns, frozenset(terms))}

    def _of_kind(self, samples: Sequence[Mapping[str, JSON]]) -> dict[str, Any]:
        """Returns the terms of the member by which OWL's properties are of a kind: those that name a range are of objects."""
        kinds = {s["datatype"] for s in samples if isinstance(s.get("datatype"), str)}
        if self.style != "owl" or not self.is_of_properties or not kinds:
            return {}
        of_objects = {s["datatype"] for s in samples if "range" in s and isinstance(s.get("datatype"), str)}
        named = {
            str(kind): "owl:ObjectProperty" if kind in of_objects else "owl:DatatypeProperty"
            for kind in sorted(map(str, kinds))
        }
        return {"datatype": "@type", **named}

    def _others(
        self,
        samples: Sequence[Mapping[str, JSON]],
        above: tuple[str, ...],
        patterns: Sequence[tuple[str, ...]],
        known: frozenset[str],
    ) -> dict[str, Any]:
        names = list(dict.fromkeys(name for sample in samples for name in sample))
        if len(names) > MOST_MEMBERS:
            return {}
        terms: dict[str, Any] = {}
        for name in names:
            if name in known or not PLAIN_NAME.fullmatch(name):
                continue
            values = [value for sample in samples for value in _listed(sample.get(name))]
            place = (*above, name)
            term = self._term(name, values, place, patterns)
            if term is not None:
                terms[name] = term
        return terms

    def _term(
        self,
        name: str,
        values: Sequence[JSON],
        place: tuple[str, ...],
        patterns: Sequence[tuple[str, ...]],
    ) -> JSON | None:
        predicate = f"own:{name}"
        if format_pointer(place) == self.entity_type.id_pointer:
            return {"@id": "dcterms:identifier", "@type": "xsd:string"}
        if any(_without_lists(pattern) == place for pattern in patterns):
            return {"@id": predicate, "@type": "@id"}
        objects = [value for value in values if isinstance(value, dict)]
        if objects:
            if len(objects) < len(values) or len(place) >= DEEPEST:
                return None
            inner = self._others(objects, place, patterns, frozenset())
            return {"@id": predicate, "@context": inner} if inner else None
        if values and all(isinstance(value, str) for value in values):
            return {"@id": predicate, "@type": "xsd:string"}
        return predicate if values else None


def _text_term(predicate: str, values: Sequence[JSON]) -> JSON:
    """Returns the term of a text in the default language, or of texts by language, as they are or as Wikibase has them."""
    maps = [value for value in values if isinstance(value, dict)]
    if not maps or not all(TAG.fullmatch(tag) for texts in maps for tag in texts):
        return {"@id": predicate}
    inner = [text for texts in maps for listed in texts.values() for text in _listed(listed)]
    if any(isinstance(text, dict) for text in inner):
        words = {"language": "@language", "value": "@value"}
        return {"@id": predicate, "@container": "@index", "@context": words}
    return {"@id": predicate, "@container": "@language"}


def _listed(value: JSON) -> list[JSON]:
    """Returns the elements of a list, those of lists in it too; anything else but null alone."""
    if isinstance(value, list):
        return [inner for element in value for inner in _listed(element)]
    return [] if value is None else [value]


def _without_lists(pattern: Sequence[str]) -> tuple[str, ...]:
    return tuple(token for token in pattern if token != "*" and not token.isdecimal())

"""What is to be known of properties: their data types, and the patterns of their identifiers' addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import md5
from typing import Any

from gitdraft.model.values import JSON
from gitdraft.rdf.terms import OWL, Term, Triple, blank, iri, triple
from gitdraft.rdf.wikibase.vocabulary import TYPE, Vocabulary, ontology

LINKS = frozenset(
    (
        *("wikibase-item", "wikibase-property", "wikibase-lexeme", "wikibase-form", "wikibase-sense"),
        *("url", "commonsMedia", "geo-shape", "tabular-data", "entity-schema"),
    )
)
NAMED_TYPES = {"entity-schema": "WikibaseEntitySchema"}
OBJECT_PROPERTY, DATATYPE_PROPERTY = iri(OWL + "ObjectProperty"), iri(OWL + "DatatypeProperty")
CLASS, RESTRICTION, THING = iri(OWL + "Class"), iri(OWL + "Restriction"), iri(OWL + "Thing")
COMPLEMENT_OF, ON_PROPERTY = iri(OWL + "complementOf"), iri(OWL + "onProperty")
SOME_VALUES = iri(OWL + "someValuesFrom")
PROPERTY_TYPE = ontology("propertyType")
NAMES = {
    "directClaim": "direct",
    "claim": "claim",
    "statementProperty": "statement",
    "statementValue": "statement_value",
    "qualifier": "qualifier",
    "qualifierValue": "qualifier_value",
    "reference": "reference",
    "referenceValue": "reference_value",
    "novalue": "novalue",
}
NORMAL_NAMES = {
    "directClaimNormalized": "direct_normal",
    "statementValueNormalized": "statement_normal",
    "qualifierValueNormalized": "qualifier_normal",
    "referenceValueNormalized": "reference_normal",
}
NORMAL_TYPES = {"external-id": OBJECT_PROPERTY, "quantity": DATATYPE_PROPERTY}


class Properties:
    """The properties of a repository: each as its entity says (``find`` returns it, ``None`` where there is none), else by the
    table of types."""

    def __init__(self, find: Callable[[str], JSON | None], types: Mapping[str, str], formatter: str) -> None:
        self._find = find
        self._types = types
        self._formatter = formatter
        self._known: dict[str, tuple[str | None, str | None]] = {}

    def datatype(self, name: str) -> str | None:
        """Returns the data type of a property; ``None`` where nobody says it."""
        return self._look_up(name)[0]

    def formatter(self, name: str) -> str | None:
        """Returns the pattern of the addresses of a property's identifiers, with `$1` in it; ``None`` without one."""
        return self._look_up(name)[1]

    def read(self, entity: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """Returns the data type and the pattern that a property's entity says; ``None`` for each that it does not say."""
        datatype = entity.get("datatype")
        pattern = best_text(entity.get("claims"), self._formatter)
        return datatype if isinstance(datatype, str) else None, pattern

    def _look_up(self, name: str) -> tuple[str | None, str | None]:
        known = self._known.get(name)
        if known is None:
            datatype, pattern = self.read(self._find(name) or {})
            known = self._known[name] = datatype or self._types.get(name), pattern
        return known


def best_text(claims: Any, name: str) -> str | None:
    """Returns the text of the first of the best statements of a property; ``None`` where there is none."""
    group = claims.get(name) if isinstance(claims, dict) else None
    statements = [s for s in group or () if isinstance(s, dict)]
    for rank in ("preferred", "normal"):
        for statement in statements:
            if statement.get("rank", "normal") == rank:
                value: Any = statement
                for member in ("mainsnak", "datavalue", "value"):
                    value = value.get(member) if isinstance(value, dict) else None
                return value if isinstance(value, str) else None
    return None


def type_term(datatype: str) -> Term:
    """Returns the term of a data type in Wikibase's ontology."""
    named = NAMED_TYPES.get(datatype)
    words = datatype.replace("-", " ").split(" ")
    return ontology(named or "".join(word[:1].upper() + word[1:] for word in words))


def define_property(vocabulary: Vocabulary, name: str, datatype: str | None) -> list[Triple]:
    """Returns what a property is: its data type, its predicates, the class of what has no value for it."""
    entity, own = vocabulary.entity(name), vocabulary.predicates(name)
    normal = NORMAL_TYPES.get(datatype or "")
    kind = OBJECT_PROPERTY if datatype in LINKS else DATATYPE_PROPERTY
    roles = NAMES if normal is None else {**NAMES, **NORMAL_NAMES}
    triples = [triple(entity, ontology(role), getattr(own, place)) for role, place in roles.items()]
    if datatype is not None:
        triples.append(triple(entity, PROPERTY_TYPE, type_term(datatype)))
    links = [own.claim, own.statement_value, own.qualifier_value, own.reference_value]
    if normal is not None:
        links += [own.statement_normal, own.qualifier_normal, own.reference_normal]
        triples.append(triple(own.direct_normal, TYPE, normal))
    triples += [triple(predicate, TYPE, OBJECT_PROPERTY) for predicate in links]
    values = (own.direct, own.statement, own.qualifier, own.reference)
    triples += [triple(predicate, TYPE, kind) for predicate in values]
    text = f"owl:complementOf-{vocabulary.profile.source}-{name}"
    node = blank(md5(text.encode(), usedforsecurity=False).hexdigest())
    return [
        *triples,
        triple(own.novalue, TYPE, CLASS),
        triple(own.novalue, COMPLEMENT_OF, node),
        triple(node, TYPE, RESTRICTION),
        triple(node, ON_PROPERTY, own.direct),
        triple(node, SOME_VALUES, THING),
    ]

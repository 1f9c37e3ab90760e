"""How entities become linked data: `rdf:` of gitdraft.yaml, and `rdf:` of a type."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from gitdraft.documents.pointers import parse_pointer
from gitdraft.errors import InvalidInput
from gitdraft.formats.paths import check_repository_path
from gitdraft.formats.yaml_document import Path
from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex
from gitdraft.model.lists import PathPattern

RedirectStyle: TypeAlias = Literal["same-as", "skos", "owl"]
REDIRECT_STYLES: tuple[RedirectStyle, ...] = ("same-as", "skos", "owl")
ADDRESS = regex(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+")
TEMPLATE = regex(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]*\{key\}[^\x00-\x20<>\"{}|\\^`]*")
PROPERTY = regex(r"P[1-9][0-9]*")
WIKIDATA = "http://www.wikidata.org/entity/"
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"
Checked = TypeVar("Checked")


@dataclass(frozen=True, slots=True)
class WikibaseProfile:
    """The entities of a Wikibase, by its own mapping.

    ``base`` is the namespace of the entities, ``data`` that of their documents. ``types`` are the entity types that are
    Wikibase's (``None``: all without a mapping of their own). ``property_types`` and ``sites`` are files of the repository,
    ``source`` is the repository's name in the names of novalue's nodes, ``formatter`` the property whose value at a
    property is the pattern of its identifiers' addresses.
    """

    base: str
    data: str
    license: str = CC0
    types: tuple[str, ...] | None = None
    property_types: str | None = None
    source: str = "local"
    sites: str | None = None
    formatter: str = "P1921"


@dataclass(frozen=True, slots=True)
class TypeMapping:
    """The entities of a type by a JSON-LD context.

    ``context`` is a file of the repository, ``iri`` the address of an entity with `{key}` in it, ``redirects`` how a redirect
    is said. ``mappings`` are the pointers at which other vocabularies' terms stand, with the predicate. ``own_class`` is the class
    that every entity is in, a term of the context or an address; ``scheme`` the address of the SKOS concept scheme that they
    make up.
    """

    context: str
    iri: str
    redirects: RedirectStyle = "same-as"
    mappings: tuple[tuple[PathPattern, str], ...] = ()
    own_class: str | None = None
    scheme: str | None = None


class Reader(Protocol):
    """What reads gitdraft.yaml and records mistakes."""

    def mapping(self, at: Path, value: Any, known: tuple[str, ...] | None) -> dict[str, Any]: ...
    def checked(self, at: Path, value: Any, check: Callable[[Any], Checked]) -> Checked | None: ...
    def problem(self, at: Path, message: str) -> None: ...


def read_profile(reader: Reader, declared: Any, types: Sequence[str]) -> WikibaseProfile | None:
    """Returns the profile that gitdraft.yaml declares at `rdf`; ``None`` where it declares none, or mistakes are recorded."""
    if declared is None:
        return None
    known = (
        "profile",
        "base",
        "data",
        "license",
        "types",
        "property_types",
        "source",
        "sites",
        "formatter",
    )
    at: Path = ("rdf",)
    members = reader.mapping(at, declared, known)
    if not isinstance(declared, dict):
        return None
    if members.get("profile") != "wikibase":
        reader.problem((*at, "profile") if "profile" in members else at, "expected the profile wikibase")
    if "base" not in members:
        reader.problem(at, "expected a base, such as http://www.wikidata.org/entity/")
        return None
    texts = {
        name: reader.checked((*at, name), members[name], check)
        for name, check in CHECKS.items()
        if name in members
    }
    base = texts.get("base")
    if base is None:
        return None
    usual = WikibaseProfile(base, _data_of(base), source="wikidata" if base == WIKIDATA else "local")
    return WikibaseProfile(
        base,
        texts.get("data") or usual.data,
        texts.get("license") or usual.license,
        _types(reader, members.get("types"), types),
        texts.get("property_types"),
        texts.get("source") or usual.source,
        texts.get("sites"),
        texts.get("formatter") or usual.formatter,
    )


def read_type_mapping(reader: Reader, at: Path, declared: Any) -> TypeMapping | None:
    """Returns the mapping that a type declares at `rdf`; ``None`` where it declares none, or mistakes are recorded."""
    if declared is None:
        return None
    members = reader.mapping(at, declared, ("context", "iri", "redirects", "mappings", "type", "scheme"))
    if not isinstance(declared, dict):
        return None
    for name, example in (("context", "contexts/category.jsonld"), ("iri", "https://example.org/{key}")):
        if name not in members:
            reader.problem(at, f"expected {name}, such as {example}")
    redirects = members.get("redirects", "same-as")
    if redirects not in REDIRECT_STYLES:
        reader.problem((*at, "redirects"), f"expected one of {', '.join(REDIRECT_STYLES)}")
        redirects = "same-as"
    mappings = []
    place: Path = (*at, "mappings")
    for pointer, predicate in reader.mapping(place, members.get("mappings") or {}, None).items():
        pattern = reader.checked((*place, pointer), pointer, parse_pointer)
        word = reader.checked((*place, pointer), predicate, _predicate)
        if pattern is not None and word is not None:
            mappings.append((pattern, word))
    own_class = reader.checked((*at, "type"), members["type"], _class) if "type" in members else None
    scheme = reader.checked((*at, "scheme"), members["scheme"], _address) if "scheme" in members else None
    if "context" not in members or "iri" not in members:
        return None
    context = reader.checked((*at, "context"), members["context"], check_repository_path)
    iri = reader.checked((*at, "iri"), members["iri"], _template)
    if context is None or iri is None:
        return None
    return TypeMapping(context, iri, redirects, tuple(mappings), own_class, scheme)


def _data_of(base: str) -> str:
    """Returns where a Wikibase serves the documents of the entities of a base, when nothing else is said."""
    if base == WIKIDATA:
        return "https://www.wikidata.org/wiki/Special:EntityData/"
    return base.removesuffix("entity/") + "wiki/Special:EntityData/"


def _types(reader: Reader, declared: Any, known: Sequence[str]) -> tuple[str, ...] | None:
    if declared is None:
        return None
    if not isinstance(declared, list) or not all(isinstance(name, str) for name in declared):
        reader.problem(("rdf", "types"), "expected a list of entity types")
        return None
    for index, name in enumerate(declared):
        if name not in known:
            reader.problem(("rdf", "types", index), f"unknown type '{name}'")
    return tuple(declared)


def _address(text: Any) -> str:
    if not isinstance(text, str) or not ADDRESS.fullmatch(text):
        raise InvalidInput("expected an absolute address, such as http://www.wikidata.org/entity/")
    return text


def _template(text: Any) -> str:
    if not isinstance(text, str) or not TEMPLATE.fullmatch(text) or text.count("{") != 1:
        raise InvalidInput("expected an absolute address with {key} in it, such as https://example.org/{key}")
    return text


def _predicate(text: Any) -> str:
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9._-]*:\S+", text):
        raise InvalidInput("expected a predicate, such as skos:exactMatch")
    return text


def _class(text: Any) -> str:
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z][^\s<>\"{}|\\^`]*", text):
        raise InvalidInput("expected a class, such as skos:Concept")
    return text


def _word(text: Any) -> str:
    if not isinstance(text, str) or not text:
        raise InvalidInput("expected a text; put it in quotes")
    return text


def _property(text: Any) -> str:
    if not isinstance(text, str) or not PROPERTY.fullmatch(text):
        raise InvalidInput("expected the id of a property, such as P1921")
    return text


CHECKS: dict[str, Callable[[Any], str]] = {
    "base": _address,
    "data": _address,
    "license": _address,
    "property_types": check_repository_path,
    "source": _word,
    "sites": check_repository_path,
    "formatter": _property,
}

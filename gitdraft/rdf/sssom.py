"""Redirects and declared mappings as SSSOM/TSV (https://mapping-commons.github.io/sssom/): a row a mapping.

A redirect is a mapping with the predicate of its type's redirects, curated by hand (`semapv:ManualMappingCuration`), its
reason as comment. How a declared mapping came about is not said in the entity: `semapv:UnspecifiedMatching`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from gitdraft.documents.parse import read_document
from gitdraft.documents.pointers import format_pointer
from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import EntityType
from gitdraft.formats.rdf_profile import TypeMapping, WikibaseProfile
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.entities import EntityRef
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.rdf.contexts.context import entity_address, read_context
from gitdraft.rdf.mappings import read_table, wikibase_types
from gitdraft.rdf.subjects import Mistake
from gitdraft.rdf.terms import DCTERMS, OWL, RDFS, SKOS, clean_iri
from gitdraft.store.redirects import redirects
from gitdraft.store.references import places
from gitdraft.store.snapshots import Snapshot

KNOWN = {
    "IAO": "http://purl.obolibrary.org/obo/IAO_",
    "dcterms": DCTERMS,
    "oboInOwl": "http://www.geneontology.org/formats/oboInOwl#",
    "owl": OWL,
    "rdfs": RDFS,
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": SKOS,
    "urn": "urn:",  # the file's own id
}
PLAIN_SCHEMES = (
    "did",
    "info",
    "mailto",
    "tag",
    "urn",
)  # others without `//` may be a prefix that nobody declares
PREDICATES = {"same-as": "owl:sameAs", "skos": "dcterms:isReplacedBy", "owl": "IAO:0100001"}
BY_HAND, UNSPECIFIED = "semapv:ManualMappingCuration", "semapv:UnspecifiedMatching"
NO_LICENSE = "https://w3id.org/sssom/license/unspecified"
ASCII = "".join(map(chr, range(128)))
COLUMNS = ("subject_id", "predicate_id", "object_id", "mapping_justification", "mapping_date", "comment")

Row = tuple[str, str, str, str, str, str]


@dataclass(slots=True)
class MappingSet:
    """The mappings of canonical at a commit: rows, the prefixes by which their ids expand, and what is no mapping."""

    canonical: Snapshot
    license: str
    prefixes: dict[str, str] = field(default_factory=lambda: dict(KNOWN))
    rows: list[Row] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Yields the lines of the file: the metadata, the names of the columns, the rows in order."""
        used = {word.partition(":")[0] for row in self.rows for word in row[:4]} | {"semapv", "urn"}
        yield "#curie_map:"
        for name in sorted(used):
            yield f'#  {name}: "{self.prefixes[name]}"'
        yield f"#license: {self.license}"
        yield f"#mapping_set_id: urn:gitdraft:mappings:{self.canonical.commit}"
        yield f'#mapping_set_version: "{self.canonical.commit}"'
        yield "\t".join(COLUMNS)
        for row in sorted(self.rows):
            yield "\t".join(map(_cell, row))

    def curie(self, address: str, preferred: str) -> str:
        """Returns an address in short form, by the longest prefix that fits, else by one made for its namespace. SSSOM's are of
        ASCII alone (RFC 3986)."""
        address = quote(address, safe=ASCII)
        fitting = [n for n, start in self.prefixes.items() if address.startswith(start) and address != start]
        if not fitting:
            cut = max(address[:-1].rfind(mark) for mark in "/#:") + 1
            name, number = preferred, 1
            while name in self.prefixes:
                name, number = f"{preferred}{number}", number + 1
            self.prefixes[name] = address[:cut]
            fitting = [name]
        best = max(fitting, key=lambda name: (len(self.prefixes[name]), name))
        return f"{best}:{address.removeprefix(self.prefixes[best])}"


def _cell(text: str) -> str:
    """A value as it stands in a table: between quotes where it holds one (RFC 4180)."""
    return text if '"' not in text else f'"{text.replace(chr(34), chr(34) * 2)}"'


def mapping_set(canonical: Snapshot, types: tuple[str, ...]) -> MappingSet:
    """Returns the mappings of entities of these types. Raises InvalidInput for a predicate whose prefix nobody declares."""
    configuration = canonical.configuration
    profile = configuration.rdf
    result = MappingSet(canonical, NO_LICENSE if profile is None else profile.license)
    of_wikibase = () if profile is None else wikibase_types(configuration, profile)
    for name in types:
        entity_type = configuration.entities[name]
        if entity_type.rdf is not None:
            _add_type(result, entity_type, entity_type.rdf)
        elif profile is not None and name in of_wikibase:
            _add_wikibase(result, name, profile)
    return result


def _add_wikibase(result: MappingSet, name: str, profile: WikibaseProfile) -> None:
    result.prefixes.setdefault("wd", profile.base)
    for source, tombstone in redirects(result.canonical, name).items():
        ends = (f"{profile.base}{key}" for key in (source.key, tombstone.redirects_to))
        _add_redirect(result, (next(ends), next(ends)), PREDICATES["same-as"], tombstone)


def _add_type(result: MappingSet, entity_type: EntityType, mapping: TypeMapping) -> None:
    result.prefixes.setdefault(entity_type.name, mapping.iri.partition("{key}")[0])
    for source, tombstone in redirects(result.canonical, entity_type.name).items():
        target = EntityRef(source.type, tombstone.redirects_to)
        ends = (entity_address(mapping, source), entity_address(mapping, target))
        _add_redirect(result, ends, PREDICATES[mapping.redirects], tombstone)
    if not mapping.mappings:
        return
    context = read_context(read_table(result.canonical, mapping.context), mapping.context)
    for prefix, start in context.prefixes.items():
        result.prefixes.setdefault(prefix, start)
    for _, predicate in mapping.mappings:
        _require_prefix(result, entity_type.name, predicate)
    limits = result.canonical.configuration.limits
    for entity, blob in result.canonical.entities((entity_type.name,)):
        document = read_document(result.canonical.source.read_blob(blob), limits=limits, source=str(entity))
        subject = result.curie(entity_address(mapping, entity), entity_type.name)
        for pattern, predicate in mapping.mappings:
            for tokens, value in places(document, pattern):
                end = _address(value, context.prefixes)
                if end is None:
                    message = "is no address, and has no prefix that the context declares"
                    result.mistakes.append(Mistake(entity, format_pointer(tokens), message))
                    continue
                result.rows.append((subject, predicate, result.curie(end, "ns"), UNSPECIFIED, "", ""))


def _add_redirect(
    result: MappingSet, ends: tuple[str, str], predicate: str, tombstone: RedirectTombstone
) -> None:
    source, target = (result.curie(end, "ns") for end in ends)
    comment = " ".join(tombstone.reason.split())
    result.rows.append((source, predicate, target, BY_HAND, tombstone.at[:10], comment))


def _address(value: object, prefixes: Mapping[str, str]) -> str | None:
    if not isinstance(value, str):
        return None
    prefix, colon, rest = value.partition(":")
    if colon and prefix in prefixes and not rest.startswith("//"):
        return prefixes[prefix] + rest
    return value if ("://" in value or prefix in PLAIN_SCHEMES) and clean_iri(value) == value else None


def _require_prefix(result: MappingSet, name: str, predicate: str) -> None:
    prefix = predicate.partition(":")[0]
    if prefix not in result.prefixes:
        raise InvalidInput(
            f"nobody says what the prefix of {predicate} is, which maps entities of the type '{name}'",
            context={"path": f"/entities/{name}/rdf/mappings", "value": predicate},
            hint=f"declare '{prefix}' in the type's context",
        )

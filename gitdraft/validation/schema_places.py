"""What a JSON Schema says of one place in a document: which kinds of value may stand there, which members it declares.

It is read to help who types a value, never to judge one: a schema that cannot be followed says nothing. jsonschema is not
needed for that, so that a shell can ask for names without waiting for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import unquote, urldefrag, urljoin

from gitdraft.documents.pointers import INDEX, Tokens, get, parse_pointer
from gitdraft.errors import InvalidInput
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Live
from gitdraft.model.values import ABSENT, JSON
from gitdraft.model.view_reports import PlaceBelow
from gitdraft.store.schema_files import path_at, read_schema, uri_of
from gitdraft.store.snapshots import Snapshot
from gitdraft.views.effective_view import EffectiveView

Kind: TypeAlias = Literal["null", "boolean", "number", "string", "array", "object"]
Kinds: TypeAlias = frozenset[Kind] | None
"""The kinds that may stand at a place; ``None`` where nothing is said of it."""

KINDS: Mapping[str, Kind] = {
    "null": "null",
    "boolean": "boolean",
    "number": "number",
    "integer": "number",
    "string": "string",
    "array": "array",
    "object": "object",
}


def kind_of(value: JSON) -> Kind:
    """Returns the kind of a JSON value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


class _Schema(NamedTuple):
    """A schema, or a part of one, and the URI that its references are relative to."""

    value: JSON
    base: str

    def part(self, value: JSON) -> _Schema:
        return _Schema(value, self.base)


@dataclass(slots=True)
class SchemaPlaces:
    """The places of documents that are held to the schema at a repository path. ``read`` gives the schema at a path,
    ``None`` when there is none."""

    path: str
    read: Callable[[str], JSON | None]
    _files: dict[str, _Schema] = field(default_factory=dict)  # by URI

    def kinds(self, tokens: Tokens) -> Kinds:
        """Returns the kinds of value that the schema allows at a place."""
        return self._kinds(self._file(self.path), tokens, {})

    def members(self, tokens: Tokens) -> dict[str, str]:
        """Returns the names of the members that the schema declares for the object at a place, each with its description
        (empty where it has none)."""
        names: dict[str, str] = {}
        for words in self.words(tokens):
            properties = words.get("properties")
            for name, declared in properties.items() if isinstance(properties, dict) else ():
                said = declared if isinstance(declared, dict) else {}
                text = said.get("title") or said.get("description") or ""
                names[name] = names.get(name) or (text if isinstance(text, str) else "")
        return names

    def required(self, tokens: Tokens) -> list[str]:
        """Returns the names of the members that the object at a place may have to have."""
        said = (words.get("required") for words in self.words(tokens))
        names = [name for each in said if isinstance(each, list) for name in each if isinstance(name, str)]
        return list(dict.fromkeys(names))

    def words(self, tokens: Tokens) -> Iterator[Mapping[str, JSON]]:
        """Yields every part of the schema that may apply to a place, as its keywords."""
        return self._reached(self._file(self.path), tokens, set())

    def choices(self, tokens: Tokens) -> list[JSON] | None:
        """Returns the values that alone may stand at a place; ``None`` where the schema does not list them."""
        return self._choices(self._file(self.path), tokens, set())

    def _choices(self, schema: _Schema, tokens: Tokens, seen: set[tuple[int, int]]) -> list[JSON] | None:
        words, place = schema.value, (id(schema.value), len(tokens))
        if not isinstance(words, dict) or place in seen:
            return None
        seen.add(place)
        said = [] if tokens else [_own_choices(words)]
        said += [self._choices(below, tokens[1:], seen) for below in _below(schema, tokens)]
        said += [self._choices(each, tokens, seen) for each in self._conjuncts(schema)]
        for alternatives in _alternatives(schema):
            offered = [self._choices(each, tokens, seen) for each in alternatives]
            known = [value for values in offered if values is not None for value in values]
            said.append(None if None in offered else known)
        return min((values for values in said if values is not None), key=len, default=None)

    def _kinds(self, schema: _Schema, tokens: Tokens, known: dict[tuple[int, int], Kinds]) -> Kinds:
        """``known`` has what was asked already, of a schema and a number of tokens; one that is being asked says nothing."""
        words, place = schema.value, (id(schema.value), len(tokens))
        if not isinstance(words, dict) or place in known:
            return known.get(place)
        known[place] = None
        said = [] if tokens else [_own_kinds(words)]
        said += [self._kinds(below, tokens[1:], known) for below in _below(schema, tokens)]
        said += [self._kinds(each, tokens, known) for each in self._conjuncts(schema)]
        for choices in _alternatives(schema):
            offered = [self._kinds(choice, tokens, known) for choice in choices]
            kinds = [choice for choice in offered if choice is not None]
            said.append(frozenset[Kind]().union(*kinds) if len(kinds) == len(offered) else None)
        limits = [kinds for kinds in said if kinds is not None]
        known[place] = frozenset[Kind].intersection(*limits) if limits else None
        return known[place]

    def _reached(
        self, schema: _Schema, tokens: Tokens, seen: set[tuple[int, int]]
    ) -> Iterator[Mapping[str, JSON]]:
        """Yields every part of the schema that may apply to the place, once."""
        place = (id(schema.value), len(tokens))
        if not isinstance(schema.value, dict) or place in seen:
            return
        seen.add(place)
        if not tokens:
            yield schema.value
        for below in _below(schema, tokens):
            yield from self._reached(below, tokens[1:], seen)
        for other in (*self._conjuncts(schema), *(c for choices in _alternatives(schema) for c in choices)):
            yield from self._reached(other, tokens, seen)

    def _conjuncts(self, schema: _Schema) -> Iterator[_Schema]:
        """Yields the schemas that apply to the same value as well."""
        assert isinstance(schema.value, dict)
        reference = schema.value.get("$ref")
        if isinstance(reference, str):
            target = self._resolve(urljoin(schema.base, reference))
            if target is not None:
                yield target
        every = schema.value.get("allOf")
        yield from (schema.part(each) for each in (every if isinstance(every, list) else ()))

    def _resolve(self, uri: str) -> _Schema | None:
        address, fragment = urldefrag(uri)
        path = path_at(address)
        if address not in self._files and path is None:
            return None
        root = self._files[address] if address in self._files else self._file(path or "")
        if fragment and not fragment.startswith("/"):
            return next((root.part(p) for p in _objects(root.value) if p.get("$anchor") == fragment), None)
        try:
            part = get(root.value, parse_pointer(unquote(fragment)))
        except InvalidInput:
            return None
        return None if part is ABSENT else root.part(part)

    def _file(self, path: str) -> _Schema:
        """Returns the schema in a file, read once, by its own `$id` too where it has one."""
        uri = uri_of(path)
        if uri not in self._files:
            value = self.read(path)
            name = value.get("$id") if isinstance(value, dict) else None
            schema = _Schema(value, urljoin(uri, name) if isinstance(name, str) else uri)
            self._files |= {uri: schema, schema.base: schema}
        return self._files[uri]


def schema_places(snapshot: Snapshot, type_name: str) -> SchemaPlaces | None:
    """Returns the places of a type's schema; ``None`` where it has none."""
    path = snapshot.configuration.entities[type_name].schema
    return None if path is None else SchemaPlaces(path, lambda path: read_schema(snapshot, path))


def places_below(view: EffectiveView, entity: EntityRef, tokens: Tokens) -> list[PlaceBelow]:
    """Returns the members, or the elements, of the container at a place of an entity: those that are there, in their
    order, then the members that its schema declares beside them, or the place after a list's last element."""
    state = view.state(entity)
    container = get(state.document, tokens) if isinstance(state, Live) else ABSENT
    if isinstance(container, list):
        elements = [PlaceBelow(str(index), value) for index, value in enumerate(container)]
        return [*elements, PlaceBelow("-", ABSENT, "after the last")]
    schema = schema_places(view.canonical, entity.type)
    declared = {} if schema is None else schema.members(tokens)
    members = container if isinstance(container, dict) else {}
    present = [PlaceBelow(name, value, declared.get(name, "")) for name, value in members.items()]
    return present + [
        PlaceBelow(name, ABSENT, text) for name, text in declared.items() if name not in members
    ]


def blank_document(canonical: Snapshot, entity: EntityRef) -> JSON:
    """Returns a document to begin an entity with: its id, and an empty value for each member that its schema requires."""
    entity_type = canonical.configuration.entities[entity.type]
    identity = parse_pointer(entity_type.id_pointer or "")
    schema = schema_places(canonical, entity.type)
    names = [] if schema is None else schema.required(())
    members = {name: blank(schema.kinds((name,)) if schema else None) for name in names}
    return ({identity[0]: entity.key} if len(identity) == 1 else {}) | {
        n: v for n, v in members.items() if n not in identity
    }


def _own_choices(words: Mapping[str, JSON]) -> list[JSON] | None:
    if "const" in words:
        return [words["const"]]
    values = words.get("enum")
    if isinstance(values, list):
        return values
    constants: dict[JSON, list[JSON]] = {"null": [None], "boolean": [True, False]}
    return constants.get(words.get("type")) if isinstance(words.get("type"), str) else None


def blank(kinds: Kinds) -> JSON:
    """Returns an empty value of one of the kinds."""
    blanks: dict[Kind, JSON] = {"string": "", "array": [], "object": {}, "number": 0, "boolean": False}
    return next((blank for kind, blank in blanks.items() if kinds is not None and kind in kinds), None)


def _own_kinds(words: Mapping[str, JSON]) -> Kinds:
    said: list[frozenset[Kind]] = []
    types = words.get("type")
    names = [types] if isinstance(types, str) else types if isinstance(types, list) else []
    known = [KINDS[name] for name in names if isinstance(name, str) and name in KINDS]
    if known:
        said.append(frozenset(known))
    if "const" in words:
        said.append(frozenset((kind_of(words["const"]),)))
    values = words.get("enum")
    if isinstance(values, list) and values:
        said.append(frozenset(map(kind_of, values)))
    return frozenset.intersection(*said) if said else None


def _below(schema: _Schema, tokens: Tokens) -> list[_Schema]:
    """Returns the schemas of the member, or the element, that the first of the tokens leads to."""
    if not tokens:
        return []
    words, token = schema.value, tokens[0]
    assert isinstance(words, dict)
    properties, patterns = words.get("properties"), words.get("patternProperties")
    below = [properties[token]] if isinstance(properties, dict) and token in properties else []
    if isinstance(patterns, dict):
        below += [part for pattern, part in patterns.items() if _matches(pattern, token)]
    if not below and isinstance(words.get("additionalProperties"), dict):
        below.append(words["additionalProperties"])
    if token == "-" or INDEX.fullmatch(token):
        below += _elements(words, token)
    return [schema.part(part) for part in below]


def _elements(words: Mapping[str, JSON], token: str) -> list[JSON]:
    items, first = words.get("items"), words.get("prefixItems")
    rest = items
    if isinstance(items, list):  # before draft 2020-12
        first, rest = items, words.get("additionalItems")
    if isinstance(first, list) and token != "-" and int(token) < len(first):
        return [first[int(token)]]
    return [rest] if isinstance(rest, dict) else []


def _alternatives(schema: _Schema) -> Iterator[list[_Schema]]:
    assert isinstance(schema.value, dict)
    for word in ("anyOf", "oneOf"):
        choices = schema.value.get(word)
        if isinstance(choices, list) and choices:
            yield [schema.part(choice) for choice in choices]


def _matches(pattern: str, name: str) -> bool:
    """What only a pattern that may backtrack for ever could tell is not known."""
    from gitdraft.validation.patterns import NeedsProcess, finds

    try:
        return finds(pattern, name, may_block=False)
    except (re.error, NeedsProcess):
        return False


def _objects(value: JSON) -> Iterator[dict[str, JSON]]:
    if isinstance(value, dict):
        yield value
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from _objects(child)

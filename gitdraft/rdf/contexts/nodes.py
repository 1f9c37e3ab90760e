"""A document as JSON-LD: what pyoxigraph would lose or take for something else is said as it is meant."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from hashlib import md5
from typing import Any, NamedTuple
from urllib.parse import urljoin

from gitdraft.documents.pointers import format_pointer
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON
from gitdraft.rdf.contexts.context import Context, Term
from gitdraft.rdf.terms import XSD, clean_iri, is_tag

Tokens = tuple[str, ...]
IN_VALUES = frozenset(("@value", "@language", "@type", "@direction", "@index"))
NO_NODE = frozenset(("@value", "@list", "@set"))  # an object with one of them, or a name for it, is none
MAPS = frozenset(("@index", "@id", "@type"))
LISTS = frozenset(("@list", "@set"))
KEYWORDS = {name: Term() for name in LISTS} | {
    name: Term(name) for name in ("@id", "@type", "@nest", "@included", "@graph")
}  # what a document may write itself
ADDRESSES = ("@id", "@vocab")
UNTYPED = ("@id", "@vocab", "@none", "@json", None)
FLOATING = (XSD + "double", XSD + "float")
LONGEST_EXPONENT = 4  # characters of it, with a sign; what is beyond no double holds
BLANK = "gd"  # what the labels of our own blank nodes start with


class Number(str):
    """A number as it is written in the file."""

    __slots__ = ()


class Whole(Number):
    """An integer as it is written."""

    __slots__ = ()


def read_numbers(content: bytes) -> JSON:
    """Returns the document in a file that is sound JSON, with its numbers as they are written."""
    return json.loads(content, parse_float=Number, parse_int=Whole)


class Written(NamedTuple):
    """An object as it became one of JSON-LD: what it was, what its members mean, its types that have a context of their own;
    with ``is_nest`` it is a part of the node around it."""

    node: dict[str, Any]
    source: Mapping[str, Any]
    context: Context
    types: tuple[str, ...]
    is_nest: bool


@dataclass(slots=True)
class NodeWriter:
    """Makes JSON-LD of one entity's document. ``references`` are the addresses by place; ``report`` hears what cannot be said;
    ``unknown`` are the members that the context does not know: their names, in an object behind that of the member it is in;
    ``written`` are the objects by place, ``maps`` those whose keys are no members: whether they are types; ``keys`` the addresses
    that keys are, ``included`` the nodes of maps by type, which are said beside the document."""

    entity: EntityRef
    root: Context
    references: Mapping[Tokens, str]
    report: Callable[[str, str], None]
    unknown: set[Tokens] = field(default_factory=set)
    written: dict[Tokens, Written] = field(default_factory=dict)
    maps: dict[Tokens, bool] = field(default_factory=dict)
    keys: dict[Tokens, str] = field(default_factory=dict)
    included: list[Tokens] = field(default_factory=list)

    def document(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the members of a document that the context knows, and the nodes that are said beside it."""
        node = self.node(document, self.root)
        beside = [self.written[place].node for place in self.included]
        if beside:
            own = node.get("@included", [])
            node["@included"] = [*(own if isinstance(own, list) else [own]), *beside]
        return node

    def node(
        self,
        document: Mapping[str, Any],
        context: Context,
        tokens: Tokens = (),
        *,
        is_nest: bool = False,
        has_name: bool = False,
    ) -> dict[str, Any]:
        """Returns the members that the context knows as those of a node, which ``has_name`` or is given one here."""
        node: dict[str, Any] = {}
        types = types_of(document, context)
        context = context.of_types(types)
        for name, value in document.items():
            place = (*tokens, name)
            term = KEYWORDS.get(name) if name.startswith("@") else context.term(name)
            if term is None:
                if name not in context.terms:
                    self.unknown.add((*tokens[:1], name))
                continue
            if term.keyword == "@id":
                if tokens and (address := self._address(value, place)) is not None:
                    node["@id"] = address
                continue
            node[name] = self._value(value, term, context, place)
        is_node = not any(term is not None and term.keyword in NO_NODE for term in map(context.term, node))
        is_node = is_node and LISTS.isdisjoint(node)
        if tokens and is_node and not (is_nest or has_name):
            node.setdefault("@id", f"_:{blank_label(self.entity, tokens)}")
        first = [name for name in node if says_type(name, context)]
        node = {name: node[name] for name in (*first, *node)}  # a streaming reader wants types first
        if is_node:
            self.written[tokens] = Written(node, document, context, types, is_nest)
        return node

    def _value(self, value: JSON, term: Term, context: Context, tokens: Tokens) -> JSON:
        reference = self.references.get(tokens)
        if reference is not None:
            return reference if term.keyword == "@type" else {"@id": reference}
        if isinstance(value, Number):
            return _number(value, term)
        if isinstance(value, str):
            return self._text(value, term, context.inside(term, goes_on=True), tokens)
        if isinstance(value, list):
            items = [
                self._value(item, term, context, (*tokens, str(i)))
                for i, item in enumerate(value)
                if item is not None
            ]
            return [item for item in items if item is not None]
        if isinstance(value, dict) and term.type != "@json":
            return self._object(value, term, context, tokens)
        return plain(value)

    def _object(self, value: dict[str, Any], term: Term, context: Context, tokens: Tokens) -> JSON:
        if "@value" in value:
            return self._literal(value, context.inside(term, goes_on=True), tokens)
        if "@language" in term.containers:
            return {tag: text for tag, text in value.items() if self._is_language(tag, (*tokens, tag))}
        if term.containers & MAPS:
            return self._map(value, term, context, tokens)
        is_nest = term.keyword == "@nest"
        return self.node(value, context.inside(term, goes_on=is_nest), tokens, is_nest=is_nest)

    def _literal(self, value: dict[str, Any], context: Context, tokens: Tokens) -> JSON:
        """Returns a value that says its language or datatype itself; ``None`` where that can be none, which is reported."""
        tag, datatype = value.get("@language"), value.get("@type")
        if isinstance(tag, str) and not self._is_language(tag, (*tokens, "@language")):
            return None
        is_address = isinstance(datatype, str) and not datatype.startswith("@")
        if is_address and self._text(str(datatype), Term("@type"), context, (*tokens, "@type")) is None:
            return None
        for name in (member for member in value if member not in IN_VALUES):
            self.report(format_pointer((*tokens, name)), "says nothing beside @value")
        return {name: plain(member) for name, member in value.items() if name in IN_VALUES}

    def _map(self, value: dict[str, Any], term: Term, context: Context, tokens: Tokens) -> JSON:
        """Returns the nodes of a map by their keys, which in some are their addresses or types."""
        inner = Term(term.keyword, term.type, has_language=term.has_language)
        says_name = "@id" in term.containers and "@graph" not in term.containers
        by_type = self.maps[tokens] = "@type" in term.containers
        within = context.inside(term, goes_on=not (says_name or by_type))
        nodes: dict[str, Any] = {}
        for name, member in value.items():
            place, key, keyword = (*tokens, name), name, within.terms.get(name)
            is_none = name == "@none" or (keyword is not None and keyword.keyword == "@none")
            if says_name and not is_none:
                address = self._address(name, place, context)
                if address is None:
                    continue
                key = self.keys[place] = address
            own = within.of_types([name]) if by_type else within
            if by_type and not is_none:
                nodes[key] = self._of_type(member, inner, own, place)
            else:
                nodes[key] = self._item(member, inner, own, place, has_name=says_name and not is_none)
        return nodes

    def _item(self, value: JSON, term: Term, context: Context, tokens: Tokens, *, has_name: bool) -> JSON:
        if has_name and isinstance(value, list):
            return [
                self._item(v, term, context, (*tokens, str(i)), has_name=True) for i, v in enumerate(value)
            ]
        if has_name and isinstance(value, dict):
            return self.node(value, context, tokens, has_name=True)
        return self._value(value, term, context, tokens)

    def _of_type(self, value: JSON, term: Term, context: Context, tokens: Tokens) -> JSON:
        """Returns the nodes of a type in a map by type. There pyoxigraph takes names of nodes, but no nodes with names: what they
        say stands beside the document, unless it needs a context of its own."""
        if isinstance(value, list):
            return [self._of_type(v, term, context, (*tokens, str(i))) for i, v in enumerate(value)]
        if not isinstance(value, dict) or tokens in self.references:
            return self._value(value, term, context, tokens)
        if context is self.root:
            node = self.node(value, context, tokens)
            self.included.append(tokens)
            return str(node["@id"])
        node = self.node(value, context, tokens, has_name=True)
        if node.pop("@id", None) is not None:
            self.report(format_pointer(tokens), "has an address in a map by type with a context of its own")
        return node

    def _text(self, value: str, term: Term, context: Context, tokens: Tokens) -> JSON:
        if term.type in ADDRESSES or term.keyword == "@type":
            is_word = term.type == "@vocab" or term.keyword == "@type"
            if is_word and (context.has_vocabulary or value in context.terms):
                return value
            return self._address(value, tokens, context)
        return value

    def _address(self, value: JSON, tokens: Tokens, context: Context | None = None) -> str | None:
        """Returns an address, absolute or by a prefix; ``None`` for what is none, which is reported."""
        reference = self.references.get(tokens)
        if reference is not None:
            return reference
        if isinstance(value, str):
            prefix, colon, rest = value.partition(":")
            known = context.prefixes if context is not None else {}
            full = known[prefix] + rest if colon and prefix in known and not rest.startswith("//") else value
            if context is not None and context.base is not None:
                full = urljoin(context.base, full)
            if clean_iri(full) == full:
                return full
        self.report(
            format_pointer(tokens), f"{json.dumps(plain(value), ensure_ascii=False)[:80]} is no address"
        )
        return None

    def _is_language(self, tag: str, tokens: Tokens) -> bool:
        if tag == "@none" or is_tag(tag):
            return True
        self.report(format_pointer(tokens), f"'{tag[:80]}' is no language tag")
        return False


def types_of(document: Mapping[str, Any], context: Context) -> tuple[str, ...]:
    """Returns the types of a node that have a context of their own, by their names."""
    members = [member for name, member in document.items() if says_type(name, context)]
    values = [value for member in members for value in (member if isinstance(member, list) else [member])]
    names = [value for value in values if isinstance(value, str) and not isinstance(value, Number)]
    return tuple(name for name in names if (t := context.terms.get(name)) and t.scoped is not None)


def says_type(name: str, context: Context) -> bool:
    """Returns whether a member says of which types a node is."""
    term = context.terms.get(name)
    return name == "@type" or (term is not None and term.keyword == "@type")


def blank_label(entity: EntityRef, tokens: Tokens) -> str:
    """Returns the label of the blank node at a place of an entity."""
    text = f"{entity}\0{format_pointer(tokens)}"
    return BLANK + md5(text.encode(), usedforsecurity=False).hexdigest()


def plain(value: JSON) -> JSON:
    """Returns a value with its numbers as JSON has them."""
    if isinstance(value, Whole):
        return int(value)
    if isinstance(value, Number):
        return float(value)
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def _number(value: Number, term: Term) -> JSON:
    """A number with the datatype of its term; without one, an integer, a decimal, or with an exponent a double."""
    if term.type == "@json":
        return plain(value)
    text = str(value)
    usual = "integer" if isinstance(value, Whole) else "double" if re.search("[eE]", text) else "decimal"
    if term.type in UNTYPED:
        return {"@value": text, "@type": XSD + usual}
    return {"@value": _digits(text, term.type), "@type": term.type}


def _digits(text: str, datatype: str | None) -> str:
    """Returns a number as its datatype reads it: with an exponent in a double alone; whole ones, but in decimals, without `.0`,
    as JSON-LD has it."""
    if datatype in FLOATING or len(text.lower().partition("e")[2]) > LONGEST_EXPONENT:
        return text
    number = Decimal(text)
    if datatype != XSD + "decimal" and number == number.to_integral_value():
        return str(int(number))
    return format(number, "f")

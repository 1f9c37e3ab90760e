"""A document as JSON-LD: what pyoxigraph would lose or take for something else is said as it is meant."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from hashlib import md5
from typing import Any
from urllib.parse import urljoin

from gitdraft.documents.pointers import format_pointer
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON
from gitdraft.rdf.contexts.context import Context, Term
from gitdraft.rdf.terms import XSD, clean_iri, is_tag

Tokens = tuple[str, ...]
IN_VALUES = frozenset(("@value", "@language", "@type", "@direction", "@index"))
NO_NODE = frozenset(("@value", "@list", "@set"))  # an object with one of them, or a name for it, is none
MAPS = frozenset(("@index", "@id", "@type", "@graph"))
LISTS = {"@list": Term(), "@set": Term()}  # what a document may write itself
ADDRESSES = ("@id", "@vocab")
UNTYPED = ("@id", "@vocab", "@none", "@json", None)
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


@dataclass(slots=True)
class NodeWriter:
    """Makes JSON-LD of one entity's document. ``references`` are the addresses by place; ``report`` hears what cannot be said;
    ``unknown`` are the members that the context does not know: their names, in an object behind that of the member it is in."""

    entity: EntityRef
    references: Mapping[Tokens, str]
    report: Callable[[str, str], None]
    unknown: set[Tokens] = field(default_factory=set)

    def node(
        self, document: Mapping[str, Any], context: Context, tokens: Tokens = (), *, has_name: bool = False
    ) -> dict[str, Any]:
        """Returns the members that the context knows as those of a node, which ``has_name`` or is given one here."""
        node: dict[str, Any] = {}
        context = context.of_types(types_of(document, context))
        for name, value in document.items():
            place = (*tokens, name)
            term = LISTS.get(name) if name.startswith("@") else context.term(name)
            if term is None:
                if not name.startswith("@") and name not in context.terms:
                    self.unknown.add((*tokens[:1], name))
                continue
            if term.keyword == "@id":
                if tokens and (address := self._address(value, place)) is not None:
                    node["@id"] = address
                continue
            node[name] = self._value(value, term, context, place)
        is_node = not any(term is not None and term.keyword in NO_NODE for term in map(context.term, node))
        if tokens and "@id" not in node and is_node and not has_name and not LISTS.keys() & node.keys():
            node["@id"] = f"_:{blank_label(self.entity, tokens)}"
        first = [name for name in node if (t := context.terms.get(name)) is not None and t.keyword == "@type"]
        return {name: node[name] for name in (*first, *node)}  # a streaming reader wants types first

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
            return {name: plain(member) for name, member in value.items() if name in IN_VALUES}
        if "@language" in term.containers:
            return {tag: text for tag, text in value.items() if self._is_language(tag, (*tokens, tag))}
        if term.containers & MAPS:
            return self._map(value, term, context, tokens)
        is_nest = term.keyword == "@nest"
        return self.node(value, context.inside(term, goes_on=is_nest), tokens, has_name=is_nest)

    def _map(self, value: dict[str, Any], term: Term, context: Context, tokens: Tokens) -> JSON:
        """Returns the nodes of a map by their keys, which in some are their addresses or types."""
        inner = Term(term.keyword, term.type, has_language=term.has_language)
        says_name = "@id" in term.containers and "@graph" not in term.containers
        says_type = "@type" in term.containers
        within = context.inside(term, goes_on=not (says_name or says_type))
        nodes: dict[str, Any] = {}
        for name, member in value.items():
            place, key, keyword = (*tokens, name), name, within.terms.get(name)
            is_none = name == "@none" or (keyword is not None and keyword.keyword == "@none")
            if says_name and not is_none:
                address = self._address(name, place, context)
                if address is None:
                    continue
                key = address
            own = within.of_types([name]) if says_type else within
            has_name = (says_name or says_type) and not is_none
            nodes[key] = self._item(member, inner, own, place, has_name=has_name)
        return nodes

    def _item(self, value: JSON, term: Term, context: Context, tokens: Tokens, *, has_name: bool) -> JSON:
        if has_name and isinstance(value, list):
            return [
                self._item(v, term, context, (*tokens, str(i)), has_name=True) for i, v in enumerate(value)
            ]
        if has_name and isinstance(value, dict):
            return self.node(value, context, tokens, has_name=True)
        return self._value(value, term, context, tokens)

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
    members = [m for name, m in document.items() if (t := context.terms.get(name)) and t.keyword == "@type"]
    values = [value for member in members for value in (member if isinstance(member, list) else [member])]
    names = [value for value in values if isinstance(value, str) and not isinstance(value, Number)]
    return tuple(name for name in names if (t := context.terms.get(name)) and t.scoped is not None)


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
    return {"@value": text, "@type": XSD + usual if term.type in UNTYPED else term.type}

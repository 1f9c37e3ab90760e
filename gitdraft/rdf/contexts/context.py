"""A JSON-LD 1.1 context, read from a file of the repository. Nothing is fetched: what is elsewhere is refused by its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from gitdraft.errors import InvalidInput
from gitdraft.formats.rdf_profile import TypeMapping
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON

KEYWORDS = ("@id", "@type")
PREFIX_ENDS = ("/", "#", ":", "_", "=", "?")


@dataclass(frozen=True, slots=True, eq=False)
class Scoped:
    """A context that holds where a term does: within its value, or within what is of this type."""

    value: JSON


@dataclass(frozen=True, slots=True)
class Term:
    """What a context says of a member: the keyword that it stands for (``None``: it is a predicate), how its value is typed,
    in which containers it is, and the context of its own."""

    keyword: str | None = None
    type: str | None = None
    containers: frozenset[str] = frozenset()
    has_language: bool = False
    scoped: Scoped | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """A context as it stands in the file, and its terms by name; with ``has_vocabulary`` every member is one. ``base`` is what
    relative addresses are resolved with, ``previous`` the context that the nodes within a node go back to."""

    value: JSON
    terms: Mapping[str, Term | None]
    prefixes: Mapping[str, str]
    has_vocabulary: bool = False
    base: str | None = None
    previous: Context | None = None
    scopes: dict[tuple[Scoped, bool], Context] = field(default_factory=dict, compare=False)

    def term(self, name: str) -> Term | None:
        """Returns what the context says of a member; ``None`` where it does not know it, or says that it is nothing."""
        if name in self.terms:
            return self.terms[name]
        return Term() if self.has_vocabulary or ":" in name else None

    def inside(self, term: Term, *, goes_on: bool = False) -> Context:
        """Returns the context within the value of a term; with ``goes_on`` the value is no node of its own."""
        outer = self if goes_on or self.previous is None else self.previous
        return outer if term.scoped is None else outer._with(term.scoped, is_kept=True)

    def of_types(self, names: Iterable[str]) -> Context:
        """Returns the context of a node of these types."""
        context = self
        for name in sorted(names):
            term = self.terms.get(name)
            if term is not None and term.scoped is not None:
                context = context._with(term.scoped, is_kept=False)
        return context

    def _with(self, scoped: Scoped, *, is_kept: bool) -> Context:
        known = self.scopes.get((scoped, is_kept))
        if known is None:
            known = self.scopes[scoped, is_kept] = _parse(scoped.value, self, is_kept=is_kept)
        return known


def read_context(content: JSON, path: str) -> Context:
    """Returns the context in a file, bare or in a member `@context`. Raises InvalidInput (``remote-context``) where it names
    another one, (``invalid-value``) where it is none."""
    value = content.get("@context") if isinstance(content, dict) and "@context" in content else content
    _check_local(value, path)
    if not isinstance(value, dict | list):
        raise InvalidInput(f"'{path}' is no JSON-LD context: expected an object", context={"source": path})
    return _parse(value, None)


def entity_address(mapping: TypeMapping, entity: EntityRef) -> str:
    """Returns the address of an entity: its key percent-encoded in the type's pattern, so that no two have the same."""
    return mapping.iri.replace("{key}", quote(entity.key, safe=""))


def _parse(value: JSON, outer: Context | None, *, is_kept: bool = True) -> Context:
    """Returns a context on top of another one; with ``is_kept`` it holds in the nodes within, if it does not say otherwise."""
    empty = Context(value, {}, {})
    context = empty if outer is None else replace(outer, value=value, scopes={})
    for part in value if isinstance(value, list) else [value]:
        if not isinstance(part, dict):
            context = empty  # null: nothing of what was said before
            continue
        is_kept = part.get("@propagate", is_kept) is not False
        terms, prefixes = dict(context.terms), dict(context.prefixes)
        prefixes.update({name: text for name, text in part.items() if _is_prefix(name, text)})
        terms.update(
            {name: _term(said, part, terms) for name, said in part.items() if not name.startswith("@")}
        )
        base = part.get("@base", context.base)
        context = replace(
            context,
            terms=terms,
            prefixes=prefixes,
            has_vocabulary=part["@vocab"] is not None if "@vocab" in part else context.has_vocabulary,
            base=base if isinstance(base, str) else None,
        )
    return replace(context, previous=None if is_kept or outer is None else outer.previous or outer)


def _term(definition: JSON, part: Mapping[str, JSON], terms: Mapping[str, Term | None]) -> Term | None:
    if definition is None or definition is False:
        return None
    if isinstance(definition, str):
        alias = part.get(definition, definition)
        keyword = alias if isinstance(alias, str) and alias.startswith("@") else None
        return Term(keyword or getattr(terms.get(definition), "keyword", None))
    if not isinstance(definition, dict):
        return None
    name = definition.get("@id", "")
    container = definition.get("@container")
    containers = frozenset([container] if isinstance(container, str) else container or ())
    kind = definition.get("@type", "@id" if "@type" in containers else None)  # create term definition, 19.4
    return Term(
        name if isinstance(name, str) and name in KEYWORDS else None,
        kind if isinstance(kind, str) else None,
        containers,
        "@language" in definition,
        Scoped(definition["@context"]) if "@context" in definition else None,
    )


def _is_prefix(name: str, text: Any) -> bool:
    if isinstance(text, dict):
        return False
    return isinstance(text, str) and not name.startswith("@") and text.endswith(PREFIX_ENDS) and ":" in text


def _check_local(value: JSON, path: str) -> None:
    """Raises InvalidInput (``remote-context``) for a context that names another one."""
    for remote in _remotes(value):
        raise InvalidInput(
            f"'{path}' names the context {remote}, and nothing is fetched",
            code="remote-context",
            context={"source": path, "remote": remote},
            hint=f"put what it says into {path}",
        )


def _remotes(value: JSON) -> Iterator[str]:
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, str):
            yield part
        if isinstance(part, dict):
            if "@import" in part:
                yield str(part["@import"])
            for definition in part.values():
                if isinstance(definition, dict) and "@context" in definition:
                    yield from _remotes(definition["@context"])

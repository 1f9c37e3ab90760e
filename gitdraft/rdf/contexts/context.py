"""A JSON-LD 1.1 context, read from a file of the repository. Nothing is fetched: what is elsewhere is refused by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from gitdraft.errors import InvalidInput
from gitdraft.formats.rdf_profile import TypeMapping
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON

KEYWORDS = ("@id", "@type")
PREFIX_ENDS = ("/", "#", ":", "_", "=", "?")


@dataclass(frozen=True, slots=True)
class Term:
    """What a context says of a member: the keyword that it stands for (``None``: it is a predicate), how its value is typed,
    in which containers it is, and the terms of a context of its own."""

    keyword: str | None = None
    type: str | None = None
    containers: frozenset[str] = frozenset()
    has_language: bool = False
    inner: Context | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """A context as it stands in the file, and its terms by name; with ``has_vocabulary`` every member is one."""

    value: JSON
    terms: Mapping[str, Term | None]
    prefixes: Mapping[str, str]
    has_vocabulary: bool = False

    def term(self, name: str) -> Term | None:
        """Returns what the context says of a member; ``None`` where it does not know it, or says that it is nothing."""
        if name in self.terms:
            return self.terms[name]
        return Term() if self.has_vocabulary or ":" in name else None


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


def _parse(value: JSON, outer: Context | None) -> Context:
    terms: dict[str, Term | None] = {} if outer is None else dict(outer.terms)
    prefixes: dict[str, str] = {} if outer is None else dict(outer.prefixes)
    has_vocabulary = outer is not None and outer.has_vocabulary
    for part in value if isinstance(value, list) else [value]:
        if not isinstance(part, dict):
            terms, prefixes, has_vocabulary = {}, {}, False  # null: nothing of what was said before
            continue
        if "@vocab" in part:
            has_vocabulary = part["@vocab"] is not None
        prefixes.update({name: text for name, text in part.items() if _is_prefix(name, text)})
        for name, definition in part.items():
            if not name.startswith("@"):
                terms[name] = _term(definition, Context(value, terms, prefixes, has_vocabulary))
    return Context(value, terms, prefixes, has_vocabulary)


def _term(definition: JSON, outer: Context) -> Term | None:
    if definition is None or definition is False:
        return None
    if isinstance(definition, str):
        alias = outer.terms.get(definition)
        keyword = definition if definition.startswith("@") else getattr(alias, "keyword", None)
        return Term(keyword)
    if not isinstance(definition, dict):
        return None
    name = definition.get("@id", "")
    containers = definition.get("@container")
    inner = definition.get("@context")
    kind = definition.get("@type")
    return Term(
        name if isinstance(name, str) and name in KEYWORDS else None,
        kind if isinstance(kind, str) else None,
        frozenset([containers] if isinstance(containers, str) else containers or ()),
        "@language" in definition,
        None if inner is None else _parse(inner, outer),
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

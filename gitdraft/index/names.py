"""What entities are called, and the forms in which names are compared."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import normalize

from gitdraft.lazy_regex import regex
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON

LABELS = ("label", "name", "prefLabel")
BY_LANGUAGE = ("labels", "prefLabel", "lemmas")
LAST = "title"  # which beside labels by language is that of the entity's page in a wiki
OTHERS = (
    "label",
    "name",
    "title",
    "prefLabel",
    "labels",
    "lemmas",
    "aliases",
    "alias",
    "altLabel",
    "synonyms",
)
LANGUAGES = ("en", "mul")  # asked first for a label
ACCENTS = regex("[\u0300-\u036f]")
BETWEEN = regex(r"[\W_]+")


def folded(text: str) -> str:
    """Returns the text as it is compared: composed, without regard to case."""
    return normalize("NFC", normalize("NFC", text).casefold())


def plain(name: str) -> str:
    """Returns a name without regard to case, accents and punctuation: its words, a space between them."""
    words = BETWEEN.sub(" ", ACCENTS.sub("", normalize("NFKD", normalize("NFKC", name).casefold())))
    return normalize("NFC", words).strip() or folded(name).replace("\0", " ").strip()


def label_of(document: JSON) -> str | None:
    """Returns what an entity is called: its member `label`, `name` or `prefLabel`, or the first of `labels` and `lemmas` by
    language, as Wikibase has them, or its `title`."""
    if not isinstance(document, dict):
        return None
    names = (
        *(document.get(name) for name in LABELS),
        *(_first(document.get(name)) for name in BY_LANGUAGE),
        document.get(LAST),
    )
    return next((name for name in names if isinstance(name, str) and name), None)


def description_of(document: JSON) -> str | None:
    """Returns what an entity's member `description` says, or the first of `descriptions` by language."""
    if not isinstance(document, dict):
        return None
    value = document.get("description")
    if isinstance(value, str) and value:
        return value
    return _first(document.get("descriptions")) or _first(value)


def names_of(entity: EntityRef, document: JSON) -> tuple[str, ...]:
    """Returns all that an entity is called, each once: its label, its key, then its labels in other languages and its
    aliases."""
    members = document if isinstance(document, dict) else {}
    first = label_of(document)
    names = [entity.key] if first is None else [first, entity.key]
    for member in OTHERS:
        names += _names(members.get(member))
    return tuple(dict.fromkeys(" ".join(name.split()) for name in names if name.strip()))


def _first(terms: JSON) -> str | None:
    if not isinstance(terms, dict):
        return None
    for language in (*LANGUAGES, *terms):
        name = next(_names(terms.get(language)), None)
        if name:
            return name
    return None


def _names(value: JSON) -> Iterator[str]:
    """Yields the texts in a value; of a term of Wikibase's, `{"language": …, "value": …}`, its value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)
    elif isinstance(value, dict):
        for inner in [value["value"]] if isinstance(value.get("value"), str) else value.values():
            yield from _names(inner)

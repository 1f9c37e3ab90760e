"""What a MediaWiki pushes: the payload of `gitdraft import mediawiki` and `POST /api/v2/mediawiki/import`.

::

    {"source": "mediawiki_push", "wiki_url": "https://smw.example.com", "user": "WikiUser",
     "comment": "Updated Person category properties",
     "changes": [
       {"action": "modify", "entity_type": "category", "entity_key": "Person",
        "patch": [{"op": "replace", "path": "/description", "value": "A human being (updated)"}]},
       {"action": "create", "entity_type": "property", "entity_key": "birthPlace",
        "entity": {"entity_key": "birthPlace", "label": "Birth place",
                   "description": "Location where person was born", "data_type": "Page"}},
       {"action": "delete", "entity_type": "property", "entity_key": "deprecated_field"}]}

The action is explicit: `modify` has a patch and no entity, `create` an entity and no patch, `delete` neither.
`comment` may be left out; everything else must be there, and nothing else may. The JSON Schema is
`schemas/mediawiki-import.schema.json`.
"""

from __future__ import annotations

import ipaddress
import json
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal
from urllib.parse import urlsplit

from gitdraft.documents.parsing import Limits, check_document, parse_json
from gitdraft.documents.patching import parse_patch
from gitdraft.errors import GitdraftError, InvalidInput, NotFound
from gitdraft.formats.configuration import EntityType
from gitdraft.formats.keys import fold_key, normalise_key
from gitdraft.model.changes import Patch
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON

SOURCE = "mediawiki_push"
MOST_CHANGES = 1000
LARGEST_PAYLOAD = 16 << 20
LEVELS = 4  # of the payload around a document or a patch operation's value
LONGEST_URL = 2000
LONGEST_USER = 255  # bytes, as MediaWiki has it
LONGEST_COMMENT = 10_000
MEMBERS = ("source", "wiki_url", "user", "comment", "changes")
CHANGE_MEMBERS = ("action", "entity_type", "entity_key", "patch", "entity")
NEEDS: Mapping[str, str | None] = {"modify": "patch", "create": "entity", "delete": None}

Action = Literal["modify", "create", "delete"]


@dataclass(frozen=True, slots=True)
class PushedChange:
    """One change, ``index`` its place in the payload. ``patch`` is that of `modify`, ``document`` that of `create`."""

    index: int
    action: Action
    entity: EntityRef
    patch: Patch = ()
    document: JSON = None


@dataclass(frozen=True, slots=True)
class Push:
    """A payload. ``user`` and ``comment`` are free of control characters, the user is one line."""

    wiki_url: str
    user: str
    comment: str
    changes: tuple[PushedChange, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in a payload: the pointer to it, and why. ``index`` is that of its change."""

    path: str
    error: GitdraftError
    index: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The mistake with its code, as errors list it."""
        index = {} if self.index is None else {"index": self.index}
        hint = {} if self.error.hint is None else {"hint": self.error.hint}
        facts = {name: value for name, value in self.error.context.items() if name not in ("path", "source")}
        return {
            **index,
            "path": self.path,
            "code": self.error.code,
            "message": self.error.message,
            **hint,
            **facts,
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """A push, the mistakes in its form, and the entities of changes that are not among the push's for a mistake."""

    push: Push
    mistakes: tuple[Mistake, ...]
    claimed: frozenset[EntityRef]


def parse_payload(content: bytes, limits: Limits, largest: int = LARGEST_PAYLOAD) -> JSON:
    """The payload as JSON. Raises InvalidInput for what is not strict JSON, or larger than ``largest`` bytes.

    ``limits`` are those of a document, which the payload holds some levels deeper.
    """
    bounds = Limits(largest, limits.max_depth + LEVELS, limits.max_integer_digits)
    return parse_json(content, limits=bounds, source="payload")


def read_push(
    payload: JSON, types: Mapping[str, EntityType], limits: Limits, most_changes: int = MOST_CHANGES
) -> Reading:
    """The push, and every mistake in its form. ``types`` and ``limits`` are those of gitdraft.yaml.

    Raises InvalidInput for a payload that is no object.
    """
    if not isinstance(payload, dict):
        raise _wrong(f"payload: expected an object, found {_shown(payload)}", context={"path": ""})
    reader = _Reader(payload, types, limits, most_changes)
    push = Push(reader.wiki_url(), reader.user(), reader.comment(), reader.changes())
    return Reading(push, tuple(reader.mistakes), frozenset(reader.claimed))


def refuse_mistakes(mistakes: Sequence[Mistake]) -> None:
    """Raise what is wrong, if anything is: one mistake as itself, several as InvalidInput (``invalid-payload``).

    The context lists all of them (``errors``), each with its code, its pointer (``path``) and, where it is about a
    change, the ``index`` of that.
    """
    if not mistakes:
        return
    ordered = sorted(mistakes, key=lambda mistake: -1 if mistake.index is None else mistake.index)
    errors = [mistake.as_json() for mistake in ordered]
    if len(ordered) == 1:
        only, error = ordered[0], ordered[0].error
        index = {} if only.index is None else {"index": only.index}
        raise type(error)(
            error.message,
            code=error.code,
            context={**error.context, "path": only.path, **index, "errors": errors},
            hint=error.hint,
            details=[f"at {only.path or 'the top'}", *error.details],
        )
    raise InvalidInput(
        f"the payload has {len(ordered):,} mistakes: nothing was made",
        code="invalid-payload",
        context={"errors": errors},
        details=[
            f"{m.path or '(top)'}: {m.error.message}{f' ({m.error.hint})' if m.error.hint else ''}"
            for m in ordered
        ],
    )


class _Reader:
    """Reads the payload member by member, noting every mistake."""

    def __init__(
        self, top: dict[str, Any], types: Mapping[str, EntityType], limits: Limits, most_changes: int
    ) -> None:
        self.top = top
        self.types = types
        self.limits = limits
        self.most_changes = most_changes
        self.mistakes: list[Mistake] = []
        self.claimed: set[EntityRef] = set()
        self.only("", top, MEMBERS, None)
        if self.text("source") not in (SOURCE, ""):
            self.note("/source", _wrong(f"expected '{SOURCE}', found {_shown(top['source'])}"))

    def wiki_url(self) -> str:
        url = self.text("wiki_url")
        why = _url_flaw(url) if url else None
        if why is not None:
            self.note("/wiki_url", _wrong(f"wiki_url: {why}"))
        return url

    def user(self) -> str:
        user = self.clean("user", one_line=True)
        if len(user.encode()) > LONGEST_USER:
            self.note("/user", _wrong(f"user: longer than {LONGEST_USER} bytes"))
        return user

    def comment(self) -> str:
        comment = self.clean("comment") if "comment" in self.top else ""
        if len(comment) > LONGEST_COMMENT:
            self.note("/comment", _wrong(f"comment: longer than {LONGEST_COMMENT:,} characters"))
        return comment

    def changes(self) -> tuple[PushedChange, ...]:
        if "changes" not in self.top:
            self.note("/changes", _missing("changes"))
            return ()
        given = self.top["changes"]
        if not isinstance(given, list) or not given:
            self.note("/changes", _wrong(f"changes: expected an array of changes, found {_shown(given)}"))
            return ()
        if len(given) > self.most_changes:
            self.note(
                "/changes",
                _wrong(f"changes: {len(given):,}, more than {self.most_changes:,}", "too-many-changes"),
            )
            return ()
        found: list[PushedChange] = []
        first_with: dict[tuple[str, str], int] = {}
        for index, item in enumerate(given):
            change = self.change(index, item, first_with)
            found.extend(() if change is None else (change,))
        return tuple(found)

    def change(self, index: int, item: Any, first_with: dict[tuple[str, str], int]) -> PushedChange | None:
        at, known = f"/changes/{index}", len(self.mistakes)
        if not isinstance(item, dict):
            self.note(at, _wrong(f"expected a change, an object, found {_shown(item)}"), index)
            return None
        self.only(at, item, CHANGE_MEMBERS, index)
        action = self.action(at, item, index)
        entity = self.entity(at, item, index)
        if entity is not None:
            place = (entity.type, fold_key(entity.key))
            first = first_with.setdefault(place, index)
            if first != index:
                self.note(
                    f"{at}/entity_key",
                    _wrong(
                        f"A second change to '{entity}': changes {first} and {index} are of one entity.",
                        "duplicate-change",
                        context={"first": first},
                        hint="put both into one change",
                    ),
                    index,
                )
        patch, document = self.content(at, item, action, index)
        if action is None or entity is None or len(self.mistakes) > known:
            self.claimed.update(() if entity is None else (entity,))
            return None
        return PushedChange(index, action, entity, patch, document)

    def action(self, at: str, item: Mapping[str, Any], index: int) -> Action | None:
        if "action" not in item:
            self.note(
                f"{at}/action", _missing("action", f"action is required: one of {', '.join(NEEDS)}"), index
            )
            return None
        for known in ("modify", "create", "delete"):
            if item["action"] == known:
                return known
        found = item["action"]
        hint = f"write '{found.lower()}'" if isinstance(found, str) and found.lower() in NEEDS else None
        why = f"action: expected one of {', '.join(NEEDS)}, found {_shown(found)}"
        self.note(f"{at}/action", _wrong(why, hint=hint), index)
        return None

    def entity(self, at: str, item: Mapping[str, Any], index: int) -> EntityRef | None:
        """The entity that a change is of, where type and key are both right."""
        name, key = item.get("entity_type"), item.get("entity_key")
        kind = self.types.get(name) if isinstance(name, str) else None
        if "entity_type" not in item:
            self.note(f"{at}/entity_type", _missing("entity_type"), index)
        elif not isinstance(name, str):
            self.note(
                f"{at}/entity_type", _wrong(f"entity_type: expected a string, found {_shown(name)}"), index
            )
        elif kind is None:
            near = _near(name, self.types)
            hint = f"did you mean '{near}'?" if near else f"the types are {', '.join(self.types) or 'none'}"
            error = NotFound(
                f"unknown entity_type {_shown(name)}", context={"types": list(self.types)}, hint=hint
            )
            self.note(f"{at}/entity_type", error, index)
        if "entity_key" not in item:
            self.note(f"{at}/entity_key", _missing("entity_key"), index)
            return None
        try:
            stored = normalise_key(key, nested=kind is not None and kind.nested)
        except InvalidInput as error:
            if kind is not None:
                self.note(f"{at}/entity_key", error, index)
            return None
        return None if kind is None else EntityRef(kind.name, stored)

    def content(
        self, at: str, item: Mapping[str, Any], action: Action | None, index: int
    ) -> tuple[Patch, JSON]:
        """The patch or the document that the action asks for; what it does not ask for is a mistake."""
        patch: Patch = ()
        document: JSON = None
        if action is None:
            return patch, document
        wanted = NEEDS[action]
        for name in ("patch", "entity"):
            if name in item and name != wanted:
                hint = "an entity is either patched or created" if wanted else "a deletion needs neither"
                self.note(
                    f"{at}/{name}", _wrong(f"action '{action}' takes no member '{name}'", hint=hint), index
                )
        if wanted is None:
            return patch, document
        if wanted not in item:
            self.note(
                f"{at}/{wanted}", _missing(wanted, f"action '{action}' needs a member '{wanted}'"), index
            )
            return patch, document
        try:
            if wanted == "patch":
                patch = parse_patch(item["patch"])
            else:
                document = item["entity"]
                check_document(document, limits=self.limits, source="entity")
        except InvalidInput as error:
            self.note(f"{at}/{wanted}{error.context.get('path', '')}", error, index)
        return patch, document

    def text(self, name: str) -> str:
        """A required member that is a string and says something; '' when it is not, which is noted."""
        if name not in self.top:
            self.note(f"/{name}", _missing(name))
            return ""
        value = self.top[name]
        if not isinstance(value, str) or not value.strip():
            self.note(f"/{name}", _wrong(f"{name}: expected a string, found {_shown(value)}"))
            return ""
        return value

    def clean(self, name: str, *, one_line: bool = False) -> str:
        """A member as text that can stand in a commit: line ends as `\\n`, without control characters.

        A NUL is refused: what comes behind it might be lost without anybody seeing it.
        """
        value = self.top.get(name)
        if isinstance(value, str) and not one_line and not value.strip():
            return ""
        text = self.text(name)
        if "\0" in text:
            self.note(f"/{name}", _wrong(f"{name}: it holds a NUL character"))
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        cleaned = "\n".join("".join(c for c in line if not _is_control(c)).rstrip() for line in lines)
        return " ".join(cleaned.split()) if one_line else cleaned.strip()

    def only(self, at: str, members: Mapping[str, Any], known: Collection[str], index: int | None) -> None:
        for name in members:
            if name not in known:
                near = _near(name, known)
                hint = f"did you mean '{near}'?" if near else None
                escaped = name.replace("~", "~0").replace("/", "~1")
                self.note(f"{at}/{escaped}", _wrong(f"unknown member {_shown(name)}", hint=hint), index)

    def note(self, path: str, error: GitdraftError, index: int | None = None) -> None:
        self.mistakes.append(Mistake(path, error, index))


def _url_flaw(url: str) -> str | None:
    """What keeps a URL from being that of a wiki. It is never fetched; it is shown to people, as a link."""
    if len(url) > LONGEST_URL:
        return f"longer than {LONGEST_URL:,} characters"
    if any(c.isspace() or _is_control(c) or c in '<>"\\^`{|}' for c in url):
        return "it holds a character that no URL has"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is not a URL"
    if parts.scheme not in ("http", "https") or not host:
        return "expected http:// or https:// and a host"
    if parts.username is not None or parts.password is not None:
        return "it holds credentials, which would be kept for ever; leave them out"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None) or address
    return "a link-local address is no wiki" if mapped.is_link_local or mapped.is_unspecified else None


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _wrong(why: str, code: str = "invalid-value", **members: Any) -> InvalidInput:
    return InvalidInput(why, code=code, **members)


def _missing(name: str, why: str | None = None) -> InvalidInput:
    return InvalidInput(why or f"{name} is missing", code="missing-field")


def _shown(found: Any) -> str:
    return json.dumps(found, ensure_ascii=True, default=str)[:80]


def _near(name: str, known: Collection[str]) -> str | None:
    return next(iter(get_close_matches(name[:100], known, n=1)), None)

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
A change may say by `base_version` from which revision of the entity the wiki's copy was made: it is then merged from there.
`source` and `comment` may be left out; everything else must be there, and nothing else may. The JSON Schema is
`schemas/mediawiki-import.schema.json`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, Literal

from gitdraft.documents.parse import Limits, check_document, parse_json
from gitdraft.documents.patch_form import parse_patch
from gitdraft.errors import GitdraftError, InvalidInput, NotFound
from gitdraft.formats.configuration import EntityType
from gitdraft.formats.keys import fold_key, normalise_key
from gitdraft.formats.payload_mistakes import Mistake
from gitdraft.formats.wiki_urls import is_control, url_flaw
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.changes import Patch
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON

SOURCE = "mediawiki_push"
MOST_CHANGES = 1000
LARGEST_PAYLOAD = 16 << 20
LEVELS = 4  # of the payload around a document or a patch operation's value
LONGEST_USER = 255  # bytes, as MediaWiki has it
LONGEST_COMMENT = 10_000
MEMBERS = ("source", "wiki_url", "user", "comment", "changes")
CHANGE_MEMBERS = ("action", "entity_type", "entity_key", "patch", "entity", "base_version")
NEEDS: Mapping[str, str | None] = {"modify": "patch", "create": "entity", "delete": None}

Action = Literal["modify", "create", "delete"]


@dataclass(frozen=True, slots=True)
class PushedChange:
    """One change, ``index`` its place in the payload. ``patch`` is that of `modify`, ``document`` that of `create`;
    ``base_version`` is the number of the revision that the change was made on."""

    index: int
    action: Action
    entity: EntityRef
    patch: Patch = ()
    document: JSON = None
    base_version: int | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """A payload. ``user`` and ``comment`` are free of control characters, the user is one line."""

    wiki_url: str
    user: str
    comment: str
    changes: tuple[PushedChange, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A push, the mistakes in its form, and the entities of changes that are not among the push's for a mistake."""

    push: Push
    mistakes: tuple[Mistake, ...]
    claimed: frozenset[EntityRef]


def parse_payload(content: bytes, limits: Limits, largest: int = LARGEST_PAYLOAD) -> JSON:
    """Returns the payload as JSON. Raises InvalidInput for what is not strict JSON, or larger than ``largest`` bytes.

    ``limits`` are those of a document, which the payload holds some levels deeper.
    """
    bounds = Limits(largest, limits.max_depth + LEVELS, limits.max_integer_digits)
    return parse_json(content, limits=bounds, source="payload")


def read_push(
    payload: JSON, types: Mapping[str, EntityType], limits: Limits, most_changes: int = MOST_CHANGES
) -> Reading:
    """Returns the push, and every mistake in its form. ``types`` and ``limits`` are those of gitdraft.yaml.

    Raises InvalidInput for a payload that is no object.
    """
    if not isinstance(payload, dict):
        raise _wrong(f"payload: expected an object, found {_shown(payload)}", context={"path": ""})
    reader = _Reader(payload, types, limits, most_changes)
    push = Push(reader.wiki_url(), reader.user(), reader.comment(), reader.changes())
    return Reading(push, tuple(reader.mistakes), frozenset(reader.claimed))


class _Reader:
    """Reads the payload member by member and records every mistake."""

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
        if "source" in top and self.text("source") not in (SOURCE, ""):
            self.note("/source", _wrong(f"expected '{SOURCE}', found {_shown(top['source'])}"))

    def wiki_url(self) -> str:
        url = self.text("wiki_url")
        why = url_flaw(url) if url else None
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
                _wrong(f"changes: {len(given):,}, more than {self.most_changes:,}", code="too-many-changes"),
            )
            return ()
        changes: list[PushedChange] = []
        first_with: dict[tuple[str, str], int] = {}
        for index, item in enumerate(given):
            change = self.change(index, item, first_with)
            changes.extend(() if change is None else (change,))
        return tuple(changes)

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
                        code="duplicate-change",
                        context={"first": first},
                        hint="put both into one change",
                    ),
                    index,
                )
        patch, document = self.content(at, item, action, index)
        base_version = self.base_version(at, item, index)
        if action is None or entity is None or len(self.mistakes) > known:
            self.claimed.update(() if entity is None else (entity,))
            return None
        return PushedChange(index, action, entity, patch, document, base_version)

    def action(self, at: str, item: Mapping[str, Any], index: int) -> Action | None:
        if "action" not in item:
            self.note(
                f"{at}/action", _missing("action", f"action is required: one of {', '.join(NEEDS)}"), index
            )
            return None
        for known in ("modify", "create", "delete"):
            if item["action"] == known:
                return known
        action = item["action"]
        hint = f"write '{action.lower()}'" if isinstance(action, str) and action.lower() in NEEDS else None
        why = f"action: expected one of {', '.join(NEEDS)}, found {_shown(action)}"
        self.note(f"{at}/action", _wrong(why, hint=hint), index)
        return None

    def entity(self, at: str, item: Mapping[str, Any], index: int) -> EntityRef | None:
        """Returns the entity that a change is of, where type and key are both right."""
        name, key = item.get("entity_type"), item.get("entity_key")
        entity_type = self.types.get(name) if isinstance(name, str) else None
        if "entity_type" not in item:
            self.note(f"{at}/entity_type", _missing("entity_type"), index)
        elif not isinstance(name, str):
            self.note(
                f"{at}/entity_type", _wrong(f"entity_type: expected a string, found {_shown(name)}"), index
            )
        elif entity_type is None:
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
            stored = normalise_key(key, nested=entity_type is not None and entity_type.nested)
        except InvalidInput as error:
            if entity_type is not None:
                self.note(f"{at}/entity_key", error, index)
            return None
        return None if entity_type is None else EntityRef(entity_type.name, stored)

    def base_version(self, at: str, item: Mapping[str, Any], index: int) -> int | None:
        """Returns the revision that a change was made on, where it says so."""
        number = item.get("base_version")
        if "base_version" not in item or (type(number) is int and number > 0):
            return number
        why = f"base_version: expected the number of a revision, found {_shown(number)}"
        self.note(f"{at}/base_version", _wrong(why), index)
        return None

    def content(
        self, at: str, item: Mapping[str, Any], action: Action | None, index: int
    ) -> tuple[Patch, JSON]:
        """Returns the patch or the document that the action asks for; what it does not ask for is a mistake."""
        patch: Patch = ()
        document: JSON = None
        if action is None:
            return patch, document
        needed = NEEDS[action]
        for name in ("patch", "entity"):
            if name in item and name != needed:
                hint = "an entity is either patched or created" if needed else "a deletion needs neither"
                self.note(
                    f"{at}/{name}", _wrong(f"action '{action}' takes no member '{name}'", hint=hint), index
                )
        if needed is None:
            return patch, document
        if needed not in item:
            self.note(
                f"{at}/{needed}", _missing(needed, f"action '{action}' needs a member '{needed}'"), index
            )
            return patch, document
        try:
            if needed == "patch":
                patch = parse_patch(item["patch"])
            else:
                document = item["entity"]
                check_document(document, limits=self.limits, source="entity")
        except InvalidInput as error:
            self.note(f"{at}/{needed}{error.context.get('path', '')}", error, index)
        return patch, document

    def text(self, name: str) -> str:
        """Returns a required member that is a string with something in it; '' where it is not, which is recorded."""
        if name not in self.top:
            self.note(f"/{name}", _missing(name))
            return ""
        value = self.top[name]
        if not isinstance(value, str) or not value.strip():
            self.note(f"/{name}", _wrong(f"{name}: expected a string, found {_shown(value)}"))
            return ""
        return value

    def clean(self, name: str, *, one_line: bool = False) -> str:
        """Returns a member as text that can stand in a commit: line ends as `\\n`, without control characters.

        A NUL is refused: what comes behind it might be lost without anybody seeing it.
        """
        value = self.top.get(name)
        if isinstance(value, str) and not one_line and not value.strip():
            return ""
        text = self.text(name)
        if "\0" in text:
            self.note(f"/{name}", _wrong(f"{name}: it holds a NUL character"))
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        cleaned = "\n".join("".join(c for c in line if not is_control(c)).rstrip() for line in lines)
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


def _wrong(why: str, code: str = "invalid-value", **members: Any) -> InvalidInput:
    return InvalidInput(why, code=code, **members)


def _missing(name: str, why: str | None = None) -> InvalidInput:
    return InvalidInput(why or f"{name} is missing", code="missing-field")


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, default=str)[:80]


def _near(name: str, known: Collection[str]) -> str | None:
    return next(iter(get_close_matches(name[:100], known, n=1)), None)

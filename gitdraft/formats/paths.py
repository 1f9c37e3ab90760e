"""The paths of the files in a repository: entities by their type's template, changes, tombstones, protections."""

from __future__ import annotations

import re
import unicodedata
from typing import get_args

from gitdraft.errors import InvalidInput
from gitdraft.formats.keys import DEVICES, PLAIN_KEY, TYPE, normalise_key
from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex
from gitdraft.model.changes import ChangeKind
from gitdraft.model.entities import EntityRef

KINDS: tuple[ChangeKind, ...] = get_args(ChangeKind)
CHANGES_PREFIX = ".gitdraft/changes/"
RESERVED_FOLDERS = (".git", ".gitdraft", "tombstones", "protection")
PLACEHOLDER = regex(r"\{[^{}]*\}")
FANOUT = regex(r"\{fanout:([0-4])\}")
DEEPEST_FANOUT = 4


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """`categories/{key}.json`, or with folders by the hash of the key, `items/{fanout:2}/{key}.json`.

    ``folder`` is the literal part before the first placeholder, without a final slash; ``suffix`` what follows
    the key. The fan-out takes the first nibbles of SHA-256 of the key, one lower-case hexadecimal digit a
    folder, so that no tree grows large.
    """

    text: str
    folder: str
    fanout: int
    suffix: str
    nested: bool = False

    def path_of(self, key: str) -> str:
        """Returns the path of the entity with this key."""
        parts = [self.folder] if self.folder else []
        return "/".join([*parts, *_nibbles(key, self.fanout), key + self.suffix])

    def key_of(self, path: str) -> str | None:
        """Returns the key of the entity at ``path``; ``None`` when the path is none of this type's entities."""
        rest = path
        if self.folder:
            if not path.startswith(self.folder + "/"):
                return None
            rest = path[len(self.folder) + 1 :]
        if not rest.endswith(self.suffix):
            return None
        parts = rest.removesuffix(self.suffix).split("/")
        nibbles, key = parts[: self.fanout], "/".join(parts[self.fanout :])
        try:
            normal = normalise_key(key, nested=self.nested)
        except InvalidInput:
            return None
        return key if normal == key and nibbles == _nibbles(key, self.fanout) else None

    def overlaps(self, other: PathTemplate) -> bool:
        """Whether there may be a file that is an entity by both templates."""
        if not (self.suffix.endswith(other.suffix) or other.suffix.endswith(self.suffix)):
            return False
        if self.folder == other.folder:
            return self.fanout == other.fanout or self.nested or other.nested
        outer, inner = (self, other) if len(self.folder) < len(other.folder) else (other, self)
        return outer.nested and (not outer.folder or inner.folder.startswith(outer.folder + "/"))


def parse_template(text: object, *, nested: bool = False) -> PathTemplate:
    """Returns the path template. Raises InvalidInput saying what is wrong with it."""
    if not isinstance(text, str):
        raise InvalidInput(f"{text!r} is not a path template, expected a string such as things/{{key}}.json")
    check_repository_path(PLACEHOLDER.sub("x", text))
    parts = text.split("/")
    last = parts.pop()
    if not last.startswith("{key}") or PLACEHOLDER.findall(last) != ["{key}"] or last == "{key}":
        raise InvalidInput(f"path template '{text}' must end in {{key}} and a suffix, as in {{key}}.json")
    fanout = 0
    if parts and (match := FANOUT.fullmatch(parts[-1])):
        fanout = int(match[1])
        parts.pop()
    folder = "/".join(parts)
    if "{" in folder or "}" in folder or "{" in last[5:] or "}" in last[5:]:
        raise InvalidInput(
            f"path template '{text}' has a placeholder that is unknown or out of place, "
            f"expected folder/{{key}}.json or folder/{{fanout:2}}/{{key}}.json with 0 to {DEEPEST_FANOUT}"
        )
    return PathTemplate(text, folder, fanout, last[5:], nested)


def fan_out(template: PathTemplate, levels: int) -> PathTemplate:
    """Returns the template with so many levels of folders by the hash of the key. Raises InvalidInput for more than there may
    be."""
    parts = [template.folder] if template.folder else []
    parts += [f"{{fanout:{levels}}}"] if levels else []
    return parse_template("/".join([*parts, "{key}" + template.suffix]), nested=template.nested)


def fitting_fanout(number: int) -> int:
    """Returns how many levels of folders keep the trees of so many entities small."""
    if number <= 1_000:
        return 0
    return 2 if number <= 20_000 else 3 if number <= 250_000 else 4


def check_repository_path(text: object) -> str:
    """Returns a relative path inside the repository that is not gitdraft's or git's own. Raises InvalidInput."""
    if not isinstance(text, str) or not text:
        raise InvalidInput(f"{text!r} is not a path inside the repository")
    parts = text.split("/")
    if "://" in text or "\\" in text or ":" in parts[0]:
        raise InvalidInput(f"'{text}' is not a path inside the repository")
    if any(part in ("", ".", "..") for part in parts):
        raise InvalidInput(f"'{text}' is not a relative path inside the repository")
    if any(part.casefold().rstrip(". ") in (".git", "git~1") for part in parts):
        raise InvalidInput(f"'{text}' leads into .git")
    if parts[0].casefold() in RESERVED_FOLDERS:
        raise InvalidInput(f"'{text}': the folder {parts[0]} is gitdraft's own")
    if any(unicodedata.category(c) in ("Cc", "Cs", "Cf") for c in text):
        raise InvalidInput(f"{text!r} holds an invisible character")
    return text


def change_path(entity: EntityRef, kind: ChangeKind) -> str:
    """Returns the path at which a draft keeps its change to an entity."""
    return f"{CHANGES_PREFIX}{entity.type}/{encode_key(entity.key)}.{kind}.json"


def parse_change_path(path: str) -> tuple[EntityRef, ChangeKind] | None:
    """Returns the entity and the kind of the change at ``path``; ``None`` when it is not a change's path."""
    parts = path.removeprefix(CHANGES_PREFIX).split("/")
    if not path.startswith(CHANGES_PREFIX) or len(parts) != 2 or not TYPE.fullmatch(parts[0]):
        return None
    stem, _, kind = parts[1].removesuffix(".json").rpartition(".")
    if not parts[1].endswith(".json") or kind not in KINDS or not stem:
        return None
    try:
        return EntityRef(parts[0], decode_key(stem)), kind
    except InvalidInput:
        return None


def resolution_path(entity: EntityRef) -> str:
    """Returns the path at which a draft keeps the answers to conflicts of an entity."""
    return f".gitdraft/resolutions/{entity.type}/{encode_key(entity.key)}.json"


def tombstone_path(entity: EntityRef) -> str:
    """Returns the path at which canonical keeps the entity's tombstone."""
    return f"tombstones/{entity.type}/{encode_key(entity.key)}.json"


def parse_marker_path(path: str) -> EntityRef | None:
    """Returns the entity whose tombstone, or protection, is at ``path``; ``None`` when it is no such path."""
    parts = path.split("/")
    if len(parts) != 3 or parts[0] not in ("tombstones", "protection") or not TYPE.fullmatch(parts[1]):
        return None
    if not parts[2].endswith(".json"):
        return None
    try:
        return EntityRef(parts[1], decode_key(parts[2].removesuffix(".json")))
    except InvalidInput:
        return None


def protection_path(entity: EntityRef) -> str:
    """Returns the path at which canonical keeps the entity's protection."""
    return f"protection/{entity.type}/{encode_key(entity.key)}.json"


def encode_key(key: str) -> str:
    """Returns the key as a file name: each byte outside `[A-Za-z0-9._ -]` and non-ASCII letters as %XX."""
    return "".join(c if _is_plain(c) else "".join(f"%{byte:02X}" for byte in c.encode()) for c in key)


def decode_key(name: str) -> str:
    """Returns the key that ``encode_key`` wrote as this name. Raises InvalidInput for any other spelling."""
    if PLAIN_KEY.fullmatch(name) and name.lower() not in DEVICES:
        return name  # the everyday case; what follows gives the same
    try:
        raw = re.sub(
            rb"%([0-9A-F]{2})", lambda match: bytes([int(match[1], 16)]), name.encode("utf-8", "strict")
        )
        key = normalise_key(raw.decode(), nested=True)
    except UnicodeError as error:
        raise InvalidInput(f"{name!r} is not an encoded key") from error
    if encode_key(key) != name:
        raise InvalidInput(f"{name!r} is not an encoded key")
    return key


def _is_plain(character: str) -> bool:
    if character.isascii():
        return character.isalnum() or character in "._ -"
    return unicodedata.category(character).startswith("L")


def _nibbles(key: str, levels: int) -> list[str]:
    import hashlib

    return list(hashlib.sha256(key.encode()).hexdigest()[:levels]) if levels else []

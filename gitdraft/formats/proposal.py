"""A gitdraft.yaml proposed from the entities that a repository already holds."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

from gitdraft.documents.parse import READABLE, parse_json
from gitdraft.errors import InvalidInput
from gitdraft.formats.evidence import (
    NEARLY_ALWAYS,
    id_member,
    keyed_lists,
    unwrapped,
    usual_members,
    wikibase_letters,
)
from gitdraft.formats.keys import normalise_key
from gitdraft.formats.paths import RESERVED_FOLDERS
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.common_changes import CommonChanges
from gitdraft.model.values import JSON

SAMPLES = 200
SCHEMA = "_schema.json"
NO_ENTITIES = ("package.json", "package-lock.json", "tsconfig.json", "composer.json")
ROOT = ""
NO_TYPES = frozenset(
    [
        "build",
        "conf",
        "config",
        "configs",
        "configuration",
        "dist",
        "doc",
        "docs",
        "fixtures",
        "node_modules",
        "schema",
        "schemas",
        "script",
        "scripts",
        "settings",
        "test",
        "testdata",
        "tests",
        "tools",
        "vendor",
    ]
)
TYPE_NAMES = {"bucket": "app"}  # folders that are named by what holds the things
HOLDERS = ("content", "data", "db", "entities", "json", "records", "src")  # folders of the folders of types
MOST_PARTS = 30
SHOWN = 10


@dataclass(frozen=True, slots=True)
class ProposedType:
    """A type that a folder of files is proposed to be, and why it is as it is."""

    name: str
    folder: str
    files: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SkippedFolder:
    """A folder with JSON files that is proposed to hold no entities, and why."""

    folder: str
    files: int
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """The text of a gitdraft.yaml, and how it came about."""

    text: str
    types: tuple[ProposedType, ...] = ()
    skipped: tuple[SkippedFolder, ...] = ()


@dataclass(slots=True)
class Folder:
    """A folder's JSON files: those that can be entities by key, those that cannot, and schemas by where they lie. ``type_name``
    is what somebody said that they are."""

    type_name: str | None = None
    entities: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    schemas: dict[str, str] = field(default_factory=dict)

    @property
    def schema(self) -> str | None:
        """The path of the schema of what lies in the folder."""
        return self.schemas.get(SCHEMA)

    @property
    def is_nested(self) -> bool:
        """Whether an entity lies below a folder of the folder."""
        return any("/" in key for key in self.entities)

    def add(self, path: str, rest: str) -> None:
        """Adds the file at a path, which is ``rest`` below the folder."""
        name = rest.rpartition("/")[2]
        if name == SCHEMA:
            self.schemas[rest] = path
        elif name not in NO_ENTITIES:
            key = rest.removesuffix(".json")
            if _is_key(key):
                self.entities[key] = path
            else:
                self.others.append(path)


def propose_configuration(
    paths: Sequence[str],
    read: Callable[[str], bytes],
    canonical: str = "main",
    said: Mapping[str, str] = MappingProxyType({}),
    skip: Collection[str] = (),
    together: Mapping[str, Sequence[CommonChanges]] = MappingProxyType({}),
) -> Proposal:
    """Returns a gitdraft.yaml for a repository with these files: a type for each top-level folder of JSON files that may be
    entities, or for each folder in it where those differ, for files at the root that say what they are called, and for each
    folder of which it is ``said`` what type it is of. ``read`` gives a file's content; the folders to ``skip`` hold no entities. ``together`` are groups of members by type, which stand in it as comments: whether they
    belong together is for people to say."""
    folders, skipped = _folders(paths, said, skip)
    folders = _divided(folders, skipped, read)
    names = {folder.type_name for folder in folders.values() if folder.type_name is not None}
    types = []
    for name, folder in folders.items():
        sample = _sample(folder, read)
        if folder.type_name is None and sample and not any(isinstance(d, dict) for d in sample.values()):
            skipped.append(SkippedFolder(name or ".", len(folder.entities), "its files are no JSON objects"))
            continue
        if name == ROOT and folder.type_name is None and id_member(sample) is None:
            skipped.append(SkippedFolder(".", len(folder.entities), "no member equals the file's name"))
            continue
        type_name = folder.type_name or _type_name(name.rpartition("/")[2], names)
        names.add(type_name)
        types.append((type_name, name, folder, sample))
    wikibase = {
        letter: type_name for type_name, _, _, sample in types for letter in sorted(wikibase_letters(sample))
    }
    lines, proposed = _head(canonical), []
    for type_name, name, folder, sample in types:
        written = _TypeText(type_name, name, folder, sample, wikibase)
        lines += [*written.lines(), *_group_lines(together.get(type_name, ()))]
        proposed.append(ProposedType(type_name, name or ".", len(folder.entities), tuple(written.reasons)))
    if not types:
        lines[-1] = "entities: {}"
    return Proposal("\n".join(lines) + "\n", tuple(proposed), tuple(skipped))


def default_configuration(types: Sequence[str], canonical: str = "main") -> str:
    """Returns the text of a gitdraft.yaml for these types, before there are entities."""
    lines = _head(canonical)
    for name in types:
        folder = "entities" if name == "entity" else name
        lines += [f"  {name}:", f"    path: {folder}/{{key}}.json", "    id: /id"]
    return "\n".join(lines) + "\n"


def _group_lines(groups: Sequence[CommonChanges]) -> list[str]:
    if not groups:
        return []
    listed = ", ".join(f"[{', '.join(map(_quoted_pointer, group.pointers))}]" for group in groups)
    shown = [
        f"    #   {', '.join(group.pointers)}: in {group.common} of {group.changes} changes of either"
        for group in groups
    ]
    return [
        "    # changed together so far; keep the line below if one makes no sense without the others:",
        *shown,
        f"    # together: [{listed}]",
    ]


def _head(canonical: str) -> list[str]:
    return [
        "# How gitdraft reads this repository. All keys: docs/reference/configuration.md",
        "version: 1",
        f"canonical: {_quoted(canonical)}",
        "drafts: draft/",
        "entities:",
    ]


@dataclass(slots=True)
class _TypeText:
    """A type as it is written, with the reasons for what is written. ``wikibase`` are the types of Wikibase's entities by
    the letter of their ids."""

    name: str
    folder_name: str
    folder: Folder
    sample: Mapping[str, JSON]
    wikibase: Mapping[str, str]
    reasons: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        folder = self.folder
        path = "/".join(filter(None, (self.folder_name, "{key}.json")))
        lines = [f"  {self.name}:", f"    path: {_quoted(path)}"]
        if folder.is_nested:
            lines.append("    nested: true")
            self.reasons.append("nested: files lie in folders below")
        if folder.schema:
            lines.append(f"    schema: {_quoted(folder.schema)}")
            self.reasons.append(f"schema: {folder.schema} is there")
        lines += self.identity()
        lines += self.of_wikibase() if self.name in self.wikibase.values() else self.keyed_lists()
        return lines + [
            f"    # not an entity, its name cannot be a key: {path}" for path in folder.others[:SHOWN]
        ]

    def identity(self) -> list[str]:
        if not self.folder.entities:
            self.reasons.append("id: /id, as there are no files yet")
            return ["    id: /id"]
        member = id_member(self.sample)
        if member is None:
            last = id_member({key.rpartition("/")[2]: document for key, document in self.sample.items()})
            self.reasons.append(
                "no id: no member equals the file's name"
                if last is None
                else f"no id: {last.pointer} is the file's name alone, and a key has the folders below {self.folder_name}/ too"
            )
            return []
        how_many = f"{member.agreeing} of {member.looked_at} files looked at"
        self.reasons.append(f"id: {member.pointer} equals the file's name in {how_many}")
        return [f"    id: {_quoted_pointer(member.pointer)}"]

    def keyed_lists(self) -> list[str]:
        keys = keyed_lists(list(self.sample.values()))
        lists = [
            f"      {_quoted_pointer(pointer)}: {{type: keyed, key: [{json.dumps(key, ensure_ascii=False)}]}}"
            for pointer, key in keys.items()
        ]
        said = [f"keyed list: {pointer}, in which no {key} stands twice" for pointer, key in keys.items()]
        self.reasons += (
            said if len(said) <= SHOWN else [*said[:SHOWN], f"and {len(said) - SHOWN:,} more keyed lists"]
        )
        return ["    lists:", *lists] if lists else []

    def of_wikibase(self) -> list[str]:
        self.reasons.append(
            "Wikibase's entities: their claims, aliases and references are as Wikibase has them"
        )
        lines = ["    references:"]
        if "P" in self.wikibase:
            lines.append(f"      /claims: {{members: {self.wikibase['P']}}}")
        for place in WIKIBASE_VALUES:
            if len(self.wikibase) == 1:
                types = next(iter(self.wikibase.values()))
                when = f"{{{place}/value/entity-type: {WIKIBASE_KINDS[next(iter(self.wikibase))]}}}"
            else:
                types = "{" + ", ".join(f"{letter}: {name}" for letter, name in self.wikibase.items()) + "}"
                when = f"{{{place}/type: wikibase-entityid}}"
            lines += [f"      {place}/value/id:", f"        types: {types}", f"        when: {when}"]
        lines += ["    lists:", *(f"      {pointer}: {rule}" for pointer, rule in WIKIBASE_LISTS.items())]
        return [*lines, "    merge:", "      aliases: {/labels/*: /aliases/*}"]


WIKIBASE_KINDS = {"Q": "item", "P": "property", "L": "lexeme"}
WIKIBASE_VALUES = (
    "/claims/*/*/mainsnak/datavalue",
    "/claims/*/*/qualifiers/*/*/datavalue",
    "/claims/*/*/references/*/snaks/*/*/datavalue",
)
WIKIBASE_LISTS = {
    "/aliases/*": "{type: keyed, key: [value]}",
    "/claims/*": "{type: keyed, key: [id]}",
    "/claims/*/*/mainsnak/datavalue": "{type: atomic}",
    "/claims/*/*/references": "{type: keyed, key: [hash]}",
    "/claims/*/*/qualifiers/*": "{type: keyed, key: [hash]}",
    "/sitelinks/*/badges": "{type: set}",
}


def _folders(
    paths: Sequence[str], said: Mapping[str, str], skip: Collection[str]
) -> tuple[dict[str, Folder], list[SkippedFolder]]:
    """Returns the folders that may hold the entities of a type, by path, and those that do not."""
    given = {ROOT if folder == "." else folder.strip("/"): name for folder, name in said.items()}
    skipped_by_hand = {folder.strip("/") for folder in skip}
    folders = {folder: Folder(name) for folder, name in given.items()}
    passed_over: Counter[tuple[str, str]] = Counter()
    for path in sorted(paths):
        top, slash, rest = path.partition("/")
        if not path.endswith(".json") or top.startswith(".") or top in RESERVED_FOLDERS:
            continue
        if not slash:
            folders.setdefault(ROOT, Folder()).add(path, path)
            continue
        own = max((f for f in given if f and path.startswith(f + "/")), key=len, default=None)
        by_hand = next((f for f in skipped_by_hand if path.startswith(f + "/")), None)
        if own is not None:
            folders[own].add(path, path[len(own) + 1 :])
        elif by_hand is not None:
            passed_over[by_hand, "as you said"] += 1
        elif any(folder.startswith(top + "/") for folder in given):
            passed_over[top, "types lie in folders of it"] += 1
        elif top.lower() in NO_TYPES:
            passed_over[top, "by its name"] += 1
        else:
            folders.setdefault(top, Folder()).add(path, rest)
    skipped = [SkippedFolder(name, number, why) for (name, why), number in passed_over.items()]
    kept = {name: folder for name, folder in sorted(folders.items()) if folder.entities or folder.type_name}
    return kept, skipped


def _divided(
    folders: Mapping[str, Folder], skipped: list[SkippedFolder], read: Callable[[str], bytes]
) -> dict[str, Folder]:
    """Returns the folders, in place of one that only holds folders of types those."""
    divided: dict[str, Folder] = {}
    for name, folder in folders.items():
        parts = {} if folder.type_name else _parts(name, folder, read)
        divided |= {f"{name}/{part}": inner for part, inner in parts.items()} or {name: folder}
        direct = sum("/" not in key for key in folder.entities)
        if parts and direct:
            skipped.append(SkippedFolder(name, direct, "types lie in folders of it"))
    return divided


def _parts(name: str, folder: Folder, read: Callable[[str], bytes]) -> dict[str, Folder]:
    """Returns the folders in a folder where each is a type of its own: each has a schema, or their files have other members, and
    an id each or a name above them that says nothing."""
    parts: dict[str, Folder] = {}
    for path in (*folder.entities.values(), *folder.others, *folder.schemas.values()):
        part, slash, rest = path.removeprefix(f"{name}/").partition("/")
        if slash:
            parts.setdefault(part, Folder()).add(path, rest)
    inner = sum(len(part.entities) for part in parts.values())
    if not 1 < len(parts) <= MOST_PARTS or inner < NEARLY_ALWAYS * len(folder.entities):
        return {}
    if all(part.schema for part in parts.values()):
        return parts
    samples = [_sample(part, read) for part in parts.values()]
    usual = [usual_members(sample.values()) for sample in samples]
    says_nothing = name.lower() in HOLDERS or all(id_member(sample) for sample in samples)
    return parts if says_nothing and all(usual) and len(set(usual)) > 1 else {}


def _sample(folder: Folder, read: Callable[[str], bytes]) -> dict[str, JSON]:
    """Returns some of the folder's documents by key, spread over it."""
    keys = list(folder.entities)
    documents = {}
    for key in keys[:: max(1, len(keys) // SAMPLES)]:
        try:
            documents[key] = unwrapped(parse_json(read(folder.entities[key]), limits=READABLE))
        except InvalidInput:
            continue
    return documents


def _is_key(text: str) -> bool:
    try:
        return normalise_key(text, nested=True) == text
    except InvalidInput:
        return False


def _type_name(folder: str, taken: set[str]) -> str:
    """Returns the folder's name in the singular, in the form of a type."""
    name = re.sub(r"[^a-z0-9_-]+", "-", folder.lower()).strip("-_0123456789")[:60] or "entity"
    name = TYPE_NAMES.get(name, name)
    for ending, singular in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if (
            name.endswith(ending)
            and len(name) > len(ending) + 2
            and not name.endswith(("ss", "us", "is", "css"))
        ):
            name = name.removesuffix(ending) + singular
            break
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return next(free for free in (name, *numbered) if free not in taken)


def _quoted_pointer(pointer: str) -> str:
    return (
        pointer if re.fullmatch(r"(/[A-Za-z0-9_*-]+)+", pointer) else json.dumps(pointer, ensure_ascii=False)
    )


def _quoted(text: str) -> str:
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_./-]*(/{key}\.json)?", text)
    surprising = text.lower() in ("yes", "no", "on", "off", "true", "false", "null", "y", "n")
    return text if plain and not surprising else json.dumps(text, ensure_ascii=False)

"""gitdraft.yaml: which branch is canonical, what the entities are, how their lists merge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

from gitdraft.documents.merge.declarations import parse_group, parse_list_rules
from gitdraft.documents.parse import Limits
from gitdraft.documents.pointers import parse_pointer
from gitdraft.errors import InvalidInput, NotFound
from gitdraft.formats.branch_names import check_branch, check_branch_prefix
from gitdraft.formats.keys import normalise_type
from gitdraft.formats.paths import PathTemplate, check_repository_path, parse_template
from gitdraft.formats.rdf_profile import TypeMapping, WikibaseProfile, read_profile, read_type_mapping
from gitdraft.formats.records import FORMAT, newer_format, parse_schema_version
from gitdraft.formats.reference_rules import ReferenceReader
from gitdraft.formats.release_rule import (
    USUAL,
    ModuleRule,
    ReleaseRule,
    read_module_rule,
    read_release_rule,
)
from gitdraft.formats.review_rule import NO_REVIEW, ReviewRule, read_review_rule
from gitdraft.formats.yaml_document import Path, YamlDocument, shown
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.entities import EntityRef
from gitdraft.model.impacts import IMPACTS, Impact
from gitdraft.model.lists import Groups, ListRules, MergeRules, PathPattern
from gitdraft.model.references import ReferenceRule
from gitdraft.model.rules import RULES, SEVERITIES, Severity, find_rule

CONFIGURATION_PATH = "gitdraft.yaml"
MOST = {"max_bytes": 64 * 1024 * 1024, "max_depth": 200, "validation_seconds": 3600}  # of `limits`
PROTECTING = ("lock", "unlock", "archive", "unarchive")
MergeHistory = Literal["squash", "parents"]
TOP = (
    *("version", "canonical", "default_branch", "drafts", "entities"),
    *("limits", "merge", "protect", "review", "rules", "rdf", "release", "modules"),
)
OF_TYPE = (
    *("path", "schema", "id", "nested", "references", "lists", "together"),
    *("inherits", "merge", "datatype", "impact", "rdf", "unique", "schema_version"),
)


@dataclass(frozen=True, slots=True)
class Inheritance:
    """How members are inherited: the pointer to the parents, and which list of members means what."""

    parents: str
    members: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EntityType:
    """One type of entity, as gitdraft.yaml declares it. ``lists`` say how the values at their paths merge, ``together``
    which members belong together.

    ``aliases`` says in which list a label is kept when two entities are merged into one and differ in it, ``impact``
    what a change of the values at a pointer means to those who use the entities, ``unique`` where no two live entities
    of the type have the same value.
    """

    name: str
    path: PathTemplate
    schema: str | None = None
    id_pointer: str | None = None
    nested: bool = False
    references: tuple[ReferenceRule, ...] = ()
    lists: ListRules = ()
    inherits: Inheritance | None = None
    aliases: tuple[tuple[PathPattern, PathPattern], ...] = ()
    together: Groups = ()
    datatype: str | None = None
    impact: tuple[tuple[PathPattern, Impact], ...] = ()
    rdf: TypeMapping | None = None
    unique: tuple[PathPattern, ...] = ()
    schema_version: int | None = None

    @property
    def is_linked(self) -> bool:
        """Whether what its documents hold concerns other entities: references, or values that are unique."""
        return bool(self.references or self.unique)

    @property
    def merge_rules(self) -> MergeRules:
        """All that the type declares about its three-way merge."""
        return (*self.lists, *self.together)


@dataclass(frozen=True, slots=True)
class Configuration:
    """gitdraft.yaml as a value; without arguments, what an empty file means.

    ``protect`` gives, for `lock`, `unlock`, `archive` and `unarchive`, the mail addresses that may; everybody may
    what it leaves out. ``rules`` gives the severity of the rules that have another one than their own. ``merge_history``
    says whether a draft's merge names the draft's tip by a trailer alone (``squash``), or as its second parent too; ``review``
    says what a merge needs, ``release`` how releases are called, ``modules`` what belongs together.
    """

    version: int = 1
    canonical: str = "main"
    drafts: str = "draft/"
    entities: Mapping[str, EntityType] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    protect: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules: Mapping[str, Severity] = field(default_factory=dict)
    merge_history: MergeHistory = "squash"
    rdf: WikibaseProfile | None = None
    review: ReviewRule = NO_REVIEW
    release: ReleaseRule = USUAL
    modules: ModuleRule | None = None

    def entity_at(self, path: str) -> EntityRef | None:
        """Returns the entity whose file ``path`` is; ``None`` for every other file, schemas included."""
        for entity_type in self.entities.values():
            if path == entity_type.schema:
                return None
        for entity_type in self.entities.values():
            key = entity_type.path.key_of(path)
            if key is not None:
                return EntityRef(entity_type.name, key)
        return None

    def path_of(self, entity: EntityRef) -> str:
        """Returns the path of the entity's file. Raises NotFound for an unknown type."""
        entity_type = self.entities.get(entity.type)
        if entity_type is None:
            from difflib import get_close_matches

            near = get_close_matches(entity.type, self.entities, n=1)
            raise NotFound(
                f"unknown entity type '{entity.type}'",
                context={"type": entity.type},
                hint=f"did you mean '{near[0]}'?" if near else None,
            )
        return entity_type.path.path_of(entity.key)


def parse_configuration(content: bytes, *, source: str = "gitdraft.yaml") -> Configuration:
    """Returns the configuration in a gitdraft.yaml. Raises InvalidInput listing every mistake with its line,
    NewerFormat for one of a later format."""
    from gitdraft.formats.strict_yaml import parse_yaml

    return configuration_of(parse_yaml(content, source=source), source=source)


def configuration_of(document: YamlDocument, *, source: str = "gitdraft.yaml") -> Configuration:
    """Returns the configuration in a gitdraft.yaml of which the YAML is read. Raises what ``parse_configuration`` does."""
    version = document.value.get("version") if isinstance(document.value, dict) else None
    if isinstance(version, int) and version > FORMAT:
        raise newer_format(version, source)
    reader = _Reader(document)
    configuration = reader.configuration()
    if reader.problems:
        problems = sorted(reader.problems, key=lambda problem: problem["line"])
        raise InvalidInput(
            f"{source} has {len(problems)} mistake{'s' * (len(problems) > 1)}",
            context={"source": source, "problems": problems},
            details=[f"line {p['line']}: {p['path']}: {p['message']}" for p in problems],
        )
    return configuration


@dataclass(slots=True)
class _Reader:
    """Reads the parsed file member by member and records every mistake with its line."""

    document: YamlDocument
    problems: list[dict[str, Any]] = field(default_factory=list)

    def configuration(self) -> Configuration:
        top = self.mapping((), self.document.value, TOP)
        if "canonical" in top and "default_branch" in top:
            self.problem(("default_branch",), "another word for canonical; write one of them")
        version = top.get("version", 1)
        if version != 1 or isinstance(version, bool):
            self.problem(("version",), f"expected 1, found {shown(version)}")
        branch_key = "canonical" if "canonical" in top else "default_branch"
        canonical = self.checked((branch_key,), top.get(branch_key, "main"), check_branch)
        drafts = self.checked(("drafts",), top.get("drafts", "draft/"), check_branch_prefix)
        declared = self.mapping(("entities",), top.get("entities") or {}, None)
        read = {name: self.entity_type(name, members) for name, members in declared.items()}
        entities = {name: entity_type for name, entity_type in read.items() if entity_type is not None}
        self.check_overlaps(entities)
        return Configuration(
            1,
            canonical or "main",
            drafts or "draft/",
            entities,
            self.limits(top),
            self.protect(top),
            self.rules(top),
            self.merge_history(top),
            read_profile(self, top.get("rdf"), tuple(declared)),
            read_review_rule(self, top.get("review")),
            read_release_rule(self, top.get("release")),
            read_module_rule(self, top.get("modules"), tuple(declared)),
        )

    def limits(self, top: Mapping[str, Any]) -> Limits:
        given = self.mapping(("limits",), top.get("limits") or {}, tuple(MOST))
        good = {}
        for name, value in given.items():
            numbers = (int, float) if name == "validation_seconds" else (int,)
            if type(value) in numbers and 0 < value <= MOST[name]:
                good[name] = value
            else:
                self.problem(("limits", name), f"expected a number above 0, at most {MOST[name]}")
        return Limits(**good)

    def protect(self, top: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        given = self.mapping(("protect",), top.get("protect") or {}, PROTECTING)
        allowed = {}
        for verb, mails in given.items():
            if isinstance(mails, list) and all(isinstance(mail, str) and "@" in mail for mail in mails):
                allowed[verb] = tuple(mail.casefold() for mail in mails)
            else:
                self.problem(("protect", verb), f"expected a list of mail addresses, found {shown(mails)}")
        return allowed

    def rules(self, top: Mapping[str, Any]) -> dict[str, Severity]:
        severities: dict[str, Severity] = {}
        for name, severity in self.mapping(("rules",), top.get("rules") or {}, None).items():
            rule = find_rule(name)
            if rule is None:
                from difflib import get_close_matches

                near = get_close_matches(name, RULES, n=1)
                hint = f", did you mean '{near[0]}'?" if near else "; docs/reference/rules.md lists them"
                self.problem(("rules", name), f"unknown rule '{name}'{hint}")
            elif not rule.settable:
                self.problem(("rules", name), "this rule is always an error")
            elif severity not in SEVERITIES:
                self.problem(("rules", name), f"expected error, warning or off, found {shown(severity)}")
            else:
                severities[name] = severity
        return severities

    def merge_history(self, top: Mapping[str, Any]) -> MergeHistory:
        history = self.mapping(("merge",), top.get("merge") or {}, ("history",)).get("history", "squash")
        if history in ("squash", "parents"):
            return "parents" if history == "parents" else "squash"
        self.problem(("merge", "history"), f"expected squash or parents, found {shown(history)}")
        return "squash"

    def entity_type(self, name: str, declared: Any) -> EntityType | None:
        at: Path = ("entities", name)
        self.checked(at, name, normalise_type)
        members = self.mapping(at, declared, OF_TYPE)
        nested = members.get("nested", False)
        if not isinstance(nested, bool):
            self.problem((*at, "nested"), f"expected true or false, found {shown(nested)}")
        if "path" not in members:
            self.problem(at, "expected a path, such as things/{key}.json")
            return None
        path = self.checked((*at, "path"), members["path"], lambda t: parse_template(t, nested=bool(nested)))
        schema = members.get("schema")
        if schema is not None:
            schema = self.checked((*at, "schema"), schema, check_repository_path)
        pointer = members.get("id")
        if pointer is not None:
            self.checked((*at, "id"), pointer, parse_pointer)
        rules = self.checked((*at, "lists"), members.get("lists") or {}, parse_list_rules)
        references = self.references(at, members.get("references") or {})
        inherits = self.inheritance(at, members.get("inherits"), references)
        datatype = members.get("datatype")
        if datatype is not None:
            self.checked((*at, "datatype"), datatype, parse_pointer)
        if path is None:
            return None
        return EntityType(
            name,
            path,
            schema,
            pointer if isinstance(pointer, str) else None,
            bool(nested),
            references,
            rules or (),
            inherits,
            self.aliases(at, members.get("merge")),
            self.together(at, members.get("together"), rules or ()),
            datatype if isinstance(datatype, str) else None,
            self.impact(at, members.get("impact")),
            read_type_mapping(self, (*at, "rdf"), members.get("rdf")),
            self.unique((*at, "unique"), members.get("unique") or []),
            self.checked((*at, "schema_version"), members.get("schema_version"), parse_schema_version),
        )

    def references(self, at: Path, declared: Any) -> tuple[ReferenceRule, ...]:
        reader = ReferenceReader(tuple(self.document.value.get("entities") or {}))
        rules = reader.rules(self.mapping((*at, "references"), declared, None))
        for place, message in reader.problems:
            self.problem((*at, "references", *place), message)
        return rules

    def unique(self, at: Path, declared: Any) -> tuple[PathPattern, ...]:
        if not isinstance(declared, list):
            self.problem(at, f"expected a list of pointers, found {shown(declared)}")
            return ()
        patterns = (self.checked(at, pointer, parse_pointer) for pointer in declared)
        return tuple(pattern for pattern in patterns if pattern is not None)

    def inheritance(
        self, at: Path, declared: Any, references: tuple[ReferenceRule, ...]
    ) -> Inheritance | None:
        if declared is None:
            return None
        members = self.mapping((*at, "inherits"), declared, ("parents", "members"))
        parents = members.get("parents")
        pattern = self.checked((*at, "inherits", "parents"), parents, parse_pointer)
        if any(
            rule.pattern in (pattern, (*(pattern or ()), "*")) and len(rule.types) > 1 for rule in references
        ):
            self.problem(
                (*at, "inherits", "parents"), "parents are of one type; references declares several there"
            )
        lists = self.mapping((*at, "inherits", "members"), members.get("members") or {}, None)
        for pointer, word in lists.items():
            self.checked((*at, "inherits", "members", pointer), pointer, parse_pointer)
            if word not in ("required", "optional"):
                self.problem((*at, "inherits", "members", pointer), "expected required or optional")
        return Inheritance(str(parents), tuple((p, str(w)) for p, w in lists.items()))

    def aliases(self, at: Path, declared: Any) -> tuple[tuple[PathPattern, PathPattern], ...]:
        """`merge: {aliases: {/labels/*: /aliases/*}}`: the n-th `*` of both stands for the same token."""
        merge = self.mapping((*at, "merge"), declared or {}, ("aliases",))
        pairs = []
        for label, aliases in self.mapping(
            (*at, "merge", "aliases"), merge.get("aliases") or {}, None
        ).items():
            place = (*at, "merge", "aliases", label)
            patterns = [self.checked(place, pointer, parse_pointer) for pointer in (label, aliases)]
            if None in patterns:
                continue
            if patterns[0].count("*") < patterns[1].count("*"):
                self.problem(place, f"'{aliases}' has more * than '{label}'")
            else:
                pairs.append((patterns[0], patterns[1]))
        return tuple(pairs)

    def together(self, at: Path, declared: Any, rules: ListRules) -> Groups:
        if not isinstance(declared, list | None):
            self.problem((*at, "together"), f"expected a list of groups of pointers, found {shown(declared)}")
            return ()
        groups: Groups = ()
        for index, members in enumerate(declared or ()):
            check = partial(parse_group, rules=rules, others=groups)
            group = self.checked((*at, "together", index), members, check)
            groups = groups if group is None else (*groups, group)
        return groups

    def impact(self, at: Path, declared: Any) -> tuple[tuple[PathPattern, Impact], ...]:
        impacts = []
        for pointer, impact in self.mapping((*at, "impact"), declared or {}, None).items():
            place = (*at, "impact", pointer)
            pattern = self.checked(place, pointer, parse_pointer)
            if impact not in IMPACTS:
                self.problem(place, f"expected breaking, additive or cosmetic, found {shown(impact)}")
            elif pattern is not None:
                impacts.append((pattern, impact))
        return tuple(impacts)

    def check_overlaps(self, entities: Mapping[str, EntityType]) -> None:
        names = list(entities)
        for i, name in enumerate(names):
            for other in names[:i]:
                if entities[name].path.overlaps(entities[other].path):
                    self.problem(("entities", name, "path"), f"a file could be of type '{other}' too")

    def mapping(self, at: Path, value: Any, known: tuple[str, ...] | None) -> dict[str, Any]:
        """Returns the members of a mapping; those that are not ``known`` are reported and left out."""
        if not isinstance(value, dict):
            self.problem(at, f"expected members, found {shown(value)}")
            return {}
        for name in value:
            if known is not None and name not in known:
                from difflib import get_close_matches

                near = get_close_matches(name, known, n=1)
                hint = f", did you mean '{near[0]}'?" if near else f", expected one of {', '.join(known)}"
                self.problem((*at, name), f"unknown key '{name}'{hint}")
        return {name: member for name, member in value.items() if known is None or name in known}

    def checked(self, at: Path, value: Any, check: Callable[[Any], Any]) -> Any:
        """Returns what ``check`` makes of the value; ``None`` where it refuses the value, which is recorded."""
        try:
            return check(value)
        except InvalidInput as error:
            self.problem(at, error.message)
            return None

    def problem(self, at: Path, message: str) -> None:
        line = next(
            (self.document.lines[at[:n]] for n in range(len(at), -1, -1) if at[:n] in self.document.lines), 1
        )
        self.problems.append({"line": line, "path": ".".join(map(str, at)), "message": message})

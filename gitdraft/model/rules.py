"""The rules that entities are held to: their ids, what breaking one means, which of them gitdraft.yaml can set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex

Severity: TypeAlias = Literal["error", "warning", "off"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "off")
SCHEMA_KEYWORD = regex(r"schema/[A-Za-z$][A-Za-z0-9$]*")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its id, how severe breaking it is unless gitdraft.yaml says otherwise, what is wrong then.

    What is ``settable`` is a matter of taste; the others keep the repository readable and drafts mergeable.
    """

    id: str
    severity: Severity
    settable: bool
    summary: str


RULES: Mapping[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule("json/invalid", "error", False, "the file is not strict JSON, or no object"),
        Rule("json/conflict-markers", "error", False, "a merge of the file was not resolved"),
        Rule("document/too-large", "error", False, "the file is larger than gitdraft.yaml allows"),
        Rule("document/too-deep", "error", False, "the document is nested deeper than gitdraft.yaml allows"),
        Rule("document/reserved-member", "error", False, "a member has a name that gitdraft gives itself"),
        Rule("identity/missing", "error", False, "the member that holds the id is not there"),
        Rule("identity/mismatch", "error", False, "the id is not the key of the file"),
        Rule("key/case", "error", False, "another key differs from it in case alone"),
        Rule(
            "name/forbidden", "error", False, "a file has a name that git or a disk takes for something else"
        ),
        Rule("schema/unusable", "error", False, "the schema of the type is missing or is none"),
        Rule("reference/missing", "error", True, "it names an entity that does not exist"),
        Rule(
            "reference/deleted",
            "error",
            True,
            "it names an entity that is deleted, or goes and is still named",
        ),
        Rule("reference/orphan", "off", True, "nothing names it"),
        Rule(
            "unique/duplicate", "error", True, "another entity has a value that gitdraft.yaml declares unique"
        ),
        Rule("inheritance/cycle", "error", True, "it inherits from itself"),
        Rule("redirect/circular", "error", False, "the redirects from it lead back to it"),
        Rule("redirect/double", "error", True, "it redirects to what redirects itself"),
        Rule("tombstone/live", "error", False, "it has a file and a tombstone"),
        Rule("tombstone/stray", "error", False, "a tombstone or a protection is no entity's"),
        Rule("tombstone/erased", "error", False, "it was erased, and an id is never used again"),
        Rule("protection/locked", "error", False, "a draft changes an entity that is locked"),
        Rule("protection/archived", "error", False, "a draft changes an entity that is archived"),
        Rule("protection/not-allowed", "error", False, "somebody protects or frees it who may not"),
        Rule("datatype/changed", "error", True, "a draft changes its declared datatype"),
        Rule("required/added", "warning", True, "more is required than before"),
        Rule("entity/removed", "off", True, "it goes"),
        Rule("entity/renamed", "off", True, "it gets another key"),
        Rule("rdf/unsayable", "warning", True, "its mapping to RDF cannot say a value"),
        Rule("shapes/violated", "error", False, "it is not as a SHACL shape says"),
        Rule("shapes/unused", "error", False, "a SHACL shape matches no entity"),
        Rule("patch/broken", "error", False, "a draft's change does not apply"),
        Rule("draft/on-canonical", "error", False, "the folder of a draft is on canonical"),
        Rule(
            "draft/foreign-files",
            "error",
            False,
            "a draft's branch changes a file outside of .gitdraft/, where no merge takes it from",
        ),
        Rule("rebase/conflict", "error", False, "canonical and the draft changed the same place"),
        Rule("configuration/invalid", "error", False, "gitdraft.yaml has a mistake"),
        Rule("configuration/missing", "error", False, "gitdraft.yaml is removed"),
        Rule(
            "configuration/moved",
            "error",
            False,
            "gitdraft.yaml names another canonical branch, or other drafts",
        ),
    )
}


def unreadable_rule(code: str) -> str:
    """Returns the rule that a file breaks which was refused with this error code."""
    return "json/conflict-markers" if code == "conflict-markers" else "json/invalid"


SCHEMA = Rule("schema/", "error", True, "the schema of the type is broken, by the keyword after the slash")


def find_rule(name: str) -> Rule | None:
    """Returns the rule with this id; `schema/<keyword>` is one for every keyword of JSON Schema."""
    return RULES.get(name) or (SCHEMA if SCHEMA_KEYWORD.fullmatch(name) else None)


def severity_of(name: str, set_here: Mapping[str, Severity]) -> Severity:
    """Returns how severe it is to break the rule, as gitdraft.yaml (``set_here``) or else the rule itself says."""
    rule = find_rule(name)
    return set_here.get(name) or (rule.severity if rule is not None else "error")

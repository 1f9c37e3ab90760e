"""`references:` of a type in gitdraft.yaml: where it names other entities, and of which types they are.

::

    /parents/*: category                    one type
    /subject: [item, property]              several: the first, in this order, that holds the id
    /value/id:                              by the start of the id; and a condition on another member
      types: {Q: item, P: property}
      when: {/value/type: wikibase-entityid}
    /claims: {members: property}            the names of the members there are the ids
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gitdraft.documents.pointers import parse_pointer
from gitdraft.errors import InvalidInput
from gitdraft.formats.yaml_document import Path
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.lists import PathPattern
from gitdraft.model.references import ReferenceRule, Scalar

EXPECTED = "expected a type, a list of types, or types, members and when"


@dataclass(slots=True)
class ReferenceReader:
    """What reads the declarations; ``problems`` are the mistakes, each with its place below `references:`."""

    known: Collection[str]
    problems: list[tuple[Path, str]] = field(default_factory=list)

    def rules(self, declared: Mapping[str, Any]) -> tuple[ReferenceRule, ...]:
        """Returns the rules of the pointers that are declared without a mistake."""
        return tuple(rule for pointer, target in declared.items() for rule in self._rule(pointer, target))

    def _rule(self, pointer: str, declared: Any) -> Iterator[ReferenceRule]:
        before = len(self.problems)
        pattern = self._pattern((pointer,), pointer)
        members, targets, conditions = False, declared, {}
        if isinstance(declared, dict):
            unknown = [name for name in declared if name not in ("types", "members", "when")]
            if unknown or len({"types", "members"} & declared.keys()) != 1:
                self.problems.append(((pointer,), EXPECTED))
                return
            members = "members" in declared
            targets = declared["members" if members else "types"]
            conditions = declared.get("when", {})
        types, prefixes = self._types((pointer,), targets)
        when = tuple(self._conditions((pointer, "when"), conditions, pattern))
        if pattern is not None and len(self.problems) == before:
            yield ReferenceRule(pattern, types, prefixes, members, when)

    def _types(self, at: Path, declared: Any) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        if isinstance(declared, dict) and declared and all(isinstance(start, str) for start in declared):
            prefixes = tuple((start, self._type(at, name)) for start, name in declared.items())
            return tuple(dict.fromkeys(name for _, name in prefixes)), prefixes
        if isinstance(declared, list) and declared:
            types = tuple(self._type(at, name) for name in declared)
            if len(set(types)) < len(types):
                self.problems.append((at, "a type stands there twice"))
            return types, ()
        return (self._type(at, declared),), ()

    def _type(self, at: Path, name: Any) -> str:
        if not isinstance(name, str):
            self.problems.append((at, EXPECTED))
        elif name not in self.known:
            from difflib import get_close_matches

            near = get_close_matches(name, self.known, n=1)
            hint = f", did you mean '{near[0]}'?" if near else ""
            self.problems.append((at, f"unknown type '{name}'{hint}"))
        return str(name)

    def _conditions(
        self, at: Path, declared: Any, pattern: PathPattern | None
    ) -> Iterator[tuple[PathPattern, Scalar]]:
        if not isinstance(declared, dict):
            self.problems.append((at, "expected members: a pointer and the value that is to be there"))
            return
        for pointer, value in declared.items():
            condition = self._pattern((*at, pointer), pointer)
            if not isinstance(value, str | int | float | bool | None):
                self.problems.append(((*at, pointer), "expected a text, a number, true, false or null"))
            elif condition is not None and pattern is not None:
                if condition.count("*") > pattern.count("*"):
                    self.problems.append(((*at, pointer), f"'{pointer}' has more * than the reference"))
                yield condition, value

    def _pattern(self, at: Path, pointer: Any) -> PathPattern | None:
        try:
            return parse_pointer(pointer)
        except InvalidInput as error:
            self.problems.append((at, error.message))
            return None

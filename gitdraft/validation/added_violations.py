"""Violations that stood before a step, told from those that the step adds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from gitdraft.lazy_regex import regex
from gitdraft.model.entities import EntityRef
from gitdraft.model.violations import Violation

NAMING = frozenset(
    f"schema/{keyword}"
    for keyword in (
        *("required", "dependentRequired", "dependencies"),
        *("additionalProperties", "unevaluatedProperties"),
    )
)
"""The rules whose messages name members, in quotes: one that is named no more is repaired, another one is added."""
QUOTED = regex(r"'((?:[^'\\]|\\.)*)'")
NUMBER = regex(r"(?<=/)\d+(?=/|$)")


def added_violations(
    result: Iterable[Violation], earlier: Callable[[EntityRef], Iterable[Violation]]
) -> Iterator[Violation]:
    """Yields those of ``result`` that none of the violations before the step, ``earlier`` for an entity, accounts for.

    Each accounts for one: for itself, wherever in a list it has moved to; and for one of the same rule at the same
    place, unless their messages say that another entity or member is concerned. What was a warning never accounts for
    an error.
    """
    by_entity: defaultdict[EntityRef, list[Violation]] = defaultdict(list)
    for violation in dict.fromkeys(result):
        by_entity[violation.entity].append(violation)
    for entity, violations in by_entity.items():
        before, left = list(dict.fromkeys(earlier(entity))), violations
        for accounts in (_is_same, _is_in_same_place, _has_moved):
            left = _unaccounted(left, before, accounts)
        yield from left


def _unaccounted(
    violations: list[Violation], before: list[Violation], accounts: Callable[[Violation, Violation], bool]
) -> list[Violation]:
    """Returns the violations without counterpart in ``before``, from which the counterparts are taken out."""
    left = []
    for violation in violations:
        counterpart = next(
            (
                old
                for old in before
                if old.rule == violation.rule
                and (old.severity == "error" or violation.severity == "warning")
                and accounts(old, violation)
            ),
            None,
        )
        if counterpart is None:
            left.append(violation)
        else:
            before.remove(counterpart)
    return left


def _is_same(old: Violation, new: Violation) -> bool:
    return (old.pointer, old.message) == (new.pointer, new.message)


def _is_in_same_place(old: Violation, new: Violation) -> bool:
    if old.pointer != new.pointer or new.rule.startswith(("reference/", "draft/")):
        return False
    if new.rule in NAMING:
        return set(QUOTED.findall(new.message)) <= set(QUOTED.findall(old.message))
    return True


def _has_moved(old: Violation, new: Violation) -> bool:
    return old.message == new.message and NUMBER.sub("*", old.pointer) == NUMBER.sub("*", new.pointer)

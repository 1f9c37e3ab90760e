"""A lazily written dataclass behaves as the standard library's own."""

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import partial
from threading import Barrier, Thread
from typing import Any, ClassVar

import pytest

from gitdraft import lazy_dataclass

Decorator = Callable[..., Any]
DECORATORS = (dataclasses.dataclass, lazy_dataclass.dataclass)


@lazy_dataclass.dataclass(frozen=True, slots=True)
class Place:
    """A frozen value of the module's own, so that it can be pickled."""

    name: str
    line: int = 0


def classes_of(decorate: Decorator) -> dict[str, Any]:
    @decorate(frozen=True, slots=True, order=True)
    class Base:
        count: ClassVar[int] = 7
        first: int
        second: str = "b"

    @decorate(frozen=True, slots=True)
    class Derived(Base):
        third: Mapping[str, int] = field(default_factory=dict, hash=False)

        def __repr__(self) -> str:
            return "mine"

    @decorate(slots=True)
    class Mutable:
        left: int
        right: list[int] = field(default_factory=list, init=False)
        last: int | None = field(default=None, init=False)

        def __post_init__(self) -> None:
            self.right.append(self.left)

    @decorate(frozen=True, slots=True, eq=False)
    class Identity:
        name: str

    @decorate(frozen=True, slots=True)
    class OwnEquality:  # noqa: PLW1641 (the decorator gives its hash)
        name: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, OwnEquality)

    return {made.__name__: made for made in (Base, Derived, Mutable, Identity, OwnEquality)}


def outcome(use: Callable[[], object]) -> object:
    try:
        return use()
    except Exception as error:
        return type(error)


USES: dict[str, Callable[[dict[str, Any]], object]] = {
    "what __init__ takes": lambda c: [
        [
            (each.name, each.kind, each.annotation)
            for each in inspect.signature(made, eval_str=True).parameters.values()
        ]
        for made in c.values()
    ],
    "repr": lambda c: repr(c["Base"](1)).rpartition(".")[2],
    "own repr": lambda c: repr(c["Derived"](1)),
    "equal": lambda c: (
        c["Base"](1) == c["Base"](1),
        c["Base"](1) == c["Base"](2),
        c["Base"](1) == c["Derived"](1),
    ),
    "order": lambda c: sorted([c["Base"](2), c["Base"](1)])[0].first,
    "hash": lambda c: (hash(c["Base"](1, "x")), hash(c["Derived"](1, "x", {"a": 1}))),
    "no hash": lambda c: hash(c["Mutable"](1)),
    "identity": lambda c: (
        c["Identity"]("a") == c["Identity"]("a"),
        len({c["Identity"]("a"), c["Identity"]("a")}),
    ),
    "own equality": lambda c: (c["OwnEquality"]("a") == c["OwnEquality"]("b"), hash(c["OwnEquality"]("a"))),
    "post init": lambda c: c["Mutable"](3).right,
    "default outside of init": lambda c: c["Mutable"](3).last,
    "change": lambda c: setattr(c["Base"](1), "first", 2),
    "delete": lambda c: delattr(c["Base"](1), "first"),
    "missing argument": lambda c: c["Base"](),
    "unknown argument": lambda c: c["Base"](1, fourth=2),
    "match": lambda c: (c["Derived"].__match_args__, c["Mutable"].__match_args__),
    "fields of a class": lambda c: [f.name for f in dataclasses.fields(c["Derived"])],
    "replace": lambda c: dataclasses.replace(c["Derived"](1), first=5).first,
    "asdict": lambda c: dataclasses.asdict(c["Derived"](1)),
    "slots": lambda c: (c["Base"].__slots__, c["Derived"].__slots__, hasattr(c["Mutable"](1), "__dict__")),
    "class variable": lambda c: c["Derived"].count,
    "copy": lambda c: copy.deepcopy(c["Derived"](1, "x", {"a": 1})) == c["Derived"](1, "x", {"a": 1}),
}


@pytest.mark.parametrize("use", USES)
def test_each_first_use_gives_what_the_standard_class_gives(use: str) -> None:
    expected, actual = (outcome(partial(USES[use], classes_of(decorate))) for decorate in DECORATORS)
    assert actual == expected


def test_a_value_is_pickled() -> None:
    assert pickle.loads(pickle.dumps(Place("a", 3))) == Place("a", 3)


def test_threads_that_come_first_together_each_get_a_whole_value() -> None:
    for _ in range(50):
        made = classes_of(lazy_dataclass.dataclass)["Derived"]
        barrier = Barrier(4)
        values: list[Any] = []

        def build(made: Any = made, barrier: Barrier = barrier, values: list[Any] = values) -> None:
            barrier.wait()
            values.append(made(1, "x"))

        threads = [Thread(target=build) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert values == [made(1, "x")] * 4


def test_an_import_writes_no_methods() -> None:
    program = """
import sys, gitdraft.model.drafts
for name, module in list(sys.modules.items()):
    for made in vars(module).values() if name.startswith("gitdraft.model") else ():
        if isinstance(made, type) and "__dataclass_fields__" in vars(made):
            print(type(vars(made)["__init__"]).__name__)
"""
    printed = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    assert set(printed.split()) == {"_Unwritten"}

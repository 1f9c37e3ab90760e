"""The standard library's `dataclass`, whose methods are written when a class is first used.

The standard decorator compiles `__init__`, `__eq__` and the like of every class at its definition,
half a millisecond each. A command imports over a hundred such classes and makes values of a few.
"""

import dataclasses
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 (mypy takes no other form for exported)
else:

    def dataclass(plain=None, /, *, slots=False, **options):
        """Returns the class as the standard decorator does; one without slots is written at once."""
        if plain is None:
            return lambda decorated: dataclass(decorated, slots=slots, **options)
        return _slotted(plain, options) if slots else dataclasses.dataclass(plain, **options)


_writing = RLock()


class _Unwritten:
    """A member of a class that the standard library writes when it is first asked for."""

    def __init__(self, plain: type, options: dict[str, bool]) -> None:
        self.plain = plain
        self.options = options

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner = owner
        self.name = name

    def __get__(self, value: object, cls: type) -> Any:
        with _writing:
            if self.owner.__dict__[self.name] is self:
                self._write_all()
        written = self.owner.__dict__[self.name]
        return written.__get__(value, cls) if callable(written) else written

    def _write_all(self) -> None:
        whole: type = dataclasses.dataclass(slots=True, **self.options)(self.plain)
        for name, member in list(self.owner.__dict__.items()):
            if isinstance(member, _Unwritten):
                setattr(self.owner, name, whole.__dict__[name])


def _slotted(plain: type, options: dict[str, bool]) -> type:
    """Returns a class like the plain one with a slot for each field, and its other members unwritten."""
    fields = [
        name
        for name, hint in plain.__annotations__.items()
        if not str(hint).startswith(("ClassVar", "typing.ClassVar"))
    ]
    inherited = {name for base in plain.__mro__[1:] for name in base.__dict__.get("__slots__", ())}
    own = {
        name: member
        for name, member in plain.__dict__.items()
        if name not in fields and name not in ("__dict__", "__weakref__")
    }
    if own.get("__hash__") is None:  # what Python says of a class with an `__eq__` of its own
        own.pop("__hash__", None)
    unwritten = ["__dataclass_fields__", "__dataclass_params__", "__match_args__", "__init__", "__repr__"]
    unwritten += ["__eq__"] if options.get("eq", True) else []
    unwritten += ["__hash__"] if options.get("eq", True) and options.get("frozen") else []
    unwritten += ["__lt__", "__le__", "__gt__", "__ge__"] if options.get("order") else []
    unwritten += (
        ["__setattr__", "__delattr__", "__getstate__", "__setstate__"] if options.get("frozen") else []
    )
    members = {name: _Unwritten(plain, options) for name in unwritten} | own
    members["__slots__"] = tuple(name for name in fields if name not in inherited)
    return type(plain)(plain.__name__, plain.__bases__, members)

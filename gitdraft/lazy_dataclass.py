"""The standard library's `dataclass`, whose methods are written when a class is first used.

The standard decorator compiles `__init__`, `__eq__` and the like of every class at its definition, half a millisecond each, with
a library that takes ten to load. A command imports over a hundred such classes and makes values of a few. What making, comparing
and hashing a value of an ordinary class takes is written here, as the standard library writes it; everything else it writes
itself.
"""

from __future__ import annotations

import sys
from _thread import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 (mypy takes no other form for exported)
    from dataclasses import field as field  # noqa: PLC0414
    from dataclasses import replace as replace  # noqa: PLC0414
else:

    def dataclass(plain=None, /, *, slots=False, **options):
        """Returns the class as the standard decorator does; one without slots is written at once."""
        if plain is None:
            return lambda decorated: dataclass(decorated, slots=slots, **options)
        return _slotted(plain, options) if slots else _standard(plain, options)

    def field(**options):
        """Returns what the standard function does, as soon as a class is written."""
        return _Field(options)

    def replace(value, /, **changes):
        """Returns the value with other values for some fields, as the standard function does."""
        ordinary = _ordinary(type(value))
        if ordinary is None:
            import dataclasses

            return dataclasses.replace(value, **changes)
        return type(value)(
            **(
                {name: getattr(value, name) for name, given in ordinary.fields.items() if given.is_given}
                | changes
            )
        )


class _Field(NamedTuple):
    """A field with options, which the standard library's is made of."""

    options: Mapping[str, Any]

    @property
    def is_given(self) -> bool:
        return bool(self.options.get("init", True))

    @property
    def is_compared(self) -> bool:
        return bool(self.options.get("compare", True))

    @property
    def is_hashed(self) -> bool:
        given = self.options.get("hash")
        return self.is_compared if given is None else bool(given)


class _Ordinary(NamedTuple):
    """A class whose fields are all given to `__init__`."""

    fields: Mapping[str, _Field]
    is_frozen: bool
    has_end: bool


_writing = RLock()
_PLAIN: dict[type, tuple[type, list[str], dict[str, bool]]] = {}
_ORDINARY: dict[type, _Ordinary | None] = {}
_NONE = _Field({})
_HERE = ("__init__", "__eq__", "__hash__")
_KNOWN = {"default", "default_factory", "init", "compare", "hash", "repr"}


class _Unwritten:
    """A member of a class that is written when it is first asked for."""

    def __init__(self, plain: type, options: dict[str, bool]) -> None:
        self.plain = plain
        self.options = options

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner = owner
        self.name = name

    def __get__(self, value: object, cls: type) -> Any:
        with _writing:
            if self.owner.__dict__[self.name] is self:
                self._write()
        written = self.owner.__dict__[self.name]
        return written.__get__(value, cls) if callable(written) else written

    def _write(self) -> None:
        ordinary = _ordinary(self.owner)
        if ordinary is not None and self.name in _HERE:
            self._replace(_HERE, _methods(self.owner, ordinary))
        else:
            whole = _standard(self.plain, {"slots": True, **self.options})
            self._replace([*self.owner.__dict__], whole.__dict__)

    def _replace(self, names: list[str] | tuple[str, ...], written: Mapping[str, Any]) -> None:
        for name in names:
            if isinstance(self.owner.__dict__.get(name), _Unwritten):
                setattr(self.owner, name, written[name])


def _standard(plain: type, options: Mapping[str, bool]) -> type:
    import dataclasses

    for name, member in list(plain.__dict__.items()):
        if isinstance(member, _Field):
            setattr(plain, name, dataclasses.field(**member.options))
    return dataclasses.dataclass(**options)(plain)


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
    slotted = type(plain)(plain.__name__, plain.__bases__, members)
    _PLAIN[slotted] = (plain, fields, options)
    return slotted


def _ordinary(slotted: type) -> _Ordinary | None:
    """Returns what is to know of an ordinary class; ``None`` for any other."""
    if slotted not in _ORDINARY:
        _ORDINARY[slotted] = _as_ordinary(*_PLAIN[slotted]) if slotted in _PLAIN else None
    return _ORDINARY[slotted]


def _as_ordinary(plain: type, names: list[str], options: dict[str, bool]) -> _Ordinary | None:
    bases = [_ordinary(base) for base in plain.__bases__ if base is not object]
    hints = map(str, plain.__annotations__.values())
    if any("InitVar" in hint or "KW_ONLY" in hint for hint in hints) or not options.keys() <= {
        "frozen",
        "eq",
        "order",
    }:
        return None
    fields: dict[str, _Field] = {}
    for base in bases:
        if base is None:
            return None
        fields |= base.fields
    for name in names:
        given = plain.__dict__.get(name, _NONE)
        fields[name] = given if isinstance(given, _Field) else _Field({"default": given})
        if not fields[name].options.keys() <= _KNOWN or hasattr(given, "default_factory"):
            return None
    return _Ordinary(fields, bool(options.get("frozen")), hasattr(plain, "__post_init__"))


def _methods(owner: type, ordinary: _Ordinary) -> Mapping[str, Callable[..., Any]]:
    """Returns `__init__`, `__eq__` and `__hash__`, each as the standard library writes it."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_unset": object()}
    parameters, body = [], []
    for name, given in ordinary.fields.items():
        value = name
        if not given.options.get("init", True):
            if "default_factory" in given.options:
                known[f"_new_{name}"] = given.options["default_factory"]
                value = f"_new_{name}()"
            elif "default" in given.options:
                known[f"_default_{name}"] = given.options["default"]
                value = f"_default_{name}"
            else:
                continue
        elif "default" in given.options:
            known[f"_default_{name}"] = given.options["default"]
            parameters.append(f"{name}=_default_{name}")
        elif "default_factory" in given.options:
            known[f"_new_{name}"] = given.options["default_factory"]
            parameters.append(f"{name}=_unset")
            value = f"_new_{name}() if {name} is _unset else {name}"
        else:
            parameters.append(name)
        body.append(f"_set(self, {name!r}, {value})" if ordinary.is_frozen else f"self.{name} = {value}")
    if ordinary.has_end:
        body.append("self.__post_init__()")
    compared = [name for name, given in ordinary.fields.items() if given.is_compared]
    hashed = [name for name, given in ordinary.fields.items() if given.is_hashed]
    text = f"""
def _written({", ".join(known)}):
    def __init__(self, {", ".join(parameters)}):
        {"; ".join(body) or "pass"}
    def __eq__(self, other):
        return {_values("self", compared)} == {_values("other", compared)} if other.__class__ is self.__class__ else NotImplemented
    def __hash__(self):
        return hash({_values("self", hashed)})
    return dict(__init__=__init__, __eq__=__eq__, __hash__=__hash__)
"""
    executed: dict[str, Any] = {}
    exec(text, vars(sys.modules[owner.__module__]), executed)  # whose names the annotations are read by
    methods: dict[str, Any] = executed["_written"](**known)
    for name, method in methods.items():
        method.__qualname__ = f"{owner.__qualname__}.{name}"
    methods["__init__"].__annotations__ = _given_hints(owner, ordinary) | {"return": None}
    return methods


def _given_hints(owner: type, ordinary: _Ordinary) -> dict[str, Any]:
    """Returns what `__init__` says of its parameters: the annotations of the class and of those below it."""
    hints = {
        name: hint
        for base in reversed(owner.__mro__)
        if base in _PLAIN
        for name, hint in _PLAIN[base][0].__annotations__.items()
    }
    return {name: hints[name] for name, given in ordinary.fields.items() if given.is_given}


def _values(owner: str, names: list[str]) -> str:
    return f"({''.join(f'{owner}.{name}, ' for name in names)})"

"""jsonschema imports rfc3987-syntax where it finds it, for a check of formats that nobody here asks for: it takes over a second.

So that module is stood in for until somebody calls it; it is a program's own business to check formats, and it can.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

NAME = "rfc3987_syntax"


class _Late(ModuleType):
    """The module, imported when a function of it is called, or anything but the one that jsonschema takes is asked for."""

    def is_valid_syntax(self, *arguments: Any, **options: Any) -> Any:
        return _imported().is_valid_syntax(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what the import system asks
            raise AttributeError(name)
        return getattr(_imported(), name)


def delay_format_checks() -> None:
    """Has jsonschema import none of what it does not need here; does nothing once it is imported."""
    if NAME not in sys.modules and "jsonschema._format" not in sys.modules and find_spec(NAME) is not None:
        sys.modules[NAME] = _Late(NAME)


def _imported() -> ModuleType:
    if isinstance(sys.modules.get(NAME), _Late):
        del sys.modules[NAME]
    return import_module(NAME)

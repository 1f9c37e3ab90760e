"""What an entity is called."""

from __future__ import annotations

from gitdraft.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, order=True)
class EntityRef:
    """The address of an entity: its type and its key within the type (``category/Person``).

    Both are in their stored form (see ``formats/keys.py``); a nested key holds ``/``.
    """

    type: str
    key: str

    def __str__(self) -> str:
        return f"{self.type}/{self.key}"

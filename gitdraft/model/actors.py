"""Who does something."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a machine, as git knows them."""

    name: str
    email: str

    @property
    def text(self) -> str:
        """`Name <mail>`."""
        return f"{self.name} <{self.email}>"

"""How a service is set up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gitdraft.api.tokens import USUAL_LIFE
from gitdraft.api.transfer import push_bounds
from gitdraft.api.webhooks import BACKOFF
from gitdraft.lazy_dataclass import dataclass, field

if TYPE_CHECKING:
    from gitdraft.api.reports import Bounds

MOST_HELD = 64 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Settings:
    """One repository, and what may be done with it from outside.

    ``url`` is where people reach the service, ``life`` how long a capability is good, in seconds. ``a_minute`` bounds
    the requests of one address, and of one token (0: no bound); ``timeout`` and ``body_timeout`` are seconds.
    Without ``webhook_secret`` there is no webhook receiver. ``most_held`` bounds the bytes of all bodies that are in
    memory (of one caller, half of what the others leave), ``writers`` the writes that are planned at once. ``webhook_backoff`` are the seconds between attempts to tell a
    webhook.
    """

    folder: Path
    url: str
    life: int = USUAL_LIFE
    public_reading: bool = False
    origins: tuple[str, ...] = ()
    bounds: Bounds = field(default_factory=push_bounds)
    a_minute: int = 600
    timeout: float = 60.0
    body_timeout: float = 20.0
    readers: int = 8
    writers: int = 4
    most_held: int = MOST_HELD
    webhook_secret: str | None = field(default=None, repr=False)
    webhook_backoff: tuple[float, ...] = BACKOFF

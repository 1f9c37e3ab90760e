"""How many requests a minute one address, and one token, may make."""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict

MOST_REMEMBERED = 20_000


class Rates:
    """A bucket of ``a_minute`` requests each, filled again steadily; 0 is no bound. Times are monotonic seconds."""

    def __init__(self, a_minute: int) -> None:
        self._a_minute = a_minute
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def wait(self, callers: list[str], now: float) -> int | None:
        """Count a request of these callers; ``None`` when they may make it, else the seconds to wait."""
        if not self._a_minute:
            return None
        budgets = [(self._key(caller), self._left(self._key(caller), now)) for caller in callers]
        short = max((1 - left for _, left in budgets), default=0.0)
        if short > 0:
            return max(1, math.ceil(short * 60 / self._a_minute))
        for key, left in budgets:
            self._buckets[key] = (left - 1, now)
            self._buckets.move_to_end(key)
        while len(self._buckets) > MOST_REMEMBERED:
            self._buckets.popitem(last=False)
        return None

    def _left(self, key: bytes, now: float) -> float:
        left, at = self._buckets.get(key, (float(self._a_minute), now))
        return min(float(self._a_minute), left + (now - at) * self._a_minute / 60)

    def _key(self, caller: str) -> bytes:
        return hashlib.sha256(caller.encode("utf-8", "replace")).digest()  # a token is not kept in memory

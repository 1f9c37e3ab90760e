"""Regular expressions that are compiled when they are first used: a command imports over a hundred and uses a few."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, AnyStr

if TYPE_CHECKING:

    def regex(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
        """Returns what `re.compile` does."""
        return re.compile(pattern, flags)

else:

    class regex:
        """What `re.compile` returns, as soon as something is asked of it."""

        def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
            self._source = (pattern, flags)

        def __getattr__(self, name: str) -> Any:
            member = getattr(re.compile(*self._source), name)
            setattr(self, name, member)
            return member

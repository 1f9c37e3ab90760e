"""The log: a line of JSON a record, without tokens."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

from gitdraft.lazy_regex import regex

TOKEN = regex(r"gd[ct]_[0-9a-f]{16}_[A-Za-z0-9_-]+")

Log = Callable[[dict[str, Any]], None]


def log_to(stream: TextIO) -> Log:
    """Write records as lines of JSON. What looks like a token is never written."""

    def write(record: dict[str, Any]) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        text = json.dumps({"at": now, **record}, ensure_ascii=True, default=str)
        stream.write(TOKEN.sub("(token)", text) + "\n")
        stream.flush()

    return write


class Forwarding(logging.Handler):
    """What the web server says of itself, as records of the same log."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log({"level": record.levelname.lower(), "message": self.format(record)})

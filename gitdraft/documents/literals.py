"""The texts that a JSON file holds, in every way that they may be spelled in another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

STRING = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
NUMBER = re.compile(rb"-?[0-9][0-9.eE+-]*")


def literals(content: bytes, shortest: int) -> Iterator[bytes]:
    """The strings, names of members too, and the numbers of at least ``shortest`` characters: as they are written
    there, plain, and with JSON's escapes. The content need not be valid."""
    for found in STRING.finditer(content):
        try:
            text = json.loads(found[0])
        except ValueError:  # a control character in it, or a broken escape
            text = found[1].decode("utf-8", "replace")
        if len(text) >= shortest:
            spelled = (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
            yield found[1]
            yield from (spelling.encode("utf-8", "surrogatepass") for spelling in spelled)
    for number in NUMBER.findall(STRING.sub(b" ", content)):
        if len(number) >= shortest:
            yield number

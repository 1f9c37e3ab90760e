"""What is kept elsewhere of a repository, as reports."""

from __future__ import annotations

from typing import NamedTuple


class FeedReport(NamedTuple):
    """What went to a stream: ``published`` operations, the ``last`` of which has that number; 0 while there is none."""

    target: str
    stream: str
    published: int
    last: int

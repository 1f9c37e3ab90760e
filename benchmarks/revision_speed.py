"""`gitdraft revision list` against `git log` in a long history. `python -m benchmarks.revision_speed`"""

from __future__ import annotations

COMMITS = 100_000
EVERY = 10  # each tenth commit changes the entity that is asked about
OTHERS = 1_000

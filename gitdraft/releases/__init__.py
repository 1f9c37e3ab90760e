"""Releases of canonical, and what lies between two of its states.

- `changelog`: the net changes of the entities from one tree to another, and whom they are owed to.
- `versions`: the schemes of versions, and the version that a step asks for.
- `releases`: releases that are there, as tags, and a new one.
"""

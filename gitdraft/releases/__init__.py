"""Releases of canonical, and what lies between two of its states.

- `changelog`: the net changes of the entities from one tree to another, and whom they are owed to.
- `modules`, `bundle`: entities that belong together, and one with everything that it needs.
- `versions`: the schemes of versions, and the version that a step asks for.
- `releases`: releases that are there, as tags, and a new one.
"""

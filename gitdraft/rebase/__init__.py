"""Drafts follow canonical by a true three-way merge.

``rebase.py`` plans a rebase of the affected drafts; ``stack.py`` knows drafts that stand on drafts. ``draft_merge.py`` and
``sides.py`` merge two versions of one draft. ``follow_canonical.py`` catches up with what moved since the last command.
The merge of one document is ``documents/rebase.py``.
"""

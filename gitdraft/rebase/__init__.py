"""Drafts follow canonical by a true three-way merge.

Start with ``rebase.py``: it asks the index which open drafts a move of canonical affects, applies their changes to the new
commit, validates the entities that they leave, and replays the clean drafts. ``stack.py`` lets a draft that stands on
another one follow it first. That is a merge of two versions of one draft, as is what two clones changed:
``draft_merge.py`` merges them entity by entity, and ``sides.py`` has each side's version of an entity on one canonical
commit. ``judgement.py`` judges how a draft stands on canonical, which the lists remember. ``follow_canonical.py`` is the rebase that hooks start after plain git moved canonical. The merge of one document
is ``documents/rebase.py``, the one of one change ``documents/rebase_change.py``.
"""

"""Changes that go to canonical at once, without a draft: each is a plan of one commit, and one ``undo`` takes it back.

Start with ``commit.py``: it makes the commit and rebases the open drafts in the same operation; every other module here
plans with it. ``redirect.py`` and ``delete.py`` write tombstones, ``restore.py`` removes them again,
``merge_entities.py`` merges one entity into another, ``rename.py`` gives one another id, ``protect.py`` locks and archives, ``layout.py`` moves the files
of a type to another path template. ``unmerged_files.py`` is apart: it resolves the conflicts that a ``git merge`` left in
the worktree.
"""

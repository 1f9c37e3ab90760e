"""What is done on canonical at once, each a plan of one commit that one ``undo`` takes back.

``commit.py`` makes the commit that every other module here plans: ``redirect.py`` and ``delete.py`` write tombstones,
``restore.py`` takes them back, ``merge_entities.py`` merges one entity into another, ``protect.py`` locks and archives,
``layout.py`` moves files to another path template, ``unmerged_files.py`` answers the conflicts of a ``git merge``.
"""

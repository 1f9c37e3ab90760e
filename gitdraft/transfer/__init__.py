"""Import and export: entities and changes by the thousand, all or none.

``import_entities.py`` writes entities to canonical in one commit, ``import_changes.py`` makes a draft of rows of changes,
``import_mediawiki.py`` a draft of what a wiki pushes. ``sources.py`` are the files, folders and streams that they read,
``rows.py`` says which entity a row is. ``export.py`` writes entities, ``redirects.py`` reads and writes tables of redirects.
"""

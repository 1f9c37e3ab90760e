"""Entities and changes come in and go out, by the thousand, all or none.

``import_entities.py`` reads entities from ``sources.py`` (files, folders, streams) by ``rows.py``; ``import_changes.py``
makes drafts of many rows, ``import_mediawiki.py`` of what a wiki pushes. ``export.py`` writes entities, ``redirects.py``
reads and writes tables of redirects.
"""

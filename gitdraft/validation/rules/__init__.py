"""The rules beside JSON Schema, a family a module; each yields violations and decides nothing about their severity.

What an entity is by itself: ``keys.py`` (its id and key), ``file_names.py`` (where its file lies). What it is among
others: ``references.py`` (whom it names, who names it, orphans), ``cycles.py`` (inheritance), ``tombstones.py``
(redirects, erased ids). What a change does to it: ``protections.py`` (locked and archived entities),
``transitions.py`` (its datatype, required members, its removal), ``impacts.py`` (what the change means to its users).
The ids of the rules and their severities are in ``model/rules.py``.
"""

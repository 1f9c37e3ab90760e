"""What is wrong with an entity, a draft, a commit, a push.

``validator.py`` checks entities by JSON Schema (``schemas.py``, ``fast_schemas.py``) and by the families of ``rules/``.
``commits.py`` checks canonical and a step between two of its commits, ``dependents.py`` which other entities such a
step can break. ``staged.py`` checks git's index before a commit, ``receive.py`` a push before a server takes it,
``draft_form.py`` the files that a draft is made of. ``locations.py`` finds the line of a violation.
"""

"""What is wrong with an entity, a draft, a commit, a push.

``validator.py`` is the entry: it checks an entity in an effective view, or all that a draft changes, by JSON Schema
(``schemas.py``, with ``fast_schemas.py`` where there are many entities) and by the rules of ``rules/``. Then, from a
part of canonical to all of it: ``step.py`` checks what the step from one canonical tree to another can have broken,
with ``dependents.py`` for the entities beyond the changed ones; ``commits.py`` validates a range of commits, or all.
The rest stands at the gates: ``staged.py`` before a commit, ``receive.py`` before a push is accepted, with
``protection_history.py`` for what each commit may do and ``draft_form.py`` for the files of a draft's branch.
``locations.py`` finds the file and line of a violation.
"""

"""What is wrong with an entity, a draft, a commit, a push.

``validator.py`` is the entry: it checks an entity in an effective view, or all that a draft changes, by JSON Schema
(``schemas.py``, with ``fast_schemas.py`` where there are many entities and ``schema_cost.py`` sees an end) and by the rules of ``rules/``. All of canonical
is ``canonical.py``. What the step from one canonical tree to another breaks is one function, ``check_step`` in
``step.py``, for every gate: it leaves out what stood before (``added_violations.py``), looks with ``dependents.py`` beyond the
changed entities, and adds what each commit may do to protections (``protection_history.py``) and to gitdraft.yaml
(``configuration_step.py``). The gates are ``gate.py`` (what gitdraft commits on canonical), ``commits.py`` (a range, or all, by command), ``staged.py`` (before a commit)
and ``receive.py`` (before a push is accepted), with ``draft_form.py`` for the files of a draft's branch.
``locations.py`` finds the file and line of a violation.
"""

from gitdraft.validation.late_formats import delay_format_checks

delay_format_checks()

"""What there is to see: read, never written.

``effective_view.py`` shows canonical as a draft would make it, by what ``outcomes.py`` says of each change.
``entity_names.py`` finds an entity by what people type, ``redirects.py`` follows where it went, ``references.py`` and
``inheritance.py`` say who names it and what it inherits. ``revisions.py``, ``blame.py`` and ``audit.py`` tell its history,
``summaries.py`` and ``status.py`` how the drafts stand. ``guards.py`` holds what no verb may do to an entity.
"""

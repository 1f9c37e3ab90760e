"""Reading: what the repository shows, without changing it.

Start with ``effective_view.py``: canonical with a draft's changes laid over it, each change applied by ``outcomes.py``.
``entity_names.py`` turns what a user typed into an entity. Around one entity, ``redirects.py`` follows its redirects,
``references.py`` lists who refers to it, ``inheritance.py`` what it inherits; ``revisions.py``, ``blame.py`` and
``audit.py`` tell its history, ``common_changes.py`` the members that it shows to change together. ``search.py`` finds entities by what they say. ``summaries.py`` lists the drafts, ``status.py`` is `gitdraft status`. ``reviews.py`` says how far a draft is
reviewed, by the hash of what it changes (``change_hash.py``). ``draft_problems.py`` says what plain git has done to drafts,
``lost_merges.py`` and ``merged_changes.py`` whether canonical still has the merged ones. ``guards.py`` has
the checks and errors that the verbs share.
"""

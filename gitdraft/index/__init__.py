"""The derived index: what history and canonical say, kept so that it is not read again. Deleting it loses nothing.

``database.py`` opens the file and holds transactions; no failure of it is raised. Each subject has a module of SQL
(``*_tables.py``) and one that catches up with canonical and answers: ``revisions.py`` an entity's revisions
(``edit_types.py`` says what a commit did, ``histories.py`` reads many entities at once), ``redirects.py``,
``references.py``, ``effective.py`` (inheritance), ``affected.py`` the drafts that a canonical commit affects, with
``shared_entities.py``, ``search.py`` what entities say, ``draft_lines.py`` what drafts say of themselves, ``rebase_states.py`` how they were judged to stand on
canonical. Without an index each of them reads the repository. ``verify.py`` rebuilds it and compares.
"""

"""Everything that can be done, once: what the command line, the service, the hooks, the watcher and the library call.

Start at ``repository.py``: a Repository is an open repository, who acts on it and when (``session.py``). From there:

- ``drafts.py``: the drafts, and how they are made; ``draft.py``: a draft and its way to canonical; ``edits.py``: the edits of
  it; ``reviews.py``: what is said of it; ``conflicts.py``: its conflicts and their resolution;
- ``canonical.py``: what is done on canonical at once, without a draft; ``history.py``: revisions, blame, audit;
- ``views.py``: an entity as canonical, or a draft, has it;
- ``worktree.py``: files that are edited by hand; ``checks.py``: what is wrong, and where;
- ``transfer.py``: import and export; ``sync.py``: clones and remotes;
- ``tokens.py`` and ``capabilities.py``: who may do what through the service; ``webhooks.py``: who it tells; ``hooks.py``: what git runs by itself;
- ``index.py``: the derived index; ``undo.py``: an operation taken back; ``reports.py``: the types of all answers; ``kept_answers.py``: that of `status`, given again;
- ``init.py`` sets a repository up, ``doctor.py`` looks for what is wrong with it, ``inputs.py`` reads what people type.

Names are as people type them; what a method changes is one operation of the log, named after its command. Each module is
imported when it is first needed, since most commands live for a few milliseconds.
"""

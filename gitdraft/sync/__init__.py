"""Canonical and drafts travel between clones.

Start with ``sync.py``, which fetches, pulls and pushes. ``pull.py`` plans what a fetched remote changes here, in one
operation; ``push.py`` moves the remote's refs. A draft that both sides changed is read and merged by ``divergence.py``,
its header by ``header_merge.py``. Where canonical goes after a fetch is one function, ``follow_remote.py``; ``rewritten.py``
tells a history that the remote has given up. ``fast_forward.py`` moves canonical alone, for the watcher and webhooks, and
``clone.py`` makes a clone,
``outgoing.py`` is the check of the pre-push hook.
"""

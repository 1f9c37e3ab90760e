"""Drafts and canonical travel between clones.

``pull.py`` and ``push.py`` move them, ``sync.py`` does both; ``divergence.py`` says how two clones stand to each other,
``fast_forward.py`` moves a branch that only follows, ``header_merge.py`` merges the headers of two versions of a draft,
``outgoing.py`` checks what a push would carry.
"""

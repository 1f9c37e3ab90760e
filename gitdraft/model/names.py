"""What objects, refs and drafts are called: strings that must not be taken for one another.

They are made where a string comes in and is checked: an ``Oid`` by whoever reads or hashes an object, a ``RefName`` by
whoever lists refs or puts a name together, a ``DraftId`` by ``formats/keys.py``.
"""

from __future__ import annotations

from typing import NewType

Oid = NewType("Oid", str)
"""The name of a git object: 40 lower-case hexadecimal characters."""

RefName = NewType("RefName", str)
"""The full name of a ref (``refs/heads/main``)."""

DraftId = NewType("DraftId", str)
"""What a draft is called, in its stored form: the last part of its branch's name."""

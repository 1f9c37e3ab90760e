"""An entity's content is removed from the whole history, with proof that it is gone.

``purge.py`` plans the purge, rewrites the commits in a copy of the repository and swaps the copy's history in;
``verify.py`` compares the copy with the original and searches every object for what must not be there.
"""

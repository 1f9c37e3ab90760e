"""Taking an entity's content out of the whole history, and proving that it is gone.

``purge.py`` rewrites the commits that held it in a copy of the repository and swaps the copy in; ``verify.py`` searches
every object for what must not be there.
"""

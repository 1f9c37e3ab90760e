"""Everything that can be done, once: what the command line, the service, the hooks and the library call.

Start at ``repository.py``: a Repository is an open repository and who acts on it (``session.py``). ``canonical.py`` has
what is done on canonical at once, without a draft; ``capabilities.py`` what the holder of one draft's link may do.
``init.py`` sets a repository up, ``doctor.py`` looks for what is wrong with it, ``undo.py`` takes an operation back.
"""

"""The hooks in a repository: installed, told what they need, taken out.

``scripts`` holds the lines of each hook and puts them as a block into a script that is there already. ``install``
installs, inspects and uninstalls the hooks of a repository, as scripts or (from git 2.54) as configuration.
``settings`` writes the small file that the scripts read instead of starting gitdraft. What the hooks do once they
start gitdraft is in ``gitdraft/hooks``.
"""

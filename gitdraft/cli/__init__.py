"""The command line: each command parses, calls one method of `api/`, and renders what it returns.

``commands.py`` has the table of commands (COMMANDS), ``main.py`` answers what needs no parsing without click and turns errors into
exit codes; a command's file is named after it.
``context.py`` is what every command shares: the repository, how it answers, progress. ``options.py`` has the options that
several commands take, ``text.py`` columns, colours and escaping; ``canonical_report.py`` prints what commands on canonical
did. Imports of libraries stand in the functions: start-up is most of what a command costs.
"""

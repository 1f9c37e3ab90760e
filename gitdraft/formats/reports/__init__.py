"""The JSON of every report, built once: the command line, the service, `watch`, the hooks and library users share it.

Pure functions from values of the model to JSON values, a module a group of commands: ``drafts``, ``conflicts`` (with the
warnings and the resolutions), ``entities``, ``canonical``, ``sync``, ``validation``, ``audit``, ``watch``; ``ci`` has the forms of
code scanning services. What is absent is left out, so that null stays a value. A door adds what only it knows, such as
the name of a branch or a URL, and renders text from the same value.
"""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]
"""A JSON object, its members in the order in which they are printed."""

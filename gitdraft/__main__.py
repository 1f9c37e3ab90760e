"""`python -m gitdraft`: the command line."""

import sys

from gitdraft.cli.main import main

sys.exit(main())

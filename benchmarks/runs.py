"""One run of a benchmark: Python as users have it, the tables on the terminal, the measures in a file.

`--json FILE` names the file; without it, it is `build/bench/NAME.json`, which `python -m benchmarks.compare` reads.
"""

from __future__ import annotations

import compileall
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import gitdraft
from benchmarks.tables import Measured, recording

FOLDER = Path("build/bench")
KIND = "gitdraft-benchmark/v1"


def run(main: Callable[[], None]) -> None:
    """Run the benchmark that was called as a program. The file is written when ``main`` exits with a code, too."""
    name = Path(sys.argv[0]).stem.replace("__main__", "quick")
    file = _option("--json") or FOLDER / f"{name}.json"
    prepare()
    try:
        main()
    finally:
        write(file, name, recording.measures())


def prepare() -> None:
    """Have gitdraft compiled, and let what is started keep what it compiles: an installed one is compiled too."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    compileall.compile_dir(Path(gitdraft.__file__).parent, quiet=2)


def write(file: Path, name: str, measures: Mapping[str, Measured]) -> None:
    """Write what was measured, and on what."""
    document = {
        "kind": KIND,
        "name": name,
        "version": version("gitdraft"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "measures": {measure: {"value": cell.value, "unit": cell.unit} for measure, cell in measures.items()},
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    print(f"\nwritten to {file}")


def _option(name: str) -> Path | None:
    """The value of an option, taken out of the arguments: each benchmark reads the others itself."""
    if name not in sys.argv:
        return None
    place = sys.argv.index(name)
    value = Path(sys.argv[place + 1])
    del sys.argv[place : place + 2]
    return value

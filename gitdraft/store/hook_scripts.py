"""The scripts that git runs: which hooks there are, and what stands in them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

CLIENT = (
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "post-commit",
    "post-merge",
    "post-rewrite",
    "post-checkout",
)
SERVER = ("pre-receive", "post-receive")
FOLLOWING = ("post-commit", "post-merge", "post-rewrite", "post-checkout")
READING_INPUT = ("pre-push", "post-rewrite", *SERVER)
SAME = {"pre-merge-commit": "pre-commit"} | dict.fromkeys(FOLLOWING, "follow")

BEGIN = "# >>> gitdraft >>> `gitdraft hooks uninstall` takes this out, up to the line with <<<\n"
END = "# <<< gitdraft <<<\n"
SHEBANG = "#!/bin/sh\n"

CHAIN = """\
if [ "${{GITDRAFT_CHAINED-}}" = {name} ]; then
  unset GITDRAFT_CHAINED
else
  code=0
  GITDRAFT_CHAINED={name} "$0" "$@" || code=$?
{refusal}  ( {body} ) || code=$?
  exit "$code"
fi
"""
CHAIN_WITH_INPUT = """\
if [ "${{GITDRAFT_CHAINED-}}" = {name} ]; then
  unset GITDRAFT_CHAINED
else
  code=0
  input=$(cat; echo .)
  printf %s "${{input%.}}" | GITDRAFT_CHAINED={name} "$0" "$@" || code=$?
{refusal}  printf %s "${{input%.}}" | ( {body} ) || code=$?
  exit "$code"
fi
"""
REFUSAL = '  [ "$code" = 0 ] || exit "$code"\n'


def script_folder() -> Path:
    """The folder of the scripts: in the wheel beside the modules, in a checkout beside the package."""
    package = Path(str(files("gitdraft")))
    return package / "hook_scripts" if (package / "hook_scripts").is_dir() else package.parent / "hooks"


def body(name: str) -> str:
    """What the hook does, as POSIX shell."""
    parts = (script_folder() / f"{part}.sh" for part in ("start", SAME.get(name, name)))
    return f"hook={name}\n" + "".join(part.read_text("utf-8") for part in parts)


def block(name: str, *, chained: bool) -> bytes:
    """The marked lines of a hook's script. ``chained``: the rest of the script runs first, as a run of its own,
    so that an `exit` or `exec` there ends that alone; its exit code counts."""
    text = body(name)
    if chained:
        template = CHAIN_WITH_INPUT if name in READING_INPUT else CHAIN
        refusal = REFUSAL if name.startswith("pre-") else ""
        text = template.format(name=name, refusal=refusal, body=f"\n{text}  ")
    else:
        text = f"(\n{text}) || exit\n"
    return f"{BEGIN}{text}{END}".encode()

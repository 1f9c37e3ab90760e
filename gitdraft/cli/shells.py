"""The scripts by which bash, zsh and fish ask for completions, and the lines that all three are answered with.

click's own scripts show no descriptions in bash, cut them at commas in fish, and put a blank behind `label=`; they go on working
where they are installed.
"""

from __future__ import annotations

import os
import re
from itertools import takewhile

from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, split_arg_string

LISTS = ("33", "63", "64")  # readline's kinds of completion that list what fits
BREAKS = "\"'><=;|&(:"  # where readline begins a new word
BASH = r"""_gitdraft_completion() {
    local kind value line="${COMP_LINE:0:COMP_POINT}" word="${COMP_WORDS[COMP_CWORD]}"
    COMPREPLY=()
    while IFS=$'\t' read -r kind value; do
        case $kind in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            open) compopt -o nospace; COMPREPLY+=("$value") ;;
            *) COMPREPLY+=("$value") ;;
        esac
    done < <(COMP_WORDS="$line" COMP_CWORD="$word" COMP_TYPE=$COMP_TYPE \
        _GITDRAFT_COMPLETE=lines_complete "$1" 2>/dev/null)
}
complete -o nosort -F _gitdraft_completion gitdraft
"""
ZSH = r"""#compdef gitdraft
_gitdraft_completion() {
    local kind value help
    local -a plain shown open open_shown
    while IFS=$'\t' read -r kind value help; do
        case $kind in
            dir) _path_files -/ ;;
            file) _path_files -f ;;
            open) open+=("$value"); open_shown+=("$value${help:+  -- $help}") ;;
            *) plain+=("$value"); shown+=("$value${help:+  -- $help}") ;;
        esac
    done < <(COMP_WORDS="${words[1,CURRENT-1]} $PREFIX" _GITDRAFT_COMPLETE=lines_complete $words[1] 2>/dev/null)
    (( $#open )) && compadd -l -S '' -V open -d open_shown -a open
    (( $#plain )) && compadd -l -V plain -d shown -a plain
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _gitdraft_completion "$@"
else
    compdef _gitdraft_completion gitdraft
fi
"""
FISH = r"""function _gitdraft_completion
    for line in (env _GITDRAFT_COMPLETE=lines_complete COMP_WORDS=(commandline -cp | string collect) gitdraft 2>/dev/null)
        set -l parts (string split -m 1 \t -- $line)
        switch $parts[1]
            case dir
                __fish_complete_directories (commandline -ct)
            case file
                __fish_complete_path (commandline -ct)
            case '*'
                echo $parts[2]
        end
    end
end
complete --no-files --command gitdraft --arguments '(_gitdraft_completion)'
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


class LineCompletion(ShellComplete):
    """Completes the line `COMP_WORDS` up to the cursor: a line of kind, value and description for each suggestion, tabs between
    them. The kind is `open` where one goes on typing. bash gives the part of the last word that it takes for one, and what it
    does with the answer."""

    name = "lines"

    def get_completion_args(self) -> tuple[list[str], str]:
        """Returns the words before the last one, without the command's name, and the last."""
        line = os.environ["COMP_WORDS"]
        words = split_arg_string(line)
        incomplete = "" if line[-1:].isspace() and line[-2:] != "\\ " else words.pop()
        self._incomplete = incomplete
        return words[1:], incomplete

    def complete(self) -> str:
        """Returns the suggestions, in bash without what stands before the word and with the descriptions where they are listed."""
        items = self.get_completions(*self.get_completion_args())
        if "COMP_TYPE" not in os.environ:
            return "\n".join(map(self.format_completion, items))
        word = "".join(
            [*takewhile(lambda c: c not in BREAKS, reversed(os.environ.get("COMP_CWORD", "")))][::-1]
        )
        before = self._incomplete[: -len(word)] if word else self._incomplete
        is_list = os.environ["COMP_TYPE"] in LISTS and len(items) > 1
        return "\n".join(
            f"{_kind(item)}\t{_escaped(item.value.removeprefix(before))}{f'  ({item.help})' if is_list and item.help else ''}"
            for item in items
        )

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Returns the line of a suggestion."""
        return f"{_kind(item)}\t{item.value}\t{item.help or ''}".rstrip("\t")


add_completion_class(LineCompletion)


def _kind(item: CompletionItem[str]) -> str:
    return "open" if item.goes_on else item.type


def _escaped(value: str) -> str:
    """Returns the text as a word of bash."""
    return re.sub(r"([^\w@%+=:,./~-])", r"\\\1", value)

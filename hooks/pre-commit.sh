# Is an operation of gitdraft not finished? Nothing is committed before it is.
logged='' finished=''
[ ! -f "$common/refs/gitdraft/operations" ] || IFS= read -r logged <"$common/refs/gitdraft/operations"
[ ! -f "$common/refs/gitdraft/done" ] || IFS= read -r finished <"$common/refs/gitdraft/done"
# Is anything staged that gitdraft checks? On a draft's branch everything is.
IFS= read -r head <"$git_dir/HEAD"
case $head in
  "ref: $drafts"*) ;;
  *)
    set --
    while IFS= read -r path; do
      case $path in '='*) set -- "$@" "${path#=}" ;; esac
    done <"$common/gitdraft/hooks"
    # A side of a merge that deleted a file leaves nothing staged where the other side's is taken.
    [ "$logged" != "$finished" ] || [ -f "$git_dir/MERGE_HEAD" ] || [ -f "$git_dir/CHERRY_PICK_HEAD" ] ||
      [ -f "$git_dir/REVERT_HEAD" ] || [ -d "$git_dir/rebase-merge" ] || [ -d "$git_dir/rebase-apply" ] ||
      ! git --literal-pathspecs diff-index --cached --quiet HEAD -- "$@" 2>/dev/null || exit 0
    ;;
esac
run "$hook" || { code=$?; [ "$code" = 127 ] || exit "$code"; }

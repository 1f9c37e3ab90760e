# Where are we, and is gitdraft set up here? Leaves with success when there is nothing to do.
git_dir=${GIT_DIR:-.git}
[ -d "$git_dir" ] || git_dir=$(git rev-parse --git-dir 2>/dev/null) || exit 0
common=$git_dir
if [ -f "$git_dir/commondir" ]; then
  IFS= read -r common <"$git_dir/commondir"
  case $common in /*) ;; *) common=$git_dir/$common ;; esac
fi
[ -f "$common/gitdraft/hooks" ] || exit 0
{ IFS= read -r canonical; IFS= read -r drafts; IFS= read -r installed; IFS= read -r known; } <"$common/gitdraft/hooks"

run() {
  gitdraft=$(command -v gitdraft) || gitdraft=$installed
  if [ -x "$gitdraft" ]; then
    "$gitdraft" hooks run "$@"
    return
  fi
  if ! [ -e "$common/gitdraft/not-found" ]; then
    echo "gitdraft: not found on the PATH, so its hooks do nothing (said once)" >&2
    : >"$common/gitdraft/not-found"
  fi
  return 127
}

# Canonical moved since the drafts followed it, and there are drafts, or another gitdraft.yaml?
tip='' rebased=''
[ ! -f "$common/$canonical" ] || IFS= read -r tip <"$common/$canonical"
[ ! -f "$common/refs/gitdraft/rebased" ] || IFS= read -r rebased <"$common/refs/gitdraft/rebased"
[ -n "$tip" ] || tip=$(git rev-parse --quiet --verify "$canonical") || {
  run "$hook" "$@" </dev/null || : # the branch was renamed: gitdraft.yaml says what is canonical now
  exit 0
}
[ -n "$rebased" ] || rebased=$(git rev-parse --quiet --verify refs/gitdraft/rebased) || :
[ "$tip" != "$rebased" ] || exit 0
[ -n "$(git for-each-ref --count=1 --format=1 "$drafts")" ] ||
  [ "$(git rev-parse --quiet --verify "$canonical:gitdraft.yaml")" != "$known" ] || exit 0
run "$hook" "$@" </dev/null || :

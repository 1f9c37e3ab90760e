# Does the push concern gitdraft? A branch that is a symbolic ref may lead to canonical. Without gitdraft nobody
# can tell whether canonical stays sound, so such a push is refused.
lines='' concerned=''
while read -r old new ref; do
  lines="$lines$old $new $ref
"
  case $ref in "$canonical" | "${drafts%/}" | "$drafts"* | refs/gitdraft/*) concerned=1 ;; esac
  if [ -f "$common/$ref" ]; then
    IFS= read -r value <"$common/$ref" || :
    case $value in 'ref:'*) concerned=1 ;; esac
  fi
done
[ -n "$concerned" ] || exit 0
printf %s "$lines" | run "$hook" || exit 1

# Did the push concern gitdraft? A draft that comes in may be behind canonical as well.
concerned=''
while read -r old new ref; do
  case $ref in "$canonical" | "$drafts"*) concerned=1 ;; esac
done
[ -n "$concerned" ] || exit 0
run "$hook" </dev/null || :

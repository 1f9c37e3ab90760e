# Is canonical pushed, or a draft? Only those lines go on.
lines=''
while read -r from old to new; do
  case $to in
    "$canonical" | "$drafts"*)
      lines="$lines$from $old $to $new
"
      ;;
  esac
done
[ -n "$lines" ] || exit 0
printf %s "$lines" | run "$hook" || { code=$?; [ "$code" = 127 ] || exit "$code"; }

#!/usr/bin/env bash
# Checks what the commits from BASE to HEAD can have made wrong: annotations, the summary of the step, the file REPORT. Exit code 1
# when something is wrong. It needs no token and writes to no forge, so it may run on what a fork proposes.
set -euo pipefail
: "${BASE:?the commit that is merged into}" "${HEAD:?the commit that is to be merged}"
failed=0
foreign=

if [ -n "$(git ls-tree --name-only "$HEAD" .gitdraft)" ]; then
  foreign=".gitdraft/ belongs on drafts' branches alone: merge the draft with gitdraft, or its branch gitdraft/ID"
  echo "::error title=draft/on-canonical::$foreign"
  failed=1
fi
gitdraft validate "$BASE..$HEAD" --format github || failed=1
said=$({ echo "$foreign"; gitdraft --no-color validate "$BASE..$HEAD" || true; } | tr -d '\r' | sed '/./,$!d')
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  # indented, so that nothing out of data is markup
  { printf '### Entities\n\n'; sed 's/^/    /' <<< "$said"; } >> "$GITHUB_STEP_SUMMARY"
fi
if [ -n "${REPORT:-}" ]; then
  echo "$said" > "$REPORT"
  echo "report=$REPORT" >> "${GITHUB_OUTPUT:-/dev/null}"
fi
exit "$failed"

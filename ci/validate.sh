#!/usr/bin/env bash
# Checks what the commits from BASE to HEAD can have made wrong, as annotations; a summary goes to GITHUB_STEP_SUMMARY. Exit code 1 when
# something is wrong. It needs no token and writes to no forge, so it may run on what a fork proposes.
set -euo pipefail
: "${BASE:?the commit that is merged into}" "${HEAD:?the commit that is to be merged}"
failed=0

if [ -n "$(git ls-tree --name-only "$HEAD" .gitdraft)" ]; then
  echo "::error title=draft/on-canonical::.gitdraft/ belongs on drafts' branches alone: merge the draft with gitdraft, or its branch gitdraft/ID"
  failed=1
fi
gitdraft validate "$BASE..$HEAD" --format github || failed=1
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  {
    echo "### Entities"
    echo
    # indented, so that nothing out of data is markup
    { gitdraft --no-color validate "$BASE..$HEAD" || true; } | tr -d '\r' | sed 's/^/    /'
  } >> "$GITHUB_STEP_SUMMARY"
fi
exit "$failed"

#!/usr/bin/env bash
# What a release is made of, in dist/: wheel and sdist (built twice: the same bytes), their sums, a bill of what is installed
# with them (CycloneDX), and what changed in the formats since the last release. Nothing is published.
set -euo pipefail
cd "$(dirname "$0")/.."
BIN=$PWD/.venv-release/bin
[ -z "$(git status --porcelain)" ] || { echo "commit first: a release is made of a commit" >&2; exit 1; }
export SOURCE_DATE_EPOCH
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() { # FOLDER UMASK TIMEZONE: the commit, laid somewhere, built there
  mkdir -p "$work/$1/$1-source" && git archive HEAD | tar -x -C "$work/$1/$1-source"
  (cd "$work/$1/$1-source" && umask "$2" && TZ=$3 "$BIN/python" -m build --outdir "$work/$1/dist" . >"$work/$1.log" 2>&1) ||
    { tail -20 "$work/$1.log" >&2; exit 1; }
}
build one 022 UTC
build another 077 Asia/Tokyo
diff -r "$work/one/dist" "$work/another/dist" || { echo "two builds of one commit differ" >&2; exit 1; }
"$BIN/twine" check --strict "$work"/one/dist/*

python3 -m venv "$work/installed"
"$work/installed/bin/pip" install --quiet --disable-pip-version-check "$work"/one/dist/*.whl
"$work/installed/bin/pip" uninstall --quiet --yes pip setuptools 2>/dev/null
"$BIN/cyclonedx-py" environment "$work/installed" --pyproject pyproject.toml --mc-type application --output-reproducible \
  --validate --of JSON -o "$work/one/dist/gitdraft.cdx.json" 2>/dev/null

# the schemas of the formats, as entities: what the release means for who reads what gitdraft wrote
formats=$work/formats
git init -q -b main "$formats"
commit() { # MESSAGE REVISION: the schemas as they were
  rm -rf "$formats/schemas"
  git archive "$2" schemas | tar -x -C "$formats"
  printf 'entities: {schema: {path: "schemas/{key}.schema.json"}}\n' >"$formats/gitdraft.yaml"
  git -C "$formats" add --all
  git -C "$formats" -c user.name=gitdraft -c user.email=gitdraft@localhost commit -q --allow-empty -m "$1"
}
if last=$(git describe --tags --abbrev=0 --match 'v*' HEAD 2>/dev/null); then
  commit "$last" "$last"
  commit HEAD HEAD
  "$work/installed/bin/gitdraft" -C "$formats" changelog HEAD~1..HEAD >"$work/one/dist/formats.md"
fi
(cd "$work/one/dist" && sha256sum -- * >SHA256SUMS)
rm -rf dist && mv "$work/one/dist" dist
ls dist

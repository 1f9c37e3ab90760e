#!/bin/sh
# restore.sh FOLDER REPOSITORY: makes the repository of a backup again, where there is none. Hooks are installed anew, the
# index is made by itself. End the service of the old one first: two that are served part ways.
set -eu
test ! -e "$2" || { echo "$2 is already there" >&2; exit 1; }
umask 077
mkdir -p "$2"
is_bare=$(git config --file "$1/config" --type bool core.bare || echo true)
if [ "$is_bare" = true ]; then git_dir=$2; else git_dir=$2/.git; fi
cp -R "$1/repository.git" "$2.part"
cp "$1/config" "$2.part/config"
mkdir -p "$2.part/gitdraft"
for file in "$1"/gitdraft/*.sqlite3; do
  test ! -e "$file" || cp "$file" "$2.part/gitdraft/"
done
if [ "$is_bare" = true ]; then rmdir "$2"; fi
mv "$2.part" "$git_dir"
if [ "$is_bare" = false ]; then git -C "$2" reset --quiet --hard; fi
gitdraft -C "$2" doctor

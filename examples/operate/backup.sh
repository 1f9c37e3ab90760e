#!/bin/sh
# backup.sh REPOSITORY FOLDER: copies a repository, and what of a service is not in git, into a new folder. What is kept
# beside git goes first: a token of a draft that the copy does not have opens nothing, the other way round a draft
# would be open to who was shut out meanwhile. It may run while people and `gitdraft serve` write.
set -eu
git_dir=$(git -C "$1" rev-parse --path-format=absolute --git-common-dir)
test ! -e "$2" || { echo "$2 is already there" >&2; exit 1; }
part=$2.part
rm -rf "$part"
umask 077
mkdir -p "$part/gitdraft"
for file in "$git_dir"/gitdraft/*.sqlite3; do
  case ${file##*/} in
    '*.sqlite3' | index.sqlite3 | answers.sqlite3) ;; # none; derived; good for a day
    *) sqlite3 "file:$file?mode=ro" ".backup '$part/gitdraft/${file##*/}'" ;;
  esac
done
cp "$git_dir/config" "$part/config"
git clone --quiet --mirror --no-local "$git_dir" "$part/repository.git" # refs/gitdraft comes with it
git -C "$part/repository.git" fsck --no-dangling --no-progress
mv "$part" "$2"

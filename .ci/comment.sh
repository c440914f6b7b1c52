#!/usr/bin/env bash
# Comments on a pull request of GitHub, in place of the comment before that has the same first line.
#   .ci/comment.sh <number> <file>
# It needs gh with GH_TOKEN, jq, and GITHUB_REPOSITORY.
set -euo pipefail
number=$1
file=$2
issues="repos/$GITHUB_REPOSITORY/issues"

comments=$(gh api --paginate "$issues/$number/comments?per_page=100")
# A person who quotes the first line keeps his comment.
before=$(jq --slurp --raw-output --arg line "$(head -n 1 "$file")" \
  'first(.[][] | select(.user.type == "Bot" and (.body | split("\n")[0] | rtrimstr("\r")) == $line) | .id) // empty' <<< "$comments")
if [ -n "$before" ]; then
  gh api --silent --method PATCH "$issues/comments/$before" --field "body=@$file"
else
  gh api --silent --method POST "$issues/$number/comments" --field "body=@$file"
fi

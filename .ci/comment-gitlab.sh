#!/usr/bin/env bash
# Comments on the merge request of a GitLab pipeline, in place of the comment before that has the same first line.
#   .ci/comment-gitlab.sh <file>
# It needs curl, jq, and GITLAB_TOKEN: a project access token with the scope "api".
set -euo pipefail
file=$1
notes="$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes"
# The token stands in no argument, which other processes could read.
gitlab() { curl --fail --silent --show-error --config - "$@" <<< "header = \"PRIVATE-TOKEN: $GITLAB_TOKEN\""; }

me=$(gitlab "$CI_API_V4_URL/user" | jq .id)
# Among the newest hundred.
before=$(gitlab "$notes?per_page=100&sort=desc" | jq --raw-output --arg line "$(head -n 1 "$file")" --argjson me "$me" \
  'first(.[] | select(.author.id == $me and (.body | split("\n")[0]) == $line) | .id) // empty')
if [ -n "$before" ]; then
  gitlab --output /dev/null --request PUT "$notes/$before" --data-urlencode "body@$file"
else
  gitlab --output /dev/null --request POST "$notes" --data-urlencode "body@$file"
fi

#!/usr/bin/env bash
# Comments what an update of a stack would change; where that cannot be told, why. Then no older plan is left standing.
#   .ci/plan.sh <stack> <file> <command>...
# The command gets the file, which has the comment, as its last argument.
set -euo pipefail
stack=$1
file=$2
shift 2
code=0
npx knflow plan --stack "$stack" --markdown > "$file" 2> "$file.error" || code=$?
cat "$file.error" >&2
if [ "$code" -ne 0 ]; then
  {
    echo "<!-- knflow plan: $stack -->"
    echo "**Stack <code>$stack</code>: there is no plan**"
    printf '\n~~~~text\n%s\n~~~~\n' "$(cat "$file.error")"
  } > "$file"
fi
"$@" "$file"
exit "$code"

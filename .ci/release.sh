#!/usr/bin/env bash
# Promotes a stack or rolls it back, then commits and pushes the release that it goes by from then on: also where its update
# failed half way, since the next update goes on with that release.
#   .ci/release.sh <stack> <branch> <command>...
set -euo pipefail
stack=$1
branch=$2
shift 2
file="releases/$stack.yaml"
code=0
"$@" || code=$?

if [ ! -e "$file" ]; then exit "$code"; fi
git add "$file"
if git diff --cached --quiet; then exit "$code"; fi
git commit --quiet --message "release: $stack"
# The branch may have gone on meanwhile; nothing else writes this file, since updates of a stack wait for each other.
git pull --quiet --rebase origin "$branch"
git push --quiet origin "HEAD:$branch"
exit "$code"

#!/usr/bin/env bash
# Commits and pushes what a stack runs since its promotion, where that changed.
#   .ci/commit-release.sh <stack> <branch>
set -euo pipefail
stack=$1
branch=$2
export GIT_AUTHOR_NAME="github-actions[bot]" GIT_AUTHOR_EMAIL="41898282+github-actions[bot]@users.noreply.github.com"
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL

git add "releases/$stack.yaml"
if git diff --cached --quiet; then exit 0; fi
git commit --quiet --message "release: $stack"
# The branch may have gone on meanwhile; nothing else writes this file, since updates of a stack wait for each other.
git pull --quiet --rebase origin "$branch"
git push --quiet origin "HEAD:$branch"

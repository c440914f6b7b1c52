#!/bin/sh
# Stores a code archive on the volume, or says that it is there. Runs in the file server's pod; see --help.
set -u
export LC_ALL=C
umask 022

uploads=${KNFLOW_UPLOADS:-/data/uploads}
incoming=$uploads/.incoming
stale_minutes=60
temporary=

usage() {
  cat <<'TEXT'
usage: knflow-receive <object> <sha256> [size]   store the bytes on standard input as <object>
       knflow-receive --check <object> <sha256>  say whether <object> is there with that content

<object> is <workflow>/<name>-<sha256>.zip. An object that is there is never written again.
Prints "stored" or "present" and exits 0; --check exits 3 with "absent" when the object is not there.
Errors: one line on standard error, exit 1; a wrong call: exit 2.
TEXT
}

fail() {
  echo "knflow-receive: $1" >&2
  exit "${2:-1}"
}

clean_up() {
  if [ -n "$temporary" ]; then rm -f "$temporary"; fi
}
trap clean_up EXIT
trap 'exit 1' HUP INT PIPE TERM

# matches TEXT PATTERN: the whole text, a line break in it included, against an extended regular expression
matches() {
  case $1 in
    *"
"*) return 1 ;;
  esac
  printf '%s\n' "$1" | grep -Eqx "$2"
}

hash_of() {
  sum=$(sha256sum <"$1") || fail "cannot read $1"
  printf '%s' "${sum%% *}"
}

check_call() {
  matches "$2" '[0-9a-f]{64}' || fail "the sha256 is not 64 lower-case hexadecimal digits: $2" 2
  matches "$1" "[a-z0-9-]{1,63}/[a-z0-9-]{1,63}-$2[.]zip" ||
    fail "the object is not named <workflow>/<name>-$2.zip: $1" 2
  matches "$3" '[0-9]{0,12}' || fail "the size is not a number of bytes: $3" 2
}

# present OBJECT SHA256: 0 when it is there, 1 when it is not; ends the script when something else has its name
present() {
  if [ ! -e "$uploads/$1" ] && [ ! -L "$uploads/$1" ]; then return 1; fi
  if [ ! -f "$uploads/$1" ] || [ -L "$uploads/$1" ]; then fail "$1 on the volume is not a plain file; remove it"; fi
  found=$(hash_of "$uploads/$1") || exit 1
  [ "$found" = "$2" ] || fail "$1 on the volume is damaged: its sha256 is $found; remove it and push again"
}

receive() {
  object=$1 sha256=$2 size=$3
  if present "$object" "$sha256"; then
    echo present
    return
  fi
  mkdir -p "$incoming" "$uploads/${object%/*}" || fail "cannot make folders in $uploads"
  find "$incoming" -type f -mmin "+$stale_minutes" -exec rm -f {} + # what killed uploads left

  temporary=$(mktemp "$incoming/upload.XXXXXX") || fail "cannot write to $incoming"
  errors=$({ bounded "$size" | dd of="$temporary" bs=65536 conv=fsync; } 2>&1) || fail "$(reason "$errors")"

  received=$(wc -c <"$temporary") || fail "cannot read what was received"
  received=$((received))
  if [ "$received" -lt "${size:-0}" ]; then fail "the upload of $object was cut off after $received of $size bytes"; fi
  if [ "$received" -gt "${size:-$received}" ]; then fail "the upload of $object has more than the announced $size bytes"; fi
  found=$(hash_of "$temporary") || exit 1
  [ "$found" = "$sha256" ] || fail "the upload of $object ($received bytes) has sha256 $found: it was cut off or changed"

  chmod 0444 "$temporary" && mv -f "$temporary" "$uploads/$object" || fail "cannot rename the upload to $object"
  temporary=
  sync "$uploads/${object%/*}" 2>/dev/null # the rename itself; the bytes were synced before it
  echo stored
}

# bounded [SIZE]: standard input, but only one byte more than announced: enough to see that there is too much
bounded() {
  if [ -n "$1" ]; then head -c "$(($1 + 1))"; else cat; fi
}

# reason DD_ERRORS: why the bytes could not be stored, in one line
reason() {
  case $1 in
    *"No space left"* | *"quota exceeded"*)
      echo "the code volume is full: free space on it, or make it larger, and push again" ;;
    *)
      echo "cannot write the upload: $(printf '%s\n' "$1" | grep -v records | head -n 1)" ;;
  esac
}

case ${1-} in
  --help)
    usage
    ;;
  --check)
    [ $# -eq 3 ] || fail "--check takes <object> <sha256>" 2
    check_call "$2" "$3" ""
    if ! present "$2" "$3"; then
      echo absent
      exit 3
    fi
    echo present
    ;;
  *)
    if [ $# -lt 2 ] || [ $# -gt 3 ]; then
      usage >&2
      exit 2
    fi
    check_call "$1" "$2" "${3-}"
    receive "$1" "$2" "${3-}"
    ;;
esac

#!/bin/sh
# Stores code archives on the volume, says which are there, and removes some. Runs in the file server's pod; see --help.
set -u
export LC_ALL=C TZ=UTC0
umask 022

uploads=${KNFLOW_UPLOADS:-/data/uploads}
incoming=$uploads/.incoming
stale_minutes=60
lock_seconds=${KNFLOW_LOCK_SECONDS:-60}
busy="another process has held the lock of the code volume for $lock_seconds s; try again"
object_pattern='[a-z0-9-]{1,63}/[a-z0-9-]{1,63}-[0-9a-f]{64}[.]zip'
leftover_pattern='[.]incoming/upload[.][A-Za-z0-9]+'
temporary=

usage() {
  cat <<'TEXT'
usage: knflow-receive <object> <sha256> [size]   store the bytes on standard input as <object>
       knflow-receive --check <object> <sha256>  say whether <object> is there with that content
       knflow-receive --list [--verify]          name every object with its size; --verify hashes them, too
       knflow-receive --list --long              behind a line "now <second>", name it with its size and its time
       knflow-receive --suspect <object>         have <object> pushed again: something could not start from it
       knflow-receive --remove <second>          remove the objects on standard input that were last pushed before then

<object> is <workflow>/<name>-<sha256>.zip. One that is there with its content is never written again, only touched: its
time tells when it was last pushed. One whose bytes do not have its sha256 is replaced, at once and as a whole.
Prints "stored", "present" or "replaced" and exits 0; --check exits 3 with "absent" or "damaged" where the bytes are needed.
--list prints "<object> <bytes>", and behind that "suspect" or, with --verify, "damaged" where it has to be pushed again;
what --verify finds damaged is suspect from then on. --list --long names what uploads left, too (.incoming/<file>).
--remove prints "removed <object> <bytes>", "absent <object>" or "kept <object>" for each; what an upload left goes when
it is an hour old. A push at the same moment finds the object there and it stays, or stores it anew.
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

# locked -s|-x COMMAND...: pushes (-s) run beside each other, a removal (-x) alone; a process that ends lets go of its lock
locked() {
  mode=$1
  shift
  (
    # Alpine's flock has no -w, and its timeout leaves a process behind that keeps the lock.
    until=$(($(date +%s) + lock_seconds))
    while ! flock -n "$mode" 9; do
      if [ "$(date +%s)" -ge "$until" ]; then
        echo "$busy" >&2
        exit 1
      fi
      sleep 0.05
    done
    "$@"
  ) 9>>"$uploads/.lock"
}

check_object() {
  matches "$1" "$object_pattern" || fail "the object is not named <workflow>/<name>-<sha256>.zip: $1" 2
}

check_call() {
  matches "$2" '[0-9a-f]{64}' || fail "the sha256 is not 64 lower-case hexadecimal digits: $2" 2
  check_object "$1"
  case $1 in
    *"-$2.zip") ;;
    *) fail "the object is not named <workflow>/<name>-$2.zip: $1" 2 ;;
  esac
  matches "$3" '(0|[1-9][0-9]{0,11})?' || fail "the size is not a number of bytes: $3" 2
}

# look OBJECT SHA256: sets state to present, absent or damaged; ends the script when something else has its name
look() {
  state=absent
  if [ ! -e "$uploads/$1" ] && [ ! -L "$uploads/$1" ]; then return; fi
  if [ ! -f "$uploads/$1" ] || [ -L "$uploads/$1" ]; then fail "$1 on the volume is not a plain file; remove it"; fi
  state=damaged
  # What cannot be read, or is not ours to touch, is replaced as well.
  found=$(hash_of "$uploads/$1" 2>/dev/null) || return
  [ "$found" = "$2" ] || return
  if errors=$(locked -s renew "$uploads/$1" 2>&1); then state=present; fi
  case $errors in *"$busy"*) fail "$busy" ;; esac
}

renew() {
  touch -c "$1" && [ -f "$1" ]
}

# suspect OBJECT: gives it the time 0, which nothing else does; whatever makes it whole again gives it the time of then
suspect() {
  touch -c -t 197001010000.00 "$uploads/$1" 2>/dev/null || fail "cannot mark $1; remove it from the volume"
}

list() {
  cd "$uploads" 2>/dev/null || fail "cannot read $uploads"
  # What goes meanwhile is not there.
  find . -mindepth 2 -maxdepth 2 -type f -name '*.zip' -exec stat -c '%Y %s %n' {} + 2>/dev/null |
    sed -En -e "s#^0 ([0-9]+) \./($object_pattern)\$#\2 \1 suspect#p" -e "s#^[^ ]+ ([0-9]+) \./($object_pattern)\$#\2 \1#p"
}

# long_list: in the order "name size time"; the moment comes first, so that whatever is pushed later is younger
long_list() {
  cd "$uploads" 2>/dev/null || fail "cannot read $uploads"
  echo "now $(date +%s)"
  find . -mindepth 2 -maxdepth 2 -type f -exec stat -c '%n %s %Y' {} + 2>/dev/null |
    sed -En "s#^\./(($object_pattern|$leftover_pattern) [0-9]+ -?[0-9]+)\$#\1#p"
}

# verified: the list on standard input, with what is damaged marked; a suspect that is whole stays one
verified() {
  while read -r object line; do
    digest=${object%.zip}
    found=$(hash_of "$uploads/$object" 2>/dev/null)
    if [ "$found" != "${digest##*-}" ] && [ -f "$uploads/$object" ]; then
      (suspect "$object")
      line="${line%% *} damaged"
    fi
    echo "$object $line"
  done
}

receive() {
  object=$1 sha256=$2 size=$3
  look "$object" "$sha256"
  if [ "$state" = present ]; then
    echo present
    return
  fi
  errors=$(mkdir -p "$incoming" 2>&1) || fail "$(reason "cannot make folders in $uploads" "$errors")"
  find "$incoming" -type f -mmin "+$stale_minutes" -exec rm -f {} + # what killed uploads left

  made=$(mktemp "$incoming/upload.XXXXXX" 2>&1) || fail "$(reason "cannot write to $incoming" "$made")"
  temporary=$made
  errors=$({ bounded "$size" | dd of="$temporary" bs=65536 conv=fsync; } 2>&1) ||
    fail "$(reason "cannot write the upload: $(printf '%s\n' "$errors" | grep -v records | head -n 1)" "$errors")"

  received=$(wc -c <"$temporary") || fail "cannot read what was received"
  received=$((received))
  if [ "$received" -lt "${size:-0}" ]; then fail "the upload of $object was cut off after $received of $size bytes"; fi
  if [ "$received" -gt "${size:-$received}" ]; then fail "the upload of $object has more than the announced $size bytes"; fi
  found=$(hash_of "$temporary") || exit 1
  [ "$found" = "$sha256" ] || fail "the upload of $object ($received bytes) has sha256 $found: it was cut off or changed"

  errors=$(locked -s publish 2>&1) || fail "$(reason "cannot rename the upload to $object" "$errors")"
  temporary=
  sync "$uploads/${object%/*}" 2>/dev/null # the rename itself; the bytes were synced before it
  if [ "$state" = damaged ]; then echo replaced; else echo stored; fi
}

publish() {
  mkdir -p "$uploads/${object%/*}" && chmod 0444 "$temporary" && touch "$temporary" &&
    mv -f "$temporary" "$uploads/$object"
}

# remove SECOND: see --remove
remove() {
  [ -d "$uploads" ] || fail "cannot read $uploads"
  while IFS= read -r object; do
    matches "$object" "$object_pattern|$leftover_pattern" || fail "this is no object's name: $object" 2
    outcome=$(locked -x remove_one "$object" "$1" 2>&1) || fail "$(reason "cannot remove $object" "$outcome")"
    echo "$outcome"
  done
  locked -x find "$uploads" -mindepth 1 -maxdepth 1 -type d ! -name '*[!a-z0-9-]*' -exec rmdir {} + 2>/dev/null
  return 0
}

remove_one() {
  file=$uploads/$1
  if [ ! -e "$file" ] && [ ! -L "$file" ]; then
    echo "absent $1"
    return
  fi
  before=$2
  case $1 in
    .incoming/*) before=$(($(date +%s) - stale_minutes * 60)) ;;
  esac
  size=$(stat -c %s "$file") && time=$(stat -c %Y "$file") || return
  if [ ! -f "$file" ] || [ -L "$file" ] || [ -L "${file%/*}" ] || [ "$time" -ge "$before" ]; then
    echo "kept $1"
    return
  fi
  rm -f "$file" && echo "removed $1 $size"
}

# bounded [SIZE]: standard input, but only one byte more than announced: enough to see that there is too much
bounded() {
  if [ -n "$1" ]; then head -c "$(($1 + 1))"; else cat; fi
}

# reason WHAT ERRORS: why something failed, in one line: what those who can mend it are told, or that it failed
reason() {
  case $2 in
    *"No space left"* | *"quota exceeded"*)
      echo "the code volume is full: free space on it, or make it larger, and push again" ;;
    *"$busy"*) echo "$busy" ;;
    *) echo "$1" ;;
  esac
}

case ${1-} in
  --help)
    usage
    ;;
  --check)
    [ $# -eq 3 ] || fail "--check takes <object> <sha256>" 2
    check_call "$2" "$3" ""
    look "$2" "$3"
    echo "$state"
    [ "$state" = present ] || exit 3
    ;;
  --list)
    case "$#${2-}" in
      1) list ;;
      2--verify) list | verified ;;
      2--long) long_list ;;
      *) fail "--list takes --verify, --long or nothing" 2 ;;
    esac
    ;;
  --suspect)
    [ $# -eq 2 ] || fail "--suspect takes <object>" 2
    check_object "$2"
    suspect "$2"
    ;;
  --remove)
    [ $# -eq 2 ] && matches "$2" '[0-9]{1,12}' || fail "--remove takes the second before which objects were last pushed" 2
    remove "$2"
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

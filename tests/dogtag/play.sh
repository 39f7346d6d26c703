# play.sh - how a scene is played: the binary is called, answers are compared,
# everything is logged, and what a scene left behind is put back.  Sourced by
# `run`; the scenes in scenes/ are sourced by `play`.

LOG=$LOGS/run.log
SYSTEMCTL=$ROOT/run/host-systemctl      # for --systemctl: forwards into the chroot
BASE=$ROOT/run/base                     # each CS.cfg as before the first scene
TABLE=$LOGS/tried-on.md
PASSED=() FAILED=() SKIPPED=()

log() { printf '%s\n' "$*" >> "$LOG"; }

# ---- assertions ------------------------------------------------------------------

expect() { # WHAT EXPECTED GOT
  if [ "$2" = "$3" ]; then
    log "ok: $1: $3"
  else
    printf 'assertion failed: %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3" | tee -a "$LOG"
    exit 1
  fi
}
expect_match() { # WHAT PATTERN GOT - an extended regular expression
  if grep -Eq -- "$2" <<< "$3"; then log "ok: $1"; else expect "$1" "something like $2" "$3"; fi
}
expect_more() { # WHAT LESS MORE - numbers
  if [ "$3" -gt "$2" ]; then log "ok: $1: $3 > $2"; else expect "$1" "more than $2" "$3"; fi
}
expect_soon() { # WHAT COMMAND... - true within a time that replication may take
  local what=$1; shift
  if wait_until 30 "$@"; then log "ok: $what"; else expect "$what" "within 30 s" "not yet"; fi
}

skip_scene() { # WHY - what the scene needs is not to be had here
  echo "$*" > "$ROOT/run/skipped"
  exit 1
}

# ---- the binary --------------------------------------------------------------------

# Runs it, logs everything; leaves its output in OUT, ERR and CODE.
role() {
  local out=$ROOT/run/out err=$ROOT/run/err
  log "\$ pki-role $*"
  CODE=0
  "$PKI_ROLE_BIN" "$@" > "$out" 2> "$err" < /dev/null || CODE=$?
  OUT=$(cat "$out") ERR=$(cat "$err")
  log "$OUT" "$ERR" "exit $CODE"
}
# A conversion of a live server.  The same options in every scene but one.
convert() { # COMMAND INSTANCE [OPTION...]
  local command=$1 instance=$2; shift 2
  role "$command" --to "$(cs_cfg "$instance")" --service "$(unit "$instance")" --systemctl "$SYSTEMCTL" --output json "$@"
}
json() { # PYTHON-EXPRESSION over the object j in OUT
  in_root python3 -c "import json, sys
j = json.load(sys.stdin)
print($1)" <<< "$OUT" 2>> "$LOG" || echo "no such JSON"
}
warnings() { json "' '.join(sorted(w['code'] for w in j['warnings']))"; }
expect_converted() { # FROM TO - the last conversion says so, and left with 0
  expect "exit code" 0 "$CODE"
  expect "roles before and after" "$1 $2" "$(json "j['role_before'], j['role_after']" | tr -d "(),'")"
}

# ---- how long a server was away ----------------------------------------------------

watch_start() { # INSTANCE
  : > "$ROOT/run/watch.log"
  # Not in_root: what is ended later by its id must be the watcher itself.
  chroot "$ROOT" /usr/bin/python3 /run/watch.py \
    "http://localhost:$(($(base_port "$1") + 80))/$(subsystem "$1")/admin/$(subsystem "$1")/getStatus" /run/watch.log &
  WATCHER=$!
  wait_until 10 grep -q up "$ROOT/run/watch.log" || die "the watcher of $1 does not see it up"
}
watch_end() { # WHAT - a row of the table
  local seconds
  kill "$WATCHER"; wait "$WATCHER" 2>/dev/null || true
  seconds=$(awk '$2 == "down" && !d { d = $1 } $2 == "up" { u = $1 } END { if (d && u > d) printf "%.1f s", u - d; else print "not at all" }' \
    "$ROOT/run/watch.log")
  log "downtime: $1: $seconds"
  echo "| $VERSION | $1 | $seconds |" >> "$TABLE"
}

# ---- scenes ----------------------------------------------------------------------------

attributes() { stat -c '%u:%g %a' "$(cs_cfg "$1")"; }
restart() { systemctl restart "$(unit "$1")"; wait_answers "$1"; }

reset() { # every server as before the first scene
  local i changed=()
  for i in "${INSTANCES[@]}"; do
    rm -f "$(cs_cfg "$i")".[0-9]* "$(cs_cfg "$i").pki-role".*
    cmp -s "$BASE/$i" "$(cs_cfg "$i")" && answers "$i" || changed+=("$i")
  done
  [ ${#changed[@]} != 0 ] || return 0
  log "reset ${changed[*]}"
  for i in "${changed[@]}"; do
    systemctl stop "$(unit "$i")"
    cp -p "$BASE/$i" "$(cs_cfg "$i")"
    systemctl start "$(unit "$i")"
  done
  for i in "${changed[@]}"; do wait_answers "$i"; done
  wait_quiet
}

wanted() { # NAME [SCENE...] - by its number, by its whole name, or no choice at all
  local name=$1 word; shift
  [ $# != 0 ] || return 0
  for word; do case $word in "$name" | "${name%%-*}") return 0 ;; esac; done
  return 1
}

play() { # [SCENE...]
  local file name i
  mkdir -p "$BASE"
  for i in "${INSTANCES[@]}"; do cp -p "$(cs_cfg "$i")" "$BASE/$i"; done
  cp "$HERE/watch.py" "$ROOT/run/watch.py"
  printf '#!/bin/sh\nexec chroot %s /usr/bin/systemctl "$@"\n' "$ROOT" > "$SYSTEMCTL"
  chmod 755 "$SYSTEMCTL"
  VERSION="Dogtag $(in_root dpkg-query -W -f '${Version}' pki-server)"
  : > "$LOG"
  printf '%s\n' '| tried on | conversion | the server did not answer for |' '|---|---|---|' > "$TABLE"
  for file in "$HERE"/scenes/*.sh; do
    name=$(basename "$file" .sh)
    wanted "$name" "$@" || continue
    log "==== $name"
    say "$name"
    rm -f "$ROOT/run/skipped"
    set +e     # not in a condition: -e must hold inside
    (
      set -e
      trap 'log "scene stopped at $BASH_SOURCE line $LINENO"' ERR
      reset
      . "$file"
    )
    if [ $? = 0 ]; then PASSED+=("$name"); echo "ok $name"
    elif [ -e "$ROOT/run/skipped" ]; then SKIPPED+=("$name: $(cat "$ROOT/run/skipped")"); echo "SKIPPED: ${SKIPPED[-1]}"
    else FAILED+=("$name"); echo "FAILED $name"; fi
    set -e
  done
}

keep() {
  say "servers stay up for an hour; look at them with"
  echo "  nsenter -a -t \$(pgrep -of 'run --inside') chroot $ROOT"
  sleep 3600 & wait $! || true
}

summary() {
  local name
  echo
  cat "$TABLE"
  echo
  for name in "${PASSED[@]}"; do echo "ok $name"; done
  for name in "${SKIPPED[@]}"; do echo "SKIPPED: $name"; done
  for name in "${FAILED[@]}"; do echo "FAILED $name"; done
  echo "log: $LOG"
  echo "${#PASSED[@]} passed, ${#FAILED[@]} failed, ${#SKIPPED[@]} skipped"
  [ ${#FAILED[@]} = 0 ] && [ $((${#PASSED[@]} + ${#SKIPPED[@]})) -gt 0 ]
}

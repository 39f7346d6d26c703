#!/bin/sh
# Stands in for systemctl. It is called by a link in a folder of the test, which holds its log, what
# it says of each unit, and what to do before a verb: see fake_systemctl.rs.
dir=${0%/*}
verb=$1
shift
printf '%s\n' "$verb $*" >>"$dir/log"
for unit; do :; done
# Shows the test that this step is reached, then waits for the test; not for one that has ended.
block() {
    : >"$dir/reached"
    while [ -e "$dir/reached" ] && [ ! -e "$dir/go" ]; do sleep 0.01; done
}
if [ -e "$dir/on-$verb" ]; then . "$dir/on-$verb"; fi
state=inactive load=loaded sub=
if [ -e "$dir/state-$unit" ]; then read -r state <"$dir/state-$unit"; fi
if [ -e "$dir/load-$unit" ]; then read -r load <"$dir/load-$unit"; fi
if [ -e "$dir/sub-$unit" ]; then read -r sub <"$dir/sub-$unit"; fi
case $verb in
is-active)
    echo "$state"
    case $state in active | reloading | refreshing) ;; *) exit 3 ;; esac
    ;;
show) printf 'LoadState=%s\nSubState=%s\n' "$load" "$sub" ;;
is-enabled)
    if [ -e "$dir/enabled-$unit" ]; then read -r state <"$dir/enabled-$unit"; else state=disabled; fi
    echo "$state"
    [ "$state" = enabled ]
    ;;
reload)
    case $state in active) ;; *) echo "$unit is not active, cannot reload" >&2 && exit 1 ;; esac
    ;;
stop) echo inactive >"$dir/state-$unit" ;;
start | restart) echo active >"$dir/state-$unit" ;;
*) echo "unknown verb $verb" >&2 && exit 1 ;;
esac

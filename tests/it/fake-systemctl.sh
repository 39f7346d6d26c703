#!/bin/sh
# Stands in for systemctl. It is called by a link in a folder of the test, which holds its log, each
# unit's state, and what to do before a verb: see fake_systemctl.rs.
dir=${0%/*}
verb=$1
shift
if [ "$1" = -- ]; then shift; fi
unit=$1
printf '%s\n' "$verb $*" >>"$dir/log"
# A word for the test that waits until this step is reached, then its wait for a word from the test.
block() {
    : >"$dir/reached"
    while [ ! -e "$dir/go" ]; do sleep 0.01; done
}
if [ -e "$dir/on-$verb" ]; then . "$dir/on-$verb"; fi
state=inactive
if [ -e "$dir/state-$unit" ]; then read -r state <"$dir/state-$unit"; fi
case $verb in
is-active)
    echo "$state"
    [ "$state" = active ] || exit 3
    ;;
is-enabled) if [ -e "$dir/enabled-$unit" ]; then echo enabled; else echo disabled; fi ;;
stop) echo inactive >"$dir/state-$unit" ;;
start | restart) echo active >"$dir/state-$unit" ;;
esac

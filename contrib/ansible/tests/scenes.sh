# scenes.sh - what is proven of the modules and the playbooks. Sourced by run; each scene_ function
# begins with fresh hosts.


MOVE="move_ca_master -e new_master=ca2 -e with_publishing=false"

moved() { # the state after a complete move to ca2
  expect "roles" "clone master clone" "$(roles ca)"
  expect "redirects" "ca2.example.com  ca2.example.com" "$(redirect ca1) $(redirect ca2) $(redirect ca3)"
}
nobody_touched() { # BYTES
  expect "bytes" "$1" "$(all_bytes)"
  expect "services" "  " "$(asked ca1) $(asked ca2) $(asked ca3)"
}

scene_planned_move_and_again() {
  play $MOVE
  expect "exit code" 0 "$CODE"
  moved
  expect "services" "stop start|stop start|stop start" "$(asked ca1)|$(asked ca2)|$(asked ca3)"
  expect_said "The topology is right"
  expect "publishing stays" "$(publishing ca3)" "$(publishing ca2)"
  local bytes; bytes=$(all_bytes)
  rm "$WORK"/hosts/*/log
  play $MOVE
  expect "exit code, again" 0 "$CODE"
  nobody_touched "$bytes"
}

scene_publishing_has_to_be_chosen() {
  local bytes; bytes=$(all_bytes)
  play move_ca_master -e new_master=ca2
  expect "exit code" 2 "$CODE"
  expect_said "with-publishing"
  expect_said "with_publishing=true"
  nobody_touched "$bytes"
  play move_ca_master -e new_master=ca2 -e with_publishing=true
  expect "exit code" 0 "$CODE"
  moved
  expect "publishing" "$(publishing ca1)" "$(publishing ca2)"
}

scene_preview_touches_nothing() {
  local bytes; bytes=$(all_bytes)
  play $MOVE --check --diff
  expect "exit code" 0 "$CODE"
  nobody_touched "$bytes"
  expect_said '^--- before: .*ca1/etc/pki/pki-tomcat/ca/CS.cfg \(master\)'
  expect_said '^\+\+\+ after: .*ca2/etc/pki/pki-tomcat/ca/CS.cfg \(master\)'
  expect_said "This was a preview: nothing was touched"
}

scene_interrupted_after_each_step_with_publishing() { # an older follower is there too: ca3
  local host
  sed -i 's/^master\.ca\.agent\.host=.*/master.ca.agent.host=ca2.example.com/' "$(cfg ca3 ca)"
  for host in ca2 ca3; do
    echo "Job failed." >"$WORK/hosts/$host/fail-stop"
    play move_ca_master -e new_master=ca2 -e with_publishing=true
    rm "$WORK/hosts/$host/fail-stop"
  done
  play move_ca_master -e new_master=ca2 -e with_publishing=true
  expect "exit code" 0 "$CODE"
  moved
  expect "publishing" "$(publishing ca1)" "$(publishing ca2)"
}

scene_killed_during_each_step() { # the run is killed while it stops a host's unit, then goes on
  local host pid
  for host in ca1 ca2 ca3; do
    printf '%s\n' '#!/bin/sh' "case \$1 in stop) rm -f '$WORK/hosts/$host/active'; : >'$WORK/hosts/$host/held'; sleep 3; exit 0 ;; esac" \
      "exec '$WORK/hosts/$host/real' \"\$@\"" >"$WORK/hosts/$host/held-systemctl"
    chmod +x "$WORK/hosts/$host/held-systemctl"
    ln -s "$HERE/fake-systemctl" "$WORK/hosts/$host/real"
    ln -sf held-systemctl "$WORK/hosts/$host/systemctl"
    ansible-playbook -i "$WORK/inventory.yml" pki_role.dogtag.${MOVE%% *} ${MOVE#* } >"$WORK/said" 2>&1 &
    pid=$!
    while [ ! -e "$WORK/hosts/$host/held" ] && kill -0 $pid 2>/dev/null; do sleep 0.1; done
    kill -KILL $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
    sleep 8
    ln -sf "$HERE/fake-systemctl" "$WORK/hosts/$host/systemctl"
  done
  play $MOVE
  expect "exit code" 0 "$CODE"
  moved
  expect "units" "ca1 ca2 ca3" "$(cd "$WORK/hosts" && ls -d */active | sed 's|/active||' | paste -sd' ')"
}

scene_failure_shows_every_state() {
  echo "Job for pki-tomcatd@pki-tomcat.service canceled." >"$WORK/hosts/ca1/fail-stop"
  play $MOVE
  expect "exit code" 2 "$CODE"
  expect "roles" "master clone clone" "$(roles ca)"
  expect "others" " " "$(asked ca2) $(asked ca3)"
  expect_said "STOPPED: "
  expect_said "ca1: CA master: .*is active"
  expect_said "ca2: CA clone: "
}

scene_host_left_down_is_started_or_red() {
  rm "$WORK/hosts/ca3/active"
  play $MOVE
  expect "exit code" 2 "$CODE"
  expect_said "systemctl start|pki-role "
  play check_topology
  expect "exit code" 2 "$CODE"
}

scene_dead_master() {
  cp "$(cfg ca1 ca)" "$WORK/backup.cfg"
  sed -i 's/ca1: {}/ca1: {ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 1}/' "$WORK/inventory.yml"
  play $MOVE
  expect "exit code of one that does not answer" 4 "$CODE"
  expect "nothing is done" " " "$(asked ca2) $(asked ca3)"
  play $MOVE -e old_master_dead=ca1 -e former_master_cfg="$WORK/backup.cfg" -e '{"pki_role_accept_problems": ["publisher-names-clone"]}'
  expect "roles" "master master clone" "$(roles ca)"
  expect "redirect" "ca2.example.com" "$(redirect ca3)"
  expect_said "before it returns"
}

scene_wrong_topologies_and_names_are_refused() {
  local bytes; bytes=$(all_bytes)
  play move_ca_master -e new_master=ca9
  expect "a misspelt host" 2 "$CODE"
  expect_said "has to be one of them"
  play $MOVE -e ca_group=pki_cas
  expect "a misspelt group" 2 "$CODE"
  expect_said "empty or misspelt"
  sed -i '/^ca\.crl\.MasterCRL\.class=/d' "$(cfg ca1 ca)"
  bytes=$(all_bytes)
  play $MOVE
  expect "a broken file" 2 "$CODE"
  nobody_touched "$bytes"
}

scene_check_topology() {
  play check_topology
  expect "exit code" 0 "$CODE"
  place ca ca3 ca-master
  play check_topology
  expect "exit code with two masters" 2 "$CODE"
  expect_said "problems"
  expect_unsaid "ca3:/"
}

scene_ocsp_move() {
  play move_ocsp_master -e new_master=ca3
  expect "exit code" 0 "$CODE"
  expect "roles" "clone clone master" "$(roles ocsp)"
  expect "CAs" "master clone clone" "$(roles ca)"
}

scene_host_without_dogtag() {
  rm -r "$WORK/hosts/ca3/etc"
  on ca3 pki_role_info "root=$WORK/hosts/ca3 executable=$BIN"
  expect "exit code" 0 "$CODE"
  expect_said 'files: \[\]|"files": \[\]'
}

scene_module_shows_state_and_fix() {
  on ca1 pki_role "command=promote-ca path=$(cfg ca2 ca) keep_settings=true root=$WORK/hosts/ca1 executable=/bin/true"
  expect "another binary" 2 "$CODE"
  expect_said "is not pki-role"
  on ca1 pki_role "command=demote-ca path=$(cfg ca1 ca) new_master=ca1.example.com:8443 root=$WORK/hosts/ca1 executable=$BIN"
  expect "exit code" 2 "$CODE"
  expect_said "new-master-is-this-ca"
  expect_said '^ +changed: false|"changed": false'
}
